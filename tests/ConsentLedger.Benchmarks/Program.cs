using System.Globalization;
using ConsentLedger.Benchmarks;
using ConsentLedger.Benchmarks.Loading;
using ConsentLedger.Benchmarks.Rows;
using Microsoft.Extensions.Configuration;

// Only this program starts itself as a baseline.
if (args is ["baseline", var address])
    return await Baseline.ServeAsync(address);
if (args is ["bare", var bareAddress])
    return await Baseline.ServeBareAsync(bareAddress);
if (args is ["load", var count, .. var seed])
    return await GrowingLedger.LoadAsync(Number(count), seed is [var given] ? (int)Number(given) : 1, new ConfigurationBuilder().AddEnvironmentVariables().Build().AsEnumerable());
if (args is ["staleness", .. var checks])
    return await Staleness.RunAsync(checks is [var target] ? Number(target) : 1_000_000);
if (args is ["obligations", .. var consents])
    return await NightOfObligations.RunAsync(consents is [var many] ? (int)Number(many) : 100_000);

(Func<Bench, Task> Measure, string[] Rows)[] all =
[
    (Decisions.MeasureAsync, [Decisions.Warm, Decisions.WarmTail, Decisions.Cold, Decisions.Many]),
    (Appends.MeasureAsync, [Appends.One16, Appends.One64, Appends.Hundred]),
    (Overload.MeasureAsync, [Overload.Tail, Overload.Rate]),
    (TreeOverhead.MeasureAsync, [TreeOverhead.Name]),
    (Relays.MeasureAsync, [Relays.Default, Relays.Wide]),
    (RelayCatchUp.MeasureAsync, [RelayCatchUp.CatchUp, RelayCatchUp.MeanwhileAppends]),
    (BrokerDown.MeasureAsync, [BrokerDown.Rate, BrokerDown.Memory]),
    (HotMembers.MeasureAsync, [HotMembers.Name]),
    (Growth.MeasureAsync, [.. Growth.Names]),
    (Verify.MeasureAsync, [Verify.Name]),
    (Ready.MeasureAsync, [Ready.Name]),
];

var quick = args.Contains("--quick");
var entries = Option("--entries") is { } size ? Number(size) : quick ? 200_000 : 10_000_000;
var wanted = args.Where((a, i) => !a.StartsWith("--", StringComparison.Ordinal) && (i == 0 || args[i - 1] is not ("--entries" or "--output"))).ToHashSet();
if (wanted.Except(all.SelectMany(g => g.Rows)).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no row '{unknown}'. The rows are: {string.Join(", ", all.SelectMany(g => g.Rows))}");
    return 2;
}

if (!ServerProcess.IsServiceCompiled())
{
    Console.Error.WriteLine($"{ServerProcess.Service} is not compiled beforehand as it is where it is deployed; tests/bench.sh publishes it so.");
    return 2;
}

await using var bench = await Bench.StartAsync(quick ? Effort.Quick(entries) : Effort.Full(entries), wanted);
bench.Report.PrintMachine();
var failed = 0;
foreach (var (measure, rows) in all.Where(group => bench.Wants(group.Rows)))
{
    try
    {
        await measure(bench);
    }
    catch (Exception e)
    {
        // The other rows do not depend on it.
        failed++;
        Report.Missing(string.Join(", ", rows.Where(row => bench.Wants(row))), e.ToString());
    }
}

await bench.Report.WriteAsync(Option("--output") ?? "TestResults");
return failed == 0 ? 0 : 1;

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

static long Number(string text) => long.Parse(text, NumberStyles.None | NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
