using System.Threading.Channels;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;

namespace ConsentLedger.Ledger;

/// <summary>
/// The one door into the ledger. Takes what is queued, and in one transaction locks the head, runs each command's decision,
/// inserts the entries with every projection, moves the head and commits; only then are the callers answered. What arrives
/// meanwhile is the next batch: there is no timer, and one flush to disk serves many callers.
/// </summary>
public sealed partial class LedgerAppender(
    ILedgerStore store, LedgerReplica replica, SubjectVault vault, TimeProvider time, IOptions<LedgerOptions> options, ILogger<LedgerAppender> log)
    : BackgroundService
{
    private const int Attempts = 4;

    private readonly Channel<Pending> queue = Channel.CreateBounded<Pending>(
        new BoundedChannelOptions(options.Value.QueueLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ResiliencePipeline retries = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = Attempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(50),
            UseJitter = true,
            ShouldHandle = new PredicateBuilder().Handle<SubjectEvictedException>().Handle<Exception>(store.IsTransient),
        })
        .Build();

    /// <summary>Queues a command and returns its answer once it is durable.</summary>
    /// <exception cref="LedgerUnavailableException">The queue is full, or the store cannot be reached.</exception>
    public Task<Answer> AppendAsync(LedgerCommand command, CancellationToken ct)
    {
        var pending = new Pending(command, ct);
        if (!queue.Writer.TryWrite(pending))
            throw new LedgerUnavailableException("the append queue is full or closed");
        return pending.Completion.Task;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // What is queued is still written; the host's shutdown time-out bounds it.
        queue.Writer.TryComplete();
        if (ExecuteTask is { } execute)
            await execute.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Pending>(options.Value.BatchLimit);
        while (await queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (batch.Count < options.Value.BatchLimit && queue.Reader.TryRead(out var pending))
            {
                if (pending.Abandoned)
                    pending.Completion.TrySetCanceled(CancellationToken.None);
                else
                    batch.Add(pending);
            }

            if (batch.Count > 0)
                await AppendOrFailAsync(batch);
            batch.Clear();
        }
    }

    // One command that cannot be written must not fail those that happened to queue beside it: then each goes alone.
    private async Task AppendOrFailAsync(IReadOnlyList<Pending> batch)
    {
        try
        {
            await AppendBatchAsync(batch);
        }
        catch (Exception e) when (store.IsTransient(e))
        {
            LogUnavailable(log, batch.Count, e.GetType().Name);
            foreach (var pending in batch)
                pending.Completion.TrySetException(new LedgerUnavailableException("the store does not answer", e));
        }
        catch (Exception e) when (batch.Count == 1)
        {
            batch[0].Completion.TrySetException(e);
        }
        catch (Exception e)
        {
            LogAlone(log, batch.Count, e.GetType().Name);
            foreach (var pending in batch)
                await AppendOrFailAsync([pending]);
        }
    }

    private async Task AppendBatchAsync(IReadOnlyList<Pending> batch)
    {
        Attempt? previous = null;
        var trustCache = true;
        await retries.ExecuteAsync(async ct =>
        {
            // A commit that failed may have succeeded: the connection can break between the two. The entry itself tells.
            if (previous is { Entries.Count: > 0 } && await IsDurableAsync(previous, ct))
            {
                Complete(batch, previous);
                return;
            }

            previous = null;
            var input = Gather(batch, trustCache);
            trustCache = false;
            await using var session = await store.BeginAppendAsync(input, ct);
            await replica.CatchUpAsync(session.Head.Position, ct);
            using var builder = new AppendBatchBuilder(input, session, replica, vault, time.Now());
            var answers = batch.Select(p => builder.Run(p.Command)).ToArray();
            var (appended, edge) = builder.Build();
            var attempt = new Attempt(builder.Entries, edge, builder.NewSubjects, answers);
            if (builder.HasWrites)
            {
                previous = attempt;
                await session.CommitAsync(appended, ct);
            }

            // Durable from here. A crash before the callers are answered is safe: a retry finds its idempotency key.
            Complete(batch, attempt);
        });
    }

    private async Task<bool> IsDurableAsync(Attempt attempt, CancellationToken ct)
    {
        var last = attempt.Entries[^1];
        var stored = await store.ReadEntriesAsync(last.Entry.Position - 1, 1, ct);
        return stored.Count == 1 && EntryCodec.Encode(stored[0].Entry).Json == last.Json;
    }

    private void Complete(IReadOnlyList<Pending> batch, Attempt attempt)
    {
        if (attempt.Entries.Count > 0)
        {
            replica.Apply([.. attempt.Entries.Select(e => e.Hashed)], attempt.Edge);
            // Not added when the replica has moved far past them meanwhile; then they are loaded like any other.
            replica.TryAdd(new SubjectSnapshot(attempt.Entries[^1].Entry.Position, attempt.NewSubjects));
        }

        for (var i = 0; i < batch.Count; i++)
            batch[i].Completion.TrySetResult(attempt.Answers[i]);
    }

    // Only what is not in memory is read from the store. What is in memory is brought up to the locked head before it is used.
    private AppendInput Gather(IReadOnlyList<Pending> batch, bool trustCache)
    {
        HashSet<SubjectKey> keys = [];
        HashSet<Guid> ids = [], events = [];
        HashSet<IdempotencyKey> idempotencyKeys = [];
        foreach (var pending in batch)
        {
            var command = pending.Command;
            foreach (var subject in command.Subjects)
            {
                if (trustCache && replica.Subjects.Find(subject) is not null)
                    continue;
                if (subject.Key is { } key)
                    keys.Add(key);
                else
                    ids.Add(subject.Id!.Value);
            }

            events.UnionWith(command.Events);
            if (command.Key is { } idempotencyKey)
                idempotencyKeys.Add(idempotencyKey);
        }

        return new([.. keys], [.. ids], [.. events], [.. idempotencyKeys]);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} commands were refused: the store does not answer ({Error})")]
    private static partial void LogUnavailable(ILogger log, int count, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A batch of {Count} commands failed ({Error}); each is now tried alone")]
    private static partial void LogAlone(ILogger log, int count, string error);

    private sealed record Attempt(IReadOnlyList<EncodedEntry> Entries, TreeEdge Edge, IReadOnlyList<StoredSubject> NewSubjects, Answer[] Answers);

    private sealed class Pending(LedgerCommand command, CancellationToken caller)
    {
        public LedgerCommand Command => command;

        public bool Abandoned => caller.IsCancellationRequested;

        public TaskCompletionSource<Answer> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
