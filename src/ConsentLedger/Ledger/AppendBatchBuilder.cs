using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Hosting;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Ledger;

/// <summary>
/// One append in the making: runs each command's decision on the state that the commands before it left, and gives its
/// facts positions and sequences. Touches nothing outside itself, so that an append can be tried again.
/// </summary>
public sealed class AppendBatchBuilder : IDisposable
{
    private readonly IAppendSession session;
    private readonly SubjectCache cache;
    private readonly HashSet<SubjectKey> asked;
    private readonly SubjectVault vault;
    private readonly DateTimeOffset now;
    private readonly TreeEdge? edge; // null where the tree is off
    private readonly Dictionary<string, long> sequences;
    private readonly Dictionary<Guid, Working> subjects = [];
    private readonly Dictionary<SubjectKey, Guid> idByKey = [];
    private readonly Dictionary<Guid, StoredDelivery> deliveries;
    private readonly Dictionary<IdempotencyKey, StoredAnswer> answers;
    private readonly List<EncodedEntry> entries = [];
    private readonly List<StoredAnswer> newAnswers = [];
    private CatalogState catalog;
    private long position;

    /// <summary>Starts an append. The replica has been brought up to the session's head, which the session holds.</summary>
    public AppendBatchBuilder(AppendInput input, IAppendSession session, LedgerReplica replica, SubjectVault vault, DateTimeOffset time)
    {
        this.session = session;
        this.vault = vault;
        cache = replica.Subjects;
        catalog = replica.Catalog;
        sequences = replica.CopySequences();
        asked = [.. input.Subjects];
        now = time > session.Head.RecordedAt ? time : session.Head.RecordedAt;
        position = session.Head.Position;
        edge = replica.EdgeAt(session.Head);
        deliveries = session.Deliveries.ToDictionary(d => d.EventId);
        answers = session.Answers.ToDictionary(a => a.Key);
        foreach (var subject in session.Subjects)
            Hold(subject, isNew: false);
    }

    public bool HasWrites => entries.Count > 0 || newAnswers.Count > 0;

    public IReadOnlyList<EncodedEntry> Entries => entries;

    /// <summary>The subjects of this append that the ledger had not seen before, as they are after it.</summary>
    public IReadOnlyList<StoredSubject> NewSubjects =>
        [.. subjects.Values.Where(s => s.IsNew && s.Changed).Select(s => s.Stored with { State = s.State })];

    /// <summary>All that is to be written, and the edge of the tree once it is.</summary>
    public (AppendBatch Batch, TreeEdge Edge) Build()
    {
        var (grown, tiles) = edge is null ? (TreeEdge.Empty, []) : edge.Grow(entries.ConvertAll(e => e.LeafHash));
        var head = entries.Count > 0 ? new LogHead(position, now, grown.FrontierBytes()) : session.Head;
        return (new(now, head, entries, tiles, NewSubjects, [.. subjects.Values.Where(s => s.Changed).Select(s => s.State)], newAnswers), grown);
    }

    /// <summary>Decides one command and returns its answer, which holds once the append is durable.</summary>
    public Answer Run(LedgerCommand command)
    {
        if (command.Key is { } key && answers.TryGetValue(key, out var before))
        {
            return before.RequestHash.AsSpan().SequenceEqual(command.RequestHash)
                ? before.Answer
                : command.Render(Problems.IdempotencyKeyReused, null);
        }

        var context = new DecisionContext(now, catalog, FindState, id => deliveries.GetValueOrDefault(id));
        var decision = command.Decide(context);
        var appended = decision.Entries.Select(Append).ToImmutableArray();
        var answer = command.Render(decision.Reply(appended), appended.IsEmpty ? null : appended[^1].Position);
        if (command.Key is { } newKey)
        {
            var stored = new StoredAnswer(newKey, command.RequestHash, answer);
            answers.Add(newKey, stored);
            newAnswers.Add(stored);
        }

        return answer;
    }

    public void Dispose()
    {
        foreach (var subject in subjects.Values)
            subject.Dispose();
    }

