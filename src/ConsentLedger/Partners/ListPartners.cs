using ConsentLedger.Catalog;
using ConsentLedger.Ledger;

namespace ConsentLedger.Partners;

/// <summary>제공처 / a partner.</summary>
public sealed record PartnerView
{
    /// <summary>제공처 코드 / partner code.</summary>
    public required string Code { get; init; }

    /// <summary>제공처의 법적 구분 / what it is in law.</summary>
    public required PartnerKind Kind { get; init; }

    /// <summary>이름 / name.</summary>
    public required LocalText Name { get; init; }

    /// <summary>담당하는 목적 / the purposes that it serves.</summary>
    public required IReadOnlyList<PartnerPurpose> Purposes { get; init; }

    /// <summary>전체 회원을 위탁받은 수탁자 / true for a processor entrusted with the whole member base.</summary>
    public required bool Standing { get; init; }

    /// <summary>추가로 받는 이벤트 / event types that it gets beside the obligatory ones.</summary>
    public required IReadOnlyList<string> Subscriptions { get; init; }

    /// <summary>false: 관계 종료 / the relationship has ended.</summary>
    public required bool Active { get; init; }

    /// <summary>마지막 변경의 원장 위치 / position of the last change.</summary>
    public required long Position { get; init; }

    public static PartnerView Of(RegisteredPartner registered) => new()
    {
        Code = registered.Code,
        Kind = registered.Partner.Kind,
        Name = registered.Partner.Name,
        Purposes = registered.Partner.Purposes,
        Standing = registered.Partner.Standing,
        Subscriptions = registered.Partner.Subscriptions,
        Active = registered.Active,
        Position = registered.Position,
    };
}

/// <summary>제공처 목록 / the partner register.</summary>
public sealed record PartnersPage
{
    /// <summary>제공처, 코드 순서 / partners by code.</summary>
    public required IReadOnlyList<PartnerView> Partners { get; init; }
}

/// <summary>GET /v1/partners</summary>
public static class ListPartners
{
    public static async Task<IResult> Handle(LedgerReplica replica, CancellationToken ct)
    {
        await replica.SyncAsync(ct);
        return TypedResults.Ok(new PartnersPage { Partners = [.. replica.Catalog.Partners.Select(PartnerView.Of)] });
    }
}
