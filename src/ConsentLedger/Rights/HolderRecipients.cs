using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Ledger;

namespace ConsentLedger.Rights;

/// <summary>Who holds what of a member: computed from what was really provided, so that each is told exactly of its own.</summary>
public static class HolderRecipients
{
    /// <summary>Every partner that holds the member, with all that it holds.</summary>
    public static ImmutableArray<NewRecipient> All(SubjectState member, string eventType, CatalogState catalog, DateTimeOffset now) =>
        [.. catalog.Holders(member).Select(partner => Told(partner, ItemsOf(partner, member), eventType, now))];

    /// <summary>The partners that were given any of these items, each with those of them that it was given.</summary>
    // Policy, members' rights clause 3: the result goes to the third parties that were already given the wrong data.
    public static ImmutableArray<NewRecipient> Of(
        SubjectState member, ImmutableArray<string> items, string eventType, CatalogState catalog, DateTimeOffset now) =>
    [
        .. catalog.Holders(member)
            .Select(partner => Told(partner, ItemsOf(partner, member).Intersect(items), eventType, now))
            .Where(recipient => !recipient.Items.IsEmpty),
    ];

    private static NewRecipient Told(Partner partner, IEnumerable<string> items, string eventType, DateTimeOffset now) => new(partner.Code, eventType)
    {
        Items = [.. items.Order(StringComparer.Ordinal)],
        AcknowledgeBy = Clocks.Due(now, Periods.Acknowledgement),
    };

    private static IEnumerable<string> ItemsOf(Partner partner, SubjectState member) =>
        partner.Standing ? partner.Purposes.SelectMany(p => p.Items).Union(member.ItemsOf(partner.Code)) : member.ItemsOf(partner.Code);
}
