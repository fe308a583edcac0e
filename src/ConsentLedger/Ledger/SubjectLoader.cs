using ConsentLedger.Storage;

namespace ConsentLedger.Ledger;

/// <summary>Subjects with everything up to a position.</summary>
public sealed record LoadedSubjects(long Position, IReadOnlyList<CachedSubject> Subjects);

/// <summary>Loads subjects that are not in memory, in one query for all that wait while the one before is under way.</summary>
public sealed class SubjectLoader(Func<IReadOnlyList<SubjectKey>, IReadOnlyList<Guid>, Task<LoadedSubjects>> load)
{
    private const int MaxSubjects = 1000;

    private readonly Lock gate = new();
    private readonly LinkedList<Batch> waiting = [];
    private bool running;

    /// <summary>The subjects among these that exist. What is loaded began to be read after the call.</summary>
    public async Task<LoadedSubjects> LoadAsync(IReadOnlyCollection<SubjectKey> keys, IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        Batch mine;
        lock (gate)
        {
            if (waiting.Last?.Value is not { IsFull: false })
                waiting.AddLast(new Batch());
            mine = waiting.Last!.Value;
            mine.Keys.UnionWith(keys);
            mine.Ids.UnionWith(ids);
            if (!running)
            {
                running = true;
                _ = RunAsync();
            }
        }

        var loaded = await mine.Completion.Task.WaitAsync(ct);
        return loaded with { Subjects = [.. loaded.Subjects.Where(s => keys.Contains(s.Key) || ids.Contains(s.Id))] };
    }

    private async Task RunAsync()
    {
        while (true)
        {
            // At first to leave the lock, and always so that requests that are ready to run come first and share this query.
            await Task.Yield();
            Batch? batch;
            lock (gate)
            {
                batch = waiting.First?.Value;
                if (batch is null)
                {
                    running = false;
                    return;
                }

                waiting.RemoveFirst();
            }

            try
            {
                batch.Completion.SetResult(await load([.. batch.Keys], [.. batch.Ids]));
            }
            catch (Exception e)
            {
                batch.Completion.SetException(e);
            }
        }
    }

    private sealed class Batch
    {
        public HashSet<SubjectKey> Keys { get; } = [];

        public HashSet<Guid> Ids { get; } = [];

        public bool IsFull => Keys.Count + Ids.Count >= MaxSubjects;

        public TaskCompletionSource<LoadedSubjects> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
