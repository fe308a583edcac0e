using System.Diagnostics;
using ConsentLedger.Benchmarks.Loading;

namespace ConsentLedger.Benchmarks.Rows;

/// <summary>
/// A service whose relay has more to publish than it can. Between windows the whole process stands still, so that it stays as warm as
/// the other side; a window is from when it goes on to when it stops again, and counts what the broker has by then.
/// </summary>
public sealed class RelayBacklog : IAsyncDisposable
{
    private const int Members = 5000;
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(150);

    private readonly Bench bench;
    private readonly EventSource source = new(Members);
    private readonly Uri broker;
    private LedgerWriter writer = null!;
    private PartnerQueues queues = null!;

    private RelayBacklog(Bench bench, string ledger, Uri broker) => (this.bench, Ledger, this.broker) = (bench, ledger, broker);

    public string Ledger { get; }

    public Uri Broker => broker;

    public ServerProcess Service { get; private set; } = null!;

    /// <param name="bench">The run.</param>
    /// <param name="windows">How many windows will be measured, each as long as the run's long ones.</param>
    /// <param name="settings">Of the relay.</param>
    public static async Task<RelayBacklog> CreateAsync(Bench bench, int windows, params (string Key, string Value)[] settings)
    {
        var backlog = new RelayBacklog(bench, await bench.Postgres.CreateDatabaseAsync(), await (await bench.BrokerAsync()).CreateVirtualHostAsync());
        try
        {
            await backlog.StartAsync(windows, settings);
            return backlog;
        }
        catch
        {
            await backlog.DisposeAsync();
            throw;
        }
    }

    /// <summary>The body of one of its events.</summary>
    public byte[] Body { get; private set; } = [];

    public async Task<Measured> DrainAsync(TimeSpan length) => (await DrainAsync(() => Task.Delay(length).ContinueWith(_ => 0, TaskScheduler.Default))).Relay;

    /// <summary>Lets the relay go on for as long as something else takes.</summary>
    public async Task<(Measured Relay, T Meanwhile)> DrainAsync<T>(Func<Task<T>> meanwhile)
    {
        await queues.PurgeAsync();
        var cpu = (Service: ProcessorTime.Of(Service.Id), Database: ProcessorTime.OfTree(bench.Postgres.Postmaster));
        var since = Stopwatch.GetTimestamp();
        await Service.ResumeAsync();
        var done = await meanwhile();
        await Service.PauseAsync();
        var elapsed = Stopwatch.GetElapsedTime(since);
        await Task.Delay(Settling);
        double count = await queues.CountAsync();
        if (await WaitingAsync() == 0)
            throw new InvalidOperationException("The relay ran out of events within a window.");
        return (new(
            count / elapsed.TotalSeconds,
            ServiceCpu: (ProcessorTime.Of(Service.Id) - cpu.Service).TotalMicroseconds / count,
            DatabaseCpu: (ProcessorTime.OfTree(bench.Postgres.Postmaster) - cpu.Database).TotalMicroseconds / count), done);
    }

    public async ValueTask DisposeAsync()
    {
        if (writer is not null)
            await writer.DisposeAsync();
        if (queues is not null)
            await queues.DisposeAsync();
        if (Service is not null)
            await Service.DisposeAsync();
        await (await bench.BrokerAsync()).DeleteVirtualHostAsync(broker);
        await bench.Postgres.DropDatabaseAsync(Ledger);
    }

    private async Task StartAsync(int windows, (string Key, string Value)[] settings)
    {
        writer = await LedgerWriter.OpenAsync(Ledger, TimeProvider.System);
        await source.SeedAsync(writer);
        await source.AppendAsync(writer, 40_000);
        await PostgresServer.SettleAsync(Ledger);
        queues = await PartnerQueues.OpenAsync(broker, [.. Enumerable.Range(0, EventSource.Partners).Select(EventSource.Partner)]);
        // Nothing falls due here, and a worker that stands still must not hold what the writer needs.
        Service = await ServerProcess.ServiceAsync(Ledger, [("ConnectionStrings:Broker", broker.ToString()), ("Ledger:ObligationInterval", "1.00:00:00"), .. settings]);
        await WarmUpAsync(windows);
    }

    // A relay is slow until the runtime has compiled it for good, which on a busy machine takes some ten thousand events; and only once its
    // rate is known, so is how much the windows need.
    private async Task WarmUpAsync(int windows)
    {
        await Service.PauseAsync();
        await source.AppendAsync(writer, 160_000);
        await Service.ResumeAsync();
        for (var waited = 0; await queues.CountAsync() == 0 && waited < 600; waited++)
            await Task.Delay(100);
        double rate = 0;
        for (var looks = 0; looks < 60 && await WaitingAsync() > 50_000; looks++)
        {
            var (since, before) = (Stopwatch.GetTimestamp(), await WaitingAsync());
            await Task.Delay(1000);
            rate = (before - await WaitingAsync()) / Stopwatch.GetElapsedTime(since).TotalSeconds;
        }

        await Service.PauseAsync();
        Body = await queues.ReadBodyAsync();
        var needed = (long)(rate * 2.5 * bench.Effort.LongWindows.Length.TotalSeconds * (windows + 1)) + 200_000;
        await source.AppendAsync(writer, needed);
        await PostgresServer.SettleAsync(Ledger);
        // A broker gives a client up that stood still for long, and the service has not seen what another process appended meanwhile: both
        // are together again, and a read was answered as of now, before anything is measured.
        await Service.ResumeAsync();
        await queues.PurgeAsync();
        for (var waited = 0; await queues.CountAsync() == 0 && waited < 600; waited++)
            await Task.Delay(100);
        using var client = Service.Client("consents:read");
        using var member = await client.GetAsync(new Uri($"/v1/members/{EventSource.MemberId(0)}/consents", UriKind.Relative));
        member.EnsureSuccessStatusCode();
        await Service.PauseAsync();
    }

    private Task<long> WaitingAsync() => PostgresServer.ScalarAsync<long>(
        Ledger, "SELECT ((SELECT count(*) FROM deliveries) - (SELECT coalesce(sum(sequence), 0) FROM relay_cursors))::bigint");
}
