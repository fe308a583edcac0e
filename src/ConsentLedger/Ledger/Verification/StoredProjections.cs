using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Ledger.Verification;

/// <summary>Compares the stored rows of a bucket with those that its entries make, one by one.</summary>
internal static class StoredProjections
{
    /// <summary>Names what differs in a bucket.</summary>
    public static async Task CompareAsync(LedgerDbContext context, EntrySpill spill, int bucket, Findings findings, CancellationToken ct)
    {
        var fold = new ProjectionFold();
        LedgerVerifier.FoldBucket(spill, bucket, fold, new DecodeCache(), findings: null);
        await CompareStatesAsync(context, spill, bucket, fold, findings, ct);
        await CompareAsync(
            In(context.Deliveries, d => spill.BucketOf(d.SubjectId) == bucket, ct), fold.Deliveries, d => (d.Partner, d.Sequence), d => d.Position, Same, "delivery", findings);
        await CompareAsync(
            In(context.Obligations, o => spill.BucketOf(o.SubjectId) == bucket, ct), fold.Obligations, o => o.Id, o => o.Position, Same, "obligation", findings);
        await CompareAsync(
            In(context.RightsRequests, r => spill.BucketOf(r.SubjectId) == bucket, ct), fold.RightsRequests, r => r.Id, r => r.Position,
            static (a, b) => a.SubjectId == b.SubjectId && a.Position == b.Position, "request", findings);
        await CompareAsync(
            In(context.CatalogEntries, _ => spill.BucketOf(null) == bucket, ct), fold.CatalogEntries.ToDictionary(p => p, p => new CatalogEntryRow { Position = p }),
            c => c.Position, c => c.Position, static (_, _) => true, "catalog entry", findings);
        await CheckErasuresAsync(context, spill, bucket, fold, findings, ct);
    }

    private static async Task CompareStatesAsync(LedgerDbContext context, EntrySpill spill, int bucket, ProjectionFold fold, Findings findings, CancellationToken ct)
    {
        var expected = fold.States.ToDictionary();
        await foreach (var row in In(context.SubjectStates, s => spill.BucketOf(s.SubjectId) == bucket, ct))
        {
            if (!expected.Remove(row.SubjectId, out var state))
                findings.Report(row.Position, $"a state is stored for subject {row.SubjectId}, which has no entries");
            else if (row.State != state.ToJson() || row.Position != state.Position)
                findings.Report(state.Position, $"the stored state of subject {row.SubjectId} is not what its entries make");
        }

        foreach (var (id, state) in expected)
            findings.Report(state.Position, $"subject {id} has no stored state");
    }

    private static async Task CompareAsync<TRow, TKey>(
        IAsyncEnumerable<TRow> stored, IReadOnlyDictionary<TKey, TRow> rows, Func<TRow, TKey> key, Func<TRow, long> position, Func<TRow, TRow, bool> same, string what,
        Findings findings)
        where TRow : class
        where TKey : notnull
    {
        var expected = rows.ToDictionary();
        await foreach (var found in stored)
        {
            if (!expected.Remove(key(found), out var row))
                findings.Report(position(found), $"{what} {key(found)} is stored, but no entry says so");
            else if (!same(found, row))
                findings.Report(position(row), $"the stored {what} {key(found)} is not what the entries say");
        }

        foreach (var (id, row) in expected)
            findings.Report(position(row), $"{what} {id} is not stored");
    }

    private static async Task CheckErasuresAsync(LedgerDbContext context, EntrySpill spill, int bucket, ProjectionFold fold, Findings findings, CancellationToken ct)
    {
        var expected = fold.States.ToDictionary();
        await foreach (var subject in Keys(context).AsAsyncEnumerable().WithCancellation(ct))
        {
            if (spill.BucketOf(subject.Id) != bucket)
                continue;
            if (!expected.Remove(subject.Id, out var state))
                findings.Report(null, $"subject {subject.Id} is stored, but no entry is about it");
            else if (state.ErasedAt is null && !(subject.HasKey && subject.HasOwnId))
                findings.Report(state.Position, $"subject {subject.Id} has lost its key or its own id, and no entry says so");
            else if (state.ErasedAt is not null && (subject.HasKey || subject.HasOwnId))
                findings.Report(state.Position, $"subject {subject.Id} was erased, and its key or its own id is still there");
        }

        foreach (var (id, state) in expected)
            findings.Report(state.Position, $"subject {id} is not stored");
    }

    private static IQueryable<SubjectKeys> Keys(LedgerDbContext context) =>
        context.Subjects.AsNoTracking().Select(s => new SubjectKeys(s.Id, s.WrappedKey != null, s.ExternalId != null));

    private static async IAsyncEnumerable<TRow> In<TRow>(
        IQueryable<TRow> table, Func<TRow, bool> inBucket, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        where TRow : class
    {
        await foreach (var row in table.AsNoTracking().AsAsyncEnumerable().WithCancellation(ct))
        {
            if (inBucket(row))
                yield return row;
        }
    }

    private static bool Same(ObligationRow a, ObligationRow b) =>
        a.Kind == b.Kind && a.Key == b.Key && a.SubjectId == b.SubjectId && a.Partner == b.Partner && a.Position == b.Position
        && a.OpenedAt == b.OpenedAt && a.DueAt == b.DueAt && a.SettledPosition == b.SettledPosition && a.SettledAt == b.SettledAt;

    private static bool Same(DeliveryRow a, DeliveryRow b) =>
        a.Position == b.Position && a.EventId == b.EventId && a.Event == b.Event && a.SubjectId == b.SubjectId
        && a.RecordedAt == b.RecordedAt && a.AcknowledgeBy == b.AcknowledgeBy
        && a.Outcome == b.Outcome && a.AcknowledgedPosition == b.AcknowledgedPosition && a.AcknowledgedAt == b.AcknowledgedAt;

    private sealed record SubjectKeys(Guid Id, bool HasKey, bool HasOwnId);
}
