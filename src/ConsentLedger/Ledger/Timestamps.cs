using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConsentLedger.Ledger;

/// <summary>Instants as this service writes and reads them: RFC 3339, UTC, whole microseconds (what PostgreSQL keeps).</summary>
public static class Timestamps
{
    /// <summary>The least by which two of them differ.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMicroseconds(1);

    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'";

    // RFC 3339 section 5.6, with at most seven digits of a fraction; an offset is required, a local time names no instant.
    private static readonly string[] Accepted =
    [
        "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz",
        "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'",
    ];

    public static DateTimeOffset Now(this TimeProvider time) => Truncate(time.GetUtcNow());

    public static DateTimeOffset Truncate(DateTimeOffset instant) =>
        new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>The same in UTF-8.</summary>
    /// <returns>How many bytes were written.</returns>
    public static int Format(DateTimeOffset instant, Span<byte> utf8) =>
        instant.UtcDateTime.TryFormat(utf8, out var written, Pattern, CultureInfo.InvariantCulture) ? written : throw new ArgumentException("too short", nameof(utf8));

    public static string Format(DateTimeOffset instant) => instant.UtcDateTime.ToString(Pattern, CultureInfo.InvariantCulture);

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
            reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var instant)
                ? instant
                : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            WriteTo(writer, value);

        private static void WriteTo(Utf8JsonWriter writer, DateTimeOffset value)
        {
            Span<byte> utf8 = stackalloc byte[32];
            writer.WriteStringValue(utf8[..Format(value, utf8)]);
        }
    }
}
