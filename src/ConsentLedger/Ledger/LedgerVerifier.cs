using System.Text;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Ledger;

/// <summary>What is wrong, and where first.</summary>
public sealed record Finding(long? Position, string What);

/// <summary>Re-reads every entry and proves that what is stored is what the entries say: positions, hashes, columns, states, deliveries.</summary>
/// <remarks>All of it in one snapshot, so the ledger may grow meanwhile.</remarks>
public sealed class LedgerVerifier(ILedgerStore store, IDbContextFactory<LedgerDbContext> contexts)
{
    private const int Page = 2000;
    private const int MaxFindings = 100;

    /// <param name="progress">Called with the position reached.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>What is wrong, in the order of the ledger; empty when nothing is.</returns>
    public async Task<IReadOnlyList<Finding>> VerifyAsync(IProgress<long>? progress, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        // One snapshot: entries, states and deliveries belong together.
        await using var snapshot = await store.BeginSnapshotAsync(context, ct);
        var run = new Run();
        var head = await context.Head.AsNoTracking().SingleAsync(ct);
        for (long after = 0; run.Findings.Count < MaxFindings;)
        {
            var rows = await context.Entries.AsNoTracking().Where(e => e.Position > after).OrderBy(e => e.Position).Take(Page).ToListAsync(ct);
            if (rows.Count == 0)
                break;
            foreach (var row in rows)
                run.Check(row);
            after = rows[^1].Position;
            progress?.Report(after);
        }

        if (head.Position != run.LastPosition)
            run.Report(Math.Min(head.Position, run.LastPosition) + 1, $"the head says {head.Position}, the entries end at {run.LastPosition}");
        await CompareStatesAsync(context, run, ct);
        await CompareAsync(context.Deliveries, run.Fold.Deliveries, d => (d.Partner, d.Sequence), d => d.Position, Same, "delivery", run, ct);
        await CompareAsync(context.Obligations, run.Fold.Obligations, o => o.Id, o => o.Position, Same, "obligation", run, ct);
        await CompareAsync(
            context.RightsRequests, run.Fold.RightsRequests, r => r.Id, r => r.Position,
            static (a, b) => a.SubjectId == b.SubjectId && a.Position == b.Position, "request", run, ct);
        await CompareAsync(
            context.CatalogEntries, run.Fold.CatalogEntries.ToDictionary(p => p, p => new CatalogEntryRow { Position = p }), c => c.Position, c => c.Position,
            static (_, _) => true, "catalog entry", run, ct);
        await CheckErasuresAsync(context, run, ct);
        return [.. run.Findings.OrderBy(f => f.Position ?? long.MaxValue)];
    }

    private static async Task CompareStatesAsync(LedgerDbContext context, Run run, CancellationToken ct)
    {
        var stored = await context.SubjectStates.AsNoTracking().ToDictionaryAsync(s => s.SubjectId, ct);
        foreach (var (id, state) in run.Fold.States)
        {
            if (!stored.Remove(id, out var row))
                run.Report(state.Position, $"subject {id} has no stored state");
            else if (row.State != state.ToJson() || row.Position != state.Position)
                run.Report(state.Position, $"the stored state of subject {id} is not what its entries make");
        }

        foreach (var (id, row) in stored)
            run.Report(row.Position, $"a state is stored for subject {id}, which has no entries");
    }

    private static async Task CompareAsync<TRow, TKey>(
        IQueryable<TRow> table, Dictionary<TKey, TRow> expected, Func<TRow, TKey> key, Func<TRow, long> position, Func<TRow, TRow, bool> same, string what,
        Run run, CancellationToken ct)
        where TRow : class
        where TKey : notnull
    {
        var stored = (await table.AsNoTracking().ToListAsync(ct)).ToDictionary(key);
        foreach (var (id, row) in expected)
        {
            if (!stored.Remove(id, out var found))
                run.Report(position(row), $"{what} {id} is not stored");
            else if (!same(found, row))
                run.Report(position(row), $"the stored {what} {id} is not what the entries say");
        }

        foreach (var (id, row) in stored)
            run.Report(position(row), $"{what} {id} is stored, but no entry says so");
    }

