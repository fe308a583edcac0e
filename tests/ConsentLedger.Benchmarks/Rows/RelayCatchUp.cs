namespace ConsentLedger.Benchmarks.Rows;

/// <summary>
/// After an outage of the broker: the relay works off what waits while the shop goes on at half of what the service can take. Beside
/// the relay with nothing else to do, and the same shop with no relay.
/// </summary>
public static class RelayCatchUp
{
    public const string CatchUp = "relay_catch_up", MeanwhileAppends = "relay_catch_up_appends";

    private const int Members = 2000;
    private const int Clients = 16;

    public static async Task MeasureAsync(Bench bench)
    {
        var windows = bench.Effort.LongWindows;
        await using var backlog = await RelayBacklog.CreateAsync(bench, windows.Count * 2);
        await using var alone = await ServerProcess.ServiceAsync(backlog.Ledger, ("Ledger:ObligationInterval", "1.00:00:00"));
        var requests = Shop.SingleEntries(Shop.Members(Members));
        var appends = new LoadGenerator(alone.Endpoint, Clients, requests);
        await appends.RunAsync(bench.Effort.WarmUp);
        var rate = (await appends.RunAsync(windows.Length)).Rate / 2;
        var beside = new LoadGenerator(backlog.Service.Endpoint, Clients, requests);
        List<(Measured, Measured)> relays = [], shops = [];
        for (var i = -1; i < windows.Count; i++)
        {
            var relayAlone = await backlog.DrainAsync(windows.Length);
            var (relay, shop) = await backlog.DrainAsync(() => Meter.RunAsync(backlog.Service, bench.Postgres, 1, () => beside.RunAtAsync(windows.Length, rate)));
            var shopAlone = await Meter.RunAsync(alone, bench.Postgres, 1, () => appends.RunAtAsync(windows.Length, rate));
            // The first round only warms.
            if (i < 0)
                continue;
            relays.Add((relay, relayAlone));
            shops.Add((shop, shopAlone));
        }

        var (caughtUp, shopped) = (new Pairs("both", "relay_alone", relays), new Pairs("both", "shop_alone", shops));
        bench.Report.Add(new(CatchUp, caughtUp.Ratio(m => m.Rate), Bound.AtLeast, 0.70, caughtUp) { Note = "rates are events; the processor's time of both is the relay's and the shop's" });
        bench.Report.Add(new(MeanwhileAppends, shopped.Ratio(m => m.Rate), Bound.AtLeast, 0.80, shopped)
        {
            Note = "requests are sent at half of the rate that the service can take; latency counts from when a request was due",
        });
    }
}
