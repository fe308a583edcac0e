using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Decisions;
using ConsentLedger.Ledger;

namespace ConsentLedger.Provisions;

/// <summary>Items were given to the entry's partner 제공.</summary>
public sealed record ProvisionRecorded : EntryData
{
    public required string Purpose { get; init; }

    public required ImmutableArray<string> Items { get; init; }

    /// <summary>The ground relied on.</summary>
    public required LegalBasis LegalBasis { get; init; }

    /// <summary>The consent relied on, where consent is the ground.</summary>
    public NoticeReference? Notice { get; init; }
}

/// <summary>A provision was asked for and not allowed.</summary>
public sealed record ProvisionDenied : EntryData
{
    public required string Purpose { get; init; }

    public required ImmutableArray<string> Items { get; init; }

    public required ImmutableArray<DenyReason> Reasons { get; init; }
}
