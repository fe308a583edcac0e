namespace ConsentLedger.Benchmarks.Rows;

/// <summary>Appends with hashing, tiles and checkpoints beside the same service with them off.</summary>
/// <remarks>Measured once the service has both: a checkpoint to answer with, and a setting that it has none with.</remarks>
public static class TreeOverhead
{
    public const string Name = "tree_overhead";

    private const int Members = 5000;
    private const int Clients = 64;

    /// <summary>What turns the tree off.</summary>
    private static readonly (string Key, string Value) Off = ("Ledger:Tree", "false");

    /// <summary>The only environment in which that is allowed; for both sides.</summary>
    private static readonly (string Key, string Value) Development = ("ASPNETCORE_ENVIRONMENT", "Development");

    public static async Task MeasureAsync(Bench bench)
    {
        var (ledger, ledgerWithout) = (await bench.Postgres.CreateDatabaseAsync(), await bench.Postgres.CreateDatabaseAsync());
        await using (var with = await ServerProcess.ServiceAsync(ledger, Development))
        await using (var without = await ServerProcess.ServiceAsync(ledgerWithout, Development, Off))
        {
            if (!await HasCheckpointAsync(with))
                Report.Missing(Name, "the service answers no checkpoint");
            else if (await HasCheckpointAsync(without))
                Report.Missing(Name, $"{Off.Key}={Off.Value} does not turn the tree off");
            else
                await CompareAsync(bench, (with, ledger), (without, ledgerWithout));
        }

        await bench.Postgres.DropDatabaseAsync(ledger);
        await bench.Postgres.DropDatabaseAsync(ledgerWithout);
    }

    private static async Task CompareAsync(Bench bench, (ServerProcess Service, string Ledger) with, (ServerProcess Service, string Ledger) without)
    {
        List<Side> sides = [];
        foreach (var (name, service, ledger) in new[] { ("with_tree", with.Service, with.Ledger), ("without", without.Service, without.Ledger) })
        {
            await new LoadGenerator(service.Endpoint, Clients, Shop.FirstCheckouts(Shop.Members(Members))).RunAsync(Members);
            await PostgresServer.SettleAsync(ledger);
            sides.Add(Meter.Side(name, service, bench.Postgres, new(service.Endpoint, Clients, Shop.SingleEntries(Shop.Members(Members)))));
            await sides[^1].RunAsync(bench.Effort.WarmUp);
        }

        var pairs = await Pairs.MeasureAsync(sides[0], sides[1], bench.Effort.LongWindows);
        bench.Report.Add(new(Name, pairs.Ratio(m => m.Rate), Bound.AtLeast, 0.93, pairs));
    }

    private static async Task<bool> HasCheckpointAsync(ServerProcess service)
    {
        using var client = service.Client("ledger:read");
        using var answer = await client.GetAsync(new Uri("/v1/ledger/checkpoint", UriKind.Relative));
        return answer.IsSuccessStatusCode;
    }
}
