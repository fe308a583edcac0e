using System.Collections.Immutable;
using ConsentLedger.Ledger;

namespace ConsentLedger.Catalog;

/// <summary>A text in both languages of the service.</summary>
public sealed record LocalText
{
    /// <summary>한국어.</summary>
    public required string Ko { get; init; }

    /// <summary>English.</summary>
    public required string En { get; init; }
}

/// <summary>The ground on which a partner is given data. PIPA art. 15, 17, 26; clause 1 of the shop's policy.</summary>
public enum LegalBasis
{
    Consent,
    Contract,
    Settlement,
    IdentityVerification,
    AnonymisedStatistics,
    LegalObligation,
}

/// <summary>What a partner is in law: 제3자 (PIPA art. 17), 수탁자 (art. 26), or a vendor that ships directly.</summary>
public enum PartnerKind
{
    ThirdParty,
    Processor,
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

    /// <summary>The items that the purpose may use at most.</summary>
    public required ImmutableArray<string> Items { get; init; }
}

/// <summary>A kind of personal data 개인정보 항목.</summary>
public sealed record ItemDefinition
{
    public required string Code { get; init; }

    public required LocalText Name { get; init; }
}

/// <summary>Whom to ask or complain to: a role and how to reach it, never a person's name.</summary>
public sealed record Contact
{
    public required string Code { get; init; }

    public required LocalText Role { get; init; }

    public string? Phone { get; init; }

    public string? Url { get; init; }

    public LocalText? Hours { get; init; }
}

/// <summary>One purpose that a partner serves.</summary>
public sealed record PartnerPurpose
{
    public required string Purpose { get; init; }

    public required LegalBasis LegalBasis { get; init; }

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

/// <summary>A notice version by name.</summary>
public sealed record NoticeReference
{
    public required string Id { get; init; }

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

/// <summary>The five facts of PIPA art. 17(2) for one recipient and purpose.</summary>
public sealed record Disclosure
{
    public required string Purpose { get; init; }

    /// <summary>The recipient's code; null for the controller itself, or where a whole kind is named.</summary>
    public string? Recipient { get; init; }

    /// <summary>Names every partner of a kind, where the list itself is an annex (별첨) of the policy.</summary>
    public PartnerKind? RecipientKind { get; init; }

    /// <summary>Fact 1: who receives.</summary>
    public required LocalText RecipientName { get; init; }

    /// <summary>Fact 2: what the recipient uses it for.</summary>
    public required LocalText PurposeOfUse { get; init; }

    /// <summary>Fact 3: which items.</summary>
    public required ImmutableArray<string> Items { get; init; }

    /// <summary>Fact 4: how long the recipient keeps and uses them.</summary>
    public required LocalText Retention { get; init; }

    /// <summary>Fact 5: that one may refuse, and the disadvantage if there is one.</summary>
    public required LocalText RightToRefuse { get; init; }

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
}

public sealed record NoticePublished(Notice Notice) : EntryData;

/// <summary>A partner as it is from this entry on: first registration and each change.</summary>
public sealed record PartnerRegistered(Partner Partner) : EntryData;

/// <summary>The entrustment or provision agreement ended: nothing more is given, and the partner is told to delete.</summary>
public sealed record PartnerEnded(string Code) : EntryData;
