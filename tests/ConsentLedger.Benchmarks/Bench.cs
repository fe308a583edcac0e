using System.Globalization;
using System.Runtime.InteropServices;
using ConsentLedger.Benchmarks.Loading;

namespace ConsentLedger.Benchmarks;

/// <summary>How much is measured.</summary>
/// <param name="Windows">Of the rows that answer requests.</param>
/// <param name="LongWindows">Of the rows whose baseline counts whole seconds.</param>
/// <param name="WarmUp">Until the runtime has compiled the hot paths for good.</param>
/// <param name="Sizes">Of the ledger, smallest first; the rows about growth compare the last with the first.</param>
/// <param name="Queued">Events that wait while the broker is down.</param>
/// <param name="Members">Members that are hot at once, where memory is measured.</param>
public sealed record Effort(Interleaving Windows, Interleaving LongWindows, TimeSpan WarmUp, IReadOnlyList<long> Sizes, long Queued, int Members)
{
    public const long Smallest = 10_000;

    public static Effort Full(long entries) => new(
        new(9, TimeSpan.FromSeconds(4)), new(7, TimeSpan.FromSeconds(5)), TimeSpan.FromSeconds(20), SizesTo(entries), 1_000_000, 1_000_000);

    public static Effort Quick(long entries) => new(
        new(5, TimeSpan.FromSeconds(0.7)), new(5, TimeSpan.FromSeconds(2)), TimeSpan.FromSeconds(15), [Smallest, .. entries > 4 * Smallest ? [entries / 4] : Array.Empty<long>(), entries], 100_000, 150_000);

    private static List<long> SizesTo(long entries)
    {
        List<long> sizes = [];
        for (var size = Smallest; size < entries; size *= sizes.Count % 2 == 0 ? 2 : 5)
            sizes.Add(size);
        sizes.Add(entries);
        return sizes;
    }
}

/// <summary>What the rows of one run share: servers that start when the first row asks, large ledgers, and the report.</summary>
public sealed class Bench : IAsyncDisposable
{
    private readonly Lazy<Task<BrokerServer>> broker = new(BrokerServer.StartAsync);
    private readonly IReadOnlySet<string> wanted;
    private GrowingLedger? large;

    private Bench(Effort effort, IReadOnlySet<string> wanted, PostgresServer postgres, Report report) =>
        (Effort, this.wanted, Postgres, Report) = (effort, wanted, postgres, report);

    public Effort Effort { get; }

    public PostgresServer Postgres { get; }

    public Report Report { get; }

    public static async Task<Bench> StartAsync(Effort effort, IReadOnlySet<string> wanted)
    {
        var postgres = await PostgresServer.StartAsync();
        return new(effort, wanted, postgres, new Report(new Dictionary<string, string>
        {
            ["processors"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
            ["model"] = Model(),
            ["memory"] = $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30}GB",
            ["system"] = RuntimeInformation.OSDescription,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["PostgreSQL"] = await postgres.VersionAsync(),
        }));
    }

    /// <summary>Whether this run measures a row.</summary>
    public bool Wants(params string[] rows) => wanted.Count == 0 || rows.Any(wanted.Contains);

    public Task<BrokerServer> BrokerAsync() => broker.Value;

    /// <summary>The ledger of the rows about size, with at least so many entries; loaded where there are fewer.</summary>
    public async Task<string> LargeLedgerAsync(long entries)
    {
        large ??= await GrowingLedger.CreateAsync(Postgres, Effort.Sizes[^1]);
        await large.GrowToAsync(entries);
        return large.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        if (broker.IsValueCreated && broker.Value.IsCompletedSuccessfully)
            await (await broker.Value).DisposeAsync();
        await Postgres.DisposeAsync();
    }

    private static string Model()
    {
        var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':') + 2)..];
    }
}
