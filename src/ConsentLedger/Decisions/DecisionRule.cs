using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;

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
    /// <summary>The purpose whose consent lets advertising through at night.</summary>
    public const string NightMarketing = "night_marketing";

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
        var verdict = ground.LegalBasis switch
        {
            // Policy, exception 4: statistics leave only in a form that names nobody, so never for a member.
            LegalBasis.AnonymisedStatistics => Deny(query, ground.LegalBasis, DenyReason.StatisticsNotAnonymous),
            LegalBasis.Consent => OnConsent(member, query, partner, ground, catalog, now),
            _ => OnNotice(member, query, partner, ground, catalog, now),
        };
        if (verdict.Permitted && IsKeptQuiet(member, query.Purpose, catalog, now))
            verdict = Deny(query, ground.LegalBasis, DenyReason.NightTime);
        return Blocks(member, now).Aggregate(verdict, And);
    }

    /// <summary>What stops all processing of a member, whatever is asked.</summary>
    public static ImmutableArray<DenyReason> Blocks(SubjectState member, DateTimeOffset now)
    {
        // PIPA art. 37; an objection to a business transfer counts from the transfer on (policy, entrustment 다).
        var suspended = !member.Suspensions.IsEmpty || member.TransferObjections.Any(o => o.EffectiveAt <= now);
        // Policy, members' rights clause 4: no use or viewing but retention.
        return (suspended, member.Termination is not null) switch
        {
            (false, false) => [],
            (true, false) => [DenyReason.ProcessingSuspended],
            (false, true) => [DenyReason.MemberRestricted],
            (true, true) => [DenyReason.ProcessingSuspended, DenyReason.MemberRestricted],
        };
    }

    // Own use has the same shape as a partner's: the purpose itself says what it may use.
    private static PartnerPurpose? Ground(Partner? partner, string purpose, CatalogState catalog) => partner is not null
        ? partner.Serves(purpose)
        : catalog.FindPurpose(purpose) is { OwnUse: true } own
            ? new PartnerPurpose { Purpose = purpose, LegalBasis = own.OptIn ? LegalBasis.Consent : LegalBasis.Contract, Items = own.Items }
            : null;

    // PIPA art. 17(1)1, 22: what was agreed to is what the notice version said that was shown then.
    private static Verdict OnConsent(
        SubjectState member, DecisionQuery query, Partner? partner, PartnerPurpose ground, CatalogState catalog, DateTimeOffset now)
    {
        if (Refusal(member, query.Purpose, now) is { } refusal)
            return Deny(query, ground.LegalBasis, refusal);
        var notice = member.Consent(query.Purpose)!.Notice!;
        var agreed = catalog.FindNotice(notice.Id, notice.Version)?.Notice.Find(partner, query.Purpose);
        var current = catalog.EffectiveNotice(notice.Id, now);
        if (current is null || current.Notice.Version <= notice.Version)
            return agreed is null ? Deny(query, ground.LegalBasis, DenyReason.NoConsent) : ByItem(member, query, ground, agreed, notice);
        var disclosure = current.Notice.Find(partner, query.Purpose);
        // Entrustment of marketing, and each change of it, needs notice to each member and no new consent (PIPA art. 26(3)).
        if (disclosure is not null && partner?.Kind == PartnerKind.Processor && IsToldOf(member, current, catalog.UnchangedSince(current, partner, query.Purpose)))
            return ByItem(member, query, ground, disclosure, notice);
        if (agreed is null)
            return Deny(query, ground.LegalBasis, partner?.Kind == PartnerKind.Processor && disclosure is not null ? DenyReason.NoticeNotEffective : DenyReason.NoConsent);
        // One of the five facts has changed since: a third party needs consent to what is so now (PIPA art. 17(2)).
        // Where only the items have, what was agreed to and is still notified goes on.
        if (disclosure is not null && !agreed.SaysTheSameBesidesItems(disclosure))
            return Deny(query, ground.LegalBasis, partner?.Kind == PartnerKind.Processor ? DenyReason.NoticeNotEffective : DenyReason.NoConsent);
        return ByItem(member, query, ground, disclosure is null ? agreed : agreed with { Items = [.. agreed.Items.Intersect(disclosure.Items)] }, notice);
    }

    private static bool IsToldOf(SubjectState member, PublishedNotice notice, int since) =>
        member.NoticesGiven.Any(given => given.Id == notice.Notice.Id && given.Version >= since);

    /// <summary>Why a consent does not hold, or null when it does.</summary>
    private static DenyReason? Refusal(SubjectState member, string purpose, DateTimeOffset now) => member.Consent(purpose) is not { } consent
        ? DenyReason.NoConsent
        : consent.StatusAt(now) switch
        {
            ConsentStatus.Refused => DenyReason.ConsentRefused,
            ConsentStatus.Withdrawn => DenyReason.ConsentWithdrawn,
            ConsentStatus.Expired => DenyReason.ConsentExpired,
            // PIPA art. 22-2: what a child under fourteen agreed to alone is void, and stays so.
            _ when member.Guardian is { } guardian && guardian.IsNeededFor(consent.Actor, consent.OccurredAt, consent.RecordedAt) =>
                now < guardian.Under14Until ? DenyReason.GuardianRequired : DenyReason.NoConsent,
            _ => null,
        };

    // Network Act art. 50(3): advertising from 21:00 to 08:00 needs a consent of its own; e-mail does not.
    private static bool IsKeptQuiet(SubjectState member, string purpose, CatalogState catalog, DateTimeOffset now) =>
        catalog.FindPurpose(purpose) is { Advertising: true, NightExempt: false } && Clocks.IsNight(now) && Refusal(member, NightMarketing, now) is not null;

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

    private static Verdict And(Verdict verdict, DenyReason reason) => verdict with
    {
        Items = [.. verdict.Items.Select(i => i with { Reasons = i.Reasons.Add(reason) })],
        Reasons = verdict.Reasons.Add(reason).Sort(),
    };

    internal static Verdict Deny(DecisionQuery query, LegalBasis? basis, DenyReason reason) =>
        new(basis, null, [.. query.Items.Select(item => new ItemVerdict(item, [reason]))], [reason]);
}
