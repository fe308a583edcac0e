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

    private static bool Same(DeliveryRow a, DeliveryRow b) =>
        a.Position == b.Position && a.EventId == b.EventId && a.Event == b.Event && a.SubjectId == b.SubjectId
        && a.RecordedAt == b.RecordedAt && a.AcknowledgeBy == b.AcknowledgeBy
        && a.Outcome == b.Outcome && a.AcknowledgedPosition == b.AcknowledgedPosition && a.AcknowledgedAt == b.AcknowledgedAt;

    private sealed class Run
    {
        private readonly Dictionary<string, long> sequences = new(StringComparer.Ordinal);
        private readonly Dictionary<Guid, (string, long)> events = [];
        private DateTimeOffset lastTime = DateTimeOffset.MinValue;

        public List<Finding> Findings { get; } = [];

        public Dictionary<Guid, SubjectState> States { get; } = [];

        public Dictionary<(string Partner, long Sequence), DeliveryRow> Deliveries { get; } = [];

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
