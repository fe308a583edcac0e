using ConsentLedger.Relay;
using RabbitMQ.Client;

namespace ConsentLedger.Benchmarks.Servers;

/// <summary>The partners' queues as the broker sees them.</summary>
public sealed class PartnerQueues : IAsyncDisposable
{
    private readonly IConnection connection;
    private readonly IReadOnlyList<string> queues;

    private PartnerQueues(IConnection connection, IReadOnlyList<string> queues) => (this.connection, this.queues) = (connection, queues);

    /// <summary>They are there from now on, as the relay itself would make them.</summary>
    public static async Task<PartnerQueues> OpenAsync(Uri broker, IReadOnlyList<string> partners)
    {
        var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        foreach (var partner in partners)
            await RelayTopology.DeclareAsync(connection, partner, CancellationToken.None);
        return new(connection, [.. partners.Select(RelayTopology.QueueOf)]);
    }

    /// <summary>Messages that lie in them.</summary>
    public async Task<long> CountAsync()
    {
        await using var channel = await connection.CreateChannelAsync();
        long count = 0;
        foreach (var queue in queues)
            count += (await channel.QueueDeclarePassiveAsync(queue)).MessageCount;
        return count;
    }

    public async Task PurgeAsync()
    {
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in queues)
            await channel.QueuePurgeAsync(queue);
    }

    /// <summary>The body of one event.</summary>
    public async Task<byte[]> ReadBodyAsync()
    {
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in queues)
        {
            if (await channel.BasicGetAsync(queue, autoAck: true) is { } message)
                return message.Body.ToArray();
        }

        throw new InvalidOperationException("The relay has published nothing.");
    }

    public async ValueTask DisposeAsync()
    {
        await connection.CloseAsync();
        await connection.DisposeAsync();
    }
}
