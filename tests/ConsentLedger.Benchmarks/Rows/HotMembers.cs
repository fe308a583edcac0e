using System.Globalization;

namespace ConsentLedger.Benchmarks.Rows;

/// <summary>What the service holds of the machine's memory when many members come again and again: two decisions about each, all of them in turn.</summary>
public static class HotMembers
{
    public const string Name = "hot_members_memory";

    private const double Goal = 300;
    private const int Clients = 64;

    public static async Task MeasureAsync(Bench bench)
    {
        var members = bench.Effort.Members;
        var ledger = await bench.Postgres.CreateDatabaseAsync();
        await using (var loading = await ServerProcess.ServiceAsync(ledger))
            await new LoadGenerator(loading.Endpoint, Clients, Shop.FirstCheckouts(Shop.Members(members))).RunAsync(members);
        await PostgresServer.SettleAsync(ledger);
        await using (var service = await ServerProcess.ServiceAsync(ledger))
        {
            var before = (double)service.ResidentMegabytes();
            var load = new LoadGenerator(service.Endpoint, Clients, Shop.Decisions(Shop.Members(members)));
            // Twice: the second round finds the cache as full as it gets.
            await load.RunAsync(2L * members);
            var peak = (double)(ProcessMemory.PeakKilobytes(service.Id) >> 10);
            var pairs = new Pairs("hot", "start", [(new(peak), new(before))]);
            bench.Report.Add(new(Name, peak, Bound.AtMost, Goal, pairs)
            {
                PeakMegabytes = (long)peak,
                Sides = string.Create(CultureInfo.InvariantCulture, $"peak[{peak:0}MB] start[{before:0}MB]"),
                Note = string.Create(CultureInfo.InvariantCulture, $"the ratio is MB; {members} members, each decided about twice"),
            });
        }

        await bench.Postgres.DropDatabaseAsync(ledger);
    }
}
