using System.Globalization;
using ConsentLedger.Benchmarks.Loading;

namespace ConsentLedger.Benchmarks.Rows;

/// <summary>Appends that partners must be told of while the broker is down: they go on as fast, and what waits takes no memory of the service.</summary>
public static class BrokerDown
{
    public const string Rate = "broker_down_appends", Memory = "broker_down_memory";

    /// <summary>MB that the service may grow by.</summary>
    private const double Growth = 10;

    private const int Members = 5000;
    private const int Clients = 32;
    private const int Looks = 20;

    public static async Task MeasureAsync(Bench bench)
    {
        var queues = await (await bench.BrokerAsync()).CreateVirtualHostAsync();
        var (ledgerUp, ledgerDown) = (await CreateLedgerAsync(bench), await CreateLedgerAsync(bench));
        var source = new EventSource(Members);
        await using (var up = await ServerProcess.ServiceAsync(ledgerUp, ("ConnectionStrings:Broker", queues.ToString())))
        // An address of this machine that nobody listens on.
        await using (var down = await ServerProcess.ServiceAsync(ledgerDown, ("ConnectionStrings:Broker", $"amqp://nobody:nothing@127.0.0.1:{ServerProcess.FreePort()}/")))
        {
            var loadDown = new LoadGenerator(down.Endpoint, Clients, source.Requests());
            if (bench.Wants(Rate))
            {
                var sideDown = Meter.Side("broker_down", down, bench.Postgres, loadDown);
                var sideUp = Meter.Side("broker_up", up, bench.Postgres, new(up.Endpoint, Clients, source.Requests()));
                await sideDown.RunAsync(bench.Effort.WarmUp);
                await sideUp.RunAsync(bench.Effort.WarmUp);
                var pairs = await Pairs.MeasureAsync(sideDown, sideUp, bench.Effort.LongWindows);
                bench.Report.Add(new(Rate, pairs.Ratio(m => m.Rate), Bound.AtLeast, 0.8, pairs) { Note = $"each append is told to {EventSource.EventsPerChoice} partners" });
            }

            await up.KillAsync();
            if (bench.Wants(Memory))
                await MeasureMemoryAsync(bench, down, loadDown);
        }

        await (await bench.BrokerAsync()).DeleteVirtualHostAsync(queues);
        await bench.Postgres.DropDatabaseAsync(ledgerUp);
        await bench.Postgres.DropDatabaseAsync(ledgerDown);
    }

    // The same appends before and after, and only what waits is more: every member is in memory from the first round on.
    private static async Task MeasureMemoryAsync(Bench bench, ServerProcess service, LoadGenerator load)
    {
        await load.RunAsync(bench.Effort.Queued / EventSource.EventsPerChoice / 2);
        var before = await ResidentAsync(service, load);
        await load.RunAsync(bench.Effort.Queued / EventSource.EventsPerChoice);
        var after = await ResidentAsync(service, load);
        var growth = after - before;
        var pairs = new Pairs("after", "before", [(new(after), new(before))]);
        string Text(double megabytes) => megabytes.ToString("0.0", CultureInfo.InvariantCulture);
        bench.Report.Add(new(Memory, growth, Bound.AtMost, Growth, pairs)
        {
            PeakMegabytes = ProcessMemory.PeakKilobytes(service.Id) >> 10,
            Sides = $"after[{Text(after)}MB] before[{Text(before)}MB]",
            Note = $"the ratio is MB: what the service holds after {bench.Effort.Queued} more events were queued, less what it held before",
        });
    }

    // A heap goes up and down with its collections: the middle of many looks while appends go on.
    private static async Task<double> ResidentAsync(ServerProcess service, LoadGenerator load)
    {
        List<double> looks = [];
        for (var i = 0; i < Looks; i++)
        {
            await load.RunAsync(TimeSpan.FromMilliseconds(150));
            looks.Add(ProcessMemory.ResidentKilobytes(service.Id) / 1024.0);
        }

        return Median.Of(looks);
    }

    private static async Task<string> CreateLedgerAsync(Bench bench)
    {
        var ledger = await bench.Postgres.CreateDatabaseAsync();
        await using (var writer = await LedgerWriter.OpenAsync(ledger, TimeProvider.System))
            await new EventSource(Members).SeedAsync(writer);
        await PostgresServer.SettleAsync(ledger);
        return ledger;
    }
}
