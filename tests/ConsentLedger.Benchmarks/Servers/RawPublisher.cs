using System.Diagnostics;
using System.Globalization;
using ConsentLedger.Relay;
using RabbitMQ.Client;

namespace ConsentLedger.Benchmarks.Servers;

/// <summary>
/// RabbitMQ.Client alone: persistent, mandatory, confirmed, to quorum queues of the same number and arguments behind the same kind of
/// exchange, with as many unconfirmed on each channel as the relay has. It counts confirmations itself, so that no limit of the client's counts.
/// </summary>
public sealed class RawPublisher : IAsyncDisposable
{
    private const string Exchange = "raw.events";

    private readonly IConnection connection;
    private readonly IReadOnlyList<IChannel> channels;
    private readonly int window;
    private readonly byte[] body;

    private RawPublisher(IConnection connection, IReadOnlyList<IChannel> channels, int window, byte[] body) =>
        (this.connection, this.channels, this.window, this.body) = (connection, channels, window, body);

    public static async Task<RawPublisher> OpenAsync(Uri broker, int queues, int window, byte[] body)
    {
        var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        await using (var setup = await connection.CreateChannelAsync())
        {
            await setup.ExchangeDeclareAsync(Exchange, ExchangeType.Topic, durable: true, autoDelete: false);
            for (var i = 0; i < queues; i++)
            {
                var arguments = new Dictionary<string, object?>(RelayTopology.Quorum()) { ["x-dead-letter-exchange"] = RelayTopology.DeadLetters, ["x-delivery-limit"] = RelayTopology.DeliveryLimit };
                await setup.QueueDeclareAsync(Queue(i), durable: true, exclusive: false, autoDelete: false, arguments);
                await setup.QueueBindAsync(Queue(i), Exchange, $"{Queue(i)}.#");
            }
        }

        List<IChannel> channels = [];
        for (var i = 0; i < queues; i++)
            channels.Add(await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false)));
        return new(connection, channels, window, body);
    }

    public async Task<Measured> RunAsync(TimeSpan length)
    {
        var (since, cpu) = (Stopwatch.GetTimestamp(), ProcessorTime.Of(Environment.ProcessId));
        var until = since + (long)(length.TotalSeconds * Stopwatch.Frequency);
        var published = await Task.WhenAll(channels.Select((channel, i) => Task.Run(() => PublishAsync(channel, i, until))));
        var (elapsed, count) = (Stopwatch.GetElapsedTime(since), published.Sum());
        cpu = ProcessorTime.Of(Environment.ProcessId) - cpu;
        await PurgeAsync();
        return new(count / elapsed.TotalSeconds, ServiceCpu: cpu.TotalMicroseconds / count);
    }

    public async ValueTask DisposeAsync()
    {
        await connection.CloseAsync();
        await connection.DisposeAsync();
    }

    private static string Queue(int number) => string.Create(CultureInfo.InvariantCulture, $"raw.{number}");

    private async Task<long> PublishAsync(IChannel channel, int queue, long until)
    {
        using var free = new SemaphoreSlim(window, window);
        ulong confirmed = 0;
        Task Confirm(object sender, RabbitMQ.Client.Events.BasicAckEventArgs e)
        {
            var count = e.Multiple ? (int)(e.DeliveryTag - confirmed) : 1;
            confirmed = e.Multiple ? e.DeliveryTag : confirmed + 1;
            free.Release(count);
            return Task.CompletedTask;
        }

        var first = await channel.GetNextPublishSequenceNumberAsync();
        confirmed = first - 1;
        channel.BasicAcksAsync += Confirm;
        long sent = 0;
        for (; Stopwatch.GetTimestamp() < until; sent++)
        {
            await free.WaitAsync();
            var properties = new BasicProperties
            {
                ContentType = "application/cloudevents+json; charset=utf-8",
                DeliveryMode = DeliveryModes.Persistent,
                MessageId = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("D", CultureInfo.InvariantCulture),
            };
            await channel.BasicPublishAsync(Exchange, $"{Queue(queue)}.consent.granted", mandatory: true, properties, body);
        }

        for (var i = 0; i < window; i++)
            await free.WaitAsync();
        channel.BasicAcksAsync -= Confirm;
        return sent;
    }

    // No row is to be slower for what the windows before it left in the queues.
    private async Task PurgeAsync()
    {
        await using var channel = await connection.CreateChannelAsync();
        for (var i = 0; i < channels.Count; i++)
            await channel.QueuePurgeAsync(Queue(i));
    }
}
