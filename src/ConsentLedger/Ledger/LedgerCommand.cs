using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Storage;

namespace ConsentLedger.Ledger;

/// <summary>A data subject as a command names it: by the shop's own id, or by the ledger's.</summary>
public readonly record struct SubjectRef
{
    public SubjectKey? Key { get; private init; }

    public Guid? Id { get; private init; }

    public static SubjectRef Member(string memberId) => new() { Key = new(SubjectKind.Member, memberId) };

    public static SubjectRef Visitor(string visitorId) => new() { Key = new(SubjectKind.Visitor, visitorId) };

    public static SubjectRef ById(Guid id) => new() { Id = id };
}

/// <summary>Names one request of one client, so that a repetition is answered and not done again.</summary>
/// <param name="Client">Who asks; clients cannot see each other's keys.</param>
/// <param name="Key">The value of <c>Idempotency-Key</c>.</param>
public readonly record struct IdempotencyKey(string Client, string Key);

/// <summary>What a command answers before it is written out for its caller.</summary>
public sealed record Reply(int Status, object Body);

/// <summary>The answer as the caller gets it, byte for byte the same at each repetition.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">JSON.</param>
/// <param name="Position">The last position that the command wrote, or null when it wrote nothing.</param>
public sealed record Answer(int Status, string Body, long? Position);

/// <summary>What is asked of the ledger: the data that it concerns, and a pure decision about it.</summary>
public sealed class LedgerCommand
{
    public IReadOnlyList<SubjectRef> Subjects { get; init; } = [];

    /// <summary>Events whose delivery the decision looks at.</summary>
    public IReadOnlyList<Guid> Events { get; init; } = [];

    public IdempotencyKey? Key { get; init; }

    /// <summary>SHA-256 of method, path and body: the same key with another hash is another request.</summary>
    public byte[] RequestHash { get; init; } = [];

    /// <summary>Pure: the state and the time come in, facts go out. It may run more than once.</summary>
    public required Func<DecisionContext, Decision> Decide { get; init; }

    public required Func<Reply, long?, Answer> Render { get; init; }
}

/// <summary>Facts to append, and the answer once they have positions.</summary>
public sealed record Decision(ImmutableArray<NewEntry> Entries, Func<ImmutableArray<LedgerEntry>, Reply> Reply)
{
    /// <summary>Appends nothing.</summary>
    public static Decision Refuse(Reply reply) => new([], _ => reply);
}

/// <summary>What a decision may look at: all of it as of the moment of the append.</summary>
public sealed class DecisionContext(
    DateTimeOffset now, CatalogState catalog, Func<SubjectRef, SubjectState?> subjects, Func<Guid, StoredDelivery?> deliveries)
{
    public DateTimeOffset Now => now;

    public CatalogState Catalog => catalog;

    /// <summary>The subject's state, empty for a member never seen before; null for a ledger id that names nobody.</summary>
    public SubjectState? Find(SubjectRef subject) => subjects(subject);

    public SubjectState Member(SubjectRef subject) =>
        subjects(subject) ?? throw new InvalidOperationException("the command did not name this subject");

    public SubjectState Visitor(SubjectRef subject) => Member(subject);

    public StoredDelivery? Delivery(Guid eventId) => deliveries(eventId);
}
