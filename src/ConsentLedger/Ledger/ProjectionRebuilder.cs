using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Ledger;

/// <summary>Makes every projection anew from the entries: after a change of what they hold, or when <c>verify</c> found one wrong.</summary>
/// <remarks>One transaction that holds the head: nobody appends meanwhile, readers see the old rows until it is done, and a crash leaves those.</remarks>
public sealed class ProjectionRebuilder(IDbContextFactory<LedgerDbContext> contexts)
{
    private const int Page = 2000;

    /// <param name="progress">Called with the position reached.</param>
    /// <param name="ct">Stops it, and nothing has changed.</param>
    /// <returns>The last position.</returns>
    public async Task<long> RebuildAsync(IProgress<long>? progress, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await context.Database.BeginTransactionAsync(ct);
        await TreeBuilder.LockHeadAsync(context, ct);
        var fold = new ProjectionFold();
        long last = 0;
        for (var rows = await ReadAsync(context, last, ct); rows.Count > 0; rows = await ReadAsync(context, last, ct))
        {
            foreach (var row in rows)
                fold.Apply(EntryCodec.Decode(row.Data));
            last = rows[^1].Position;
            progress?.Report(last);
        }

        // What operations asked to be sent again and is not sent yet: no entry says when it was.
        var again = await context.Deliveries.AsNoTracking().Where(d => d.RedeliveryRequested).Select(d => d.EventId).ToHashSetAsync(ct);
        foreach (var delivery in fold.Deliveries.Values.Where(d => again.Contains(d.EventId)))
            delivery.RedeliveryRequested = true;
        await ReplaceAsync(context, context.SubjectStates, fold.States.Values.Select(s => new SubjectStateRow { SubjectId = s.Subject, Position = s.Position, State = s.ToJson() }), ct);
        await ReplaceAsync(context, context.Deliveries, fold.Deliveries.Values, ct);
        await ReplaceAsync(context, context.Obligations, fold.Obligations.Values, ct);
        await ReplaceAsync(context, context.RightsRequests, fold.RightsRequests.Values, ct);
        await RestoreTilesAsync(context, ct);
        await ReplaceAsync(context, context.CatalogEntries, fold.CatalogEntries.Select(p => new CatalogEntryRow { Position = p }), ct);
        await transaction.CommitAsync(ct);
        return last;
    }

    // Tiles are made anew only where they lead to what was signed: to a ledger that was tampered with they would lend a tree.
    private static async Task RestoreTilesAsync(LedgerDbContext context, CancellationToken ct)
    {
        await context.TreeTiles.ExecuteDeleteAsync(ct);
        await TreeBuilder.StoreAsync(context, ct);
        var signed = await context.Checkpoints.AsNoTracking().OrderByDescending(c => c.Size).FirstOrDefaultAsync(ct);
        if (signed is not null && (await context.Entries.CountAsync(ct) < signed.Size
            || !(await TreeTiles.ReadEdgeAsync(context, signed.Size, ct)).Root().Bytes.SequenceEqual(signed.Root)))
            throw new LedgerCorruptException($"the entries are not those over which the checkpoint at {signed.Size} was signed: nothing was rebuilt; verify says more");
    }

    private static Task<List<EntryRow>> ReadAsync(LedgerDbContext context, long after, CancellationToken ct) =>
        context.Entries.AsNoTracking().Where(e => e.Position > after).OrderBy(e => e.Position).Take(Page).ToListAsync(ct);

    private static async Task ReplaceAsync<TRow>(LedgerDbContext context, DbSet<TRow> table, IEnumerable<TRow> rows, CancellationToken ct)
        where TRow : class
    {
        await table.ExecuteDeleteAsync(ct);
        foreach (var chunk in rows.Chunk(Page))
        {
            table.AddRange(chunk);
            await context.SaveChangesAsync(ct);
            context.ChangeTracker.Clear();
        }
    }
}
