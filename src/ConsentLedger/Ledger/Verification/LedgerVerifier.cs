using System.Collections.Concurrent;
using System.Security.Cryptography;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Ledger.Verification;

/// <summary>What is wrong, and where first.</summary>
public sealed record Finding(long? Position, string What);

/// <summary>How far a verification is: each entry is read once and folded once.</summary>
public readonly record struct VerifyProgress(long Read, long Folded, long Total);

/// <summary>Re-reads every entry and proves that what is stored is what the entries say: positions, hashes, tree, checkpoints, columns, projections.</summary>
/// <remarks>
/// All of it in one snapshot, so the ledger may grow meanwhile. Memory is flat: entries are read in order of position, for what is one
/// chain (hashes, tree, checkpoints, sequences), and laid aside on disk by their subject; then bucket after bucket is folded, and the
/// sums of its rows are compared with the sums of the stored ones (<see cref="RowDigests"/>). Only where these differ are rows compared.
/// </remarks>
public sealed class LedgerVerifier(ILedgerStore store, IDbContextFactory<LedgerDbContext> contexts, int entriesInBucket = LedgerVerifier.EntriesInBucket)
{
    /// <summary>How many entries are folded in memory at a time, about.</summary>
    public const int EntriesInBucket = 8192;

    /// <param name="progress">Called now and then.</param>
    /// <param name="ct">Stops it.</param>
    /// <param name="kept">Checkpoints that somebody kept elsewhere: the ledger must extend them too.</param>
    /// <returns>What is wrong, in the order of the ledger; empty when nothing is.</returns>
    public async Task<IReadOnlyList<Finding>> VerifyAsync(IProgress<VerifyProgress>? progress, CancellationToken ct, params IReadOnlyList<CheckpointRow> kept)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        // One snapshot: entries, tree and projections belong together.
        await using var snapshot = await store.BeginSnapshotAsync(context, ct);
        var head = await context.Head.AsNoTracking().SingleAsync(ct);
        var findings = new Findings();
        using var spill = new EntrySpill(head.Position, entriesInBucket);
        var tree = await TreeAudit.StartAsync(context, kept, findings, ct);
        var run = new ChainAudit(store, contexts, spill, tree, findings);
        await run.ReadAsync(context, head, progress, ct);
        await tree.EndAsync(context, head, ct);
        var secret = RandomNumberGenerator.GetBytes(32);
        // The processors fold while the store sends what is compared with it.
        var folding = Task.Run(() => Fold(spill, secret, findings, head.Position, progress, ct), ct);
        var stored = await ReadProjectionsAsync(context, spill, secret, ct);
        foreach (var bucket in stored.Differ(await folding))
            await StoredProjections.CompareAsync(context, spill, bucket, findings, ct);
        return findings.InOrder();
    }

    private async Task<RowDigests> ReadProjectionsAsync(LedgerDbContext snapshot, EntrySpill spill, byte[] secret, CancellationToken ct)
    {
        var digests = new RowDigests(secret, spill.Buckets);
        foreach (var projection in Enum.GetValues<Projection>())
        {
            await foreach (var page in store.ReadRowsAsync(snapshot, projection, ct))
            {
                foreach (var (subject, row) in page)
                    digests.Add(projection, spill.BucketOf(subject), row.Span);
            }
        }

        return digests;
    }

    // Buckets are independent of each other: as many at a time as there are processors.
    private static ConcurrentBag<RowDigests> Fold(
        EntrySpill spill, byte[] secret, Findings findings, long total, IProgress<VerifyProgress>? progress, CancellationToken ct)
    {
        var all = new ConcurrentBag<RowDigests>();
        long folded = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = ct };
        Parallel.For(0, spill.Buckets, options, () => (Digests: new RowDigests(secret, spill.Buckets), Cache: new DecodeCache()), (bucket, _, mine) =>
        {
            var fold = new ProjectionFold();
            var count = FoldBucket(spill, bucket, fold, mine.Cache, findings);
            mine.Digests.Add(bucket, fold);
            progress?.Report(new(total, Interlocked.Add(ref folded, count), total));
            return mine;
        }, mine => all.Add(mine.Digests));
        return all;
    }

    /// <returns>How many entries were folded.</returns>
    internal static int FoldBucket(EntrySpill spill, int bucket, ProjectionFold fold, DecodeCache cache, Findings? findings)
    {
        using var read = spill.Read(bucket);
        foreach (var (row, prefix) in read.Entries)
        {
            try
            {
                fold.Apply(EntryCodec.Decode(in row, prefix, cache));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Bytes that nobody here has written may break anything.
                findings?.Report(row.Position, e is LedgerCorruptException ? e.Message : $"it does not follow from the entries before it ({e.GetType().Name})");
            }
        }

        return read.Entries.Count;
    }
}
