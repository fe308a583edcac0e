using System.Globalization;

namespace ConsentLedger.Verify;

/// <summary>Where results, warnings and progress go.</summary>
internal sealed class Screen(TextWriter output, TextWriter error, TimeProvider time, bool interactive)
{
    public TimeProvider Time => time;

    /// <summary>A line of the result.</summary>
    public void Say(string line) => output.WriteLine(line);

    /// <summary>What the reader should know beside the result.</summary>
    public void Warn(string line) => error.WriteLine("warning: " + line);

    public void Error(string line) => error.WriteLine("error: " + line);

    /// <summary>Begins something that takes long.</summary>
    public Progress Start(string what, long total) => new(error, time, interactive, what, total);

    public static string Text(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>How far something is, at what rate, and when it will be done: a bar on a terminal, now and then a line elsewhere.</summary>
internal sealed class Progress(TextWriter error, TimeProvider time, bool interactive, string what, long total) : IDisposable
{
    private const int BarWidth = 30;
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(10);

    private readonly Lock one = new();
    private readonly long since = time.GetTimestamp();
    private long last = time.GetTimestamp();
    private long done;
    private bool drawn;

    public void Add(long more)
    {
        lock (one)
        {
            done += more;
            if (time.GetElapsedTime(last) < (interactive ? Redraw : Repeat))
                return;
            last = time.GetTimestamp();
            drawn = true;
            if (interactive)
                error.Write("\r" + Bar() + Figures() + "   ");
            else
                error.WriteLine(Figures());
        }
    }

    /// <summary>Ends the bar's line.</summary>
    public void Dispose()
    {
        if (interactive && drawn)
            error.WriteLine();
    }

    private string Bar()
    {
        var filled = total == 0 ? BarWidth : (int)(BarWidth * done / total);
        return $"[{new string('=', filled)}{new string(' ', BarWidth - filled)}] ";
    }

    private string Figures()
    {
        var elapsed = time.GetElapsedTime(since).TotalSeconds;
        var rate = elapsed > 0 ? done / elapsed : 0;
        var left = rate > 0 ? TimeSpan.FromSeconds((total - done) / rate) : TimeSpan.Zero;
        return string.Create(CultureInfo.InvariantCulture, $"{what}: {done} of {total}, {rate:0}/s, {left:d\\.hh\\:mm\\:ss} left");
    }
}
