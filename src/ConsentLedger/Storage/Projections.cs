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
        LeafHash = encoded.LeafHash,
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

    public static bool IsCatalogEntry(LedgerEntry entry) => entry.Data is CatalogLoaded or NoticePublished or PartnerRegistered or PartnerEnded;

    public static RightsRequestRow? RightsRequest(LedgerEntry entry) => entry is { Data: CorrectionRequested requested, Subject: { } subject }
        ? new RightsRequestRow { Id = requested.CorrectionId, SubjectId = subject, Position = entry.Position }
        : null;
}
