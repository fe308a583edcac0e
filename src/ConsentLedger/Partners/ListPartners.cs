using ConsentLedger.Catalog;
using ConsentLedger.Ledger;

namespace ConsentLedger.Partners;

/// <summary>제공처 / a partner.</summary>
public sealed record PartnerView
{
    public required string Code { get; init; }

    public required PartnerKind Kind { get; init; }

    public required LocalText Name { get; init; }

    public required IReadOnlyList<PartnerPurpose> Purposes { get; init; }

    public required bool Standing { get; init; }

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
