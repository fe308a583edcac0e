using System.Numerics;

namespace ConsentLedger.TransparencyLog;

/// <summary>A complete subtree: the leaves <c>[Index·2^Height, (Index+1)·2^Height)</c>. Its hash never changes once they are all there.</summary>
/// <param name="Height">0 for a leaf.</param>
/// <param name="Index">Place among the subtrees of this height, from 0.</param>
public readonly record struct Subtree(int Height, long Index)
{
    /// <summary>Writes the complete subtrees that make up a range of leaves, from left to right; folded from the right they are its hash.</summary>
    /// <param name="start">First leaf; a multiple of every power of two up to the range's own size, as in every range that RFC 6962 splits off.</param>
    /// <param name="end">One past the last leaf.</param>
    /// <param name="into">At most one for each bit of a position: 63.</param>
    /// <returns>How many were written.</returns>
    public static int Cover(long start, long end, Span<Subtree> into)
    {
        var count = 0;
        while (start < end)
        {
            var height = BitOperations.Log2((ulong)(end - start));
            into[count++] = new(height, start >> height);
            start += 1L << height;
        }

        return count;
    }
}

/// <summary>A range of leaves <c>[Start, End)</c> whose hash is one step of a proof.</summary>
public readonly record struct LeafRange(long Start, long End);
