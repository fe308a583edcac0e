using System.Collections.Immutable;
using System.Text.Json;
using ConsentLedger.BusinessTransfers;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Cookies;
using ConsentLedger.Provisions;
using ConsentLedger.Rights;

namespace ConsentLedger.Ledger;

/// <summary>동의 상태 / how a consent stands.</summary>
public enum ConsentStatus
{
    /// <summary>동의함 / granted.</summary>
    Granted,

    /// <summary>거부함 / refused.</summary>
    Refused,

    /// <summary>철회함 / withdrawn.</summary>
    Withdrawn,

    /// <summary>유효기간 경과 / expired.</summary>
    Expired,
}

/// <summary>The latest choice on one purpose.</summary>
public sealed record ConsentState
{
    public required string Purpose { get; init; }

    public required ConsentStatus Status { get; init; }

    /// <summary>The notice that was shown; after a withdrawal, the one withdrawn from.</summary>
    public NoticeReference? Notice { get; init => field = value is null ? null : CodePool.Of(value); }

    public required DateTimeOffset OccurredAt { get; init; }

    public required DateTimeOffset RecordedAt { get; init; }

    public required long Position { get; init; }

    /// <summary>Who chose.</summary>
    public required ActorKind Actor { get; init; }

    /// <summary>Consents to advertising: by when they must be reconfirmed.</summary>
    public DateTimeOffset? ReconfirmBy { get; init; }

    /// <summary>From when silence ends the consent.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How it stands at an instant: silence ends it to the second, whether or not an entry says so yet.</summary>
    public ConsentStatus StatusAt(DateTimeOffset instant) => Status == ConsentStatus.Granted && ExpiresAt <= instant ? ConsentStatus.Expired : Status;
}

/// <summary>What a partner was given for a purpose: the sum of its provisions.</summary>
public sealed record Holding(string Partner, string Purpose, ImmutableArray<string> Items, LegalBasis LegalBasis, DateTimeOffset LastProvidedAt)
{
    /// <summary>Sorted.</summary>
    public ImmutableArray<string> Items { get; } = CodePool.Of(Items);
}

/// <summary>What an open request asks for.</summary>
public enum HoldKind
{
    Correction,
    Deletion,
}

/// <summary>A correction or deletion that is open: its items are on hold 이용·제공 정지.</summary>
public sealed record Hold(Guid Id, HoldKind Kind, ImmutableArray<string> Items, DateTimeOffset DueAt);

/// <summary>A suspension 처리정지 in force.</summary>
/// <param name="Id">Of the request.</param>
/// <param name="DueAt">By when its result must be told.</param>
/// <param name="Settled">Whether the member was told the result.</param>
public sealed record Suspension(Guid Id, DateTimeOffset DueAt, bool Settled);

/// <summary>The legal guardian, and until when only the guardian grants.</summary>
public sealed record Guardian(DateTimeOffset Under14Until, GuardianMethod Method, long Position)
{
    /// <summary>Whether it took the guardian to grant: the choice was made in those years, and a form may be recorded long after it was signed.</summary>
    public bool IsNeededFor(ActorKind actor, DateTimeOffset occurredAt, DateTimeOffset recordedAt) =>
        actor != ActorKind.LegalGuardian && (occurredAt < Under14Until || recordedAt < Under14Until);
}

/// <summary>An objection to a business transfer, which takes effect with it.</summary>
public sealed record TransferObjection(Guid TransferId, DateTimeOffset EffectiveAt);

/// <summary>An item that was deleted: what was recorded of it up to here is shown no more.</summary>
public sealed record DeletedItem(string Item, long Position);

/// <summary>The event that told a partner of the termination.</summary>
public sealed record ToldPartner(string Partner, Guid EventId);

/// <summary>The membership ended: what is still kept, on which ground, and when the rest is destroyed.</summary>
public sealed record Termination(DateTimeOffset At, ImmutableArray<RetainedGround> Retentions, DateTimeOffset EraseAt, ImmutableArray<ToldPartner> Told);

