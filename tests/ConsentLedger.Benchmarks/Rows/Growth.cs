using System.Globalization;
using System.Text.Json;
using ConsentLedger.Benchmarks.Loading;

namespace ConsentLedger.Benchmarks.Rows;

/// <summary>The same work on a ledger of ten thousand entries and on larger ones, in turn: what grows with the ledger, and how much.</summary>
public static class Growth
{
    private const double Goal = 1.25;
    private const int Members = 500;
    private const int Offices = 20;

    /// <summary>How many of each a window is at most; so few appends that the small ledger stays small.</summary>
    private const int Decisions = 3000, Appends = 500, Pages = 500, Proofs = 1000;

    private static readonly Cost[] Costs =
    [
        new("growth_decision_p50", "µs", m => m.P50, Decisions, DecisionRequests),
        new("growth_append_cpu", "µs of service and PostgreSQL", m => m.Cpu, Appends, AppendRequests),
        new("growth_member_page_p50", "µs", m => m.P50, Pages, MemberPages),
        new("growth_partner_page_p50", "µs", m => m.P50, Pages, PartnerPages),
        new("growth_proof_p50", "µs", m => m.P50, Proofs, ProofRequests),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Costs.Select(c => c.Name)];

    public static async Task MeasureAsync(Bench bench)
    {
        var small = await GrowingLedger.CreateAsync(bench.Postgres, Effort.Smallest);
        await small.GrowToAsync(Effort.Smallest);
        var points = Costs.ToDictionary(c => c.Name, _ => new List<SeriesPoint>());
        await using (var smallService = await ServerProcess.ServiceAsync(small.ConnectionString))
        {
            foreach (var size in bench.Effort.Sizes.Skip(1))
            {
                var ledger = await bench.LargeLedgerAsync(size);
                await using var service = await ServerProcess.ServiceAsync(ledger);
                foreach (var cost in Costs.Where(c => bench.Wants(c.Name)))
                    await CompareAsync(bench, cost, size, (service, ledger), (smallService, small.ConnectionString), points[cost.Name]);
            }
        }

        foreach (var cost in Costs.Where(c => points[c.Name].Count > 0))
            bench.Report.AddSeries(new(cost.Name, cost.Unit, points[cost.Name]));
        await bench.Postgres.DropDatabaseAsync(small.ConnectionString);
    }

    // Only the largest is a row; those between are points of the plot.
    private static async Task CompareAsync(
        Bench bench, Cost cost, long size, (ServerProcess Service, string Ledger) large, (ServerProcess Service, string Ledger) small, List<SeriesPoint> points)
    {
        var entries = await PostgresServer.ScalarAsync<long>(large.Ledger, "SELECT position FROM log_head");
        if (await cost.RequestsAsync(large.Service, entries) is not { } requests
            || await cost.RequestsAsync(small.Service, Effort.Smallest) is not { } smallRequests)
        {
            Report.Missing(cost.Name, "the service does not answer such a request");
            return;
        }

        var last = size == bench.Effort.Sizes[^1];
        var (ours, reference) = (Side("large", large.Service, requests), Side("small", small.Service, smallRequests));
        // Until the members asked for are in memory and the paths compiled, on both sides.
        await ours.RunAsync(bench.Effort.WarmUp);
        await reference.RunAsync(bench.Effort.WarmUp);
        var pairs = await Pairs.MeasureAsync(ours, reference, bench.Effort.LongWindows with { Count = last ? bench.Effort.LongWindows.Count : 3 });
        if (points.Count == 0)
            points.Add(new(Effort.Smallest, cost.Figure(pairs.Baseline())!.Value, cost.Figure(pairs.Baseline())!.Value));
        points.Add(new(size, cost.Figure(pairs.Ours())!.Value, cost.Figure(pairs.Baseline())!.Value));
        if (!last)
            return;
        bench.Report.Add(new(cost.Name, pairs.Ratio(cost.Figure), Bound.AtMost, Goal, pairs)
        {
            PeakMegabytes = ProcessMemory.PeakKilobytes(large.Service.Id) >> 10,
            Note = string.Create(CultureInfo.InvariantCulture, $"{entries} entries against {Effort.Smallest}; {cost.Unit}"),
        });

        // One connection: what one caller waits for, and no queue before it.
        Side Side(string name, ServerProcess service, IReadOnlyList<PreparedRequest> all)
        {
            var load = new LoadGenerator(service.Endpoint, 1, all);
            return new(name, length => Meter.RunAsync(service, bench.Postgres, 1, () => load.RunAsync(length, cost.Count)));
        }
    }

