using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConsentLedger.Ledger;

/// <summary>Instants as this service writes and reads them: RFC 3339, UTC, whole microseconds (what PostgreSQL keeps).</summary>
public static class Timestamps
{
    /// <summary>The least by which two of them differ.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMicroseconds(1);

    private const int MaxLength = 27;

    // RFC 3339 section 5.6, with at most seven digits of a fraction; an offset is required, a local time names no instant.
    private static readonly string[] Accepted =
    [
        "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz",
        "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'",
    ];

    public static DateTimeOffset Now(this TimeProvider time) => Truncate(time.GetUtcNow());

    public static DateTimeOffset Truncate(DateTimeOffset instant) =>
        new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>Whole microseconds since 1970.</summary>
    public static long ToMicroseconds(DateTimeOffset instant) => (instant.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>The same in UTF-8.</summary>
    /// <returns>How many bytes were written, at most 27.</returns>
    public static int Format(DateTimeOffset instant, Span<byte> utf8)
    {
        // The round-trip form has all seven digits of a fraction; the last is less than a microsecond.
        Span<byte> all = stackalloc byte[MaxLength + 1];
        instant.UtcDateTime.TryFormat(all, out _, "O", CultureInfo.InvariantCulture);
        var text = all[..(MaxLength - 1)].TrimEnd((byte)'0');
        if (text is [.., (byte)'.'])
            text = text[..^1];
        text.CopyTo(utf8);
        utf8[text.Length] = (byte)'Z';
        return text.Length + 1;
    }

    public static string Format(DateTimeOffset instant)
    {
        Span<byte> utf8 = stackalloc byte[MaxLength];
        return Encoding.ASCII.GetString(utf8[..Format(instant, utf8)]);
    }

    public static bool TryParse(string? text, out DateTimeOffset instant)
    {
        var parsed = DateTimeOffset.TryParseExact(
            text, Accepted, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out instant);
        instant = Truncate(instant);
        return parsed;
    }

    /// <summary>Reads RFC 3339 with an offset and nothing looser; writes UTC.</summary>
    public sealed class Converter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && (IsOurs(ref reader, out var instant) || TryParse(reader.GetString(), out instant))
                ? instant
                : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            WriteTo(writer, value);

        // The framework's own reader is fast and takes more than is taken here; what is written the same again is what this service writes.
        private static bool IsOurs(ref Utf8JsonReader reader, out DateTimeOffset instant)
        {
            Span<byte> again = stackalloc byte[MaxLength];
            return reader.TryGetDateTimeOffset(out instant) && !reader.HasValueSequence && reader.ValueSpan.SequenceEqual(again[..Format(instant, again)]);
        }

        private static void WriteTo(Utf8JsonWriter writer, DateTimeOffset value)
        {
            Span<byte> utf8 = stackalloc byte[MaxLength];
            writer.WriteStringValue(utf8[..Format(value, utf8)]);
        }
    }
}