/// <summary>Everything that decides about one data subject: the fold of its entries, and nothing else.</summary>
public sealed record SubjectState
{
    public required Guid Subject { get; init; }

    /// <summary>The last entry folded in; 0 before any.</summary>
    public long Position { get; init; }

    // These three are written even when they are empty: states stored by earlier versions have them so, and must stay equal to the fold.

    /// <summary>Sorted by purpose.</summary>
    public ImmutableArray<ConsentState> Consents { get; init; } = [];

    /// <summary>Sorted by partner, then purpose.</summary>
    public ImmutableArray<Holding> Holdings { get; init; } = [];

    /// <summary>In the order of the requests.</summary>
    public ImmutableArray<Hold> Holds { get; init; } = [];

    /// <summary>In the order of the requests.</summary>
    public ImmutableArray<Suspension> Suspensions { get; init; } = [];

    /// <summary>Open complaints, in their order.</summary>
    public ImmutableArray<Guid> Complaints { get; init; } = [];

    public DateTimeOffset? LastComplaintAt { get; init; }

    public Guardian? Guardian { get; init; }

    /// <summary>The latest version of each notice that the member was given individually, sorted by id.</summary>
    public ImmutableArray<NoticeReference> NoticesGiven { get; init; } = [];

    public ImmutableArray<TransferObjection> TransferObjections { get; init; } = [];

    /// <summary>Sorted by item.</summary>
    public ImmutableArray<DeletedItem> DeletedItems { get; init; } = [];

    public Termination? Termination { get; init; }

    /// <summary>Set once key and mapping are destroyed; nothing else is left then.</summary>
    public DateTimeOffset? ErasedAt { get; init; }

    /// <summary>Of a visitor: how its cookie choices stand; null before any.</summary>
    public CookieState? Cookies { get; init; }

    /// <summary>Of a visitor: the member that logged in last from this browser.</summary>
    public Guid? LinkedMember { get; init; }

    /// <summary>Of a member: the visitors it was ever linked to, sorted.</summary>
    public ImmutableArray<Guid> LinkedVisitors { get; init; } = [];

    public static SubjectState New(Guid subject) => new() { Subject = subject };

    public ConsentState? Consent(string purpose)
    {
        foreach (var consent in Consents)
        {
            if (consent.Purpose == purpose)
                return consent;
        }

        return null;
    }

    public bool IsHeld(string item)
    {
        foreach (var hold in Holds)
        {
            if (hold.Items.Contains(item))
                return true;
        }

        return false;
    }

    /// <summary>Whether any provision named this partner.</summary>
    public bool IsHeldBy(string partner)
    {
        foreach (var holding in Holdings)
        {
            if (holding.Partner == partner)
                return true;
        }

        return false;
    }

    /// <summary>Items that were deleted after a position: values recorded up to there are shown no more.</summary>
    public IEnumerable<string> ItemsDeletedAfter(long position) => DeletedItems.Where(d => d.Position > position).Select(d => d.Item);

