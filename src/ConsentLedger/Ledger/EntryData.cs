using System.Collections.Frozen;

namespace ConsentLedger.Ledger;

/// <summary>What one entry states. One record for each entry type; the type's name is in <see cref="EntryTypes"/>.</summary>
/// <remarks>Nothing here may hold personal data: that goes into the entry's sealed part.</remarks>
public abstract record EntryData;

/// <summary>The entry types and the record each is read into.</summary>
public static class EntryTypes
{
    private static readonly FrozenDictionary<string, Type> ByName = new Dictionary<string, Type>
    {
        ["catalog.loaded"] = typeof(Catalog.CatalogLoaded),
        ["notice.published"] = typeof(Catalog.NoticePublished),
        ["partner.registered"] = typeof(Catalog.PartnerRegistered),
        ["partner.ended"] = typeof(Catalog.PartnerEnded),
        ["consent.granted"] = typeof(Consents.ConsentGranted),
        ["consent.refused"] = typeof(Consents.ConsentRefused),
        ["consent.withdrawn"] = typeof(Consents.ConsentWithdrawn),
        ["consent.expired"] = typeof(Consents.ConsentExpired),
        ["consent.reconfirmed"] = typeof(Consents.ConsentReconfirmed),
        ["consent.result_notified"] = typeof(Consents.ConsentResultNotified),
        ["notice.given"] = typeof(Consents.NoticeGiven),
        ["provision.recorded"] = typeof(Provisions.ProvisionRecorded),
        ["provision.denied"] = typeof(Provisions.ProvisionDenied),
        ["correction.requested"] = typeof(Rights.CorrectionRequested),
        ["correction.completed"] = typeof(Rights.CorrectionCompleted),
        ["correction.rejected"] = typeof(Rights.CorrectionRejected),
        ["deletion.requested"] = typeof(Rights.DeletionRequested),
        ["deletion.completed"] = typeof(Rights.DeletionCompleted),
        ["deletion.rejected"] = typeof(Rights.DeletionRejected),
        ["processing.suspended"] = typeof(Rights.ProcessingSuspended),
        ["processing.resumed"] = typeof(Rights.ProcessingResumed),
        ["suspension.confirmed"] = typeof(Rights.SuspensionConfirmed),
        ["suspension.rejected"] = typeof(Rights.SuspensionRejected),
        ["complaint.received"] = typeof(Rights.ComplaintReceived),
        ["complaint.answered"] = typeof(Rights.ComplaintAnswered),
        ["guardian.registered"] = typeof(Rights.GuardianRegistered),
        ["member.terminated"] = typeof(Rights.MemberTerminated),
        ["retention.ended"] = typeof(Rights.RetentionEnded),
        ["subject.erased"] = typeof(Rights.SubjectErased),
        ["business_transfer.announced"] = typeof(BusinessTransfers.BusinessTransferAnnounced),
        ["business_transfer.objected"] = typeof(BusinessTransfers.BusinessTransferObjected),
        ["business_transfer.effected"] = typeof(BusinessTransfers.BusinessTransferEffected),
        ["cookies.chosen"] = typeof(Cookies.CookiesChosen),
        ["visitor.linked"] = typeof(Cookies.VisitorLinked),
        ["delivery.acknowledged"] = typeof(Partners.DeliveryAcknowledged),
        ["delivery.redelivery_requested"] = typeof(Partners.RedeliveryRequested),
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<Type, string> ByType = ByName.ToFrozenDictionary(p => p.Value, p => p.Key);

    /// <summary>Every entry type's name, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The name under which this kind of data is recorded.</summary>
    public static string NameOf(EntryData data) => ByType[data.GetType()];

    /// <summary>The record that an entry of this type is read into, or null for a type this version does not know.</summary>
    public static Type? Find(string name) => ByName.GetValueOrDefault(name);
}
