using System.Globalization;

namespace ConsentLedger.Benchmarks.Measuring;

/// <summary>Processor time out of <c>/proc</c>.</summary>
public static class ProcessorTime
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux that .NET runs on

    public static TimeSpan Of(int process) => Stat.Read(process) is { } stat ? Span(stat.Own) : TimeSpan.Zero;

    /// <summary>A process, its children that live, and those that have ended.</summary>
    public static TimeSpan OfTree(int parent)
    {
        long ticks = 0;
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var process) && Stat.Read(process) is { } stat)
                ticks += process == parent ? stat.Own + stat.EndedChildren : stat.Parent == parent ? stat.Own : 0;
        }

        return Span(ticks);
    }

    private static TimeSpan Span(long ticks) => TimeSpan.FromSeconds(ticks / TicksPerSecond);

    private readonly record struct Stat(int Parent, long Own, long EndedChildren)
    {
        // proc(5): the fields after the name, which may itself hold spaces.
        public static Stat? Read(int process)
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{process}/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return new((int)Number(fields[1]), Number(fields[11]) + Number(fields[12]), Number(fields[13]) + Number(fields[14]));
            }
            catch (IOException)
            {
                return null; // it has ended
            }
        }

        private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
    }
}

/// <summary>Memory out of <c>/proc</c>.</summary>
public static class ProcessMemory
{
    public static long ResidentKilobytes(int process) => Read(process, "VmRSS:");

    /// <summary>The most that it ever held.</summary>
    public static long PeakKilobytes(int process) => Read(process, "VmHWM:");

    private static long Read(int process, string name)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // it has ended
        }
    }
}
