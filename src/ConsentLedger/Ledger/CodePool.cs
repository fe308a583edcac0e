using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConsentLedger.Ledger;

/// <summary>Codes of purposes, partners and items recur in every state: one string for each, however many states in memory name it. Bounded.</summary>
internal static class CodePool
{
    private const int MaxCodes = 8192;
    private const int MaxLength = 40;

    private static readonly ConcurrentDictionary<string, string> Codes = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> BySpan = Codes.GetAlternateLookup<ReadOnlySpan<char>>();

    public static string Of(string code) => code.Length > MaxLength ? code
        : Codes.TryGetValue(code, out var known) ? known
        : Codes.Count < MaxCodes ? Codes.GetOrAdd(code, code)
        : code;

    /// <summary>For states alone: what else is read from JSON may be a text about somebody, and does not stay.</summary>
    public sealed class Converter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String || reader.HasValueSequence || reader.ValueSpan.Length > MaxLength)
                return reader.GetString();
            Span<char> text = stackalloc char[MaxLength];
            var code = text[..reader.CopyString(text)];
            return BySpan.TryGetValue(code, out var known) ? known : Of(code.ToString());
        }

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