    private LedgerEntry Append(NewEntry proposed)
    {
        var entry = new LedgerEntry
        {
            Position = ++position,
            Type = EntryTypes.NameOf(proposed.Data),
            RecordedAt = now,
            Subject = proposed.Subject,
            Partner = proposed.Partner,
            Data = proposed.Data,
            Sealed = proposed is { Sealed: { IsEmpty: false } content, Subject: { } owner }
                ? subjects[owner].Sealer(vault).Seal(position, content)
                : null,
            Recipients = [.. proposed.Recipients.Select(Address)],
        };
        entries.Add(EntryCodec.Encode(entry, hash: edge is not null));
        catalog = catalog.Apply(entry);
        if (entry.Subject is { } subject)
        {
            var working = subjects[subject];
            working.State = working.State.Apply(entry);
            working.Changed = true;
            if (working.State.ErasedAt is not null)
                idByKey.Remove(working.Stored.Key);
        }

        Track(entry);
        return entry;
    }

    private Recipient Address(NewRecipient recipient) => new()
    {
        Partner = recipient.Partner,
        Sequence = sequences[recipient.Partner] = sequences.GetValueOrDefault(recipient.Partner) + 1,
        EventId = Guid.CreateVersion7(now),
        Event = recipient.Event,
        Items = recipient.Items,
        AcknowledgeBy = recipient.AcknowledgeBy,
        Retain = recipient.Retain,
        Concerns = recipient.Concerns,
    };

    // A later command of the same append must see what this one did to a delivery.
    private void Track(LedgerEntry entry)
    {
        foreach (var recipient in entry.Recipients)
        {
            deliveries[recipient.EventId] = new(
                recipient.EventId, recipient.Partner, recipient.Sequence, entry.Position, entry.Subject, Outcome: null);
        }

        if (entry.Data is Partners.DeliveryAcknowledged acknowledged && deliveries.TryGetValue(acknowledged.EventId, out var delivery))
            deliveries[acknowledged.EventId] = delivery with { Outcome = acknowledged.Outcome };
    }

    private SubjectState? FindState(SubjectRef subject)
    {
        if (subject.Id is { } id)
            return Find(id) is { State: { ErasedAt: null } state } ? state : null;
        var key = subject.Key!.Value;
        if (idByKey.TryGetValue(key, out var known))
            return subjects[known].State;
        // One that an earlier command of this append erased is still in memory, and nobody any more.
        if (cache.Find(key) is { } cached && !subjects.ContainsKey(cached.Id))
            return Hold(cached).State;
        // Only the store's word, under the lock, makes a subject new: the cache may just have dropped it.
        return asked.Contains(key) ? HoldNew(key).State : throw new SubjectEvictedException();
    }

    private Working? Find(Guid id) =>
        subjects.TryGetValue(id, out var working) ? working : cache.Find(id) is { } cached ? Hold(cached) : null;

    private Working Hold(CachedSubject cached) =>
        Hold(new StoredSubject(cached.Id, cached.Key, cached.WrappedKey, cached.State), isNew: false);

    private Working HoldNew(SubjectKey key)
    {
        var id = Guid.CreateVersion7(now);
        return Hold(new StoredSubject(id, key, vault.NewKey(), SubjectState.New(id)), isNew: true);
    }

    private Working Hold(StoredSubject stored, bool isNew)
    {
        idByKey[stored.Key] = stored.Id;
        return subjects[stored.Id] = new Working(stored, isNew) { State = stored.State };
    }

    private sealed class Working(StoredSubject stored, bool isNew) : IDisposable
    {
        private SubjectSealer? sealer;

        public StoredSubject Stored => stored;

        public bool IsNew => isNew;

        public bool Changed { get; set; }

        public required SubjectState State { get; set; }

        public SubjectSealer Sealer(SubjectVault vault) => sealer ??= vault.SealerOf(stored);

        public void Dispose() => sealer?.Dispose();
    }
}

/// <summary>A subject fell out of memory between the moment it was found there and the append; with the store asked, the append succeeds.</summary>
public sealed class SubjectEvictedException : Exception;
