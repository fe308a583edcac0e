using System.Collections.Immutable;
using ConsentLedger.Ledger;

namespace ConsentLedger.Catalog;

/// <summary>한국어·영어 문구 / a text in both languages.</summary>
public sealed record LocalText
{
    /// <summary>한국어 / in Korean.</summary>
    public required string Ko { get; init; }

    /// <summary>영어 / in English.</summary>
    public required string En { get; init; }
}

/// <summary>개인정보 제공·이용의 법적 근거(개인정보 보호법 제15조·제17조·제26조) / the ground on which a partner is given data (PIPA art. 15, 17, 26).</summary>
public enum LegalBasis
{
    /// <summary>정보주체의 동의 / consent.</summary>
    Consent,

    /// <summary>계약의 이행 / performance of a contract.</summary>
    Contract,

    /// <summary>거래에 따른 대금정산 / settlement of transactions.</summary>
    Settlement,

    /// <summary>도용방지를 위한 본인 확인 / identity verification against misuse.</summary>
    IdentityVerification,

    /// <summary>특정 개인을 식별할 수 없는 통계 / statistics in non-identifying form.</summary>
    AnonymisedStatistics,

    /// <summary>법령상 의무 / a legal obligation.</summary>
    LegalObligation,
}

/// <summary>제공처의 법적 구분 / what a partner is in law.</summary>
public enum PartnerKind
{
    /// <summary>제3자(개인정보 보호법 제17조) / a third party (PIPA art. 17).</summary>
    ThirdParty,

    /// <summary>수탁자(제26조) / a processor (art. 26).</summary>
    Processor,

    /// <summary>직접 배송하는 벤더사 / a vendor that ships directly.</summary>
    Vendor,
}

/// <summary>A purpose 목적: what data may be used for, and the most that it may need.</summary>
public sealed record Purpose
{
    public required string Code { get; init; }

    public required LocalText Name { get; init; }

    /// <summary>True where the member chooses; nothing is granted by default.</summary>
    public bool OptIn { get; init; }

    /// <summary>True where the controller itself is the user, so that no recipient is named.</summary>
    public bool OwnUse { get; init; }

    /// <summary>True for consents to receive advertising (Network Act art. 50): results are told, consents reconfirmed, nights are quiet.</summary>
    public bool Advertising { get; init; }

    /// <summary>True for advertising that may be sent at night: e-mail (Network Act Decree art. 61(2)).</summary>
    public bool NightExempt { get; init; }

    /// <summary>The items that the purpose may use at most.</summary>
    public required ImmutableArray<string> Items { get; init; }
}

/// <summary>A kind of personal data 개인정보 항목.</summary>
public sealed record ItemDefinition
{
    public required string Code { get; init; }

    public required LocalText Name { get; init; }

    /// <summary>Whether a person can be recognised by it. So it is unless the catalog says otherwise, as older catalogs say nothing.</summary>
    public bool Identifying { get; init; } = true;
}

/// <summary>A purpose of cookies 쿠키 사용 목적: a visitor chooses by these.</summary>
public sealed record CookiePurpose
{
    public required string Code { get; init; }

    public required LocalText Name { get; init; }
}

/// <summary>문의처. 담당자의 이름은 싣지 않습니다 / whom to ask or complain to: a role and how to reach it, never a person's name.</summary>
public sealed record Contact
{
    /// <summary>문의처 코드 / code.</summary>
    public required string Code { get; init; }

    /// <summary>담당 / role.</summary>
    public required LocalText Role { get; init; }

    /// <summary>전화번호 / telephone.</summary>
    public string? Phone { get; init; }

    /// <summary>웹 주소 / web address.</summary>
    public string? Url { get; init; }

    /// <summary>운영 시간 / hours.</summary>
    public LocalText? Hours { get; init; }
}

/// <summary>제공처가 담당하는 목적 / one purpose that a partner serves.</summary>
public sealed record PartnerPurpose
{
    /// <summary>목적 코드 / purpose code.</summary>
    public required string Purpose { get; init; }

    /// <summary>제공의 법적 근거 / the ground relied on.</summary>
    public required LegalBasis LegalBasis { get; init; }

    /// <summary>개인정보 항목 코드 / item codes.</summary>
    public required ImmutableArray<string> Items { get; init; }
}

/// <summary>A partner 제공받는 자, 수탁자: who may be given what, for which purpose, on which ground.</summary>
public sealed record Partner
{
    public required string Code { get; init; }

    public required PartnerKind Kind { get; init; }

    public required LocalText Name { get; init; }

