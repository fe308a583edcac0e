using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConsentLedger.Benchmarks.Measuring;

/// <summary>Whether a ratio must reach its goal or may not pass it.</summary>
public enum Bound
{
    AtLeast,
    AtMost,
}

/// <summary>One row: a ratio with its goal, and what it was made of.</summary>
public sealed record Row(string Name, double Ratio, Bound Bound, double Goal, Pairs Pairs)
{
    /// <summary>What the service's process held at most, in MB.</summary>
    public long? PeakMegabytes { get; init; }

    /// <summary>What the sides were, where it is not a rate.</summary>
    public string? Sides { get; init; }

    /// <summary>What a reader has to know to read it.</summary>
    public string? Note { get; init; }

    public bool Met => Bound == Bound.AtLeast ? Ratio >= Goal : Ratio <= Goal;
}

/// <summary>Prints each row as it is measured, and keeps all of them for the file.</summary>
public sealed class Report(IReadOnlyDictionary<string, string> machine)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly List<Row> rows = [];
    private readonly List<Series> series = [];

    public void PrintMachine() => Console.WriteLine($"# {string.Join(", ", machine.Select(m => $"{m.Key} {m.Value}"))}");

    public void Add(Row row)
    {
        rows.Add(row);
        var peak = row.PeakMegabytes is { } megabytes ? Invariant($" peak={megabytes}MB") : "";
        var sides = row.Sides ?? $"{Describe(row.Pairs.OursName, row.Pairs.Ours())} {Describe(row.Pairs.BaselineName, row.Pairs.Baseline())}";
        Console.WriteLine(Invariant(
            $"{row.Name,-28} ratio={row.Ratio:0.00} goal={row.Goal:0.00} {(row.Bound == Bound.AtLeast ? "at_least" : "at_most")} met={(row.Met ? "yes" : "no ")} {sides}{peak}"));
        if (row.Note is { } note)
            Console.WriteLine($"  # {note}");
    }

    public void AddSeries(Series measured) => series.Add(measured);

    /// <summary>Says on the error stream why a row is not there; a row that was not measured is never printed.</summary>
    public static void Missing(string row, string why) => Console.Error.WriteLine($"{row}: not measured: {why}");

    /// <summary>Writes <c>bench.json</c> and the plots.</summary>
    public async Task WriteAsync(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "bench"));
        await File.WriteAllTextAsync(Path.Combine(folder, "bench.json"), JsonSerializer.Serialize(new { machine, rows = rows.Select(Shape), series }, Json));
        foreach (var (file, drawn) in Plot.Draw(series))
            await File.WriteAllTextAsync(Path.Combine(folder, "bench", file), drawn);
    }

    private static object Shape(Row row) => new
    {
        row.Name,
        ratio = Math.Round(row.Ratio, 4),
        row.Goal,
        bound = row.Bound == Bound.AtLeast ? "at_least" : "at_most",
        row.Met,
        row.PeakMegabytes,
        row.Sides,
        row.Note,
        ours = new { name = row.Pairs.OursName, median = row.Pairs.Ours(), windows = row.Pairs.Windows.Select(w => w.Ours) },
        baseline = new { name = row.Pairs.BaselineName, median = row.Pairs.Baseline(), windows = row.Pairs.Windows.Select(w => w.Baseline) },
    };

    private static string Describe(string side, Measured measured)
    {
        List<string> figures = [measured.Rate >= 100 ? Invariant($"rate={measured.Rate:0}/s") : Invariant($"rate={measured.Rate:0.00}/s")];
        if (measured is { P50: { } p50, P99: { } p99 })
            figures.Add(Invariant($"p50={p50:0}us p99={p99:0}us"));
        if (measured.Cpu is { } cpu)
            figures.Add(Invariant($"cpu={cpu:0.0}us/op"));
        if (measured is { ServiceCpu: { } service, DatabaseCpu: { } database })
            figures.Add(Invariant($"(service {service:0.0} + postgres {database:0.0})"));
        return $"{side}[{string.Join(' ', figures)}]";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
