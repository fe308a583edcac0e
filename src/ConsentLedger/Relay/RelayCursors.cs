using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Relay;

/// <summary>How far a partner's events are confirmed, and how far they go.</summary>
public sealed record RelayCursor(string Partner, long PublishedSequence, long LastSequence);

/// <summary>The durable cursors, and what lies behind them.</summary>
public sealed class RelayCursors(ILedgerStore store, IDbContextFactory<LedgerDbContext> contexts, LedgerReplica replica, PartnerEvents events)
{
    /// <summary>Partners with events waiting, and no others.</summary>
    public async Task<IReadOnlyList<RelayCursor>> ReadWaitingAsync(CancellationToken ct)
    {
        await replica.SyncAsync(ct);
        await using var context = await contexts.CreateDbContextAsync(ct);
        var published = await context.RelayCursors.AsNoTracking().ToDictionaryAsync(c => c.Partner, c => c.Sequence, ct);
        return
        [
            .. replica.CopySequences()
                .Select(last => new RelayCursor(last.Key, published.GetValueOrDefault(last.Key), last.Value))
                .Where(cursor => cursor.LastSequence > cursor.PublishedSequence),
        ];
    }

    /// <summary>The partners that are to have a queue, events or none.</summary>
    public IEnumerable<string> ActivePartners() => replica.Catalog.Partners.Where(p => p.Active).Select(p => p.Code);

    /// <summary>Monotonic: a lower sequence changes nothing.</summary>
    public Task AdvanceAsync(string partner, long publishedSequence, CancellationToken ct) =>
        store.AdvanceCursorAsync(partner, publishedSequence, ct);

    /// <summary>Events that operations asked for again and that were published before.</summary>
    public Task<IReadOnlyList<PartnerEvent>> ReadRedeliveriesAsync(int limit, CancellationToken ct) => events.ReadRedeliveriesAsync(limit, ct);

    public async Task CompleteRedeliveryAsync(Guid id, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        await context.Deliveries.Where(d => d.EventId == id).ExecuteUpdateAsync(set => set.SetProperty(d => d.RedeliveryRequested, false), ct);
    }

    /// <summary>Null: another process leads.</summary>
    public Task<IRelayLease?> TryLeadAsync(CancellationToken ct) => store.TryLeadAsync(ct);
}
