using ConsentLedger.BusinessTransfers;
using ConsentLedger.Catalog;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;

namespace ConsentLedger.Storage;

/// <summary>The rows that follow from entries alone. The append writes them; <c>rebuild</c> and <c>verify</c> derive them again.</summary>
public static class Projections
{
    public static EntryRow Row(EncodedEntry encoded) => new()
    {
        Position = encoded.Entry.Position,
        Type = encoded.Entry.Type,
        SubjectId = encoded.Entry.Subject,
        Partner = encoded.Entry.Partner,
        RecordedAt = encoded.Entry.RecordedAt,
        LeafHash = encoded.LeafHash.ToArray(),
        Data = encoded.Json,
    };

    public static IEnumerable<DeliveryRow> Deliveries(LedgerEntry entry) => entry.Recipients.Select(recipient => new DeliveryRow
    {
        Partner = recipient.Partner,
        Sequence = recipient.Sequence,
        Position = entry.Position,
        EventId = recipient.EventId,
        Event = recipient.Event,
        SubjectId = entry.Subject,
        RecordedAt = entry.RecordedAt,
        AcknowledgeBy = recipient.AcknowledgeBy,
    });

    public static bool IsCatalogEntry(LedgerEntry entry) => entry.Data is CatalogLoaded or NoticePublished or PartnerRegistered or PartnerEnded or BusinessTransferAnnounced or BusinessTransferEffected;

    /// <summary>The request that an entry opens: whose it is, under the id that its result will name.</summary>
    public static RightsRequestRow? RightsRequest(LedgerEntry entry) => entry.Subject is { } subject && RequestId(entry.Data) is { } id
        ? new RightsRequestRow { Id = id, SubjectId = subject, Position = entry.Position }
        : null;

    /// <summary>The subject whose key and own id an entry destroys.</summary>
    public static Guid? Erased(LedgerEntry entry) => entry.Data is SubjectErased ? entry.Subject : null;

    private static Guid? RequestId(EntryData data) => data switch
    {
        CorrectionRequested correction => correction.CorrectionId,
        DeletionRequested deletion => deletion.DeletionId,
        ProcessingSuspended suspension => suspension.SuspensionId,
        ComplaintReceived complaint => complaint.ComplaintId,
        _ => null,
    };
}
