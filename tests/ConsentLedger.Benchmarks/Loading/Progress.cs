using System.Diagnostics;
using System.Globalization;

namespace ConsentLedger.Benchmarks.Loading;

/// <summary>A bar on the error stream: how far, how fast, how long still. On a terminal it stays on its line.</summary>
public sealed class Progress(long total) : IDisposable
{
    private const int Width = 30;

    private readonly long since = Stopwatch.GetTimestamp();
    private readonly TimeSpan every = Console.IsErrorRedirected ? TimeSpan.FromSeconds(10) : TimeSpan.FromMilliseconds(250);
    private TimeSpan shown;
    private long last;

    public void Report(long done)
    {
        last = done;
        if (Stopwatch.GetElapsedTime(since) - shown >= every)
            Show(done);
    }

    public void Dispose()
    {
        Show(last);
        if (!Console.IsErrorRedirected)
            Console.Error.WriteLine();
    }

    private void Show(long done)
    {
        shown = Stopwatch.GetElapsedTime(since);
        var rate = done / Math.Max(shown.TotalSeconds, 0.001);
        var left = rate > 0 ? TimeSpan.FromSeconds(Math.Max(0, total - done) / rate) : TimeSpan.Zero;
        var filled = (int)(Width * Math.Min(1, (double)done / Math.Max(total, 1)));
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"[{new string('#', filled)}{new string('.', Width - filled)}] {done:N0} of {total:N0}  {rate:N0}/s  {left:hh\\:mm\\:ss} left");
        if (Console.IsErrorRedirected)
            Console.Error.WriteLine(line);
        else
            Console.Error.Write($"\r{line}   ");
    }
}
