using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace ConsentLedger.Benchmarks;

/// <summary>
/// Many consents whose two years end on one night, worked off while checkouts go on: how long it takes, how much memory, and what
/// the checkouts notice. On PostgreSQL, the service in a process of its own.
/// </summary>
public static class NightOfObligations
{
    private const int Connections = 8;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(int count)
    {
        await using var postgres = await PostgresServer.StartAsync();
        var ledger = await postgres.CreateDatabaseAsync();
        // Reminded of first: nothing is acted on until all of them are due.
        await using (var seeding = await ServerProcess.ServiceAsync(ledger, ("Marketing:Silence", "Remind")))
        {
            await SeedAsync(seeding, count);
            await ReportCheckoutsAsync("checkouts before", seeding, TimeSpan.FromSeconds(10), memory: 0);
        }

        await using var service = await ServerProcess.ServiceAsync(ledger, ("Marketing:Silence", "Block"));
        var since = Stopwatch.GetTimestamp();
        var (peak, first) = (0L, service.ResidentMegabytes());
        for (var left = await OverdueAsync(ledger); left > 0; left = await OverdueAsync(ledger))
        {
            peak = Math.Max(peak, service.ResidentMegabytes());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count - left} of {count} acted on after {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s, {service.ResidentMegabytes()} MB resident"));
            await ReportCheckoutsAsync("checkouts meanwhile", service, Look, service.ResidentMegabytes());
        }

        var expired = await PostgresServer.ScalarAsync<long>(ledger, "SELECT count(*) FROM ledger_entries WHERE type = 'consent.expired'");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"obligations_night count={count} expired={expired} seconds={Stopwatch.GetElapsedTime(since).TotalSeconds:0} resident_at_start={first}MB resident_peak={peak}MB"));
        return expired == count ? 0 : 1;
    }

    private static async Task SeedAsync(ServerProcess service, int count)
    {
        using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new($"http://{service.Endpoint}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.Create("consents:write"));
        var given = TimeProvider.System.GetUtcNow().AddYears(-2).AddDays(-2).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var body = $$"""
            { "notice": {"id": "third-party-provision", "version": 1}, "choices": [{"purpose": "email_marketing", "granted": true}],
              "actor": {"kind": "member"}, "channel": "web", "occurredAt": "{{given}}" }
            """;
        long done = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (m, ct) =>
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var reply = await client.PostAsync(new Uri($"/v1/members/m-{m}/consents", UriKind.Relative), content, ct);
            reply.EnsureSuccessStatusCode();
            if (Interlocked.Increment(ref done) % 20_000 == 0)
                Console.WriteLine($"{Interlocked.Read(ref done)} of {count} consents recorded");
        });
    }

    private static async Task ReportCheckoutsAsync(string when, ServerProcess service, TimeSpan length, long memory)
    {
        const string Checkout = """{"provisions":[{"partner":"cj-gls","purpose":"delivery","items":["name","address","phone"]}]}""";
        var token = Tokens.Create("consents:write provisions:write");
        var requests = Enumerable.Range(0, 1000).Select(m => PreparedRequest.Query($"/v1/members/shopper-{m}/checkouts", token, Checkout)).ToArray();
        var window = await new LoadGenerator(service.Endpoint, Connections, requests).RunAsync(length);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{when}: {window.Rate:0}/s p50={window.Percentile(0.5) / 1000:0.0}ms p99={window.Percentile(0.99) / 1000:0.0}ms{(memory > 0 ? $" resident={memory}MB" : "")}"));
    }

    private static Task<long> OverdueAsync(string ledger) =>
        PostgresServer.ScalarAsync<long>(ledger, "SELECT count(*) FROM obligations WHERE settled_position IS NULL AND due_at < now() AND kind = 5");
}
