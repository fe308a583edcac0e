using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Verify;

/// <summary>The tree computed anew from the leaf hashes of a mirror.</summary>
/// <param name="Roots">The root at each size that was asked for.</param>
/// <param name="Wrong">The first upper tile that is not what the leaves make.</param>
internal sealed record TreeFold(IReadOnlyDictionary<long, TreeHash> Roots, TileId? Wrong)
{
    /// <summary>Computes every level from the level-0 tiles.</summary>
    /// <param name="mirror">Has the tiles of a tree of this size.</param>
    /// <param name="size">Its leaves.</param>
    /// <param name="marks">Sizes, not above, at which the root is wanted beside the last.</param>
    /// <param name="upper">Whether the mirror has the upper tiles too: they are compared.</param>
    public static TreeFold Of(TileMirror mirror, long size, IEnumerable<long> marks, bool upper, CancellationToken ct)
    {
        var stops = new SortedSet<long>(marks) { size };
        var edge = TreeEdge.Empty;
        Dictionary<long, TreeHash> roots = [];
        TileId? wrong = null;
        foreach (var tile in TileMirror.TilesOf(size, lastLevel: 0))
        {
            ct.ThrowIfCancellationRequested();
            var hashes = mirror.Read(tile);
            for (var at = 0; at < tile.Width;)
            {
                // As far as the tile goes, or to the next size whose root is wanted.
                var end = (int)Math.Min(tile.Width, at + stops.First(s => s > edge.Size) - edge.Size);
                (edge, var filled) = edge.Grow(Leaves(hashes, at, end));
                at = end;
                if (stops.Contains(edge.Size))
                    roots[edge.Size] = edge.Root();
                if (upper)
                    wrong ??= filled.FirstOrDefault(f => f.Id.Level > 0 && !f.Hashes.AsSpan().SequenceEqual(mirror.Read(f.Id)))?.Id;
            }
        }

        if (stops.Contains(0))
            roots[0] = TreeHash.OfNothing;
        if (upper)
            wrong ??= TileId.RightEdge(size).Where(t => t.Level > 0 && !edge.Partial(t.Level, t.Index)!.Value.Span.SequenceEqual(mirror.Read(t))).Cast<TileId?>().FirstOrDefault();
        return new(roots, wrong);
    }

    private static TreeHash[] Leaves(byte[] hashes, int from, int to)
    {
        var leaves = new TreeHash[to - from];
        for (var i = 0; i < leaves.Length; i++)
            leaves[i] = TreeHash.Read(hashes.AsSpan((from + i) * TreeHash.Length, TreeHash.Length));
        return leaves;
    }
}
