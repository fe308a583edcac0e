using System.Numerics;

namespace ConsentLedger.TransparencyLog;

/// <summary>What is needed to grow a tree and to know its root: the complete subtrees that cover its leaves, at most one of each height.</summary>
/// <remarks>RFC 6962 section 2.1 splits n leaves at the largest power of two below n; the bits of n are those subtrees.</remarks>
public sealed class Frontier
{
    private readonly TreeHash[] peaks; // by height; valid where the bit of `Size` is set, and up to `ended`
    private int ended = -1;

    private Frontier(TreeHash[] peaks, long size) => (this.peaks, Size) = (peaks, size);

    /// <summary>The tree without leaves.</summary>
    public Frontier()
        : this(new TreeHash[63], 0)
    {
    }

    /// <summary>Number of leaves.</summary>
    public long Size { get; private set; }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="ArgumentException">The bytes are not those of a tree of this size.</exception>
    public static Frontier Read(long size, ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        if (bytes.Length != BitOperations.PopCount((ulong)size) * TreeHash.Length)
            throw new ArgumentException($"{bytes.Length} bytes cannot be the frontier of {size} leaves.", nameof(bytes));
        var peaks = new TreeHash[63];
        for (var height = 62; height >= 0; height--)
        {
            if ((size >> height & 1) == 0)
                continue;
            peaks[height] = TreeHash.Read(bytes[..TreeHash.Length]);
            bytes = bytes[TreeHash.Length..];
        }

        return new(peaks, size);
    }

    /// <summary>Adds one leaf.</summary>
    /// <param name="leaf">Its hash, <see cref="TreeHash.OfLeaf"/>.</param>
    public void Add(TreeHash leaf)
    {
        var node = leaf;
        var height = 0;
        for (; (Size >> height & 1) == 1; height++)
        {
            // The left one is no peak any more: its place keeps the right one, which the last leaf has just ended.
            var left = peaks[height];
            peaks[height] = node;
            node = TreeHash.OfNode(left, node);
        }

        peaks[height] = node;
        ended = height;
        Size++;
    }

    /// <summary>The hash of the complete subtree of this height that the leaf added last has ended, whether or not a larger one ends with it.</summary>
    public TreeHash Ended(int height) => height <= ended
        ? peaks[height]
        : throw new ArgumentOutOfRangeException(nameof(height), height, $"The last leaf of {Size} has ended no such subtree.");

    /// <summary>The Merkle Tree Hash of all leaves.</summary>
    public TreeHash Root()
    {
        if (Size == 0)
            return TreeHash.OfNothing;
        var height = BitOperations.TrailingZeroCount(Size);
        var root = peaks[height];
        while (++height < 63)
        {
            if ((Size >> height & 1) == 1)
                root = TreeHash.OfNode(peaks[height], root);
        }

        return root;
    }

    public Frontier Copy() => new([.. peaks], Size);

    /// <summary>The hashes of the subtrees, the largest first.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[BitOperations.PopCount((ulong)Size) * TreeHash.Length];
        var rest = bytes.AsSpan();
        for (var height = 62; height >= 0; height--)
        {
            if ((Size >> height & 1) == 0)
                continue;
            peaks[height].Bytes.CopyTo(rest);
            rest = rest[TreeHash.Length..];
        }

        return bytes;
    }
}
