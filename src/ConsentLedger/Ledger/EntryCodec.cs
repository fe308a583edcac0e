using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Ledger;

/// <summary>The stored form of an entry: one JSON object in UTF-8, members in a fixed order. These bytes are the RFC 6962 leaf.</summary>
public static class EntryCodec
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = LedgerJson.Encoder, SkipValidation = true };

    /// <summary>Writes the bytes that are stored, and hashes them.</summary>
    public static EncodedEntry Encode(LedgerEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Compact))
        {
            json.WriteStartObject();
            json.WriteNumber("position", entry.Position);
            json.WriteString("type", entry.Type);
            json.WriteString("recordedAt", Timestamps.Format(entry.RecordedAt));
            if (entry.Subject is { } subject)
                json.WriteString("subject", subject);
            if (entry.Partner is { } partner)
                json.WriteString("partner", partner);
            json.WritePropertyName("data");
            JsonSerializer.Serialize(json, entry.Data, entry.Data.GetType(), LedgerJson.Options);
            if (entry.Sealed is { } sealedPart)
                json.WriteBase64String("sealed", sealedPart);
            if (!entry.Recipients.IsEmpty)
            {
                json.WritePropertyName("recipients");
                JsonSerializer.Serialize(json, entry.Recipients, LedgerJson.Options);
            }

            json.WriteEndObject();
        }

        return new(entry, Encoding.UTF8.GetString(buffer.WrittenSpan), TreeHash.OfLeaf(buffer.WrittenSpan));
    }

    /// <summary>Reads stored bytes back.</summary>
    /// <exception cref="LedgerCorruptException">The text is not an entry that this version can read.</exception>
    public static LedgerEntry Decode(string stored)
    {
        try
        {
            using var document = JsonDocument.Parse(stored);
            var root = document.RootElement;
            var type = root.GetProperty("type").GetString()!;
            var dataType = EntryTypes.Find(type) ?? throw new LedgerCorruptException($"unknown entry type '{type}'");
            return new LedgerEntry
            {
                Position = root.GetProperty("position").GetInt64(),
                Type = type,
                RecordedAt = DateTimeOffset.Parse(root.GetProperty("recordedAt").GetString()!, CultureInfo.InvariantCulture),
                Subject = root.TryGetProperty("subject", out var subject) ? subject.GetGuid() : null,
                Partner = root.TryGetProperty("partner", out var partner) ? partner.GetString() : null,
                Data = (EntryData)root.GetProperty("data").Deserialize(dataType, LedgerJson.Options)!,
                Sealed = root.TryGetProperty("sealed", out var sealedPart) ? sealedPart.GetBytesFromBase64() : null,
                Recipients = root.TryGetProperty("recipients", out var recipients)
                    ? recipients.Deserialize<ImmutableArray<Recipient>>(LedgerJson.Options)
                    : [],
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentNullException)
        {
            throw new LedgerCorruptException("not a readable entry", e);
        }
    }
}

/// <summary>What is stored is not what the ledger wrote.</summary>
public sealed class LedgerCorruptException(string message, Exception? cause = null) : Exception(message, cause);
