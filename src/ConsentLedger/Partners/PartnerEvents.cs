using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using ConsentLedger.Consents;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Partners;

/// <summary>One event for one partner. The body is the CloudEvent, the same bytes in the queue, the feed and the stream.</summary>
public sealed record PartnerEvent(string Partner, long Sequence, long Position, Guid Id, string Type, ReadOnlyMemory<byte> Body);

/// <summary>Reads a partner's events out of the entries that name it.</summary>
public sealed class PartnerEvents(IDbContextFactory<LedgerDbContext> contexts, SubjectVault vault)
{
    /// <summary>Up to <paramref name="limit"/> events after a sequence, in order.</summary>
    public async Task<IReadOnlyList<PartnerEvent>> ReadAsync(string partner, long afterSequence, int limit, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        return await RenderAsync(context, context.Deliveries.Where(d => d.Partner == partner && d.Sequence > afterSequence).OrderBy(d => d.Sequence).Take(limit), ct);
    }

    /// <summary>Events that operations asked to be sent once more, once the relay has passed them.</summary>
    public async Task<IReadOnlyList<PartnerEvent>> ReadRedeliveriesAsync(int limit, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        return await RenderAsync(context, context.Deliveries.Where(d => d.RedeliveryRequested
            && context.RelayCursors.Any(c => c.Partner == d.Partner && c.Sequence >= d.Sequence)).OrderBy(d => d.Partner).ThenBy(d => d.Sequence).Take(limit), ct);
    }

    private async Task<IReadOnlyList<PartnerEvent>> RenderAsync(LedgerDbContext context, IQueryable<DeliveryRow> deliveries, CancellationToken ct)
    {
        var rows = await (
            from delivery in deliveries.AsNoTracking()
            join entry in context.Entries on delivery.Position equals entry.Position
            join subject in context.Subjects on delivery.SubjectId equals subject.Id into subjects
            from subject in subjects.DefaultIfEmpty()
            orderby delivery.Partner, delivery.Sequence
            select new { delivery.Partner, entry.Data, MemberId = subject!.ExternalId, subject.WrappedKey }).ToListAsync(ct);
        var entries = rows.ConvertAll(row => EntryCodec.Decode(row.Data));
        var deleted = await WithDeletedItemsAsync(context, entries, ct);
        // An entry with many recipients is read and opened once for each: events of one partner rarely share an entry.
        return rows.Zip(entries, (row, entry) =>
        {
            var recipient = entry.Recipients.First(r => r.Partner == row.Partner);
            var values = recipient.Event == EventTypes.CorrectionCompleted ? vault.Open(entry, row.WrappedKey)?.Values : null;
            if (values is not null && deleted.TryGetValue(entry.Subject!.Value, out var member))
                values = values.RemoveRange(member.ItemsDeletedAfter(entry.Position));
            return new PartnerEvent(
                row.Partner, recipient.Sequence, entry.Position, recipient.EventId, recipient.Event, CloudEvents.Write(entry, recipient, row.MemberId, values));
        }).ToList();
    }

    // A value that the member had deleted since is told no more, even when the event that told it is sent again.
    private static async Task<Dictionary<Guid, SubjectState>> WithDeletedItemsAsync(LedgerDbContext context, List<LedgerEntry> entries, CancellationToken ct)
    {
        var subjects = entries.Where(e => e.Data is CorrectionCompleted).Select(e => e.Subject!.Value).Distinct().ToArray();
        if (subjects.Length == 0)
            return [];
        var states = await context.SubjectStates.AsNoTracking().Where(s => subjects.Contains(s.SubjectId)).Select(s => s.State).ToListAsync(ct);
        return states.ConvertAll(SubjectState.FromJson).Where(s => !s.DeletedItems.IsEmpty).ToDictionary(s => s.Subject);
    }
}

/// <summary>CloudEvents 1.0, JSON format, structured mode.</summary>
public static class CloudEvents
{
    public const string ContentType = "application/cloudevents+json; charset=utf-8";
    public const string Source = "/consent-ledger";

