using System.Buffers;
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
        return await RenderAsync(context, await context.ReadToldAsync(partner, afterSequence, limit, ct), partner, ct);
    }

    /// <summary>All partners' events in so many positions after one, in order; about <paramref name="limit"/> at most, every entry with all of its events.</summary>
    public async Task<IReadOnlyList<PartnerEvent>> ReadAllAsync(long afterPosition, int positions, int limit, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        return await RenderAsync(context, await context.ReadToldAsync(afterPosition, afterPosition + positions, limit, ct), null, ct);
    }

    /// <summary>Events that operations asked to be sent once more, once the relay has passed them.</summary>
    public async Task<IReadOnlyList<PartnerEvent>> ReadRedeliveriesAsync(int limit, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        var asked = await context.Deliveries.AsNoTracking()
            .Where(d => d.RedeliveryRequested && context.RelayCursors.Any(c => c.Partner == d.Partner && c.Sequence >= d.Sequence))
            .OrderBy(d => d.Partner).ThenBy(d => d.Sequence).Take(limit).Select(d => new { d.Partner, d.Sequence }).ToListAsync(ct);
        List<PartnerEvent> events = [];
        foreach (var one in asked)
            events.AddRange(await RenderAsync(context, await context.ReadToldAsync(one.Partner, one.Sequence - 1, 1, ct), one.Partner, ct));
        return events;
    }

    private async Task<IReadOnlyList<PartnerEvent>> RenderAsync(LedgerDbContext context, List<ToldEntry> told, string? onlyFor, CancellationToken ct)
    {
        var entries = told.ConvertAll(row => EntryCodec.Decode(row.Data));
        var deleted = await WithDeletedItemsAsync(context, entries, ct);
        List<PartnerEvent> events = new(told.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            var values = entry.Data is CorrectionCompleted ? vault.Open(entry, told[i].WrappedKey)?.Values : null;
            if (values is not null && deleted.TryGetValue(entry.Subject!.Value, out var member))
                values = values.RemoveRange(member.ItemsDeletedAfter(entry.Position));
            foreach (var recipient in entry.Recipients)
            {
                if (onlyFor is null || recipient.Partner == onlyFor)
                {
                    events.Add(new(
                        recipient.Partner,
                        recipient.Sequence,
                        entry.Position,
                        recipient.EventId,
                        recipient.Event,
                        CloudEvents.Write(entry, recipient, told[i].MemberId, recipient.Event == EventTypes.CorrectionCompleted ? values : null)));
                }
            }
        }

        return events;
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

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json)? scratch;

    /// <param name="entry">The entry that the event tells of.</param>
    /// <param name="recipient">Whom it is for: nothing but its own items is written.</param>
    /// <param name="memberId">The shop's id of the member; null once erased.</param>
    /// <param name="values">Corrected values; null where there are none or the key is destroyed.</param>
    public static byte[] Write(LedgerEntry entry, Recipient recipient, string? memberId, IReadOnlyDictionary<string, string>? values)
    {
        var (buffer, json) = scratch ??= NewScratch();
        buffer.ResetWrittenCount();
        json.Reset();
        Span<byte> text = stackalloc byte[32];
        json.WriteStartObject();
        json.WriteString("specversion"u8, "1.0"u8);
        json.WriteString("id"u8, recipient.EventId);
        json.WriteString("source"u8, Source);
        json.WriteString("type"u8, recipient.Event);
        if (memberId is not null)
            json.WriteString("subject"u8, memberId);
        json.WriteString("time"u8, text[..Timestamps.Format(entry.RecordedAt, text)]);
        json.WriteString("datacontenttype"u8, "application/json"u8);
        json.WriteString("partner"u8, recipient.Partner);
        recipient.Sequence.TryFormat(text, out var digits, provider: CultureInfo.InvariantCulture);
        json.WriteString("sequence"u8, text[..digits]);
        json.WriteNumber("ledgerposition"u8, entry.Position);
        json.WriteStartObject("data"u8);
        WriteData(json, entry.Data, recipient, values);
        if (recipient.AcknowledgeBy is { } by)
            json.WriteString("acknowledgeBy"u8, text[..Timestamps.Format(by, text)]);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json) NewScratch()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        return (buffer, new Utf8JsonWriter(buffer, Compact));
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
