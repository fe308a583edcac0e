using BitFaster.Caching.Lru;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Transparency;

/// <summary>The tree's tiles: the right edge from this process's memory, full ones from the store, which never change and are kept.</summary>
public sealed class TileSource(LedgerReplica replica, IDbContextFactory<LedgerDbContext> contexts)
{
    // 8 KB each: 16 MB.
    private const int Kept = 2048;

    private readonly ConcurrentLru<(int Level, long Index), byte[]> full = new(Kept);

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
            full.AddOrUpdate((0, index), hashes);
        return read.LeafHash;
    }

    /// <summary>The first <see cref="TileId.Width"/> hashes of each tile.</summary>
    /// <exception cref="LedgerCorruptException">A tile that must be there is not.</exception>
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(IReadOnlyList<TileId> tiles, CancellationToken ct)
    {
        var edge = replica.Edge;
        var contents = new ReadOnlyMemory<byte>[tiles.Count];
        List<int> missing = [];
        for (var i = 0; i < tiles.Count; i++)
        {
            // Tiles only grow: a narrower one is the beginning of today's.
            if (edge.Partial(tiles[i].Level, tiles[i].Index) is { } partial)
                contents[i] = Beginning(partial, tiles[i]);
            else if (full.TryGet((tiles[i].Level, tiles[i].Index), out var kept))
                contents[i] = Beginning(kept, tiles[i]);
            else
                missing.Add(i);
        }

        if (missing.Count > 0)
            await LoadAsync(tiles, missing, contents, ct);
        return contents;
    }

    private async Task LoadAsync(IReadOnlyList<TileId> tiles, List<int> missing, ReadOnlyMemory<byte>[] contents, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        foreach (var level in missing.GroupBy(i => tiles[i].Level))
        {
            var stored = await TreeTiles.ReadAsync(context, level.Key, [.. level.Select(i => tiles[i].Index)], ct);
            foreach (var i in level)
            {
                var hashes = stored.GetValueOrDefault(tiles[i].Index) ?? throw new LedgerCorruptException($"the tree lacks {tiles[i].Path}");
                full.AddOrUpdate((tiles[i].Level, tiles[i].Index), hashes);
                contents[i] = Beginning(hashes, tiles[i]);
            }
        }
    }

    private static ReadOnlyMemory<byte> Beginning(ReadOnlyMemory<byte> hashes, TileId tile) => hashes[..(tile.Width * TreeHash.Length)];
}
