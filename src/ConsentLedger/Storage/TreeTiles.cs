using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Storage;

/// <summary>The tree as it is stored: full tiles in <c>tree_tiles</c>, the leaves after them in <c>ledger_entries</c>.</summary>
internal static class TreeTiles
{
    /// <summary>The right edge of the tree at the head that the context's snapshot has.</summary>
    public static async Task<TreeEdge> ReadEdgeAsync(LedgerDbContext context, long size, CancellationToken ct)
    {
        List<ReadOnlyMemory<byte>> tiles = [];
        foreach (var id in TileId.RightEdge(size))
        {
            var first = id.Index * TileId.FullWidth;
            // A hash of a level is the root of a full tile below it; at level 0, of an entry.
            var hashes = id.Level == 0
                ? await context.Entries.Where(e => e.Position > first && e.Position <= first + id.Width).OrderBy(e => e.Position).Select(e => e.LeafHash).ToListAsync(ct)
                : (await context.TreeTiles.AsNoTracking().Where(t => t.Level == id.Level - 1 && t.Index >= first && t.Index < first + id.Width)
                    .OrderBy(t => t.Index).Select(t => t.Hashes).ToListAsync(ct)).ConvertAll(t => Tiles.Root(t).ToArray());
            tiles.Add(hashes.SelectMany(h => h).ToArray());
        }

        return TreeEdge.Restore(size, tiles);
    }

    /// <summary>The stored full tiles of one level among these.</summary>
    public static Task<Dictionary<long, byte[]>> ReadAsync(LedgerDbContext context, int level, IReadOnlyList<long> indexes, CancellationToken ct) =>
        context.TreeTiles.AsNoTracking().Where(t => t.Level == level && indexes.Contains(t.Index)).ToDictionaryAsync(t => t.Index, t => t.Hashes, ct);
}
