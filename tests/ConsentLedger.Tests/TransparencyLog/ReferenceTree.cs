using System.Security.Cryptography;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Tests.TransparencyLog;

/// <summary>RFC 6962 section 2.1 read out word for word, recursions and all: what the library is held against. Shares no code with it.</summary>
public sealed class ReferenceTree
{
    // By height: the hashes of complete subtrees, so that large trees are quick. What is not complete is computed each time.
    private readonly List<byte[][]> complete = [];

    public ReferenceTree(IEnumerable<byte[]> entries)
    {
        complete.Add([.. entries.Select(e => SHA256.HashData([0x00, .. e]))]);
        while (complete[^1] is { Length: > 1 } below)
            complete.Add([.. Enumerable.Range(0, below.Length / 2).Select(i => Node(below[2 * i], below[(2 * i) + 1]))]);
    }

    /// <summary>A tree over the numbers from 0, each as text.</summary>
    public static ReferenceTree OfNumbers(int count) =>
        new(Enumerable.Range(0, count).Select(i => System.Text.Encoding.ASCII.GetBytes(i.ToString(System.Globalization.CultureInfo.InvariantCulture))));

    public int Size => complete[0].Length;

    public IReadOnlyList<TreeHash> Leaves(int start, int count) => [.. complete[0].AsSpan(start, count).ToArray().Select(h => TreeHash.Read(h))];

    public TreeHash Leaf(int index) => TreeHash.Read(complete[0][index]);

    public TreeHash Root(int size) => TreeHash.Read(size == 0 ? SHA256.HashData([]) : Hash(0, size));

    /// <summary>PATH(m, D[n]).</summary>
    public TreeHash[] Path(int index, int size) => [.. Path(index, 0, size).Select(h => TreeHash.Read(h))];

    /// <summary>PROOF(m, D[n]).</summary>
    public TreeHash[] Proof(int from, int to) => [.. SubProof(from, 0, to, true).Select(h => TreeHash.Read(h))];

    /// <summary>What C2SP tlog-tiles says that a tile is.</summary>
    public byte[] Tile(TileId id) =>
        [.. Enumerable.Range(0, id.Width).SelectMany(i => complete[id.Level * 8][(id.Index * 256) + i])];

    /// <summary>Whether a path holds, found from the root down; what is left over or lacking refuses it.</summary>
    public static bool Includes(TreeHash leaf, int index, int size, IReadOnlyList<TreeHash> path, TreeHash root)
    {
        var rest = path.Select(h => h.ToArray()).ToList();
        return index >= 0 && index < size && Climb(leaf.ToArray(), index, 0, size, rest) is { } hash && rest.Count == 0 && hash.AsSpan().SequenceEqual(root.Bytes);
    }

    /// <summary>Whether a consistency proof holds, found from the root down.</summary>
    public static bool Extends(int from, int to, IReadOnlyList<TreeHash> proof, TreeHash fromRoot, TreeHash toRoot)
    {
        var rest = proof.Select(h => h.ToArray()).ToList();
        return from >= 1 && from <= to && Climb(from, 0, to, fromRoot.ToArray(), rest) is var (earlier, later) && rest.Count == 0
            && earlier.AsSpan().SequenceEqual(fromRoot.Bytes) && later.AsSpan().SequenceEqual(toRoot.Bytes);
    }

    private byte[] Hash(int start, int end)
    {
        var count = end - start;
        if (IsPowerOfTwo(count) && start % count == 0)
            return complete[Height(count)][start / count];
        var k = Split(count);
        return Node(Hash(start, start + k), Hash(start + k, end));
    }

    private IEnumerable<byte[]> Path(int index, int start, int end)
    {
        var count = end - start;
        if (count == 1)
            return [];
        var k = Split(count);
        return index - start < k
            ? Path(index, start, start + k).Append(Hash(start + k, end))
            : Path(index, start + k, end).Append(Hash(start, start + k));
    }

    private IEnumerable<byte[]> SubProof(int from, int start, int end, bool whole)
    {
        var (m, n) = (from - start, end - start);
        if (m == n)
            return whole ? [] : [Hash(start, end)];
        var k = Split(n);
        return m <= k
            ? SubProof(from, start, start + k, whole).Append(Hash(start + k, end))
            : SubProof(from, start + k, end, false).Append(Hash(start, start + k));
    }

    private static byte[]? Climb(byte[] leaf, int index, int start, int end, List<byte[]> rest)
    {
        if (end - start == 1)
            return leaf;
        if (Take(rest) is not { } sibling)
            return null;
        var k = start + Split(end - start);
        return index < k
            ? Climb(leaf, index, start, k, rest) is { } left ? Node(left, sibling) : null
            : Climb(leaf, index, k, end, rest) is { } right ? Node(sibling, right) : null;
    }

    private static (byte[] Earlier, byte[] Later)? Climb(int from, int start, int end, byte[] fromRoot, List<byte[]> rest)
    {
        if (from == end)
        {
            var hash = start == 0 ? fromRoot : Take(rest);
            return hash is null ? null : (hash, hash);
        }

        if (Take(rest) is not { } sibling)
            return null;
        var k = start + Split(end - start);
        if (from <= k)
            return Climb(from, start, k, fromRoot, rest) is var (earlier, later) ? (earlier, Node(later, sibling)) : null;
        return Climb(from, k, end, fromRoot, rest) is var (before, after) ? (Node(sibling, before), Node(sibling, after)) : null;
    }

    // From the root down the last hash comes first.
    private static byte[]? Take(List<byte[]> rest)
    {
        if (rest.Count == 0)
            return null;
        var last = rest[^1];
        rest.RemoveAt(rest.Count - 1);
        return last;
    }

    private static byte[] Node(byte[] left, byte[] right) => SHA256.HashData([0x01, .. left, .. right]);

    private static bool IsPowerOfTwo(int n) => (n & (n - 1)) == 0;

    private static int Height(int powerOfTwo)
    {
        var height = 0;
        for (; powerOfTwo > 1; powerOfTwo /= 2)
            height++;
        return height;
    }

    // "Let k be the largest power of two smaller than n."
    private static int Split(int n)
    {
        var k = 1;
        while (2 * k < n)
            k *= 2;
        return k;
    }
}
