namespace ConsentLedger.Tests.Harness;

/// <summary>
/// The system's clock, set back by whole hours so that a run begins between 9 and 15 o'clock in Seoul: at night advertising is denied,
/// and a test that is not about nights must not depend on when it runs.
/// </summary>
public sealed class DaytimeClock : TimeProvider
{
    private const int Seoul = 9;
    private const int Latest = 15;
    private const int Earliest = 9;

    public static readonly DaytimeClock Instance = new();

    private readonly TimeSpan back;

    private DaytimeClock()
    {
        var hour = (System.GetUtcNow().Hour + Seoul) % 24;
        back = TimeSpan.FromHours(hour is >= Earliest and < Latest ? 0 : (hour - (Latest - 1) + 24) % 24);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - back;
}
