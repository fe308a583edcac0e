using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Rights;

namespace ConsentLedger.Consents;

/// <summary>Which partners a consent concerns: those that serve the purpose and hold the member.</summary>
public static class ConsentRecipients
{
    public static ImmutableArray<NewRecipient> OfWithdrawal(SubjectState member, string purpose, CatalogState catalog, DateTimeOffset now) =>
        member.Consent(purpose) is { Status: ConsentStatus.Granted or ConsentStatus.Expired }
            ?
            [
                .. Concerned(member, purpose, catalog).Select(code => new NewRecipient(code, EventTypes.ConsentWithdrawn)
                {
                    AcknowledgeBy = Clocks.Due(now, Periods.Acknowledgement),
                }),
            ]
            : [];

    public static ImmutableArray<NewRecipient> OfGrant(SubjectState member, string purpose, CatalogState catalog) =>
    [
        .. Concerned(member, purpose, catalog)
            .Where(code => catalog.FindPartner(code)!.Partner.Subscriptions.Contains(EventTypes.ConsentGranted))
            .Select(code => new NewRecipient(code, EventTypes.ConsentGranted)),
    ];

    private static IEnumerable<string> Concerned(SubjectState member, string purpose, CatalogState catalog) =>
        catalog.Holders(member).Where(p => p.Serves(purpose) is not null).Select(p => p.Code);
}
