namespace ConsentLedger.Relay;

/// <summary>The bounds of the relay; section <c>Relay</c> of the configuration.</summary>
public sealed record RelaySettings
{
    /// <summary>
    /// Events of one partner that may be unconfirmed at once. With 1 the order holds whatever happens on the broker; more is faster,
    /// and asks more of consumers or operators: see README.md.
    /// </summary>
    public int Window { get; init; } = 1;

    /// <summary>Events of one partner that are read into memory at once.</summary>
    public int PageSize { get; init; } = 512;

    /// <summary>Pages of one partner in one turn, after which others that wait for a lane get theirs.</summary>
    public int PagesPerTurn { get; init; } = 16;

    /// <summary>Partners that are published to at once: at most <c>Lanes × Window</c> events are in flight.</summary>
    public int Lanes { get; init; } = 32;

    /// <summary>From handing over the first event of a run (eight windows) to the last one's confirmation.</summary>
    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The first rest after a failure; each further one is twice as long.</summary>
    public TimeSpan ShortestRest { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan LongestRest { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an event that another replica appended may go unnoticed.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a replica that does not lead asks whether it may.</summary>
    public TimeSpan LeadInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Events that are sent before all of them must be confirmed: so few that the time limit is one for few events, so many that a window is seldom waited empty.</summary>
    internal int RunLength => Window * 8;

    public RelaySettings Checked()
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(Window is >= 1 and <= 1000, true, nameof(Window));
        ArgumentOutOfRangeException.ThrowIfNotEqual(PageSize is >= 1 and <= 10_000, true, nameof(PageSize));
        ArgumentOutOfRangeException.ThrowIfNotEqual(PagesPerTurn is >= 1 and <= 1000, true, nameof(PagesPerTurn));
        ArgumentOutOfRangeException.ThrowIfNotEqual(Lanes is >= 1 and <= 500, true, nameof(Lanes));
        return this;
    }
}
