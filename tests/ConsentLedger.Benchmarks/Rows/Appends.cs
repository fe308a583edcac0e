namespace ConsentLedger.Benchmarks.Rows;

/// <summary>Appends, durable and with everything on, beside pgbench's single-row INSERT into a plain table.</summary>
public static class Appends
{
    public const string One16 = "append_one_16", One64 = "append_one_64", Hundred = "append_100_a_request";

    private const int Members = 20_000;
    private const int InOneRequest = 100;
    private const int HundredClients = 16;
    private static readonly string[] SingleTypes = ["provision.recorded", "consent.granted"];

    public static async Task MeasureAsync(Bench bench)
    {
        var ledger = await bench.Postgres.CreateDatabaseAsync();
        var queues = await (await bench.BrokerAsync()).CreateVirtualHostAsync();
        await using (var service = await ServerProcess.ServiceAsync(ledger, ("ConnectionStrings:Broker", queues.ToString())))
        {
            await new LoadGenerator(service.Endpoint, 64, Shop.FirstCheckouts(Shop.Members(Members))).RunAsync(Members);
            await PostgresServer.SettleAsync(ledger);
            var single = Shop.SingleEntries(Shop.Members(Members));
            await new LoadGenerator(service.Endpoint, 64, single).RunAsync(bench.Effort.WarmUp);
            using var plain = await PgBench.CreateAsync(bench.Postgres, ledger, SingleTypes, Members);
            foreach (var (name, clients, goal) in new[] { (One16, 16, 0.6), (One64, 64, 1.0) })
            {
                if (!bench.Wants(name))
                    continue;
                var ours = Meter.Side($"service_{clients}", service, bench.Postgres, new(service.Endpoint, clients, single));
                Add(bench, service, name, goal, await Pairs.MeasureAsync(ours, plain.Side(clients), bench.Effort.LongWindows), note: null);
            }

            if (bench.Wants(Hundred))
                await CompareHundredAsync(bench, service, plain);
        }

        await (await bench.BrokerAsync()).DeleteVirtualHostAsync(queues);
        await bench.Postgres.DropDatabaseAsync(ledger);
    }

    private static async Task CompareHundredAsync(Bench bench, ServerProcess service, PgBench plain)
    {
        var load = new LoadGenerator(service.Endpoint, HundredClients, Shop.Checkouts(Shop.Members(Members / 10), InOneRequest));
        var ours = Meter.Side("service_100", service, bench.Postgres, load, InOneRequest);
        await ours.RunAsync(bench.Effort.WarmUp);
        Add(
            bench, service, Hundred, 8, await Pairs.MeasureAsync(ours, plain.Side(HundredClients), bench.Effort.LongWindows),
            "one checkout of 100 provisions a request; rates are entries, latencies are requests");
    }

    private static void Add(Bench bench, ServerProcess service, string name, double goal, Pairs pairs, string? note) =>
        bench.Report.Add(new(name, pairs.Ratio(m => m.Rate), Bound.AtLeast, goal, pairs)
        {
            PeakMegabytes = ProcessMemory.PeakKilobytes(service.Id) >> 10,
            Note = note,
        });
}
