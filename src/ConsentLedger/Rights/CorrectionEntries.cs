using System.Collections.Immutable;
using ConsentLedger.Consents;
using ConsentLedger.Ledger;

namespace ConsentLedger.Rights;

public abstract record CorrectionEntry : EntryData
{
    public required Guid CorrectionId { get; init; }

    public required ImmutableArray<string> Items { get; init; }
}

/// <summary>A correction 정정 was asked for; from here the items are neither used nor provided (policy, members' rights clause 3).</summary>
public sealed record CorrectionRequested : CorrectionEntry
{
    public required Actor Actor { get; init; }

    public required Channel Channel { get; init; }

    public string? VerificationMethod { get; init; }

    /// <summary>By when the result must be told.</summary>
    public required DateTimeOffset DueAt { get; init; }
}

/// <summary>The data was corrected; the new values are in the sealed part.</summary>
public sealed record CorrectionCompleted : CorrectionEntry;

/// <summary>The data stands as it was; the reason is in the sealed part.</summary>
public sealed record CorrectionRejected : CorrectionEntry;
