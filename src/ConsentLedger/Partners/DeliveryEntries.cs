using ConsentLedger.Ledger;

namespace ConsentLedger.Partners;

/// <summary>제공처의 처리 결과 / what a partner did with an event.</summary>
public enum AcknowledgementOutcome
{
    /// <summary>전부 처리함 / acted on in full.</summary>
    Done,

    /// <summary>일부만 처리함 / acted on in part.</summary>
    Partial,

    /// <summary>해당 정보를 보유하지 않음 / the partner holds no such data.</summary>
    NotHeld,

    /// <summary>처리하지 못함 / the partner could not act.</summary>
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
