using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Ledger;

namespace ConsentLedger.Decisions;

/// <summary>May these items go to this partner for this purpose? No partner: may the shop itself use them?</summary>
public readonly record struct DecisionQuery(string? Partner, string Purpose, IReadOnlyList<string> Items);

/// <summary>The answer for one item.</summary>
public readonly record struct ItemVerdict(string Item, ImmutableArray<DenyReason> Reasons)
{
    public bool Permitted => Reasons.IsEmpty;
}

/// <summary>The answer: permitted when every item is.</summary>
public sealed record Verdict(LegalBasis? LegalBasis, NoticeReference? Notice, ImmutableArray<ItemVerdict> Items, ImmutableArray<DenyReason> Reasons)
{
    public bool Permitted => Reasons.IsEmpty;
}

/// <summary>The rule of the whole service: pure, so that the same question with the same facts has the same answer anywhere.</summary>
public static class DecisionRule
{
    public static Verdict Decide(SubjectState member, DecisionQuery query, CatalogState catalog, DateTimeOffset now)
    {
        Partner? partner = null;
        if (query.Partner is not null)
        {
            if (catalog.FindPartner(query.Partner) is not { } registered)
                return Deny(query, null, DenyReason.UnknownPartner);
            if (!registered.Active)
                return Deny(query, registered.Partner.Serves(query.Purpose)?.LegalBasis, DenyReason.PartnerInactive);
            partner = registered.Partner;
        }

        if (Ground(partner, query.Purpose, catalog) is not { } ground)
            return Deny(query, null, DenyReason.OutOfScope);
        return ground.LegalBasis switch
        {
            // Policy, exception 4: statistics leave only in a form that names nobody, so never for a member.
            LegalBasis.AnonymisedStatistics => Deny(query, ground.LegalBasis, DenyReason.StatisticsNotAnonymous),
            LegalBasis.Consent => OnConsent(member, query, partner, ground, catalog),
            _ => OnNotice(member, query, partner, ground, catalog, now),
        };
    }

    // Own use has the same shape as a partner's: the purpose itself says what it may use.
    private static PartnerPurpose? Ground(Partner? partner, string purpose, CatalogState catalog) => partner is not null
        ? partner.Serves(purpose)
        : catalog.FindPurpose(purpose) is { OwnUse: true } own
            ? new PartnerPurpose { Purpose = purpose, LegalBasis = own.OptIn ? LegalBasis.Consent : LegalBasis.Contract, Items = own.Items }
            : null;

    // PIPA art. 17(1)1, 22: what was agreed to is what the notice version said that was shown then.
    private static Verdict OnConsent(SubjectState member, DecisionQuery query, Partner? partner, PartnerPurpose ground, CatalogState catalog)
    {
        var consent = member.Consent(query.Purpose);
        if (Refusal(consent) is { } refusal)
            return Deny(query, ground.LegalBasis, refusal);
        var notice = consent!.Notice!;
        return catalog.FindNotice(notice.Id, notice.Version)?.Notice.Find(partner, query.Purpose) is { } disclosure
            ? ByItem(member, query, ground, disclosure, notice)
            : Deny(query, ground.LegalBasis, DenyReason.NoConsent);
    }

    private static DenyReason? Refusal(ConsentState? consent) => consent?.Status switch
    {
        null => DenyReason.NoConsent,
        ConsentStatus.Refused => DenyReason.ConsentRefused,
        ConsentStatus.Withdrawn => DenyReason.ConsentWithdrawn,
        ConsentStatus.Expired => DenyReason.ConsentExpired,
        _ => null,
    };

    // Policy, entrustment: beforehand, notice. PIPA art. 26(2).
    private static Verdict OnNotice(
        SubjectState member, DecisionQuery query, Partner? partner, PartnerPurpose ground, CatalogState catalog, DateTimeOffset now) =>
        catalog.EffectiveDisclosure(partner, query.Purpose, now) is { } disclosure
            ? ByItem(member, query, ground, disclosure, notice: null)
            : Deny(query, ground.LegalBasis, DenyReason.NoticeNotEffective);

    private static Verdict ByItem(SubjectState member, DecisionQuery query, PartnerPurpose ground, Disclosure disclosure, NoticeReference? notice)
    {
        var verdicts = ImmutableArray.CreateBuilder<ItemVerdict>(query.Items.Count);
        var reasons = ImmutableArray<DenyReason>.Empty;
        foreach (var item in query.Items)
        {
            var verdict = new ItemVerdict(item, Of(item));
            verdicts.Add(verdict);
            foreach (var reason in verdict.Reasons)
            {
                if (!reasons.Contains(reason))
                    reasons = reasons.Add(reason);
            }
        }

        return new(ground.LegalBasis, notice, verdicts.MoveToImmutable(), reasons.Length > 1 ? reasons.Sort() : reasons);

        ImmutableArray<DenyReason> Of(string item)
        {
            var outside = !ground.Items.Contains(item) || !disclosure.Items.Contains(item);
            // Policy, members' rights clause 3: until a correction is complete the data is neither used nor provided.
            var held = member.IsHeld(item);
            return (outside, held) switch
            {
                (false, false) => [],
                (true, false) => [DenyReason.OutOfScope],
                (false, true) => [DenyReason.CorrectionPending],
                (true, true) => [DenyReason.OutOfScope, DenyReason.CorrectionPending],
            };
        }
    }

    private static Verdict Deny(DecisionQuery query, LegalBasis? basis, DenyReason reason) =>
        new(basis, null, [.. query.Items.Select(item => new ItemVerdict(item, [reason]))], [reason]);
}
