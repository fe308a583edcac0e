using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Transparency;

/// <summary>Signs the tree's head: by itself at most <see cref="LedgerOptions.CheckpointInterval"/> after an entry, and at once for who needs one now.</summary>
/// <remarks>
/// Any number of replicas sign; the first checkpoint of a size is the one. Before a process signs for the first time it makes sure
/// that the tree still extends the last checkpoint: a log must not sign what is inconsistent with what it has signed (C2SP tlog-checkpoint).
/// </remarks>
public sealed partial class CheckpointPublisher(
    LedgerReplica replica, TileSource tiles, LogKeys keys, IDbContextFactory<LedgerDbContext> contexts, ILedgerStore store, LedgerOptions options,
    TimeProvider time, ILogger<CheckpointPublisher> log) : BackgroundService
{
    private static readonly TimeSpan ByOthersWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AllKeptFor = TimeSpan.FromHours(1);
    private const int ThinStep = 5000;

    private readonly SemaphoreSlim one = new(1, 1);
    private bool extendsTheLast;
    private DateTimeOffset thinnedUpTo = DateTimeOffset.UnixEpoch;

    /// <summary>Signs what is not signed yet; public so that tests need no timer.</summary>
    /// <returns>The size of the last checkpoint, signed here or by another process; null when there is none.</returns>
    public async Task<long?> PublishOnceAsync(CancellationToken ct)
    {
        await one.WaitAsync(ct);
        try
        {
            var last = await ReadLastAsync(ct);
            await replica.SyncAsync(ct);
            var edge = replica.Edge;
            if (!options.Tree || keys.Signing.Count == 0 || edge.Size <= (last?.Size ?? -1))
                return last?.Size;
            if (!extendsTheLast && last is not null)
                await CheckAsync(last, ct);
            extendsTheLast = true;
            await StoreAsync(new Checkpoint(keys.Origin, edge.Size, edge.Root()), ct);
            return edge.Size;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>The latest checkpoint, at least as large as this.</summary>
    /// <exception cref="LedgerUnavailableException">This process has no key, and those that have one do not sign.</exception>
    public async Task<CheckpointRow> CoverAsync(long size, CancellationToken ct)
    {
        if (!options.Tree)
            throw new LedgerUnavailableException("the tree is off");
        var since = time.GetTimestamp();
        while (true)
        {
            if (await ReadLastAsync(ct) is { } last && last.Size >= size)
                return last;
            if (await PublishOnceAsync(ct) >= size)
                continue;
            if (time.GetElapsedTime(since) > ByOthersWithin)
                throw new LedgerUnavailableException("no process signs checkpoints");
            await Task.Delay(LookAgain, ct);
        }
    }

    /// <summary>Keeps what witnesses have signed under a checkpoint, which is of this tree; a later word of a witness replaces its earlier one.</summary>
    /// <returns>The checkpoint's note with all its cosignatures.</returns>
    public async Task<string> CosignAsync(
        Checkpoint checkpoint, IReadOnlyList<(VerifierKey Witness, NoteSignature Signature, DateTimeOffset Time)> cosignatures, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        if (await context.Checkpoints.AsNoTracking().SingleOrDefaultAsync(c => c.Size == checkpoint.Size, ct) is not { } stored)
        {
            // Signed once and forgotten since, or by a process that died before it wrote it down.
            if (keys.Signing.Count == 0)
                throw new LedgerUnavailableException("this process has no key to sign the checkpoint with");
            await StoreAsync(checkpoint with { Origin = keys.Origin }, ct);
            stored = await context.Checkpoints.AsNoTracking().SingleAsync(c => c.Size == checkpoint.Size, ct);
        }

        foreach (var (witness, signature, at) in cosignatures)
            await StoreAsync(context, new CosignatureRow { Size = checkpoint.Size, Witness = witness.ToString(), Line = signature.ToString(), CosignedAt = at }, ct);
        return await ReadCheckpoint.NoteAsync(stored, keys, context, ct);
    }

    /// <summary>Forgets checkpoints that a later one of the same hour says all of: after an hour the last of each hour is kept, and what witnesses have cosigned.</summary>
    /// <returns>How many were forgotten.</returns>
    public async Task<int> ThinOnceAsync(CancellationToken ct)
    {
        var until = HourOf(time.Now() - AllKeptFor);
        if (until <= thinnedUpTo)
            return 0;
        await using var context = await contexts.CreateDbContextAsync(ct);
        var old = await context.Checkpoints.Where(c => c.SignedAt >= thinnedUpTo && c.SignedAt < until).OrderBy(c => c.SignedAt).ThenBy(c => c.Size)
            .Select(c => new { c.Size, c.SignedAt }).Take(ThinStep).ToListAsync(ct);
        var sizes = old.GroupBy(c => HourOf(c.SignedAt)).SelectMany(hour => hour.SkipLast(1)).Select(c => c.Size).ToList();
        var gone = await context.Checkpoints.Where(c => sizes.Contains(c.Size) && !context.Cosignatures.Any(s => s.Size == c.Size)).ExecuteDeleteAsync(ct);
        // Cut off in the middle of an hour, that hour is looked at again.
        thinnedUpTo = old.Count == ThinStep ? HourOf(old[^1].SignedAt) : until;
        return gone;
    }

    public override void Dispose()
    {
        one.Dispose();
        base.Dispose();
    }

    /// <summary>Only who serves needs the keys, and makes them: a command that is run from elsewhere leaves no key file behind.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await keys.StartAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                try
                {
                    await PublishOnceAsync(stoppingToken);
                    await ThinOnceAsync(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    if (store.IsTransient(e))
                        LogLater(log, e.GetType().Name);
                    else
                        LogRefused(log, e.Message);
                }

                // Signing itself takes a part of the interval.
                await Task.Delay(options.CheckpointInterval * 0.8, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private static DateTimeOffset HourOf(DateTimeOffset instant) => new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);

    private async Task<CheckpointRow?> ReadLastAsync(CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        return await context.Checkpoints.AsNoTracking().OrderByDescending(c => c.Size).FirstOrDefaultAsync(ct);
    }

    private async Task CheckAsync(CheckpointRow last, CancellationToken ct)
    {
        if (last.Size > replica.Edge.Size || await tiles.Tree(last.Size).RootAsync(ct) != TreeHash.Read(last.Root))
            throw new LedgerCorruptException($"the tree does not extend the checkpoint at {last.Size}: nothing is signed");
    }

    private static async Task StoreAsync(LedgerDbContext context, CosignatureRow row, CancellationToken ct)
    {
        if (await context.Cosignatures.AsNoTracking().SingleOrDefaultAsync(c => c.Size == row.Size && c.Witness == row.Witness, ct) is { } before)
        {
            if (before.CosignedAt >= row.CosignedAt)
                return;
            context.Cosignatures.Update(row);
        }
        else
        {
            context.Cosignatures.Add(row);
        }

        await context.SaveChangesAsync(ct);
    }

    private Task StoreAsync(Checkpoint checkpoint, CancellationToken ct) => store.AddCheckpointAsync(
        new()
        {
            Size = checkpoint.Size,
            Root = checkpoint.Root.ToArray(),
            Note = checkpoint.Sign(keys.Signing).ToString(),
            SignedAt = time.Now(),
        },
        ct);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The checkpoint could not be signed ({Error}); tried again later")]
    private static partial void LogLater(ILogger log, string error);

    [LoggerMessage(Level = LogLevel.Critical, Message = "No checkpoint is signed: {Reason}")]
    private static partial void LogRefused(ILogger log, string reason);
}
