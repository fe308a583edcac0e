using ConsentLedger.Catalog;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Consents;

/// <summary>Who asks: 정보주체, 법정대리인, 개인정보 보호책임자, or a program.</summary>
public enum ActorKind
{
    Member,
    LegalGuardian,
    PrivacyOfficer,
    System,
}

/// <summary>How the request came in.</summary>
public enum Channel
{
    Web,
    Mobile,
    Phone,
    Email,
    Written,
    InPerson,
}

/// <summary>The person who acts.</summary>
public sealed record Actor
{
    public required ActorKind Kind { get; init; }
}

/// <summary>How the person was identified before the request was accepted 본인 확인.</summary>
public sealed record Verification
{
    /// <summary>A code such as <c>callback</c>, <c>mobile_carrier</c>, <c>document</c>.</summary>
    [Code]
    public required string Method { get; init; }

    /// <summary>Where the proof of it is found. Stored encrypted.</summary>
    [PlainText(200)]
    public string? Reference { get; init; }
}

/// <summary>Proof of how consent was given. Stored encrypted.</summary>
public sealed record Evidence
{
    [PlainText(64)]
    public string? Ip { get; init; }

    [PlainText(500)]
    public string? UserAgent { get; init; }

    /// <summary>SHA-256 of a paper form or recording, 64 hexadecimal digits: binds it without storing it.</summary>
    [Sha256Hex]
    public string? DocumentSha256 { get; init; }
}

public abstract record ConsentEntry : EntryData
{
    public required string Purpose { get; init; }

    /// <summary>When the person chose; the entry's own time is when it was recorded.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    public required Actor Actor { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>How the person was identified; its reference is in the sealed part.</summary>
    public string? VerificationMethod { get; init; }
}

public sealed record ConsentGranted : ConsentEntry
{
    /// <summary>What exactly was agreed to.</summary>
    public required NoticeReference Notice { get; init; }
}

public sealed record ConsentRefused : ConsentEntry
{
    public required NoticeReference Notice { get; init; }
}

public sealed record ConsentWithdrawn : ConsentEntry;