    // What an erasure destroyed must be gone, and nothing else may be.
    private static async Task CheckErasuresAsync(LedgerDbContext context, Run run, CancellationToken ct)
    {
        await foreach (var subject in context.Subjects.AsNoTracking().AsAsyncEnumerable().WithCancellation(ct))
        {
            if (!run.Fold.States.TryGetValue(subject.Id, out var state))
                run.Report(null, $"subject {subject.Id} is stored, but no entry is about it");
            else if (state.ErasedAt is null && (subject.ExternalId is null || subject.WrappedKey is null))
                run.Report(state.Position, $"subject {subject.Id} has lost its key or its own id, and no entry says so");
            else if (state.ErasedAt is not null && (subject.ExternalId is not null || subject.WrappedKey is not null))
                run.Report(state.Position, $"subject {subject.Id} was erased, and its key or its own id is still there");
        }
    }

    private static bool Same(ObligationRow a, ObligationRow b) =>
        a.Kind == b.Kind && a.Key == b.Key && a.SubjectId == b.SubjectId && a.Partner == b.Partner && a.Position == b.Position
        && a.OpenedAt == b.OpenedAt && a.DueAt == b.DueAt && a.SettledPosition == b.SettledPosition && a.SettledAt == b.SettledAt;

    private static bool Same(DeliveryRow a, DeliveryRow b) =>
        a.Position == b.Position && a.EventId == b.EventId && a.Event == b.Event && a.SubjectId == b.SubjectId
        && a.RecordedAt == b.RecordedAt && a.AcknowledgeBy == b.AcknowledgeBy
        && a.Outcome == b.Outcome && a.AcknowledgedPosition == b.AcknowledgedPosition && a.AcknowledgedAt == b.AcknowledgedAt;

    private sealed class Run
    {
        private readonly Dictionary<string, long> sequences = new(StringComparer.Ordinal);
        private DateTimeOffset lastTime = DateTimeOffset.MinValue;

        public List<Finding> Findings { get; } = [];

        public ProjectionFold Fold { get; } = new();

        public long LastPosition { get; private set; }

        public void Report(long? position, string what) => Findings.Add(new(position, what));

        public void Check(EntryRow row)
        {
            if (row.Position != LastPosition + 1)
                Report(LastPosition + 1, $"the next entry is at {row.Position}");
            LastPosition = row.Position;
            if (!TreeHash.OfLeaf(Encoding.UTF8.GetBytes(row.Data)).Bytes.SequenceEqual(row.LeafHash))
                Report(row.Position, "the bytes do not have the stored leaf hash");
            try
            {
                var entry = EntryCodec.Decode(row.Data);
                Check(row, entry);
                Fold.Apply(entry);
            }
            catch (LedgerCorruptException e)
            {
                Report(row.Position, e.Message);
            }
        }

        private void Check(EntryRow row, LedgerEntry entry)
        {
            if ((entry.Position, entry.Type, entry.Subject, entry.Partner, entry.RecordedAt)
                != (row.Position, row.Type, row.SubjectId, row.Partner, row.RecordedAt))
                Report(row.Position, "the columns are not what the bytes say");
            if (entry.RecordedAt < lastTime)
                Report(row.Position, "it is older than the entry before it");
            lastTime = entry.RecordedAt;
            foreach (var recipient in entry.Recipients)
            {
                if (recipient.Sequence != sequences.GetValueOrDefault(recipient.Partner) + 1)
                    Report(row.Position, $"sequence {recipient.Sequence} to {recipient.Partner} follows {sequences.GetValueOrDefault(recipient.Partner)}");
                sequences[recipient.Partner] = recipient.Sequence;
            }
        }
    }
}