    private static readonly JsonWriterOptions Compact = new() { Encoder = LedgerJson.Encoder, SkipValidation = true };

    /// <param name="entry">The entry that the event tells of.</param>
    /// <param name="recipient">Whom it is for: nothing but its own items is written.</param>
    /// <param name="memberId">The shop's id of the member; null once erased.</param>
    /// <param name="values">Corrected values; null where there are none or the key is destroyed.</param>
    public static byte[] Write(LedgerEntry entry, Recipient recipient, string? memberId, IReadOnlyDictionary<string, string>? values)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Compact))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", recipient.EventId);
            json.WriteString("source", Source);
            json.WriteString("type", recipient.Event);
            if (memberId is not null)
                json.WriteString("subject", memberId);
            json.WriteString("time", Timestamps.Format(entry.RecordedAt));
            json.WriteString("datacontenttype", "application/json");
            json.WriteString("partner", recipient.Partner);
            json.WriteString("sequence", recipient.Sequence.ToString(CultureInfo.InvariantCulture));
            json.WriteNumber("ledgerposition", entry.Position);
            json.WriteStartObject("data");
            WriteData(json, entry.Data, recipient, values);
            if (recipient.AcknowledgeBy is { } by)
                json.WriteString("acknowledgeBy", Timestamps.Format(by));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteData(Utf8JsonWriter json, EntryData data, Recipient recipient, IReadOnlyDictionary<string, string>? values)
    {
        switch (data)
        {
            case CorrectionEntry correction:
                json.WriteString("correctionId", correction.CorrectionId);
                WriteArray(json, "items", recipient.Items);
                if (values is not null)
                    WriteValues(json, recipient, values);
                break;
            case ConsentEntry consent:
                WriteArray(json, "purposes", [consent.Purpose]);
                json.WriteString("occurredAt", Timestamps.Format(consent.OccurredAt));
                break;
            case ConsentExpired expired:
                WriteArray(json, "purposes", [expired.Purpose]);
                json.WriteString("reason", "expired");
                break;
            default:
                WriteRights(json, data, recipient);
                break;
        }
    }

    private static void WriteRights(Utf8JsonWriter json, EntryData data, Recipient recipient)
    {
        if (RequestId(data) is { } request)
            json.WriteString(request.Name, request.Id);
        if (!recipient.Items.IsEmpty)
            WriteArray(json, "items", recipient.Items);
        if (data is MemberTerminated or DeletionCompleted)
            WriteRetention(json, recipient);
        // Nothing names an erased member any more but the event that told of the termination.
        if (recipient.Concerns is { } before)
            json.WriteString("terminationEventId", before);
    }

    private static (string Name, Guid Id)? RequestId(EntryData data) => data switch
    {
        DeletionRequested deletion => ("deletionId", deletion.DeletionId),
        DeletionResult deletion => ("deletionId", deletion.DeletionId),
        ProcessingSuspended suspended => ("suspensionId", suspended.SuspensionId),
        ProcessingResumed resumed => ("suspensionId", resumed.SuspensionId),
        SuspensionRejected rejected => ("suspensionId", rejected.SuspensionId),
        _ => null,
    };

    // Delete now, or keep until then and for that reason only.
    private static void WriteRetention(Utf8JsonWriter json, Recipient recipient)
    {
        json.WriteBoolean("deleteNow", recipient.Retain.IsEmpty);
        if (recipient.Retain.IsEmpty)
            return;
        json.WriteStartObject("retainUntil");
        foreach (var retention in recipient.Retain)
            json.WriteString(JsonNamingPolicy.SnakeCaseLower.ConvertName(retention.Ground.ToString()), Timestamps.Format(retention.Until));
        json.WriteEndObject();
    }

    private static void WriteValues(Utf8JsonWriter json, Recipient recipient, IReadOnlyDictionary<string, string> values)
    {
        json.WriteStartObject("values");
        foreach (var item in recipient.Items)
        {
            if (values.TryGetValue(item, out var value))
                json.WriteString(item, value);
        }

        json.WriteEndObject();
    }

    private static void WriteArray(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
