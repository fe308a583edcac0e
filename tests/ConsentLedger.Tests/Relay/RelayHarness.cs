using System.Collections.Concurrent;
using System.Text;
using ConsentLedger.Partners;
using ConsentLedger.Relay;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace ConsentLedger.Tests.Relay;

/// <summary>The relay of a service, with the ledger's side of the seam behind this class alone.</summary>
public sealed class RelayHarness : IAsyncDisposable
{
    private readonly IHost host;
    private readonly Uri admin;

    public RelayHarness(TemporaryBroker? broker, Dictionary<string, string?>? settings = null, Uri? address = null)
    {
        admin = broker?.Admin ?? new Uri("amqp://127.0.0.1");
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        if (broker is not null) builder.Configuration["ConnectionStrings:Broker"] = (address ?? broker.Relay).ToString();
        builder.Logging.ClearProviders().AddProvider(Log);
        builder.Services.AddHealthChecks();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton<PartnerEvents>().AddSingleton<RelayCursors>()
            .AddSingleton<AcknowledgementIntake>().AddSingleton<LedgerSignal>();
        builder.AddRelay();
        host = builder.Build();
    }

    public LogLines Log { get; } = new();

    public RelayWorker Worker => host.Services.GetRequiredService<RelayWorker>();

    public AcknowledgementIntake Intake => host.Services.GetRequiredService<AcknowledgementIntake>();

    public int LargestPage => host.Services.GetRequiredService<PartnerEvents>().LargestPage;

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public Task StartAsync() => host.StartAsync(Ct);

    public Task StopAsync() => host.StopAsync(Ct);

    public Task<HealthReport> HealthAsync() => host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Ct);

    /// <summary>Appends what the ledger would; the body is what the feed would serve.</summary>
    public List<PartnerEvent> Append(string partner, int count, string type = "correction.completed")
    {
        var events = host.Services.GetRequiredService<PartnerEvents>();
        var first = events.Stored.TryGetValue(partner, out var stored) ? stored.Count + 1 : 1;
        var added = Enumerable.Range(first, count).Select(sequence => Event(partner, sequence, type)).ToList();
        added.ForEach(events.Append);
        host.Services.GetRequiredService<LedgerSignal>().Appended();
        return added;
    }

    public long PublishedTo(string partner) => host.Services.GetRequiredService<RelayCursors>().Published.GetValueOrDefault(partner);

    public void AskAgain(PartnerEvent again) => host.Services.GetRequiredService<RelayCursors>().Redeliveries[again.Id] = again;

    public bool IsAskedAgain(PartnerEvent again) => host.Services.GetRequiredService<RelayCursors>().Redeliveries.ContainsKey(again.Id);

    public async Task<T> AsAdminAsync<T>(Func<IChannel, Task<T>> act)
    {
        await using var connection = await new ConnectionFactory { Uri = admin }.CreateConnectionAsync(Ct);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Ct);
        return await act(channel);
    }

    /// <summary>Everything in a queue, oldest first; it is gone from there afterwards.</summary>
    public Task<List<BasicGetResult>> TakeAllAsync(string queue) => AsAdminAsync(async channel =>
    {
        var taken = new List<BasicGetResult>();
        while (await channel.BasicGetAsync(queue, autoAck: true, Ct) is { } message) taken.Add(message);
        return taken;
    });

    public static long SequenceOf(ReadOnlyMemory<byte> body) =>
        long.Parse(System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("sequence").GetString()!, System.Globalization.CultureInfo.InvariantCulture);

    public static async Task UntilAsync(Func<bool> reached, int seconds, string what)
    {
        for (var i = 0; i < seconds * 20; i++)
        {
            if (reached()) return;
            await Task.Delay(50, Ct);
        }
        Assert.Fail("Not reached: " + what);
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        if (host is IAsyncDisposable disposable) await disposable.DisposeAsync();
    }

    private static PartnerEvent Event(string partner, long sequence, string type)
    {
        var id = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddSeconds(sequence));
        // Spaces and an escaped character: what no serializer would write the same way a second time.
        var body = $$"""{ "specversion":"1.0","id":"{{id}}","type":"{{type}}","subject":"m\u002d{{sequence}}","partner":"{{partner}}","sequence":"{{sequence}}","data":{"이름":"값"} }""";
        return new PartnerEvent(partner, sequence, sequence * 3, id, type, Encoding.UTF8.GetBytes(body));
    }
}

public sealed class LogLines : ILoggerProvider
{
    public ConcurrentQueue<(LogLevel Level, string Category, string Text)> Lines { get; } = new();

    public int Count(string text) => Lines.Count(line => line.Text.Contains(text, StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogLines lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Lines.Enqueue((logLevel, category, formatter(state, exception) + (exception is null ? "" : " " + exception)));
    }
}
