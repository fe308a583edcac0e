using ConsentLedger.Catalog;
using ConsentLedger.Rights;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Ledger;

/// <summary>A subject, null when the ledger has never seen it, and the position up to which its state is complete.</summary>
public readonly record struct SubjectReading(CachedSubject? Subject, long Position);

/// <summary>This process's copy of what the entries say: catalog, partner sequences, hot subjects. Behind the ledger by nothing once synced.</summary>
/// <remarks>
/// A read is linearizable: it waits for a head position that was read after it arrived, applies the entries it lacks, then
/// answers from memory. Reads that wait together share one head read, as Raft's ReadIndex does.
/// </remarks>
public sealed class LedgerReplica : IDisposable
{
    private const int CatchUpPage = 1000;
    private const int RecentEntries = 8192;

    private readonly Lock state = new();
    private readonly SemaphoreSlim catchUp = new(1, 1);
    private readonly Queue<LedgerEntry> recent = new();
    private readonly Dictionary<string, long> sequences = new(StringComparer.Ordinal);
    private readonly ILedgerStore store;
    private readonly IDbContextFactory<LedgerDbContext> contexts;
    private readonly LedgerSignal signal;
    private readonly bool withTree;
    private readonly CoalescedRead headReads;
    private readonly SubjectLoader coldSubjects;

    private CatalogState catalog = CatalogState.Empty;
    private TreeEdge edge = TreeEdge.Empty;
    private long applied;
    private long lastRemoval;
    private long forgotten; // entries up to here are no longer in `recent`

    public LedgerReplica(ILedgerStore store, IDbContextFactory<LedgerDbContext> contexts, LedgerOptions options, LedgerSignal signal)
    {
        (this.store, this.contexts, this.signal, withTree) = (store, contexts, signal, options.Tree);
        Subjects = new SubjectCache(options.SubjectCacheCapacity);
        headReads = new CoalescedRead(store.ReadHeadAsync);
        coldSubjects = new SubjectLoader(LoadAsync);
    }

    public SubjectCache Subjects { get; }

    public CatalogState Catalog => Volatile.Read(ref catalog);

    /// <summary>The right edge of the tree over the entries that this process has applied.</summary>
    /// <remarks>Waits for an append that is being applied, whose positions count one by one and whose edge comes last.</remarks>
    public TreeEdge Edge
    {
        get
        {
            lock (state)
                return edge;
        }
    }

    /// <summary>The last position that this process has applied.</summary>
    public long Applied => Volatile.Read(ref applied);

    /// <summary>The last position, of those applied since the start, after which something is told no more: what was read before is not to be used.</summary>
    public long LastRemoval => Volatile.Read(ref lastRemoval);

