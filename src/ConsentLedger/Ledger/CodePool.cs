using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using ConsentLedger.Catalog;

namespace ConsentLedger.Ledger;

/// <summary>
/// Codes of purposes, partners and items, lists of items, and notice versions recur in every state: one object for each, however many states in memory
/// name it. Bounded.
/// </summary>
internal static class CodePool
{
    private const int MaxOfEach = 8192;
    private const int MaxLength = 40;

    private static readonly ConcurrentDictionary<string, string> Codes = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> BySpan = Codes.GetAlternateLookup<ReadOnlySpan<char>>();
    private static readonly ConcurrentDictionary<ImmutableArray<string>, ImmutableArray<string>> Lists = new(new ByElements());
    private static readonly ConcurrentDictionary<NoticeReference, NoticeReference> Notices = new();

    public static string Of(string code) => code.Length > MaxLength ? code : Of(Codes, code);

    public static ImmutableArray<string> Of(ImmutableArray<string> codes) => Of(Lists, codes);

    public static NoticeReference Of(NoticeReference notice) => Of(Notices, notice);

    private static T Of<T>(ConcurrentDictionary<T, T> pool, T value)
        where T : notnull =>
        pool.TryGetValue(value, out var known) ? known : pool.Count < MaxOfEach ? pool.GetOrAdd(value, value) : value;

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

    private sealed class ByElements : IEqualityComparer<ImmutableArray<string>>
    {
        public bool Equals(ImmutableArray<string> x, ImmutableArray<string> y) => x.AsSpan().SequenceEqual(y.AsSpan());

        public int GetHashCode(ImmutableArray<string> obj)
        {
            HashCode hash = default;
            foreach (var code in obj.AsSpan())
                hash.Add(code, StringComparer.Ordinal);
            return hash.ToHashCode();
        }
    }
}
