using System.Globalization;
using System.Text;

namespace ConsentLedger.Benchmarks.Measuring;

/// <summary>A cost at several sizes of the ledger, each measured beside the smallest.</summary>
public sealed record Series(string Name, string Unit, IReadOnlyList<SeriesPoint> Points);

/// <param name="Entries">In the ledger.</param>
/// <param name="Cost">At that size.</param>
/// <param name="Reference">At the smallest size, in the same windows.</param>
public sealed record SeriesPoint(long Entries, double Cost, double Reference);

/// <summary>Plots of cost against size, as SVG.</summary>
public static class Plot
{
    private const int Width = 640, Height = 360, Left = 72, Right = 24, Top = 44, Bottom = 48;

    /// <summary>A file for each series, and one with all of them as ratios.</summary>
    public static IEnumerable<(string File, string Svg)> Draw(IReadOnlyList<Series> series)
    {
        foreach (var one in series)
        {
            yield return ($"{one.Name}.svg", Draw(
                $"{one.Name} ({one.Unit})",
                [("at this size", "#1f6f8b", [.. one.Points.Select(p => (p.Entries, p.Cost))]), ("at the smallest size, same windows", "#999999", [.. one.Points.Select(p => (p.Entries, p.Reference))])]));
        }

        if (series.Count > 0)
        {
            string[] colours = ["#1f6f8b", "#c8553d", "#588157", "#8e6c8a", "#b08900", "#444444"];
            yield return ("growth.svg", Draw(
                "cost against the smallest ledger (ratio)",
                [.. series.Select((s, i) => (s.Name, colours[i % colours.Length], (IReadOnlyList<(long, double)>)[.. s.Points.Select(p => (p.Entries, p.Cost / p.Reference))]))]));
        }
    }

    private static string Draw(string title, IReadOnlyList<(string Name, string Colour, IReadOnlyList<(long X, double Y)> Points)> lines)
    {
        var all = lines.SelectMany(l => l.Points).ToList();
        var (first, last) = (Math.Log10(all.Min(p => p.X)), Math.Log10(Math.Max(all.Max(p => p.X), all.Min(p => p.X) * 10)));
        var highest = Ceiling(all.Max(p => p.Y));
        double X(long entries) => Left + ((Width - Left - Right) * (Math.Log10(entries) - first) / (last - first));
        double Y(double cost) => Height - Bottom - ((Height - Top - Bottom) * cost / highest);
        var svg = new StringBuilder();
        svg.Append(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height + (18 * lines.Count)}\" font-family=\"sans-serif\" font-size=\"12\">\n"));
        svg.Append(Invariant($"<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{Left}\" y=\"24\" font-size=\"15\">{title}</text>\n"));
        for (var i = 0; i <= 4; i++)
        {
            var at = highest * i / 4;
            svg.Append(Invariant($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(at):0.#}\" y2=\"{Y(at):0.#}\" stroke=\"#dddddd\"/>\n"));
            svg.Append(Invariant($"<text x=\"{Left - 8}\" y=\"{Y(at) + 4:0.#}\" text-anchor=\"end\">{at:0.##}</text>\n"));
        }

        foreach (var entries in all.Select(p => p.X).Distinct())
            svg.Append(Invariant($"<text x=\"{X(entries):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{Size(entries)}</text>\n"));
        svg.Append(Invariant($"<text x=\"{Width - Right}\" y=\"{Height - 10}\" text-anchor=\"end\">entries in the ledger</text>\n"));
        foreach (var (i, (name, colour, points)) in lines.Index())
        {
            svg.Append(Invariant($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{string.Join(' ', points.Select(p => Invariant($"{X(p.X):0.#},{Y(p.Y):0.#}")))}\"/>\n"));
            foreach (var (x, y) in points)
                svg.Append(Invariant($"<circle cx=\"{X(x):0.#}\" cy=\"{Y(y):0.#}\" r=\"3\" fill=\"{colour}\"><title>{x}: {y:0.###}</title></circle>\n"));
            svg.Append(Invariant($"<line x1=\"{Left}\" x2=\"{Left + 20}\" y1=\"{Height + (18 * i)}\" y2=\"{Height + (18 * i)}\" stroke=\"{colour}\" stroke-width=\"3\"/><text x=\"{Left + 28}\" y=\"{Height + (18 * i) + 4}\">{name}</text>\n"));
        }

        return svg.Append("</svg>\n").ToString();
    }

    // The next round number, so that the axis reads well.
    private static double Ceiling(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return power * new[] { 1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10 }.First(step => step * power >= value * 1.05 || step == 10);
    }

    private static string Size(long entries) =>
        entries >= 1_000_000 ? Invariant($"{entries / 1e6:0.#} M") : entries >= 1000 ? Invariant($"{entries / 1e3:0.#} k") : Invariant($"{entries}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
