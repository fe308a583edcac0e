using System.Diagnostics;
using System.Globalization;

namespace ConsentLedger.Hosting;

/// <summary>How far a long command is, at which rate, and how long it still takes: on the error stream, so that the result stands alone on the other.</summary>
/// <remarks>On a terminal one line that is written over; elsewhere a line now and then.</remarks>
internal sealed class ProgressBar(string what)
{
    private const int Width = 30;
    private static readonly TimeSpan OnTerminal = TimeSpan.FromMilliseconds(200), Elsewhere = TimeSpan.FromSeconds(10);

    private readonly Lock one = new();
    private readonly long since = Stopwatch.GetTimestamp();
    private readonly bool terminal = !Console.IsErrorRedirected;
    private long shown;

    /// <summary>What the last call said there is in all.</summary>
    public long Total { get; private set; }

    /// <summary>Called by any thread.</summary>
    public void Show(long done, long total)
    {
        lock (one)
            ShowNow(done, total);
    }

    /// <summary>Ends the line with the rate over all.</summary>
    public void End()
    {
        if (shown == 0)
            return;
        Write(Total, Total);
        if (terminal)
            Console.Error.WriteLine();
    }

    private void ShowNow(long done, long total)
    {
        Total = total;
        if (Stopwatch.GetElapsedTime(shown == 0 ? since : shown) < (terminal ? OnTerminal : Elsewhere))
            return;
        shown = Stopwatch.GetTimestamp();
        Write(done, total);
    }

    private void Write(long done, long total)
    {
        var elapsed = Stopwatch.GetElapsedTime(since);
        var rate = done / Math.Max(elapsed.TotalSeconds, 0.001);
        var left = TimeSpan.FromSeconds((total - done) / Math.Max(rate, 0.001));
        var filled = total == 0 ? Width : (int)(Width * done / total);
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"[{new string('#', filled)}{new string('.', Width - filled)}] {done}/{total} {what}, {rate:F0}/s, {left:hh\\:mm\\:ss} left");
        if (terminal)
            Console.Error.Write($"\r{line}  ");
        else
            Console.Error.WriteLine(line);
    }
}
