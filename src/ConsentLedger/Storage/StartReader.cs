using ConsentLedger.Ledger;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Storage;

/// <summary>Reads where the ledger stands when a process starts.</summary>
internal static class StartReader
{
    public static async Task<StartSnapshot> ReadStartAsync(this ILedgerStore store, IDbContextFactory<LedgerDbContext> contexts, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        await using var snapshot = await store.BeginSnapshotAsync(context, ct);
        var head = await context.Head.AsNoTracking().SingleAsync(ct);
        var entries = await context.CatalogEntries.OrderBy(c => c.Position)
            .Join(context.Entries, c => c.Position, e => e.Position, (c, e) => e.Data)
            .ToListAsync(ct);
        var catalog = entries.ConvertAll(EntryCodec.Decode);
        var sequences = new Dictionary<string, long>(StringComparer.Ordinal);
        // One look at the end of an index for each partner, however long its stream.
        foreach (var partner in catalog.Select(e => e.Data).OfType<Catalog.PartnerRegistered>().Select(r => r.Partner.Code).Distinct())
        {
            if (await context.Deliveries.Where(d => d.Partner == partner).MaxAsync(d => (long?)d.Sequence, ct) is { } last)
                sequences[partner] = last;
        }

        // No frontier: the ledger is empty, or was written with the tree off.
        var edge = head.Frontier.Length == 0 ? TransparencyLog.TreeEdge.Empty : await TreeTiles.ReadEdgeAsync(context, head.Position, ct);
        return new(head.Position, edge, catalog, sequences);
    }
}
