using BitFaster.Caching.Lru;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Transparency;

/// <summary>The tree's tiles: the right edge from this process's memory, full ones from the store, which never change and are kept.</summary>
public sealed class TileSource(LedgerReplica replica, IDbContextFactory<LedgerDbContext> contexts)
{
    // 8 KB each, and 16 KB above the leaves: 16 MB, of a ledger of ten million entries 18.
    private const int Kept = 2048;

    private readonly ConcurrentLru<(int Level, long Index), TileHashes> full = new(Kept);

    /// <summary>The tree of this size, for proofs. Sync the replica first.</summary>
    public TiledTree Tree(long size) => new(size, ReadAsync);

    /// <summary>The stored leaf hash of an entry that is there. Its tile comes along: a proof of the entry then reads no other, but those few above that all proofs share.</summary>
    public async Task<byte[]> ReadLeafAsync(long position, CancellationToken ct)
    {
        var index = (position - 1) >> TileId.Height;
        await using var context = await contexts.CreateDbContextAsync(ct);
        var read = await context.Entries.Where(e => e.Position == position)
            .Select(e => new { e.LeafHash, Tile = context.TreeTiles.Where(t => t.Level == 0 && t.Index == index).Select(t => t.Hashes).FirstOrDefault() })
            .SingleAsync(ct);
        if (read.Tile is { } hashes)
            full.AddOrUpdate((0, index), new(hashes));
        return read.LeafHash;
    }

    /// <summary>Tiles that are at least as wide as asked for.</summary>
    /// <exception cref="LedgerCorruptException">A tile that must be there is not.</exception>
    public async ValueTask<IReadOnlyList<TileHashes>> ReadAsync(IReadOnlyList<TileId> tiles, CancellationToken ct)
    {
        var edge = replica.Edge;
        var contents = new TileHashes[tiles.Count];
        List<int> missing = [];
        for (var i = 0; i < tiles.Count; i++)
        {
            if (edge.Partial(tiles[i].Level, tiles[i].Index) is { Length: > 0 } partial)
                contents[i] = new(partial);
            else if (full.TryGet((tiles[i].Level, tiles[i].Index), out var kept))
                contents[i] = kept;
            else
                missing.Add(i);
        }

        if (missing.Count > 0)
            await LoadAsync(tiles, missing, contents, ct);
        return contents;
    }

    private async Task LoadAsync(IReadOnlyList<TileId> tiles, List<int> missing, TileHashes[] contents, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        foreach (var level in missing.GroupBy(i => tiles[i].Level))
        {
            var stored = await TreeTiles.ReadAsync(context, level.Key, [.. level.Select(i => tiles[i].Index)], ct);
            foreach (var i in level)
            {
                var hashes = stored.GetValueOrDefault(tiles[i].Index) ?? throw new LedgerCorruptException($"the tree lacks {tiles[i].Path}");
                // Those above the leaves are few, and every proof goes through them.
                contents[i] = level.Key == 0 ? new(hashes) : new TileHashes(hashes).WithNodes();
                full.AddOrUpdate((tiles[i].Level, tiles[i].Index), contents[i]);
            }
        }
    }
}
