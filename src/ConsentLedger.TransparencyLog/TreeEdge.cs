using System.Collections.Immutable;

namespace ConsentLedger.TransparencyLog;

/// <summary>A tile that has all its hashes.</summary>
/// <param name="Id">Level and index.</param>
/// <param name="Hashes">256 hashes.</param>
/// <param name="Root">The root over them: the tile's hash in the level above.</param>
public sealed record FullTile(TileId Id, byte[] Hashes, TreeHash Root);

/// <summary>What grows: the frontier and the partial tiles at the right edge. Unchangeable; growing gives the next.</summary>
public sealed class TreeEdge
{
    /// <summary>The tree without leaves.</summary>
    public static readonly TreeEdge Empty = new(new Frontier(), []);

    private readonly Frontier frontier;
    private readonly ImmutableArray<byte[]> partial; // by level

    private TreeEdge(Frontier frontier, ImmutableArray<byte[]> partial) => (this.frontier, this.partial) = (frontier, partial);

    /// <summary>Number of leaves.</summary>
    public long Size => frontier.Size;

    public TreeHash Root() => frontier.Root();

    /// <summary>The frontier's bytes, <see cref="Frontier.ToBytes"/>.</summary>
    public byte[] FrontierBytes() => frontier.ToBytes();

    /// <summary>The partial tile at the right edge of a level; null when this is not the index of the edge's, which is empty where a tile has just been filled.</summary>
    public ReadOnlyMemory<byte>? Partial(int level, long index)
    {
        if (level < partial.Length && Size >> ((level + 1) * TileId.Height) == index)
            return partial[level];
        // Not by a conditional expression: there null would be taken for an empty memory.
        return null;
    }

    /// <summary>Puts the edge together again.</summary>
    /// <param name="size">Leaves of the tree.</param>
    /// <param name="tiles">Contents of <see cref="TileId.RightEdge"/>, in that order.</param>
    public static TreeEdge Restore(long size, IReadOnlyList<ReadOnlyMemory<byte>> tiles)
    {
        var ids = TileId.RightEdge(size).ToList();
        var levels = ids.Count == 0 ? 0 : ids[^1].Level + 1;
        var partial = new byte[levels][];
        Array.Fill(partial, []);
        for (var i = 0; i < ids.Count; i++)
        {
            if (tiles[i].Length != ids[i].Width * TreeHash.Length)
                throw new InvalidDataException($"{ids[i].Path} has {tiles[i].Length} bytes instead of {ids[i].Width * TreeHash.Length}.");
            partial[ids[i].Level] = tiles[i].ToArray();
        }

        return new(Frontier.Read(size, Peaks(partial)), [.. partial]);
    }

    /// <summary>The edge after more leaves, and the tiles that they filled, lower levels first.</summary>
    public (TreeEdge Edge, IReadOnlyList<FullTile> Filled) Grow(IReadOnlyList<TreeHash> leaves)
    {
        var grown = frontier.Copy();
        var levels = partial.Select(tile => new Level(tile)).ToList();
        List<FullTile> filled = [];
        foreach (var leaf in leaves)
        {
            grown.Add(leaf);
            var hash = leaf;
            for (var level = 0; ; level++)
            {
                if (level == levels.Count)
                    levels.Add(new Level([]));
                if (!levels[level].Add(hash))
                    break;
                hash = grown.Ended((level + 1) * TileId.Height);
                filled.Add(new(new(level, (grown.Size >> ((level + 1) * TileId.Height)) - 1), levels[level].Take(), hash));
            }
        }

        return (new(grown, [.. levels.Select(l => l.Hashes)]), filled);
    }

    private static byte[] Peaks(byte[][] partial)
    {
        List<byte> bytes = [];
        foreach (var tile in partial.Reverse())
        {
            // Larger subtrees stand to the left in the tile and first in the frontier.
            var rest = tile.AsSpan();
            while (rest.Length > 0)
            {
                var part = 1 << System.Numerics.BitOperations.Log2((uint)(rest.Length / TreeHash.Length));
                bytes.AddRange(Tiles.Root(rest[..(part * TreeHash.Length)]).Bytes);
                rest = rest[(part * TreeHash.Length)..];
            }
        }

        return [.. bytes];
    }

    // Shares the bytes it began with until something is added.
    private sealed class Level(byte[] before)
    {
        private byte[]? buffer;
        private int length = before.Length;

        public byte[] Hashes => buffer is null ? before : buffer.AsSpan(0, length).ToArray();

        /// <returns>Whether the tile is full now.</returns>
        public bool Add(TreeHash hash)
        {
            if (buffer is null)
            {
                buffer = new byte[TileId.FullWidth * TreeHash.Length];
                before.CopyTo(buffer, 0);
            }

            hash.Bytes.CopyTo(buffer.AsSpan(length));
            length += TreeHash.Length;
            return length == buffer.Length;
        }

        public byte[] Take()
        {
            var full = buffer!;
            buffer = new byte[TileId.FullWidth * TreeHash.Length];
            length = 0;
            return full;
        }
    }
}
