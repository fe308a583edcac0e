using System.Globalization;

namespace ConsentLedger.Benchmarks.Rows;

/// <summary>Twice as many writes a second as the service can take: what it takes is answered in time, what it does not is refused fast, and nothing is lost.</summary>
public static class Overload
{
    public const string Tail = "overload_p99", Rate = "overload_accepted";

    private const int Members = 20_000;
    private const int SaturatingClients = 64;

    /// <summary>So many that what is asked does not wait for a connection: more than the service lets in at a time.</summary>
    private const int Connections = 2000;

    public static async Task MeasureAsync(Bench bench)
    {
        var ledger = await bench.Postgres.CreateDatabaseAsync();
        await using (var service = await ServerProcess.ServiceAsync(ledger))
        {
            await new LoadGenerator(service.Endpoint, SaturatingClients, Shop.FirstCheckouts(Shop.Members(Members))).RunAsync(Members);
            await PostgresServer.SettleAsync(ledger);
            var requests = Shop.SingleEntries(Shop.Members(Members));
            var saturating = new LoadGenerator(service.Endpoint, SaturatingClients, requests);
            var twice = new LoadGenerator(service.Endpoint, Connections, requests);
            var rate = (await saturating.RunAsync(bench.Effort.WarmUp)).Rate;
            var (accepted, refused, slowest) = (0L, 0L, 0.0);
            var before = await EntriesAsync(ledger);
            var pairs = await Pairs.MeasureAsync(
                new("twice_the_rate", async length =>
                {
                    var load = await twice.RunAtAsync(length, 2 * rate);
                    (accepted, refused) = (accepted + load.Latencies.Length, refused + load.Refusals.Length);
                    slowest = Math.Max(slowest, load.Refusals.Length > 0 ? load.RefusalPercentile(0.99) : 0);
                    return new(load.Rate, load.Percentile(0.5), load.Percentile(0.99));
                }),
                new("saturated", async length =>
                {
                    var load = await saturating.RunAsync(length);
                    accepted += load.Latencies.Length;
                    rate = load.Rate;
                    return new(load.Rate, load.Percentile(0.5), load.Percentile(0.99));
                }),
                bench.Effort.LongWindows);
            var appended = await EntriesAsync(ledger) - before;
            if (appended != accepted)
                throw new InvalidOperationException($"{accepted} writes were answered, {appended} entries were appended");
            var note = string.Create(
                CultureInfo.InvariantCulture, $"{Connections} connections; {accepted} accepted, as many entries appended; {refused} refused, 99 of 100 within {slowest:0}us");
            bench.Report.Add(new(Tail, pairs.Ratio(m => m.P99), Bound.AtMost, 5, pairs) { PeakMegabytes = ProcessMemory.PeakKilobytes(service.Id) >> 10, Note = note });
            bench.Report.Add(new(Rate, pairs.Ratio(m => m.Rate), Bound.AtLeast, 0.8, pairs));
        }

        await bench.Postgres.DropDatabaseAsync(ledger);
    }

    private static Task<long> EntriesAsync(string ledger) => PostgresServer.ScalarAsync<long>(ledger, "SELECT position FROM log_head");
}
