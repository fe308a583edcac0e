namespace ConsentLedger.Benchmarks.Measuring;

/// <summary>What one window of one side measured.</summary>
/// <param name="Rate">Operations a second.</param>
/// <param name="P50">Microseconds, where each operation was timed.</param>
/// <param name="P99">Microseconds.</param>
/// <param name="ServiceCpu">Microseconds of the processor an operation, of the program that is measured.</param>
/// <param name="DatabaseCpu">The same of all of PostgreSQL's processes.</param>
public sealed record Measured(double Rate, double? P50 = null, double? P99 = null, double? ServiceCpu = null, double? DatabaseCpu = null)
{
    /// <summary>Microseconds of both.</summary>
    public double? Cpu => ServiceCpu is null && DatabaseCpu is null ? null : (ServiceCpu ?? 0) + (DatabaseCpu ?? 0);

    /// <summary>The median of each figure by itself.</summary>
    public static Measured MedianOf(IReadOnlyList<Measured> windows) => new(
        Median.Of(windows.Select(w => w.Rate)),
        Of(windows, w => w.P50),
        Of(windows, w => w.P99),
        Of(windows, w => w.ServiceCpu),
        Of(windows, w => w.DatabaseCpu));

    private static double? Of(IReadOnlyList<Measured> windows, Func<Measured, double?> figure) =>
        windows.Any(w => figure(w) is null) ? null : Median.Of(windows.Select(w => figure(w)!.Value));
}

public static class Median
{
    public static double Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? throw new InvalidOperationException("Nothing was measured.")
            : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2]
            : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>How many windows of each side, in turn, and how long each.</summary>
public sealed record Interleaving(int Count, TimeSpan Length);

/// <summary>One side of a comparison: a name for it, and how a window of it is measured.</summary>
public sealed record Side(string Name, Func<TimeSpan, Task<Measured>> RunAsync);

/// <summary>Two sides measured in turn, A B A B …, so that what else the machine does falls on both.</summary>
public sealed record Pairs(string OursName, string BaselineName, IReadOnlyList<(Measured Ours, Measured Baseline)> Windows)
{
    public static async Task<Pairs> MeasureAsync(Side ours, Side baseline, Interleaving windows)
    {
        // Not counted: whatever the side before left in caches and queues.
        await ours.RunAsync(windows.Length);
        await baseline.RunAsync(windows.Length);
        List<(Measured, Measured)> pairs = [];
        for (var i = 0; i < windows.Count; i++)
            pairs.Add((await ours.RunAsync(windows.Length), await baseline.RunAsync(windows.Length)));
        return new(ours.Name, baseline.Name, pairs);
    }

    /// <summary>The median of the ratios of the pairs.</summary>
    public double Ratio(Func<Measured, double?> figure) => Median.Of(Windows.Select(w => figure(w.Ours)!.Value / figure(w.Baseline)!.Value));

    public Measured Ours() => Measured.MedianOf([.. Windows.Select(w => w.Ours)]);

    public Measured Baseline() => Measured.MedianOf([.. Windows.Select(w => w.Baseline)]);
}