    /// <summary>The items that this partner was ever given, sorted.</summary>
    public ImmutableArray<string> ItemsOf(string partner) =>
        [.. Holdings.Where(h => h.Partner == partner).SelectMany(h => h.Items).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The state after one more entry of this subject. Entries already folded in change nothing.</summary>
    public SubjectState Apply(LedgerEntry entry)
    {
        if (entry.Position <= Position)
            return this;
        var next = entry.Data switch
        {
            ConsentEntry or ConsentExpired or NoticeGiven => ApplyConsent(entry),
            ProvisionRecorded provision => WithHolding(entry, provision),
            CorrectionEntry or DeletionRequested or DeletionResult => ApplyHold(entry.Data, entry.Position),
            SubjectErased => New(Subject) with { ErasedAt = entry.RecordedAt },
            CookiesChosen chosen => this with { Cookies = CookieState.After(Cookies, entry, chosen) },
            VisitorLinked linked => WithLink(linked),
            _ => ApplyRights(entry),
        };
        return next.Position == entry.Position ? next : next with { Position = entry.Position };
    }

    public string ToJson() => JsonSerializer.Serialize(this, LedgerJson.States);

    public static SubjectState FromJson(string json) => JsonSerializer.Deserialize<SubjectState>(json, LedgerJson.States)
        ?? throw new LedgerCorruptException("a subject state is null");

    private SubjectState ApplyConsent(LedgerEntry entry) => entry.Data switch
    {
        ConsentGranted granted => WithConsent(entry, granted, ConsentStatus.Granted, granted.Notice, granted.ReconfirmBy, granted.ExpiresAt),
        ConsentRefused refused => WithConsent(entry, refused, ConsentStatus.Refused, refused.Notice),
        ConsentWithdrawn withdrawn => WithConsent(entry, withdrawn, ConsentStatus.Withdrawn, Consent(withdrawn.Purpose)?.Notice),
        ConsentReconfirmed again when Consent(again.Purpose) is { } consent =>
            Replace(consent with { ReconfirmBy = again.ReconfirmBy, ExpiresAt = again.ExpiresAt }),
        ConsentExpired expired when Consent(expired.Purpose) is { } consent => Replace(consent with { Status = ConsentStatus.Expired }),
        NoticeGiven { Notice: var notice } when !NoticesGiven.Any(given => given.Id == notice.Id && given.Version > notice.Version) =>
            this with { NoticesGiven = Put(NoticesGiven, notice, static n => (n.Id, "")) },
        _ => this,
    };

    private SubjectState ApplyHold(EntryData data, long position) => data switch
    {
        CorrectionRequested asked => this with { Holds = Holds.Add(new(asked.CorrectionId, HoldKind.Correction, asked.Items, asked.DueAt)) },
        CorrectionEntry settled => WithoutHold(settled.CorrectionId),
        DeletionRequested asked => this with { Holds = Holds.Add(new(asked.DeletionId, HoldKind.Deletion, asked.Items, asked.DueAt)) },
        DeletionCompleted done => WithoutHold(done.DeletionId) with
        {
            DeletedItems = done.Items.Aggregate(DeletedItems, (list, item) => Put(list, new DeletedItem(item, position), static d => (d.Item, ""))),
        },
        DeletionResult rejected => WithoutHold(rejected.DeletionId),
        _ => this,
    };

    private SubjectState ApplyRights(LedgerEntry entry) => entry.Data switch
    {
        // An objection to a business transfer becomes this suspension, which the member may have lifted like any other.
        ProcessingSuspended suspended => this with
        {
            Suspensions = Suspensions.Add(new(suspended.SuspensionId, suspended.DueAt, Settled: suspended.BusinessTransferId is not null)),
            TransferObjections = TransferObjections.RemoveAll(o => o.TransferId == suspended.BusinessTransferId),
        },
        SuspensionConfirmed { SuspensionId: var id } =>
            this with { Suspensions = [.. Suspensions.Select(s => s.Id == id ? s with { Settled = true } : s)] },
        SuspensionRejected { SuspensionId: var id } => this with { Suspensions = Suspensions.RemoveAll(s => s.Id == id) },
        ProcessingResumed resumed => this with { Suspensions = Suspensions.RemoveAll(s => s.Id == resumed.SuspensionId) },
        ComplaintReceived complaint => Extend(complaint.Extended) with { Complaints = Complaints.Add(complaint.ComplaintId), LastComplaintAt = entry.RecordedAt },
        ComplaintAnswered answered => Extend(answered.Extended) with { Complaints = Complaints.Remove(answered.ComplaintId), LastComplaintAt = entry.RecordedAt },
        GuardianRegistered guardian => this with { Guardian = new(guardian.Under14Until, guardian.Method, entry.Position) },
        BusinessTransferObjected objected =>
            this with { TransferObjections = TransferObjections.Add(new(objected.TransferId, objected.EffectiveAt)) },
        // What was asked and is still open is overtaken: nothing is used any more, and the rest is destroyed.
        MemberTerminated terminated => this with
        {
            Holds = [],
            Suspensions = [],
            TransferObjections = [],
            Termination = new(
                entry.RecordedAt, terminated.Retentions, terminated.EraseAt, [.. entry.Recipients.Select(r => new ToldPartner(r.Partner, r.EventId))]),
        },
        RetentionEnded ended when Termination is { } termination =>
            this with { Termination = termination with { Retentions = termination.Retentions.RemoveAll(r => r.Ground == ended.Ground) } },
        _ => this,
    };

    private SubjectState Extend(RetentionExtended? extended) => Termination is not { } termination || extended is null ? this : this with
    {
        Termination = termination with
        {
            Retentions =
            [
                .. termination.Retentions.Where(r => r.Ground != RetentionGround.Complaints)
                    .Append(new() { Ground = RetentionGround.Complaints, Until = extended.Until }).OrderBy(r => r.Ground),
            ],
            EraseAt = extended.EraseAt,
        },
    };

    private SubjectState WithoutHold(Guid id) => this with { Holds = Holds.RemoveAll(h => h.Id == id) };

    private SubjectState Replace(ConsentState consent) => this with { Consents = Put(Consents, consent, static c => (c.Purpose, "")) };

    private SubjectState WithConsent(
        LedgerEntry entry, ConsentEntry choice, ConsentStatus status, NoticeReference? notice, DateTimeOffset? reconfirmBy = null, DateTimeOffset? expiresAt = null)
    {
        var consent = new ConsentState
        {
            Purpose = CodePool.Of(choice.Purpose),
            Status = status,
            Notice = notice,
            OccurredAt = choice.OccurredAt,
            RecordedAt = entry.RecordedAt,
            Position = entry.Position,
            Actor = choice.Actor.Kind,
            ReconfirmBy = reconfirmBy,
            ExpiresAt = expiresAt,
        };
        return Replace(consent);
    }

    private Holding? Holding(string? partner, string purpose)
    {
        foreach (var holding in Holdings)
        {
            if (holding.Partner == partner && holding.Purpose == purpose)
                return holding;
        }

        return null;
    }

    private static bool AreAmong(ImmutableArray<string> items, ImmutableArray<string> all)
    {
        foreach (var item in items)
        {
            if (!all.Contains(item))
                return false;
        }

        return true;
    }

    private static ImmutableArray<string> Sorted(IEnumerable<string> items) => [.. items.Select(CodePool.Of).Order(StringComparer.Ordinal)];

    private SubjectState WithHolding(LedgerEntry entry, ProvisionRecorded provision)
    {
        var before = Holding(entry.Partner, provision.Purpose);
        var holding = before is not null && AreAmong(provision.Items, before.Items)
            ? before with { LegalBasis = provision.LegalBasis, LastProvidedAt = entry.RecordedAt }
            : new(
                CodePool.Of(entry.Partner!), CodePool.Of(provision.Purpose), Sorted(provision.Items.Union(before?.Items ?? [])), provision.LegalBasis, entry.RecordedAt);
        // The position at once: provisions are most of a ledger, and a state is a large record to copy twice.
        return this with { Holdings = Put(Holdings, holding, static h => (h.Partner, h.Purpose)), Position = entry.Position };
    }

    // The same facts stand on both subjects; which of the two this is decides what they mean here.
    private SubjectState WithLink(VisitorLinked link) =>
        link.Visitor == Subject ? this with { LinkedMember = link.Member }
        : LinkedVisitors.Contains(link.Visitor) ? this
        : this with { LinkedVisitors = [.. LinkedVisitors.Append(link.Visitor).Order()] };

    // Sorted, so that the same entries give the same bytes.
    private static ImmutableArray<T> Put<T>(ImmutableArray<T> list, T value, Func<T, (string, string)> key)
    {
        for (var i = 0; i < list.Length; i++)
        {
            var order = Compare(key(value), key(list[i]));
            if (order == 0)
                return list.SetItem(i, value);
            if (order < 0)
                return list.Insert(i, value);
        }

        return list.Add(value);
    }

    private static int Compare((string First, string Second) a, (string First, string Second) b) =>
        string.CompareOrdinal(a.First, b.First) is var first and not 0 ? first : string.CompareOrdinal(a.Second, b.Second);
}
