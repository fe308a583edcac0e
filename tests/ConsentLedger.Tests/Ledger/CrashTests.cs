using System.Collections.Concurrent;
using System.Net;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Ledger;

/// <summary>The service is killed while it writes: what it answered is there once, nothing else is half there.</summary>
public sealed class CrashTests(PostgresServer postgres)
{
    private const int Writers = 8;
    private const int Kills = 2;

    [Theory]
    [InlineData(Store.Sqlite)]
    [InlineData(Store.Postgres)]
    public async Task Every_answered_write_is_there_once_after_the_service_was_killed(Store store)
    {
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        var answered = new ConcurrentDictionary<string, IReadOnlyList<long>>();
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var service = await LedgerProcess.StartAsync(database);
            using var stop = new CancellationTokenSource();
            var writers = Enumerable.Range(0, Writers).Select(w => WriteAsync(service, $"k{kill}-w{w}", answered, stop.Token)).ToArray();
            var before = answered.Count;
            while (answered.Count < before + 100)
                await Task.Delay(10, TestContext.Current.CancellationToken);
            await service.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(writers);
        }

        await using var after = LedgerService.Start(database);
        var client = after.Client();
        foreach (var (key, positions) in answered)
        {
            // The same request again finds its key, and the first answer.
            var repeated = await client.PostReplyAsync(Path(key), Body(key), key);
            Assert.Equal(HttpStatusCode.Created, repeated.Status);
            Assert.Equal(positions, repeated.Positions);
        }

        var taken = answered.Values.SelectMany(p => p).ToList();
        Assert.Equal(taken.Count, taken.Distinct().Count());
        var types = await after.QueryAsync(context => Task.FromResult(
            context.Entries.Where(e => taken.Contains(e.Position)).Select(e => e.Type).Distinct().Order().ToArray()));
        Assert.Equal(["consent.granted", "provision.recorded"], types);
    }

    private static async Task WriteAsync(
        LedgerProcess service, string writer, ConcurrentDictionary<string, IReadOnlyList<long>> answered, CancellationToken stop)
    {
        using var client = service.Client();
        for (var i = 0; i < 10_000 && !stop.IsCancellationRequested; i++)
        {
            var key = $"{writer}-{i}";
            try
            {
                var reply = await client.PostReplyAsync(Path(key), Body(key), key);
                Assert.Equal(HttpStatusCode.Created, reply.Status);
                answered[key] = reply.Positions;
            }
            catch (HttpRequestException)
            {
                return; // killed before it answered: it may be there or not
            }
        }
    }

    private static string Path(string key) => $"/v1/members/m-{key}/checkouts";

    private static object Body(string key) => new
    {
        consents = Requests.Consents(("email_marketing", true)),
        provisions = new[] { new { partner = "areumnet", purpose = "email_marketing", items = new[] { "name", "mobile" }, reference = new { order = key } } },
    };
}
