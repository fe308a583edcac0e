using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore.Storage;

namespace ConsentLedger.Storage;

public enum SubjectKind
{
    Member,
    Visitor,
}

/// <summary>The shop's own id of a person. It is in <c>subjects</c> and nowhere else.</summary>
public readonly record struct SubjectKey(SubjectKind Kind, string ExternalId);

/// <summary>A row of <c>subjects</c> with the state beside it.</summary>
public sealed record StoredSubject(Guid Id, SubjectKey Key, byte[] WrappedKey, SubjectState State);

/// <summary>The end of the ledger.</summary>
/// <param name="Position">The last position, which is the size of the tree.</param>
/// <param name="RecordedAt">When the last entry was recorded.</param>
/// <param name="Frontier">What the tree needs to grow and to know its root, <see cref="TransparencyLog.Frontier.ToBytes"/>.</param>
public sealed record LogHead(long Position, DateTimeOffset RecordedAt, byte[] Frontier);

/// <summary>Subjects as of one moment.</summary>
public sealed record SubjectSnapshot(long Head, IReadOnlyList<StoredSubject> Subjects);

/// <summary>Where the ledger stands when a process starts.</summary>
/// <param name="Head">The last position.</param>
/// <param name="Edge">The right edge of the tree at that position.</param>
/// <param name="CatalogEntries">Every entry that made the catalog, in order.</param>
/// <param name="Sequences">The last sequence of each partner that was ever sent anything.</param>
public sealed record StartSnapshot(long Head, TreeEdge Edge, IReadOnlyList<LedgerEntry> CatalogEntries, IReadOnlyDictionary<string, long> Sequences);

/// <summary>A row of <c>deliveries</c> as a decision sees it.</summary>
public sealed record StoredDelivery(Guid EventId, string Partner, long Sequence, long Position, Guid? Subject, AcknowledgementOutcome? Outcome);

/// <summary>An answer given before, under its key.</summary>
public sealed record StoredAnswer(IdempotencyKey Key, byte[] RequestHash, Answer Answer);

/// <summary>What an append needs to see beyond what the process holds in memory.</summary>
public sealed record AppendInput(
    IReadOnlyList<SubjectKey> Subjects, IReadOnlyList<Guid> SubjectIds, IReadOnlyList<Guid> Events, IReadOnlyList<IdempotencyKey> Keys);

/// <summary>Everything one append writes: the entries, and every projection of them.</summary>
public sealed record AppendBatch(
    DateTimeOffset Now,
    LogHead Head,
    IReadOnlyList<EncodedEntry> Entries,
    IReadOnlyList<FullTile> Tiles,
    IReadOnlyList<StoredSubject> NewSubjects,
    IReadOnlyList<SubjectState> States,
    IReadOnlyList<StoredAnswer> Answers);

/// <summary>One append: holds the head, so that no other process appends until it ends.</summary>
public interface IAppendSession : IAsyncDisposable
{
    LogHead Head { get; }

    IReadOnlyList<StoredSubject> Subjects { get; }

    IReadOnlyList<StoredDelivery> Deliveries { get; }

    IReadOnlyList<StoredAnswer> Answers { get; }

    /// <summary>Writes and makes durable. When it throws, the caller cannot know whether it did: ask for the entry.</summary>
    Task CommitAsync(AppendBatch batch, CancellationToken ct);
}

/// <summary>Held while this process is the one that relays; lost when the store says so.</summary>
public interface IRelayLease : IAsyncDisposable
{
    /// <summary>Cancelled when another process may have taken over.</summary>
    CancellationToken Lost { get; }
}

/// <summary>What differs between the stores and must be fast; everything else is a LINQ query on <see cref="LedgerDbContext"/>.</summary>
public interface ILedgerStore
{
    /// <summary>A short name for people, such as <c>PostgreSQL</c>.</summary>
    string Name { get; }

    /// <summary>Brings the tables up to date; processes that start at once do it one after the other.</summary>
    Task MigrateAsync(LedgerDbContext context, CancellationToken ct);

    Task<long> ReadHeadAsync(CancellationToken ct);

    /// <summary>Up to <paramref name="limit"/> entries after a position, in order.</summary>
    Task<IReadOnlyList<HashedEntry>> ReadEntriesAsync(long after, int limit, CancellationToken ct);

    /// <summary>Everything that the context reads until it is disposed is of one moment; writers are not held up.</summary>
    Task<IDbContextTransaction> BeginSnapshotAsync(LedgerDbContext context, CancellationToken ct);

    /// <summary>Every entry of the context's snapshot in order of position, page by page. A page is valid until the next but one is asked for.</summary>
    IAsyncEnumerable<IReadOnlyList<StoredEntry>> ReadStoredAsync(LedgerDbContext snapshot, CancellationToken ct);

    /// <summary>Every row of a projection in the context's snapshot, in any order: whose it is, and its bytes as <see cref="RowWriter"/> has them. Pages as above.</summary>
    IAsyncEnumerable<IReadOnlyList<(Guid? Subject, ReadOnlyMemory<byte> Row)>> ReadRowsAsync(LedgerDbContext snapshot, Projection projection, CancellationToken ct);

    /// <summary>The last position recorded before an instant; 0 where there is none. Times never go back along the positions.</summary>
    Task<long> ReadPositionBeforeAsync(DateTimeOffset instant, CancellationToken ct);

    Task<SubjectSnapshot> ReadSubjectsAsync(IReadOnlyList<SubjectKey> keys, IReadOnlyList<Guid> ids, CancellationToken ct);

    /// <summary>Locks the head and reads what the append needs, in one round trip.</summary>
    Task<IAppendSession> BeginAppendAsync(AppendInput input, CancellationToken ct);

    /// <summary>Sees to it that what is appended next has its place, well ahead of need. Without it an append makes its own place, and takes longer.</summary>
    Task MakeRoomAsync(long head, DateTimeOffset now, CancellationToken ct);

    /// <summary>Forgets idempotency keys that were given before an instant, in a bounded step.</summary>
    /// <returns>Whether it did; there may be more.</returns>
    Task<bool> ForgetKeysAsync(DateTimeOffset before, CancellationToken ct);

    /// <summary>Keeps a signed checkpoint, unless another process has just signed one of this size: then that one counts.</summary>
    Task AddCheckpointAsync(CheckpointRow checkpoint, CancellationToken ct);

    /// <summary>Raises a partner's published sequence; never lowers it.</summary>
    Task AdvanceCursorAsync(string partner, long sequence, CancellationToken ct);

    /// <summary>Becomes the one relay among all processes on this store, or answers null.</summary>
    Task<IRelayLease?> TryLeadAsync(CancellationToken ct);

    /// <summary>Whether the same call may succeed a moment later.</summary>
    bool IsTransient(Exception exception);
}
