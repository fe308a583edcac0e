using System.Numerics;

namespace ConsentLedger.TransparencyLog;

/// <summary>Which hashes a proof consists of, and whether a proof holds. RFC 6962 section 2.1; verification as RFC 9162 section 2.1.3.2 and 2.1.4.2.</summary>
public static class Proofs
{
    /// <summary>The audit path <c>PATH(m, D[n])</c> of RFC 6962 section 2.1.1: the ranges whose hashes it lists, from the leaf to the root.</summary>
    /// <param name="index">The leaf, from 0.</param>
    /// <param name="size">Leaves of the tree.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf in a tree of this size.</exception>
    public static IReadOnlyList<LeafRange> Inclusion(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        List<LeafRange> path = [];
        long start = 0, end = size;
        while (end - start > 1)
        {
            var middle = start + Split(end - start);
            if (index < middle)
            {
                path.Add(new(middle, end));
                end = middle;
            }
            else
            {
                path.Add(new(start, middle));
                start = middle;
            }
        }

        path.Reverse();
        return path;
    }

    /// <summary>The proof <c>PROOF(m, D[n])</c> of RFC 6962 section 2.1.2 that a tree extends an earlier one: the ranges whose hashes it lists.</summary>
    /// <param name="from">Leaves of the earlier tree, at least 1.</param>
    /// <param name="to">Leaves of the later tree.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="from"/> is not in 1..<paramref name="to"/>.</exception>
    public static IReadOnlyList<LeafRange> Consistency(long from, long to)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, to);
        List<LeafRange> proof = [];
        long start = 0, end = to;
        while (from < end)
        {
            var middle = start + Split(end - start);
            if (from <= middle)
            {
                proof.Add(new(middle, end));
                end = middle;
            }
            else
            {
                proof.Add(new(start, middle));
                start = middle;
            }
        }

        // What is left is [start, from). The verifier has its hash when it is the whole earlier tree.
        if (start > 0)
            proof.Add(new(start, end));
        proof.Reverse();
        return proof;
    }

    /// <summary>Whether a leaf is in the tree with this root (RFC 9162 section 2.1.3.2).</summary>
    public static bool VerifyInclusion(TreeHash leaf, long index, long size, ReadOnlySpan<TreeHash> path, TreeHash root)
    {
        if (index < 0 || index >= size)
            return false;
        var (node, last) = (index, size - 1);
        var hash = leaf;
        foreach (var step in path)
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                hash = TreeHash.OfNode(step, hash);
                while ((node & 1) == 0 && node != 0)
                    (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                hash = TreeHash.OfNode(hash, step);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && hash == root;
    }

    /// <summary>Whether the tree of <paramref name="to"/> leaves extends that of <paramref name="from"/> (RFC 9162 section 2.1.4.2).</summary>
    /// <remarks>A tree extends itself with an empty proof, and everything extends the tree without leaves.</remarks>
    public static bool VerifyConsistency(long from, long to, ReadOnlySpan<TreeHash> proof, TreeHash fromRoot, TreeHash toRoot)
    {
        if (from < 0 || from > to)
            return false;
        if (from == to)
            return proof.IsEmpty && fromRoot == toRoot;
        if (from == 0)
            return proof.IsEmpty && fromRoot == TreeHash.OfNothing;
        if (proof.IsEmpty)
            return false;
        var (node, last) = (from - 1, to - 1);
        var shift = BitOperations.TrailingZeroCount(~node);
        (node, last) = (node >> shift, last >> shift);
        // When the earlier tree is complete its root starts both; otherwise the proof brings the start.
        var seed = BitOperations.IsPow2(from) ? fromRoot : proof[0];
        var steps = BitOperations.IsPow2(from) ? proof : proof[1..];
        var (earlier, later) = (seed, seed);
        foreach (var step in steps)
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                earlier = TreeHash.OfNode(step, earlier);
                later = TreeHash.OfNode(step, later);
                while ((node & 1) == 0 && node != 0)
                    (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                later = TreeHash.OfNode(later, step);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && earlier == fromRoot && later == toRoot;
    }

    // The largest power of two smaller than the number of leaves.
    private static long Split(long leaves) => 1L << BitOperations.Log2((ulong)(leaves - 1));
}
