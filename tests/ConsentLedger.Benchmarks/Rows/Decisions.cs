namespace ConsentLedger.Benchmarks.Rows;

/// <summary>Decisions beside the same Kestrel that answers constant JSON behind the same authentication.</summary>
public static class Decisions
{
    public const string Warm = "decision_warm", WarmTail = "decision_warm_p99", Cold = "decision_cold", Many = "decisions_1000_a_request";

    private const int Members = 2000;
    private const int Connections = 64;
    private const int InOneRequest = 1000;
    private const int ManyConnections = 4;

    public static async Task MeasureAsync(Bench bench)
    {
        var ledger = await bench.Postgres.CreateDatabaseAsync();
        await using (var baseline = await ServerProcess.BaselineAsync())
        await using (var warm = await ServerProcess.ServiceAsync(ledger))
        {
            await new LoadGenerator(warm.Endpoint, 32, Shop.FirstCheckouts(Shop.Members(Members))).RunAsync(Members);
            await PostgresServer.SettleAsync(ledger);
            var constant = Meter.Side("constant_json", baseline, null, new(baseline.Endpoint, Connections, Shop.Decisions(Shop.Members(Members))));
            await constant.RunAsync(bench.Effort.WarmUp);
            var single = Meter.Side("service", warm, bench.Postgres, new(warm.Endpoint, Connections, Shop.Decisions(Shop.Members(Members))));
            await single.RunAsync(bench.Effort.WarmUp);
            if (bench.Wants(Warm, WarmTail))
                await CompareWarmAsync(bench, warm, single, constant);
            if (bench.Wants(Cold))
                await CompareColdAsync(bench, ledger, constant);
            if (bench.Wants(Many))
                await CompareManyAsync(bench, warm, single);
        }

        await bench.Postgres.DropDatabaseAsync(ledger);
    }

    private static async Task CompareWarmAsync(Bench bench, ServerProcess service, Side single, Side constant)
    {
        var pairs = await Pairs.MeasureAsync(single, constant, bench.Effort.Windows);
        bench.Report.Add(new(Warm, pairs.Ratio(m => m.Rate), Bound.AtLeast, 0.85, pairs) { PeakMegabytes = ProcessMemory.PeakKilobytes(service.Id) >> 10 });
        bench.Report.Add(new(WarmTail, pairs.Ratio(m => m.P99), Bound.AtMost, 2, pairs));
    }

    // Room for next to no subject: every decision has to load its member.
    private static async Task CompareColdAsync(Bench bench, string ledger, Side constant)
    {
        await using var cold = await ServerProcess.ServiceAsync(ledger, ("Ledger:SubjectCacheCapacity", "3"));
        var side = Meter.Side("service", cold, bench.Postgres, new(cold.Endpoint, Connections, Shop.Decisions(Shop.Members(Members))));
        await side.RunAsync(bench.Effort.WarmUp);
        var pairs = await Pairs.MeasureAsync(side, constant, bench.Effort.Windows);
        bench.Report.Add(new(Cold, pairs.Ratio(m => m.Rate), Bound.AtLeast, 0.40, pairs) { PeakMegabytes = ProcessMemory.PeakKilobytes(cold.Id) >> 10 });
    }

    private static async Task CompareManyAsync(Bench bench, ServerProcess service, Side single)
    {
        var many = Meter.Side(
            "service_1000", service, bench.Postgres, new(service.Endpoint, ManyConnections, [Shop.ManyDecisions(Shop.Members(InOneRequest))]), InOneRequest);
        var pairs = await Pairs.MeasureAsync(many, single, bench.Effort.Windows);
        bench.Report.Add(new(Many, pairs.Ratio(m => m.Rate), Bound.AtLeast, 20, pairs) { Note = "rates are decisions, latencies are requests" });
    }
}
