using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Ledger;

/// <summary>Grows the tree over entries that are there already: in a ledger older than the tree, and anew in <c>rebuild</c>.</summary>
internal static class TreeBuilder
{
    private const int Page = 64 * TileId.FullWidth;

    /// <summary>Gives a ledger that was written before there was a tree its tree; otherwise does nothing.</summary>
    public static async Task CompleteAsync(IDbContextFactory<LedgerDbContext> contexts, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        if (!await context.Head.AnyAsync(h => h.Position > 0 && h.Frontier == Array.Empty<byte>(), ct))
            return;
        await using var transaction = await context.Database.BeginTransactionAsync(ct);
        await LockHeadAsync(context, ct);
        // Another process may have done it while this one waited.
        if (await context.Head.AnyAsync(h => h.Position > 0 && h.Frontier == Array.Empty<byte>(), ct))
            await StoreAsync(context, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Writing the head as it is takes its lock on either store.</summary>
    public static Task LockHeadAsync(LedgerDbContext context, CancellationToken ct) =>
        context.Head.ExecuteUpdateAsync(head => head.SetProperty(h => h.Position, h => h.Position), ct);

    /// <summary>Writes the tiles over the stored leaf hashes, of which there are none, and the frontier. The caller holds the head.</summary>
    /// <returns>The tree's root.</returns>
    public static async Task<TreeHash> StoreAsync(LedgerDbContext context, CancellationToken ct)
    {
        var edge = TreeEdge.Empty;
        for (var leaves = await ReadAsync(context, 0, ct); leaves.Count > 0; leaves = await ReadAsync(context, edge.Size, ct))
        {
            (edge, var filled) = edge.Grow(leaves.ConvertAll(hash => TreeHash.Read(hash)));
            context.TreeTiles.AddRange(filled.Select(t => new TileRow { Level = t.Id.Level, Index = t.Id.Index, Hashes = t.Hashes }));
            await context.SaveChangesAsync(ct);
            context.ChangeTracker.Clear();
        }

        var frontier = edge.FrontierBytes();
        await context.Head.ExecuteUpdateAsync(head => head.SetProperty(h => h.Frontier, frontier), ct);
        return edge.Root();
    }

    private static Task<List<byte[]>> ReadAsync(LedgerDbContext context, long after, CancellationToken ct) =>
        context.Entries.Where(e => e.Position > after).OrderBy(e => e.Position).Take(Page).Select(e => e.LeafHash).ToListAsync(ct);
}
