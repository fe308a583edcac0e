using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Ledger;

/// <summary>The stored form of an entry: one JSON object in UTF-8, members in a fixed order. These bytes are the RFC 6962 leaf.</summary>
public static class EntryCodec
{
    /// <summary>Room for everything before the data.</summary>
    public const int MaxPrefix = 512;

    private const int MaxCode = 100;
    private const long LastMicrosecond = 253_402_300_799_999_999; // of the year 9999

    private static readonly JsonWriterOptions Compact = new() { Encoder = LedgerJson.Encoder, SkipValidation = true };

    /// <summary>Writes the bytes that are stored, and hashes them.</summary>
    public static EncodedEntry Encode(LedgerEntry entry, bool hash = true)
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

        return new(entry, Encoding.UTF8.GetString(buffer.WrittenSpan), hash ? TreeHash.OfLeaf(buffer.WrittenSpan) : default);
    }

    /// <summary>Reads stored bytes back.</summary>
    /// <exception cref="LedgerCorruptException">The text is not an entry that this version can read.</exception>
    public static LedgerEntry Decode(string stored) => Decode(Encoding.UTF8.GetBytes(stored));

    /// <summary>Reads stored bytes back.</summary>
    /// <param name="stored">The bytes.</param>
    /// <param name="cache">For who reads many and has no use for their sealed parts, which are then left out.</param>
    /// <exception cref="LedgerCorruptException">The text is not an entry that this version can read.</exception>
    public static LedgerEntry Decode(ReadOnlySpan<byte> stored, DecodeCache? cache = null)
    {
        try
        {
            var json = new Utf8JsonReader(stored);
            var entry = Read(ref json, stored, cache);
            return json.Read() ? throw new LedgerCorruptException("something follows the entry") : entry;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentNullException)
        {
            throw new LedgerCorruptException("not a readable entry", e);
        }
    }

    /// <summary>Reads stored bytes back, for who knows already that they begin as the columns say.</summary>
    /// <param name="row">The columns and the bytes.</param>
    /// <param name="prefix">What <see cref="WritePrefix"/> wrote, and the bytes begin with; 0 where they do not.</param>
    /// <param name="cache">Sealed parts are left out.</param>
    /// <exception cref="LedgerCorruptException">The text is not an entry that this version can read.</exception>
    public static LedgerEntry Decode(in StoredEntry row, int prefix, DecodeCache cache)
    {
        // What is known to be a whole object is the data, whatever follows; and nothing may follow but what is sealed.
        var rest = row.Data.Span[prefix..];
        var end = rest.IndexOf(BeforeSealed);
        if (prefix == 0 || end < 0 || !IsEndOfSealed(rest[(end + BeforeSealed.Length)..])
            || !cache.TryGetData(DataType(cache.Text(row.Type.Span)), rest[..(end + 1)], out var data))
            return Decode(row.Data.Span, cache);
        return new LedgerEntry
        {
            Position = row.Position,
            Type = EntryTypes.NameOf(data),
            RecordedAt = Timestamps.FromMicroseconds(row.RecordedAt),
            Subject = row.Subject,
            Partner = row.Partner.IsEmpty ? null : cache.Text(row.Partner.Span),
            Data = data,
        };
    }

    /// <summary>The bytes that an entry begins with, up to its data: they say what the columns beside it say.</summary>
    /// <returns>How many were written, at most <see cref="MaxPrefix"/>; none where the columns cannot be those of an entry.</returns>
    public static int WritePrefix(in StoredEntry row, Span<byte> into)
    {
        if (row.Type.Length > MaxCode || row.Partner.Length > MaxCode || row.RecordedAt is < 0 or > LastMicrosecond)
            return 0;
        var written = 0;
        Put(into, ref written, "{\"position\":"u8);
        Utf8Formatter.TryFormat(row.Position, into[written..], out var digits);
        written += digits;
        Put(into, ref written, ",\"type\":\""u8);
        Put(into, ref written, row.Type.Span);
        Put(into, ref written, "\",\"recordedAt\":\""u8);
        written += Timestamps.Format(Timestamps.FromMicroseconds(row.RecordedAt), into[written..]);
        if (row.Subject is { } subject)
        {
            Put(into, ref written, "\",\"subject\":\""u8);
            subject.TryFormat(into[written..], out var length);
            written += length;
        }

        if (!row.Partner.IsEmpty)
        {
            Put(into, ref written, "\",\"partner\":\""u8);
            Put(into, ref written, row.Partner.Span);
        }

        Put(into, ref written, "\",\"data\":"u8);
        return written;
    }

    /// <summary>Where type and partner stand in a prefix that <see cref="WritePrefix"/> wrote.</summary>
    public static (int Type, int Partner) InPrefix(long position, int prefix, int partnerLength)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(position, digits, out var count);
        return ("{\"position\":,\"type\":\""u8.Length + count, prefix - "\",\"data\":"u8.Length - partnerLength);
    }

    private static ReadOnlySpan<byte> BeforeSealed => "},\"sealed\":\""u8;

    private static bool IsEndOfSealed(ReadOnlySpan<byte> bytes) => bytes is [.., (byte)'"', (byte)'}'] && Base64.IsValid(bytes[..^2]);

    private static void Put(Span<byte> into, ref int written, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(into[written..]);
        written += bytes.Length;
    }

    private static LedgerEntry Read(ref Utf8JsonReader json, ReadOnlySpan<byte> stored, DecodeCache? cache)
    {
        (long? position, string? type, DateTimeOffset? recordedAt, Guid? subject, string? partner) = (null, null, null, null, null);
        (EntryData? data, byte[]? sealedPart, ImmutableArray<Recipient> recipients) = (null, null, []);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            throw new JsonException();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.ValueSpan;
            json.Read();
            if (name.SequenceEqual("position"u8))
                position = json.GetInt64();
            else if (name.SequenceEqual("type"u8))
                type = Text(ref json, cache);
            else if (name.SequenceEqual("recordedAt"u8))
                recordedAt = json.GetDateTimeOffset();
            else if (name.SequenceEqual("subject"u8))
                subject = json.GetGuid();
            else if (name.SequenceEqual("partner"u8))
                partner = Text(ref json, cache);
            else if (name.SequenceEqual("data"u8))
                data = ReadData(ref json, DataType(type), stored, cache);
            else if (name.SequenceEqual("sealed"u8) && cache is not null)
                json.Skip();
            else if (name.SequenceEqual("sealed"u8))
                sealedPart = json.GetBytesFromBase64();
            else if (name.SequenceEqual("recipients"u8))
                recipients = JsonSerializer.Deserialize<ImmutableArray<Recipient>>(ref json, LedgerJson.Options);
            else
                throw new JsonException();
        }

        return new LedgerEntry
        {
            Position = position ?? throw new JsonException(),
            Type = EntryTypes.NameOf(data ?? throw new JsonException()),
            RecordedAt = recordedAt ?? throw new JsonException(),
            Subject = subject,
            Partner = partner,
            Data = data,
            Sealed = sealedPart,
            Recipients = recipients,
        };
    }

    private static string? Text(ref Utf8JsonReader json, DecodeCache? cache) =>
        cache is null || json.ValueIsEscaped || json.TokenType != JsonTokenType.String ? json.GetString() : cache.Text(json.ValueSpan);

    private static EntryData? ReadData(ref Utf8JsonReader json, Type type, ReadOnlySpan<byte> stored, DecodeCache? cache)
    {
        if (cache is null)
            return (EntryData?)JsonSerializer.Deserialize(ref json, type, LedgerJson.Options);
        var start = (int)json.TokenStartIndex;
        var behind = json;
        behind.Skip();
        var bytes = stored[start..(int)behind.BytesConsumed];
        if (!cache.TryGetData(type, bytes, out var data) && JsonSerializer.Deserialize(ref json, type, LedgerJson.Options) is EntryData read)
            cache.AddData(type, bytes, data = read);
        json = behind;
        return data;
    }

    // The type stands before the data, as everything has its place.
    private static Type DataType(string? type) => type is not null && EntryTypes.Find(type) is { } found ? found : throw new LedgerCorruptException($"unknown entry type '{type}'");
}

/// <summary>What is stored is not what the ledger wrote.</summary>
public sealed class LedgerCorruptException(string message, Exception? cause = null) : Exception(message, cause);
