using ConsentLedger.Ledger;

namespace ConsentLedger.Partners;

/// <summary>What a partner did with an event.</summary>
public enum AcknowledgementOutcome
{
    /// <summary>Acted on in full.</summary>
    Done,

    /// <summary>Acted on in part.</summary>
    Partial,

    /// <summary>The partner holds no such data.</summary>
    NotHeld,

    /// <summary>The partner could not act.</summary>
    Failed,
}

/// <summary>A partner answered an event. Its note, if any, is in the sealed part.</summary>
public sealed record DeliveryAcknowledged : EntryData
{
    public required Guid EventId { get; init; }

    public required long Sequence { get; init; }

    public required AcknowledgementOutcome Outcome { get; init; }
}

/// <summary>Operations asked for an event to be sent once more, with the same id and sequence.</summary>
public sealed record RedeliveryRequested : EntryData
{
    public required Guid EventId { get; init; }

    public required long Sequence { get; init; }
}
