using ConsentLedger.Catalog;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Consents;

/// <summary>행위자의 구분 / who asks.</summary>
public enum ActorKind
{
    /// <summary>정보주체 본인 / the member.</summary>
    Member,

    /// <summary>법정대리인 / the legal guardian.</summary>
    LegalGuardian,

    /// <summary>개인정보 보호책임자 / the privacy officer.</summary>
    PrivacyOfficer,

    /// <summary>시스템 / a program.</summary>
    System,
}

/// <summary>접수 경로 / how the request came in.</summary>
public enum Channel
{
    /// <summary>홈페이지 / the web site.</summary>
    Web,

    /// <summary>모바일 앱 / the mobile app.</summary>
    Mobile,

    /// <summary>전화 / telephone.</summary>
    Phone,

    /// <summary>전자우편 / e-mail.</summary>
    Email,

    /// <summary>서면 / in writing.</summary>
    Written,

    /// <summary>대면 / in person.</summary>
    InPerson,
}

/// <summary>행위자 / the person who acts.</summary>
public sealed record Actor
{
    /// <summary>행위자의 구분 / who it is.</summary>
    public required ActorKind Kind { get; init; }
}

/// <summary>본인 확인 / how the person was identified before the request was accepted.</summary>
public sealed record Verification
{
    /// <summary>확인 방법 코드(예: <c>callback</c>, <c>mobile_carrier</c>, <c>document</c>) / the method's code.</summary>
    [Code]
    public required string Method { get; init; }

    /// <summary>확인 기록의 참조, 암호화 보관 / where the proof of it is found, stored encrypted.</summary>
    [PlainText(200)]
    public string? Reference { get; init; }
}

/// <summary>동의 방법의 증거, 암호화 보관 / proof of how consent was given, stored encrypted.</summary>
public sealed record Evidence
{
    /// <summary>접속 IP 주소 / IP address.</summary>
    [PlainText(64)]
    public string? Ip { get; init; }

    /// <summary>브라우저 정보 / user agent.</summary>
    [PlainText(500)]
    public string? UserAgent { get; init; }

    /// <summary>서면·녹취 파일의 SHA-256(16진수 64자리). 파일은 보관하지 않고 해시로 묶습니다 / SHA-256 of a paper form or recording, 64 hexadecimal digits: binds it without storing it.</summary>
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

    /// <summary>Advertising only: by when the member must be told how this choice was handled (Network Act art. 50(7)).</summary>
    public DateTimeOffset? ResultNoticeBy { get; init; }
}

public sealed record ConsentGranted : ConsentEntry
{
    /// <summary>What exactly was agreed to.</summary>
    public required NoticeReference Notice { get; init; }

    /// <summary>Advertising only: by when the consent must be reconfirmed (Network Act art. 50(8)).</summary>
    public DateTimeOffset? ReconfirmBy { get; init; }

    /// <summary>From when silence ends it, where the shop has set that it does.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

public sealed record ConsentRefused : ConsentEntry
{
    public required NoticeReference Notice { get; init; }
}

public sealed record ConsentWithdrawn : ConsentEntry;

/// <summary>The member confirmed a consent to advertising again; the two years start anew.</summary>
public sealed record ConsentReconfirmed : ConsentEntry
{
    public required DateTimeOffset ReconfirmBy { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Two years passed in silence, and the shop has set that this ends the consent.</summary>
public sealed record ConsentExpired : EntryData
{
    public required string Purpose { get; init; }
}

/// <summary>The member was told how a choice on advertising was handled (Network Act art. 50(7)).</summary>
public sealed record ConsentResultNotified : EntryData
{
    public required string Purpose { get; init; }

    public required Channel Channel { get; init; }
}

/// <summary>The member was told of a notice version individually, as a change of a marketing processor needs (PIPA art. 26(3)).</summary>
public sealed record NoticeGiven : EntryData
{
    public required NoticeReference Notice { get; init; }

    public required Channel Channel { get; init; }
}
