using System.Collections.Immutable;
using ConsentLedger.Catalog;

namespace ConsentLedger.Decisions;

/// <summary>May these items go to a partner as statistics, about nobody in particular? Pure, beside <see cref="DecisionRule"/>, which knows members only.</summary>
public static class StatisticsRule
{
    /// <param name="query">Names a partner: the shop's own statistics are provided to nobody.</param>
    /// <param name="catalog">The catalog.</param>
    /// <param name="now">The instant of the decision.</param>
    public static Verdict Decide(DecisionQuery query, CatalogState catalog, DateTimeOffset now)
    {
        if (query.Partner is null || catalog.FindPartner(query.Partner) is not { } registered)
            return DecisionRule.Deny(query, null, DenyReason.UnknownPartner);
        var ground = registered.Partner.Serves(query.Purpose);
        if (!registered.Active)
            return DecisionRule.Deny(query, ground?.LegalBasis, DenyReason.PartnerInactive);
        // On any other ground there is a person concerned, and nothing goes without naming it.
        if (ground is not { LegalBasis: LegalBasis.AnonymisedStatistics })
            return DecisionRule.Deny(query, ground?.LegalBasis, DenyReason.OutOfScope);
        var disclosure = catalog.EffectiveDisclosure(registered.Partner, query.Purpose, now);
        var items = query.Items.Select(item => new ItemVerdict(item, Of(item))).ToImmutableArray();
        return new(ground.LegalBasis, null, items, [.. items.SelectMany(i => i.Reasons).Distinct().Order()]);

        ImmutableArray<DenyReason> Of(string item) =>
            // Policy, provision to third parties, exception 4: in a form in which no person can be recognised.
            catalog.IsIdentifying(item) ? [DenyReason.StatisticsNotAnonymous]
            : disclosure is null ? [DenyReason.NoticeNotEffective]
            : ground.Items.Contains(item) && disclosure.Items.Contains(item) ? []
            : [DenyReason.OutOfScope];
    }
}