    // Members all over the ledger: those of the first day and those of the last.
    private static IEnumerable<long> Spread(long entries, int count, long of)
    {
        var all = Math.Max(count, of);
        return Enumerable.Range(0, count).Select(i => i * all / count);
    }

    private static Task<IReadOnlyList<PreparedRequest>?> DecisionRequests(ServerProcess service, long entries) =>
        Task.FromResult<IReadOnlyList<PreparedRequest>?>(Shop.Decisions(Spread(entries, Members, entries / ShopLife.EntriesPerMember)));

    private static Task<IReadOnlyList<PreparedRequest>?> AppendRequests(ServerProcess service, long entries) =>
        Task.FromResult<IReadOnlyList<PreparedRequest>?>(Shop.SingleEntries(Spread(entries, Members, entries / ShopLife.EntriesPerMember)));

    // Only those that have a full page of history.
    private static async Task<IReadOnlyList<PreparedRequest>?> MemberPages(ServerProcess service, long entries)
    {
        using var client = service.Client("ledger:read");
        var offices = Math.Max(5, entries / ShopLife.EntriesPerMember / ShopLife.MembersPerOffice / 2);
        List<string> paths = [];
        foreach (var office in Spread(entries, Offices, offices).Distinct())
        {
            var path = $"/v1/ledger/entries?member={ShopLife.MemberId(office)}&limit=100";
            if (await CountAsync(client, path) == 100)
                paths.Add(path);
        }

        return paths.Count == 0 ? null : Gets(paths);
    }

    // Pages of one partner that begin at instants all over the ledger.
    private static async Task<IReadOnlyList<PreparedRequest>?> PartnerPages(ServerProcess service, long entries)
    {
        using var client = service.Client("ledger:read");
        List<string> paths = [];
        for (var i = 0; i < Offices; i++)
        {
            using var answer = await client.GetAsync(new Uri($"/v1/ledger/entries/{1 + (entries * i / Offices * 9 / 10)}", UriKind.Relative));
            using var entry = JsonDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync());
            var from = Uri.EscapeDataString(entry.RootElement.GetProperty("recordedAt").GetString()!);
            var path = $"/v1/ledger/entries?partner=cj-gls&from={from}&limit=100";
            if (await CountAsync(client, path) == 100)
                paths.Add(path);
        }

        return paths.Count == 0 ? null : Gets(paths);
    }

    private static async Task<IReadOnlyList<PreparedRequest>?> ProofRequests(ServerProcess service, long entries)
    {
        var paths = Spread(entries, Members, entries - 1).Select(p => string.Create(CultureInfo.InvariantCulture, $"/v1/ledger/entries/{p + 1}/proof")).ToList();
        using var client = service.Client("ledger:read");
        using var answer = await client.GetAsync(new Uri(paths[0], UriKind.Relative));
        return answer.IsSuccessStatusCode ? Gets(paths) : null;
    }

    private static async Task<int> CountAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        if (!answer.IsSuccessStatusCode)
            return 0;
        using var page = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
        return page.RootElement.GetProperty("entries").GetArrayLength();
    }

    private static List<PreparedRequest> Gets(IEnumerable<string> paths)
    {
        var token = Tokens.Create("ledger:read");
        return [.. paths.Select(path => PreparedRequest.Get(path, token))];
    }

    /// <summary>Something whose cost may grow.</summary>
    /// <param name="Name">Of the row.</param>
    /// <param name="Unit">Of the figure.</param>
    /// <param name="Figure">What of a window is compared.</param>
    /// <param name="Count">Requests in a window.</param>
    /// <param name="RequestsAsync">For a service and its number of entries; null where it cannot answer them.</param>
    private sealed record Cost(
        string Name, string Unit, Func<Measured, double?> Figure, long Count, Func<ServerProcess, long, Task<IReadOnlyList<PreparedRequest>?>> RequestsAsync);
}
