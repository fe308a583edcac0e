using System.Collections.Immutable;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Cookies;

/// <summary>쿠키에 대한 일괄 선택 / a choice on all cookies at once.</summary>
public enum CookieChoice
{
    /// <summary>모든 쿠키를 허용 / allow all cookies.</summary>
    AllowAll,

    /// <summary>쿠키가 저장될 때마다 확인 / ask each time a cookie is stored.</summary>
    Ask,

    /// <summary>모든 쿠키의 저장을 거부 / refuse all cookies.</summary>
    RefuseAll,
}

/// <summary>목적별 쿠키 선택 / the choice on one purpose of cookies.</summary>
public sealed record CookiePurposeChoice
{
    /// <summary>쿠키 사용 목적 코드 / code of the cookies' purpose.</summary>
    /// <example>visit_analytics</example>
    [Code]
    public required string Purpose { get; init; }

    /// <summary>허용 여부 / true to allow, false to refuse.</summary>
    public required bool Granted { get; init; }
}

/// <summary>A visitor chose: for all cookies, or for some purposes.</summary>
public sealed record CookiesChosen : EntryData
{
    /// <summary>The general choice; null where the visitor chose by purpose.</summary>
    public CookieChoice? Choice { get; init; }

    public ImmutableArray<CookiePurposeChoice> Choices { get; init; } = [];

    /// <summary>When the person chose; the entry's own time is when it was recorded.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    public required Channel Channel { get; init; }
}

/// <summary>A member logged in from a visitor's browser. Recorded on both subjects; both ids are the ledger's random ones.</summary>
public sealed record VisitorLinked : EntryData
{
    public required Guid Visitor { get; init; }

    public required Guid Member { get; init; }
}
