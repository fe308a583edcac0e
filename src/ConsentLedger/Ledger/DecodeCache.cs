using System.Diagnostics.CodeAnalysis;

namespace ConsentLedger.Ledger;

/// <summary>For who decodes a whole ledger: what entries say again and again is read once. Bounded; for one thread.</summary>
/// <remarks>Four of five entries are provisions, and there are not many ways to give items to a partner.</remarks>
public sealed class DecodeCache
{
    private const int MaxTexts = 1024;
    private const int MaxData = 4096;
    private const int MaxDataLength = 512;

    private readonly Dictionary<byte[], string>.AlternateLookup<ReadOnlySpan<byte>> texts =
        new Dictionary<byte[], string>(Utf8Comparer.Instance).GetAlternateLookup<ReadOnlySpan<byte>>();

    private readonly Dictionary<Type, Dictionary<byte[], EntryData>.AlternateLookup<ReadOnlySpan<byte>>> data = [];

    /// <summary>A code or a name, which has no escapes.</summary>
    public string Text(ReadOnlySpan<byte> utf8)
    {
        if (texts.TryGetValue(utf8, out var known))
            return known;
        var text = System.Text.Encoding.UTF8.GetString(utf8);
        if (texts.Dictionary.Count < MaxTexts)
            texts[utf8] = text;
        return text;
    }

    /// <summary>The facts that these bytes state; null where they were not seen before.</summary>
    public bool TryGetData(Type type, ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out EntryData? known)
    {
        known = null;
        return data.TryGetValue(type, out var ofType) && ofType.TryGetValue(utf8, out known);
    }

    public void AddData(Type type, ReadOnlySpan<byte> utf8, EntryData value)
    {
        if (utf8.Length > MaxDataLength)
            return;
        if (!data.TryGetValue(type, out var ofType))
            data[type] = ofType = new Dictionary<byte[], EntryData>(Utf8Comparer.Instance).GetAlternateLookup<ReadOnlySpan<byte>>();
        // Where every entry says something else, keeping it would not pay.
        if (ofType.Dictionary.Count < MaxData)
            ofType[utf8] = value;
    }

    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Utf8Comparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            HashCode hash = default;
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