    public required ImmutableArray<PartnerPurpose> Purposes { get; init; }

    /// <summary>True for a processor entrusted with the whole member base: it is told of every member.</summary>
    public bool Standing { get; init; }

    /// <summary>Event types beyond the obligatory ones that the partner asked for, such as <c>consent.granted</c>.</summary>
    public ImmutableArray<string> Subscriptions { get; init; } = [];

    public PartnerPurpose? Serves(string purpose)
    {
        foreach (var served in Purposes)
        {
            if (served.Purpose == purpose)
                return served;
        }

        return null;
    }
}

/// <summary>고지 버전 / a notice version by name.</summary>
public sealed record NoticeReference
{
    /// <summary>고지 식별자 / the notice's id.</summary>
    [Hosting.Code]
    public required string Id { get; init; }

    /// <summary>버전 번호(1부터) / version, from 1.</summary>
    public required int Version { get; init; }
}

/// <summary>One version of a notice 고지. It never changes once published.</summary>
public sealed record Notice
{
    public required string Id { get; init; }

    public required int Version { get; init; }

    public required LocalText Title { get; init; }

    /// <summary>Nothing may rest on it before.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    public required ImmutableArray<Disclosure> Disclosures { get; init; }

    /// <summary>The business transfer of which this notice is the successor's own.</summary>
    public Guid? BusinessTransferId { get; init; }

    /// <summary>What this notice says of giving data to this partner for this purpose, or null where it says nothing.</summary>
    public Disclosure? Find(Partner? partner, string purpose)
    {
        foreach (var disclosure in Disclosures)
        {
            if (disclosure.Purpose == purpose && disclosure.Names(partner))
                return disclosure;
        }

        return null;
    }
}

/// <summary>고지 사항 다섯 가지(개인정보 보호법 제17조 제2항) / the five facts of PIPA art. 17(2) for one recipient and purpose.</summary>
public sealed record Disclosure
{
    /// <summary>목적 코드 / purpose code.</summary>
    public required string Purpose { get; init; }

    /// <summary>제공받는 자의 코드. 회사 자체 이용이거나 종류로 지정하면 생략 / the recipient's code; absent for the controller itself, or where a whole kind is named.</summary>
    public string? Recipient { get; init; }

    /// <summary>제공받는 자의 종류(별첨 목록) / names every partner of a kind, where the list itself is an annex of the policy.</summary>
    public PartnerKind? RecipientKind { get; init; }

    /// <summary>1. 제공받는 자 / fact 1: who receives.</summary>
    public required LocalText RecipientName { get; init; }

    /// <summary>2. 이용 목적 / fact 2: what the recipient uses it for.</summary>
    public required LocalText PurposeOfUse { get; init; }

    /// <summary>3. 항목 / fact 3: which items.</summary>
    public required ImmutableArray<string> Items { get; init; }

    /// <summary>4. 보유·이용 기간 / fact 4: how long the recipient keeps and uses them.</summary>
    public required LocalText Retention { get; init; }

    /// <summary>5. 거부할 권리와 불이익 / fact 5: that one may refuse, and the disadvantage if there is one.</summary>
    public required LocalText RightToRefuse { get; init; }

    /// <summary>Whether both say the same to the person: any of the five facts that differs makes them different.</summary>
    public bool SaysTheSame(Disclosure other) =>
        SaysTheSameBesidesItems(other) && Items.Order(StringComparer.Ordinal).SequenceEqual(other.Items.Order(StringComparer.Ordinal));

    public bool SaysTheSameBesidesItems(Disclosure other) => this with { Items = [] } == other with { Items = [] };

    public bool Names(Partner? partner) => partner is null
        ? Recipient is null && RecipientKind is null
        : Recipient == partner.Code || RecipientKind == partner.Kind;
}

/// <summary>The words of the trade that the shop starts with.</summary>
public sealed record CatalogLoaded : EntryData
{
    public required LocalText Controller { get; init; }

    public required ImmutableArray<ItemDefinition> Items { get; init; }

    public required ImmutableArray<Purpose> Purposes { get; init; }

    public required ImmutableArray<Contact> Contacts { get; init; }

    public ImmutableArray<CookiePurpose> CookiePurposes { get; init; } = [];
}

public sealed record NoticePublished(Notice Notice) : EntryData;

/// <summary>A partner as it is from this entry on: first registration and each change.</summary>
public sealed record PartnerRegistered(Partner Partner) : EntryData;

/// <summary>The entrustment or provision agreement ended: nothing more is given, and the partner is told to delete.</summary>
public sealed record PartnerEnded(string Code) : EntryData;