    /// <summary>Loads what every decision needs. Subjects come as they are asked for.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var start = await store.ReadStartAsync(contexts, ct);
        lock (state)
        {
            catalog = start.CatalogEntries.Aggregate(CatalogState.Empty, (current, entry) => current.Apply(entry));
            foreach (var (partner, sequence) in start.Sequences)
                sequences[partner] = sequence;
            applied = forgotten = start.Head;
            edge = start.Edge;
        }
    }

    /// <summary>Returns once this process has applied everything that was committed before the call.</summary>
    /// <returns>The position up to which what is read next is complete.</returns>
    public async ValueTask<long> SyncAsync(CancellationToken ct)
    {
        var head = await headReads.ReadAsync(ct);
        if (head > Applied)
            await CatchUpAsync(head, ct);
        return Applied;
    }

    /// <summary>Applies entries until <paramref name="head"/> is reached.</summary>
    public async Task CatchUpAsync(long head, CancellationToken ct)
    {
        if (Applied >= head)
            return;
        await catchUp.WaitAsync(ct);
        try
        {
            while (Applied < head)
            {
                var entries = await store.ReadEntriesAsync(Applied, CatchUpPage, ct);
                if (entries.Count == 0)
                    throw new LedgerCorruptException($"the head is at {head}, the entries end at {Applied}");
                Apply(entries);
            }
        }
        finally
        {
            catchUp.Release();
        }
    }

    /// <summary>The subject as of a moment after the call. One that is not in memory comes with the head of its snapshot: it needs no sync of its own.</summary>
    public async ValueTask<SubjectReading> ReadAsync(SubjectRef subject, CancellationToken ct)
    {
        if (Subjects.Find(subject) is null)
            return await LoadAsync(subject, ct);
        // Before the look-up: what is in memory then has everything up to here.
        var position = await SyncAsync(ct);
        return Subjects.Find(subject) is { } cached ? new(cached, position) : await LoadAsync(subject, ct);
    }

    /// <summary>The subject as of now, from memory or loaded; null when the ledger has never seen it. Sync first.</summary>
    public async ValueTask<CachedSubject?> FindAsync(SubjectRef subject, CancellationToken ct) =>
        Subjects.Find(subject) ?? (await LoadAsync(subject, ct)).Subject;

    /// <summary>Many subjects at once, those not in memory in one query. Sync first.</summary>
    public async Task<Dictionary<SubjectKey, CachedSubject>> FindManyAsync(IEnumerable<SubjectKey> keys, CancellationToken ct)
    {
        Dictionary<SubjectKey, CachedSubject> found = [];
        HashSet<SubjectKey> cold = [];
        foreach (var key in keys)
        {
            if (Subjects.Find(key) is { } subject)
                found[key] = subject;
            else
                cold.Add(key);
        }

        if (cold.Count > 0)
        {
            foreach (var subject in (await coldSubjects.LoadAsync(cold, [], ct)).Subjects)
                found[subject.Key] = subject;
        }

        return found;
    }

    /// <summary>The edge of the tree at a head that the caller holds, and that this process has caught up with.</summary>
    /// <exception cref="LedgerCorruptException">The tree of the store is not that of its entries: nothing more is appended to it.</exception>
    public TreeEdge? EdgeAt(LogHead head)
    {
        if (!withTree)
            return null;
        var current = Edge;
        if (current.Size != head.Position || !current.FrontierBytes().AsSpan().SequenceEqual(head.Frontier))
            throw new LedgerCorruptException($"the tree at {head.Position} is not the one that this process has seen grow to {current.Size}");
        return current;
    }

    /// <summary>Applies entries in order; those already applied are passed over.</summary>
    /// <param name="entries">Entries with their leaf hashes.</param>
    /// <param name="after">The edge of the tree with all of them, where it is known.</param>
    public void Apply(IReadOnlyList<HashedEntry> entries, TreeEdge? after = null)
    {
        var addressed = false;
        lock (state)
        {
            var leaves = new List<TreeHash>(after is null ? entries.Count : 0);
            foreach (var (entry, leaf) in entries)
            {
                if (entry.Position <= applied)
                    continue;
                if (after is null)
                    leaves.Add(leaf);
                if (entry.Position != applied + 1)
                    throw new LedgerCorruptException($"entry {entry.Position} follows {applied}");
                Subjects.Apply(entry);
                Volatile.Write(ref catalog, catalog.Apply(entry));
                foreach (var recipient in entry.Recipients)
                {
                    sequences[recipient.Partner] = recipient.Sequence;
                    addressed = true;
                }

                Remember(entry);
                if (entry.Data is SubjectErased or DeletionCompleted)
                    Volatile.Write(ref lastRemoval, entry.Position);
                Volatile.Write(ref applied, entry.Position);
            }

            if (after is not null && after.Size == applied)
                edge = after;
            else if (leaves.Count > 0 && withTree)
                edge = edge.Grow(leaves).Edge;
        }

        if (addressed)
            signal.Raise();
    }

    public void Dispose() => catchUp.Dispose();

    /// <summary>The last sequence of each partner. Stable only while the caller holds the head.</summary>
    public Dictionary<string, long> CopySequences()
    {
        lock (state)
            return new(sequences, StringComparer.Ordinal);
    }

    /// <summary>Adds subjects as of a position; null when that is too long ago to bring them up to date.</summary>
    /// <remarks>A snapshot taken before the last entries were applied lacks them: they are folded in here.</remarks>
    public IReadOnlyList<CachedSubject>? TryAdd(SubjectSnapshot snapshot)
    {
        lock (state)
        {
            if (snapshot.Head < forgotten)
                return null;
            List<CachedSubject> added = new(snapshot.Subjects.Count);
            foreach (var subject in snapshot.Subjects)
            {
                var current = snapshot.Head == applied
                    ? subject.State
                    : recent.Where(e => e.Subject == subject.Id && e.Position > snapshot.Head)
                        .Aggregate(subject.State, (s, entry) => s.Apply(entry));
                if (current.ErasedAt is null)
                    added.Add(Subjects.Add(subject with { State = current }));
            }

            return added;
        }
    }

    private async ValueTask<SubjectReading> LoadAsync(SubjectRef subject, CancellationToken ct)
    {
        var loaded = await coldSubjects.LoadAsync(subject.Key is { } key ? [key] : [], subject.Id is { } id ? [id] : [], ct);
        return new(loaded.Subjects.Count > 0 ? loaded.Subjects[0] : null, loaded.Position);
    }

    // Answers what was loaded and not what the cache kept of it: a subject that fell out at once is still not unknown.
    private async Task<LoadedSubjects> LoadAsync(IReadOnlyList<SubjectKey> keys, IReadOnlyList<Guid> ids)
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var snapshot = await store.ReadSubjectsAsync(keys, ids, CancellationToken.None);
            await CatchUpAsync(snapshot.Head, CancellationToken.None);
            if (TryAdd(snapshot) is { } subjects)
                return new(snapshot.Head, subjects);
        }

        throw new LedgerUnavailableException("the ledger grows faster than subjects can be loaded");
    }

    private void Remember(LedgerEntry entry)
    {
        recent.Enqueue(entry);
        if (recent.Count > RecentEntries)
            forgotten = recent.Dequeue().Position;
    }
}
