using BitFaster.Caching.Lru;
using ConsentLedger.Storage;

namespace ConsentLedger.Ledger;

/// <summary>A cached subject. Its state moves forward as entries are applied.</summary>
public sealed class CachedSubject(StoredSubject stored)
{
    private SubjectState state = stored.State;

    public Guid Id { get; } = stored.Id;

    public SubjectKey Key { get; } = stored.Key;

    public byte[] WrappedKey { get; } = stored.WrappedKey;

    public SubjectState State
    {
        get => Volatile.Read(ref state);
        set => Volatile.Write(ref state, value);
    }
}

/// <summary>The hot subjects of this process, bounded; what falls out is loaded again.</summary>
/// <remarks>Reading is free of locks. Adding and applying entries happen under the replica's lock, or an entry could be missed.</remarks>
public sealed class SubjectCache(int capacity)
{
    private readonly ConcurrentLru<Guid, CachedSubject> byId = new(capacity);
    private readonly ConcurrentLru<SubjectKey, Guid> idByKey = new(capacity);

    public CachedSubject? Find(SubjectKey key) => idByKey.TryGet(key, out var id) ? Find(id) : null;

    public CachedSubject? Find(Guid id) => byId.TryGet(id, out var subject) ? subject : null;

    public CachedSubject? Find(SubjectRef subject) => subject.Key is { } key ? Find(key) : Find(subject.Id!.Value);

    /// <summary>Adds or replaces.</summary>
    public CachedSubject Add(StoredSubject subject)
    {
        var cached = new CachedSubject(subject);
        byId.AddOrUpdate(subject.Id, cached);
        idByKey.AddOrUpdate(subject.Key, subject.Id);
        return cached;
    }

    public void Apply(LedgerEntry entry)
    {
        if (entry.Subject is not { } id || Find(id) is not { } subject)
            return;
        subject.State = subject.State.Apply(entry);
        if (subject.State.ErasedAt is null)
            return;
        byId.TryRemove(id);
        // The shop may have given the same id to somebody new.
        if (idByKey.TryGet(subject.Key, out var current) && current == id)
            idByKey.TryRemove(subject.Key);
    }
}
