using ConsentLedger.Benchmarks;

// Only this program starts itself as the baseline.
if (args is ["baseline", var address])
    return await Baseline.ServeAsync(address);
if (args is ["obligations", .. var rest])
    return await NightOfObligations.RunAsync(rest is [var count] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 100_000);

var windows = args.Contains("--quick") ? new Interleaving(7, TimeSpan.FromSeconds(1.2)) : new Interleaving(15, TimeSpan.FromSeconds(4));
await using var bench = await DecisionBench.StartAsync();
foreach (var row in await bench.RunAsync(windows))
    Console.WriteLine(row);
return 0;
