using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ConsentLedger.TransparencyLog;

/// <summary>A SHA-256 value of the tree: of a leaf, an inner node, or the whole (RFC 6962 section 2.1).</summary>
[InlineArray(Length)]
public struct TreeHash : IEquatable<TreeHash>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    // The prefixes set leaves apart from inner nodes, or a node could be passed off as an entry.
    private const byte LeafPrefix = 0x00;
    private const byte NodePrefix = 0x01;
    private const int OnStack = 1024;

    private byte first;

    /// <summary>The hash of the tree without leaves: SHA-256 of nothing.</summary>
    public static TreeHash OfNothing { get; } = Read(SHA256.HashData([]));

    /// <summary>The 32 bytes.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Bytes => MemoryMarshal.CreateReadOnlySpan(in first, Length);

    [UnscopedRef]
    private Span<byte> Writable => MemoryMarshal.CreateSpan(ref first, Length);

    /// <summary>Hash of a leaf: <c>SHA-256(0x00 ‖ entry)</c>.</summary>
    /// <param name="entry">The exact bytes of the entry; may be empty.</param>
    public static TreeHash OfLeaf(ReadOnlySpan<byte> entry)
    {
        var length = entry.Length + 1;
        byte[]? rented = null;
        var input = length <= OnStack ? stackalloc byte[OnStack] : (rented = ArrayPool<byte>.Shared.Rent(length));
        input[0] = LeafPrefix;
        entry.CopyTo(input[1..]);
        TreeHash hash = default;
        SHA256.HashData(input[..length], hash.Writable);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }

    /// <summary>Hash of an inner node: <c>SHA-256(0x01 ‖ left ‖ right)</c>.</summary>
    public static TreeHash OfNode(TreeHash left, TreeHash right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * Length)];
        input[0] = NodePrefix;
        left.Bytes.CopyTo(input[1..]);
        right.Bytes.CopyTo(input[(1 + Length)..]);
        TreeHash hash = default;
        SHA256.HashData(input, hash.Writable);
        return hash;
    }

    /// <summary>Takes a hash from its 32 bytes.</summary>
    /// <exception cref="ArgumentException">There are more or fewer bytes.</exception>
    public static TreeHash Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
            throw new ArgumentException($"A hash has {Length} bytes, not {bytes.Length}.", nameof(bytes));
        TreeHash hash = default;
        bytes.CopyTo(hash.Writable);
        return hash;
    }

    /// <summary>Reads base64 (RFC 4648 section 4), as checkpoints and proofs write it.</summary>
    public static bool TryParse(ReadOnlySpan<char> base64, out TreeHash hash)
    {
        hash = default;
        // Only the one canonical spelling: no white space, no stray bits.
        return base64.Length == 44 && Convert.TryFromBase64Chars(base64, hash.Writable, out var written) && written == Length
            && base64.SequenceEqual(hash.ToString());
    }

    public readonly byte[] ToArray() => Bytes.ToArray();

    public readonly bool Equals(TreeHash other) => Bytes.SequenceEqual(other.Bytes);

    public override readonly bool Equals(object? obj) => obj is TreeHash other && Equals(other);

    public override readonly int GetHashCode() => MemoryMarshal.Read<int>(Bytes);

    /// <summary>Base64 with padding.</summary>
    public override readonly string ToString() => Convert.ToBase64String(Bytes);

    public static bool operator ==(TreeHash a, TreeHash b) => a.Equals(b);

    public static bool operator !=(TreeHash a, TreeHash b) => !a.Equals(b);
}
