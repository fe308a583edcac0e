namespace ConsentLedger.Catalog;

/// <summary>고지가 바뀌어 회원마다 다시 필요한 것 / what a changed notice needs of each member again.</summary>
public enum RenewalNeed
{
    /// <summary>새 동의(개인정보 보호법 제17조 제2항) / consent to what is so now (PIPA art. 17(2)).</summary>
    RenewedConsent,

    /// <summary>개별 고지(제26조 제3항) / notice to each member (art. 26(3)).</summary>
    IndividualNotice,
}

/// <summary>다시 동의받거나 알려야 하는 목적과 제공받는 자 / a purpose and recipient that need consent or notice again.</summary>
public sealed record Renewal
{
    /// <summary>목적 코드 / purpose code.</summary>
    public required string Purpose { get; init; }

    /// <summary>제공받는 자의 코드. 회사 자체 이용이거나 종류로 지정하면 생략 / the recipient's code; absent for the controller itself, or where a whole kind is named.</summary>
    public string? Recipient { get; init; }

    /// <summary>제공받는 자의 종류(별첨 목록) / the kind of partner, where a whole kind is named.</summary>
    public PartnerKind? RecipientKind { get; init; }

    /// <summary>필요한 것 / what is needed.</summary>
    public required RenewalNeed Needed { get; init; }
}

/// <summary>What of a notice's version those who agreed to the one before it have not agreed to, as decisions see it.</summary>
internal static class NoticeRenewals
{
    /// <summary>In the order of the disclosures; empty for the first version of a notice.</summary>
    public static IReadOnlyList<Renewal> Of(Notice notice, Notice? before, CatalogState catalog) => before is null
        ? []
        :
        [
            .. notice.Disclosures.Where(d => catalog.FindPurpose(d.Purpose) is { OptIn: true } && !IsCovered(d, before, catalog)).Select(d => new Renewal
            {
                Purpose = d.Purpose,
                Recipient = d.Recipient,
                RecipientKind = d.RecipientKind,
                Needed = KindOf(d, catalog) == PartnerKind.Processor ? RenewalNeed.IndividualNotice : RenewalNeed.RenewedConsent,
            }),
        ];

    // Where items only fell away, what was agreed to covers what is left.
    private static bool IsCovered(Disclosure disclosure, Notice before, CatalogState catalog) =>
        Before(disclosure, before, catalog) is { } agreed && agreed.SaysTheSameBesidesItems(disclosure) && disclosure.Items.All(agreed.Items.Contains);

    // A partner named now may have been one of a kind before.
    private static Disclosure? Before(Disclosure disclosure, Notice before, CatalogState catalog) => Registered(disclosure, catalog) is { } partner
        ? before.Find(partner, disclosure.Purpose)
        : before.Disclosures.FirstOrDefault(d =>
            (d.Purpose, d.Recipient, d.RecipientKind) == (disclosure.Purpose, disclosure.Recipient, disclosure.RecipientKind));

    private static PartnerKind? KindOf(Disclosure disclosure, CatalogState catalog) => disclosure.RecipientKind ?? Registered(disclosure, catalog)?.Kind;

    private static Partner? Registered(Disclosure disclosure, CatalogState catalog) =>
        disclosure.Recipient is { } code ? catalog.FindPartner(code)?.Partner : null;
}
