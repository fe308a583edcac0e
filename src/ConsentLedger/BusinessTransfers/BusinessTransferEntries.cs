using ConsentLedger.Catalog;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;

namespace ConsentLedger.BusinessTransfers;

/// <summary>A sale or merger 영업양도 was announced to the members beforehand (policy, entrustment 다; PIPA art. 27(1)).</summary>
public sealed record BusinessTransferAnnounced : EntryData
{
    public required Guid TransferId { get; init; }

    /// <summary>Who takes over.</summary>
    public required LocalText Transferee { get; init; }

    /// <summary>How the transferee is reached: address, telephone, other contact.</summary>
    public required LocalText Contact { get; init; }

    /// <summary>Why, and how it is done.</summary>
    public required LocalText Reason { get; init; }

    /// <summary>How a member who does not want it objects.</summary>
    public required LocalText HowToObject { get; init; }

    public required DateTimeOffset EffectiveAt { get; init; }
}

/// <summary>A member does not want to be transferred; it counts from the effective date on.</summary>
public sealed record BusinessTransferObjected : RequestEntry
{
    public required Guid TransferId { get; init; }

    public required DateTimeOffset EffectiveAt { get; init; }
}

/// <summary>The transfer took effect: the transferee is the controller from here on.</summary>
public sealed record BusinessTransferEffected(Guid TransferId) : EntryData;
