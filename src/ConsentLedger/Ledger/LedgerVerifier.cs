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
        await CompareDeliveriesAsync(context, run, ct);
        await CompareObligationsAsync(context, run, ct);
        await CheckErasuresAsync(context, run, ct);
        return [.. run.Findings.OrderBy(f => f.Position ?? long.MaxValue)];
    }

    private static async Task CompareStatesAsync(LedgerDbContext context, Run run, CancellationToken ct)
    {
        var stored = await context.SubjectStates.AsNoTracking().ToDictionaryAsync(s => s.SubjectId, ct);
        foreach (var (id, state) in run.States)
        {
            if (!stored.Remove(id, out var row))
                run.Report(state.Position, $"subject {id} has no stored state");
            else if (row.State != state.ToJson() || row.Position != state.Position)
                run.Report(state.Position, $"the stored state of subject {id} is not what its entries make");
        }

        foreach (var (id, row) in stored)
            run.Report(row.Position, $"a state is stored for subject {id}, which has no entries");
    }

    private static async Task CompareDeliveriesAsync(LedgerDbContext context, Run run, CancellationToken ct)
    {
        var stored = await context.Deliveries.AsNoTracking().ToDictionaryAsync(d => (d.Partner, d.Sequence), ct);
        foreach (var (key, expected) in run.Deliveries)
        {
            if (!stored.Remove(key, out var row))
                run.Report(expected.Position, $"delivery {key.Sequence} to {key.Partner} is not stored");
            else if (!Same(row, expected))
                run.Report(expected.Position, $"the stored delivery {key.Sequence} to {key.Partner} is not what the entry says");
        }

        foreach (var (key, row) in stored)
            run.Report(row.Position, $"delivery {key.Sequence} to {key.Partner} is stored, but no entry names it");
    }

    private static async Task CompareObligationsAsync(LedgerDbContext context, Run run, CancellationToken ct)
    {
        var stored = await context.Obligations.AsNoTracking().ToDictionaryAsync(o => o.Id, ct);
        foreach (var (id, expected) in run.Obligations)
        {
            if (!stored.Remove(id, out var row))
                run.Report(expected.Position, $"obligation {id} is not stored");
            else if (!Same(row, expected))
                run.Report(expected.Position, $"the stored obligation {id} is not what the entries say");
        }

        foreach (var (id, row) in stored)
            run.Report(row.Position, $"obligation {id} is stored, but no entry opens it");
    }

    // What an erasure destroyed must be gone, and nothing else may be.
    private static async Task CheckErasuresAsync(LedgerDbContext context, Run run, CancellationToken ct)
    {
        await foreach (var subject in context.Subjects.AsNoTracking().AsAsyncEnumerable().WithCancellation(ct))
        {
            if (!run.States.TryGetValue(subject.Id, out var state))
                run.Report(null, $"subject {subject.Id} is stored, but no entry is about it");
            else if (state.ErasedAt is null ? subject.ExternalId is null || subject.WrappedKey is null : subject.ExternalId is not null || subject.WrappedKey is not null)
                run.Report(state.Position, $"subject {subject.Id} is {(state.ErasedAt is null ? "without its key or id" : "erased, but its key or id is there")}");
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
        private readonly Dictionary<Guid, (string, long)> events = [];
        private readonly Dictionary<string, ObligationRow> owedByKey = new(StringComparer.Ordinal);
        private readonly Dictionary<Guid, List<ObligationRow>> owedBySubject = [];
        private DateTimeOffset lastTime = DateTimeOffset.MinValue;

        public List<Finding> Findings { get; } = [];

        public Dictionary<Guid, SubjectState> States { get; } = [];

        public Dictionary<(string Partner, long Sequence), DeliveryRow> Deliveries { get; } = [];

        public Dictionary<long, ObligationRow> Obligations { get; } = [];

        public long LastPosition { get; private set; }

        public void Report(long? position, string what) => Findings.Add(new(position, what));

        public void Check(EntryRow row)
        {
            if (row.Position != LastPosition + 1)
                Report(LastPosition + 1, $"the next entry is at {row.Position}");
            LastPosition = row.Position;
            if (!LeafHash.Compute(Encoding.UTF8.GetBytes(row.Data)).AsSpan().SequenceEqual(row.LeafHash))
                Report(row.Position, "the bytes do not have the stored leaf hash");
            try
            {
                Fold(row, EntryCodec.Decode(row.Data));
            }
            catch (LedgerCorruptException e)
            {
                Report(row.Position, e.Message);
            }
        }

        private void Fold(EntryRow row, LedgerEntry entry)
        {
            if ((entry.Position, entry.Type, entry.Subject, entry.Partner, entry.RecordedAt)
                != (row.Position, row.Type, row.SubjectId, row.Partner, row.RecordedAt))
                Report(row.Position, "the columns are not what the bytes say");
            if (entry.RecordedAt < lastTime)
                Report(row.Position, "it is older than the entry before it");
            lastTime = entry.RecordedAt;
            if (entry.Subject is { } subject)
                States[subject] = States.GetValueOrDefault(subject, SubjectState.New(subject)).Apply(entry);
            foreach (var delivery in Projections.Deliveries(entry))
            {
                if (delivery.Sequence != sequences.GetValueOrDefault(delivery.Partner) + 1)
                    Report(row.Position, $"sequence {delivery.Sequence} to {delivery.Partner} follows {sequences.GetValueOrDefault(delivery.Partner)}");
                sequences[delivery.Partner] = delivery.Sequence;
                Deliveries[(delivery.Partner, delivery.Sequence)] = delivery;
                events[delivery.EventId] = (delivery.Partner, delivery.Sequence);
            }

            if (entry.Data is Partners.DeliveryAcknowledged acknowledged)
                Acknowledge(entry, acknowledged);
            Owe(entry);
        }

        private void Owe(LedgerEntry entry)
        {
            foreach (var settlement in Retention.Obligations.Settled(entry))
            {
                if (settlement.Key is { } key && owedByKey.TryGetValue(key, out var owed))
                    Settle(owed, entry);
                if (settlement.Subject is not { } subject || !owedBySubject.TryGetValue(subject, out var all))
                    continue;
                foreach (var one in all.Where(o => settlement.Kinds.Contains(o.Kind)).ToList())
                    Settle(one, entry);
            }

            foreach (var row in Retention.Obligations.Opened(entry))
            {
                Obligations[row.Id] = owedByKey[row.Key] = row;
                if (row.SubjectId is not { } subject)
                    continue;
                if (!owedBySubject.TryGetValue(subject, out var all))
                    owedBySubject[subject] = all = [];
                all.Add(row);
            }
        }

        private void Settle(ObligationRow row, LedgerEntry entry)
        {
            (row.SettledPosition, row.SettledAt) = (entry.Position, entry.RecordedAt);
            owedByKey.Remove(row.Key);
            if (row.SubjectId is { } subject)
                owedBySubject[subject].Remove(row);
        }

        private void Acknowledge(LedgerEntry entry, Partners.DeliveryAcknowledged acknowledged)
        {
            if (!events.TryGetValue(acknowledged.EventId, out var key) || !Deliveries.TryGetValue(key, out var delivery))
            {
                Report(entry.Position, "it answers an event that was never sent");
                return;
            }

            delivery.Outcome = acknowledged.Outcome;
            delivery.AcknowledgedPosition = entry.Position;
            delivery.AcknowledgedAt = entry.RecordedAt;
        }
    }
}
