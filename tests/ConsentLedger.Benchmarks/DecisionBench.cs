using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using ConsentLedger.Tests.Harness;

namespace ConsentLedger.Benchmarks;

/// <summary>How many windows of each side, in turn, and how long each.</summary>
public sealed record Interleaving(int Count, TimeSpan Length);

/// <summary>The decision rows of the design's section 9, each beside its baseline in the same run.</summary>
public sealed class DecisionBench : IAsyncDisposable
{
    private const int Members = 2000;
    private const int Connections = 16;
    private const int Many = 1000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    private const string Question = """{"partner":"areumnet","purpose":"email_marketing","items":["name","phone","mobile"]}""";

    private readonly List<IAsyncDisposable> started = [];
    private readonly string token = Tokens.Create("decisions:read");
    private PostgresProcess postgres = null!;
    private ServerProcess baseline = null!;
    private ServerProcess warm = null!;
    private ServerProcess cold = null!;

    public static async Task<DecisionBench> StartAsync()
    {
        var bench = new DecisionBench();
        try
        {
            await bench.LaunchAsync();
            await bench.SeedAsync();
            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    public async Task<IReadOnlyList<string>> RunAsync(Interleaving windows)
    {
        var single = Enumerable.Range(0, Members).Select(m => LoadGenerator.Request($"/v1/members/m-{m}/decisions", token, Question)).ToArray();
        var many = new[] { LoadGenerator.Request("/v1/decisions", token, ManyQuestion()) };
        var constant = new Side(baseline, [baseline.Id], single, Connections, 1);
        var database = await postgres.ProcessIdsAsync();
        var asked = new Side(warm, [warm.Id, .. database], single, Connections, 1);
        // Until the runtime has compiled the hot paths for good, on every side.
        foreach (var side in (Side[])[constant, asked, asked with { Server = cold }])
            await side.RunAsync(WarmUp);
        return
        [
            await CompareAsync("decision_warm", 0.85, asked, constant, windows),
            await CompareAsync("decision_cold", 0.40, new Side(cold, [cold.Id, .. database], single, Connections, 1), constant, windows),
            await CompareAsync("decisions_1000_a_request", 20, new Side(warm, [warm.Id, .. database], many, 4, Many), asked, windows),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Enumerable.Reverse(started))
            await server.DisposeAsync();
    }

    private static string ManyQuestion() =>
        $$"""{"members":[{{string.Join(',', Enumerable.Range(0, Many).Select(m => $"\"m-{m}\""))}}],"partner":"areumnet","purpose":"email_marketing","items":["name","phone","mobile"]}""";

    // Interleaving of the two sides in turn, so that what else the machine does falls on both.
    private static async Task<string> CompareAsync(string name, double goal, Side ours, Side theirs, Interleaving windows)
    {
        await ours.RunAsync(windows.Length);
        await theirs.RunAsync(windows.Length);
        List<(Measured Ours, Measured Theirs)> pairs = [];
        for (var i = 0; i < windows.Count; i++)
            pairs.Add((await ours.RunAsync(windows.Length), await theirs.RunAsync(windows.Length)));
        var ratio = Median(pairs.Select(p => p.Ours.Rate / p.Theirs.Rate));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name} ratio={ratio:0.00} goal={goal:0.00} {Describe("ours", pairs.ConvertAll(p => p.Ours))} {Describe("baseline", pairs.ConvertAll(p => p.Theirs))}");
    }

    private static string Describe(string side, List<Measured> windows) => string.Create(
        CultureInfo.InvariantCulture,
        $"{side}[rate={Median(windows.Select(w => w.Rate)):0}/s p50={Median(windows.Select(w => w.P50)):0}us p99={Median(windows.Select(w => w.P99)):0}us cpu={Median(windows.Select(w => w.CpuPerOperation)):0.0}us/op]");

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private async Task LaunchAsync()
    {
        started.Add(postgres = await PostgresProcess.StartAsync());
        started.Add(baseline = await ServerProcess.StartAsync("ConsentLedger.Benchmarks.dll", ["baseline", "{address}"], Tokens.Settings));
        (string, string)[] ledger = [("ConnectionStrings:Ledger", postgres.ConnectionString), .. Tokens.Settings];
        started.Add(warm = await ServerProcess.StartAsync("ConsentLedger.dll", ["--urls={address}"], ledger));
        // Room for next to no subject: every decision has to load its member.
        started.Add(cold = await ServerProcess.StartAsync("ConsentLedger.dll", ["--urls={address}"], [.. ledger, ("Ledger:SubjectCacheCapacity", "3")]));
    }

    private async Task SeedAsync()
    {
        using var client = new HttpClient { BaseAddress = new($"http://{warm.Endpoint}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.Create("consents:write provisions:write"));
        await Parallel.ForEachAsync(Enumerable.Range(0, Members), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (m, ct) =>
        {
            using var reply = await client.PostAsJsonAsync($"/v1/members/m-{m}/checkouts", Checkout(), ct);
            reply.EnsureSuccessStatusCode();
        });
    }

    private static object Checkout() => new
    {
        consents = new
        {
            notice = new { id = "third-party-provision", version = 1 },
            choices = new[] { new { purpose = "email_marketing", granted = true }, new { purpose = "sms_marketing", granted = false } },
            actor = new { kind = "member" },
            channel = "web",
        },
        provisions = new[] { new { partner = "inicis", purpose = "payment", items = new[] { "name", "mobile" } } },
    };

    /// <summary>One side of a comparison.</summary>
    private sealed record Side(ServerProcess Server, IReadOnlyList<int> Processes, IReadOnlyList<byte[]> Requests, int Connections, int OperationsPerRequest)
    {
        public async Task<Measured> RunAsync(TimeSpan length)
        {
            var cpu = ProcessorTime.Of(Processes);
            var window = await new LoadGenerator(Server.Endpoint, Connections).RunAsync(Requests, length);
            var operations = window.Operations * OperationsPerRequest;
            return new(
                window.Rate * OperationsPerRequest,
                window.Percentile(0.50),
                window.Percentile(0.99),
                (ProcessorTime.Of(Processes) - cpu).TotalMicroseconds / operations);
        }
    }

    private sealed record Measured(double Rate, double P50, double P99, double CpuPerOperation);
}
