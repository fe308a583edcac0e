namespace ConsentLedger.TransparencyLog;

/// <summary>Brings tiles from wherever they are: a table, a folder, HTTP. Answers in the order asked; a tile that has grown wider since answers, too.</summary>
public delegate ValueTask<IReadOnlyList<TileHashes>> TileReader(IReadOnlyList<TileId> tiles, CancellationToken ct);

/// <summary>Makes roots and proofs from tiles alone, as any client of a log can (C2SP tlog-tiles).</summary>
/// <remarks>All the tiles that an answer needs are asked for at once: at most two for each level, whatever the size of the tree.</remarks>
/// <param name="size">Leaves of the tree.</param>
/// <param name="readTiles">Asked once for each answer.</param>
public sealed class TiledTree(long size, TileReader readTiles)
{
    private const int MaxSubtrees = 64;

    /// <summary>Leaves of the tree.</summary>
    public long Size => size;

    /// <summary>The root of the tree at this size.</summary>
    public async ValueTask<TreeHash> RootAsync(CancellationToken ct) =>
        size == 0 ? TreeHash.OfNothing : (await HashesAsync([new(0, size)], ct))[0];

    /// <summary>The audit path of a leaf (RFC 6962 section 2.1.1), from the leaf to the root.</summary>
    public ValueTask<TreeHash[]> InclusionProofAsync(long index, CancellationToken ct) => HashesAsync(Proofs.Inclusion(index, size), ct);

    /// <summary>The proof that this tree extends its first <paramref name="from"/> leaves (RFC 6962 section 2.1.2).</summary>
    public ValueTask<TreeHash[]> ConsistencyProofAsync(long from, CancellationToken ct) => HashesAsync(Proofs.Consistency(from, size), ct);

    private async ValueTask<TreeHash[]> HashesAsync(IReadOnlyList<LeafRange> ranges, CancellationToken ct)
    {
        var ids = Needed(ranges);
        var contents = await readTiles(ids, ct);
        var tiles = new Dictionary<(int Level, long Index), TileHashes>(ids.Count);
        for (var i = 0; i < ids.Count; i++)
        {
            if (contents[i].Width < ids[i].Width)
                throw new InvalidDataException($"{ids[i].Path} has {contents[i].Width} hashes instead of {ids[i].Width}.");
            tiles.Add((ids[i].Level, ids[i].Index), contents[i]);
        }

        return [.. ranges.Select(range => Hash(range, tiles))];
    }

    private List<TileId> Needed(IReadOnlyList<LeafRange> ranges)
    {
        Span<Subtree> cover = stackalloc Subtree[MaxSubtrees];
        List<TileId> ids = [];
        foreach (var range in ranges)
        {
            foreach (var subtree in cover[..Subtree.Cover(range.Start, range.End, cover)])
            {
                var id = TileId.Holding(subtree, size);
                if (!ids.Contains(id))
                    ids.Add(id);
            }
        }

        return ids;
    }

    private static TreeHash Hash(LeafRange range, Dictionary<(int Level, long Index), TileHashes> tiles)
    {
        Span<Subtree> cover = stackalloc Subtree[MaxSubtrees];
        var count = Subtree.Cover(range.Start, range.End, cover);
        var hash = Hash(cover[count - 1], tiles);
        for (var i = count - 2; i >= 0; i--)
            hash = TreeHash.OfNode(Hash(cover[i], tiles), hash);
        return hash;
    }

    // The hashes of a tile are the leaves of a small tree of its own; the subtree is a part of that.
    private static TreeHash Hash(Subtree subtree, Dictionary<(int Level, long Index), TileHashes> tiles)
    {
        var inTile = subtree.Height % TileId.Height;
        var tile = tiles[(subtree.Height / TileId.Height, subtree.Index >> (TileId.Height - inTile))];
        return tile.Subtree(inTile, (int)(subtree.Index & ((TileId.FullWidth >> inTile) - 1)));
    }
}

/// <summary>What a tile holds: the leaves of a small tree of its own.</summary>
public sealed class TileHashes
{
    // By the node's number, counted from the root's 1, a level after the other.
    private readonly TreeHash[]? nodes;

    /// <param name="bytes">Its hashes, 32 bytes each.</param>
    /// <exception cref="InvalidDataException">No or too many hashes, or a broken one.</exception>
    public TileHashes(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length is 0 or > TileId.FullWidth * TreeHash.Length || bytes.Length % TreeHash.Length != 0)
            throw new InvalidDataException($"{bytes.Length} bytes are not a tile.");
        Bytes = bytes;
    }

    private TileHashes(ReadOnlyMemory<byte> bytes, TreeHash[] nodes)
        : this(bytes) => this.nodes = nodes;

    /// <summary>Its hashes, 32 bytes each.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>How many hashes.</summary>
    public int Width => Bytes.Length / TreeHash.Length;

    /// <summary>The same, which for a full tile remembers the nodes above its hashes: twice the memory, and no answer hashes anything any more.</summary>
    public TileHashes WithNodes()
    {
        if (Width != TileId.FullWidth || nodes is not null)
            return this;
        var all = new TreeHash[TileId.FullWidth];
        for (var node = TileId.FullWidth - 1; node > 0; node--)
            all[node] = TreeHash.OfNode(Child(2 * node), Child((2 * node) + 1));
        return new(Bytes, all);

        TreeHash Child(int number) => number < TileId.FullWidth ? all[number] : this[number - TileId.FullWidth];
    }

    /// <summary>The root of a complete subtree.</summary>
    /// <param name="height">0 for a hash of the tile, 8 for the whole tile.</param>
    /// <param name="index">Place among the subtrees of that height, from 0.</param>
    public TreeHash Subtree(int height, int index) =>
        height == 0 ? this[index]
        : nodes is null ? Tiles.Root(Bytes.Span.Slice((index << height) * TreeHash.Length, TreeHash.Length << height))
        : nodes[(TileId.FullWidth >> height) + index];

    private TreeHash this[int index] => TreeHash.Read(Bytes.Span.Slice(index * TreeHash.Length, TreeHash.Length));
}

/// <summary>The small trees that tiles are.</summary>
public static class Tiles
{
    /// <summary>The root over the hashes of a full tile, or over any power of two of them.</summary>
    /// <param name="hashes">A power of two of hashes, at most 256.</param>
    public static TreeHash Root(ReadOnlySpan<byte> hashes)
    {
        var count = hashes.Length / TreeHash.Length;
        if (count is 0 or > TileId.FullWidth || !System.Numerics.BitOperations.IsPow2(count) || hashes.Length % TreeHash.Length != 0)
            throw new ArgumentException($"{hashes.Length} bytes are not a power of two of hashes.", nameof(hashes));
        if (count == 1)
            return TreeHash.Read(hashes);
        Span<TreeHash> level = new TreeHash[count / 2];
        for (var i = 0; i < level.Length; i++)
            level[i] = TreeHash.OfNode(TreeHash.Read(hashes.Slice(2 * i * TreeHash.Length, TreeHash.Length)), TreeHash.Read(hashes.Slice(((2 * i) + 1) * TreeHash.Length, TreeHash.Length)));
        for (var left = level.Length / 2; left > 0; left /= 2)
        {
            for (var i = 0; i < left; i++)
                level[i] = TreeHash.OfNode(level[2 * i], level[(2 * i) + 1]);
        }

        return level[0];
    }
}
