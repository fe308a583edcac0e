using ConsentLedger.BusinessTransfers;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Cookies;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Rights;

/// <summary>GET /v1/members/{memberId}/record: the right of access 열람 (policy, members' rights clause 1; PIPA art. 35).</summary>
public static class ReadRecord
{
    /// <summary>Entries read at once.</summary>
    private const int Step = 1000;

    /// <summary>The most entries that one answer is made of.</summary>
    public const int MaxEntries = 10_000;

    /// <summary>Entry types that are about a member and not shown to one: how partners answered is theirs, their notes with it.</summary>
    internal static readonly string[] LeftOut = ["delivery.acknowledged", "delivery.redelivery_requested"];

    private static readonly string[] ControllerTypes = ["catalog.loaded", "business_transfer.effected"];

    private static readonly string[] CookieTypes = ["cookies.chosen", "visitor.linked"];

    private static readonly string[] NoticeTypes = ["consent.granted", "consent.refused"];

    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    /// <param name="after">이 원장 위치 다음부터(앞선 응답의 <c>truncatedAfter</c>) / after this ledger position, the <c>truncatedAfter</c> of the answer before.</param>
    public static async Task<IResult> Handle(
        [SubjectId] string memberId, long? after, LedgerReplica replica, SubjectVault vault, IDbContextFactory<LedgerDbContext> contexts, TimeProvider time,
        HttpContext http, CancellationToken ct)
    {
        if (!Paging.TryRead(after, limit: null, out var start, out var problem))
            return new ProblemResult(problem);
        var asOf = await replica.SyncAsync(ct);
        // Policy, members' rights clause 4: nothing else of a terminated member is viewed, but the member may still see it.
        if (await replica.FindAsync(SubjectRef.Member(memberId), ct) is not { State: { ErasedAt: null } state } subject)
            return new ProblemResult(Problems.NotFound("memberId", Texts.NoRecord));
        // Read after the state: it knows every notice that the state's entries name.
        var catalog = replica.Catalog;
        await using var context = await contexts.CreateDbContextAsync(ct);
        var page = new RecordPage(state, catalog, await ControllersAsync(context, catalog, ct), await NoticesBeforeAsync(context, subject.Id, start.After, ct));
        var truncatedAfter = await ReadAsync(context, state, start.After, entry => page.Add(entry, vault.Open(entry, subject.WrappedKey)), ct);
        if (truncatedAfter is { } last)
            Paging.Link(http, last);
        return TypedResults.Ok(page.Fill(new(
            memberId,
            StatusOf(state, time.Now()),
            await GuardianAsync(context, state, entry => vault.Open(entry, subject.WrappedKey), ct),
            await CookiesAsync(context, state, replica, vault, ct),
            asOf,
            truncatedAfter)));
    }

    /// <summary>As decisions see it: an objection counts from the transfer on, whether or not the worker has been there.</summary>
    public static MemberStatus StatusOf(SubjectState state, DateTimeOffset now) =>
        state.Termination is not null ? MemberStatus.Restricted
        : !state.Suspensions.IsEmpty || state.TransferObjections.Any(o => o.EffectiveAt <= now) ? MemberStatus.Suspended
        : MemberStatus.Active;

    // Up to the state's own last entry, so that the lists and the state say the same.
    private static async Task<long?> ReadAsync(LedgerDbContext context, SubjectState state, long after, Action<LedgerEntry> add, CancellationToken ct)
    {
        var entries = context.Entries.AsNoTracking()
            .Where(e => e.SubjectId == state.Subject && e.Position <= state.Position && !LeftOut.Contains(e.Type));
        for (var left = MaxEntries; left > 0; left -= Step)
        {
            var from = after;
            var rows = await entries.Where(e => e.Position > from).OrderBy(e => e.Position).Select(e => e.Data).Take(Step).ToListAsync(ct);
            foreach (var entry in rows.Select(EntryCodec.Decode))
            {
                add(entry);
                after = entry.Position;
            }

            if (rows.Count < Step)
                return null;
        }

        return await entries.AnyAsync(e => e.Position > after, ct) ? after : null;
    }

    private static async Task<IReadOnlyList<ControllerSince>> ControllersAsync(LedgerDbContext context, CatalogState catalog, CancellationToken ct)
    {
        var rows = await context.Entries.AsNoTracking().Where(e => ControllerTypes.Contains(e.Type))
            .OrderBy(e => e.Position).Select(e => e.Data).Take(Step).ToListAsync(ct);
        return [.. rows.Select(EntryCodec.Decode).Select(e => new ControllerSince(e.Position, e.Data switch
        {
            CatalogLoaded loaded => loaded.Controller,
            BusinessTransferEffected { TransferId: var id } => catalog.FindTransfer(id)!.Announced.Transferee,
            _ => throw new LedgerCorruptException($"entry {e.Position} names no controller"),
        }))];
    }

    // A page that begins with a withdrawal still says from what: the latest choices before it are looked through, one step of them.
    private static async Task<Dictionary<string, NoticeReference>> NoticesBeforeAsync(LedgerDbContext context, Guid subject, long after, CancellationToken ct)
    {
        Dictionary<string, NoticeReference> notices = new(StringComparer.Ordinal);
        if (after == 0)
            return notices;
        var rows = await context.Entries.AsNoTracking().Where(e => e.SubjectId == subject && e.Position <= after && NoticeTypes.Contains(e.Type))
            .OrderByDescending(e => e.Position).Select(e => e.Data).Take(Step).ToListAsync(ct);
        foreach (var entry in rows.Select(EntryCodec.Decode))
        {
            if (entry.Data is ConsentGranted granted)
                notices.TryAdd(granted.Purpose, granted.Notice);
            else if (entry.Data is ConsentRefused refused)
                notices.TryAdd(refused.Purpose, refused.Notice);
        }

        return notices;
    }

    private static async Task<GuardianView?> GuardianAsync(LedgerDbContext context, SubjectState state, Func<LedgerEntry, Sealable?> open, CancellationToken ct)
    {
        if (state.Guardian is not { Position: var position })
            return null;
        var entry = EntryCodec.Decode(await context.Entries.AsNoTracking().Where(e => e.Position == position).Select(e => e.Data).SingleAsync(ct));
        return entry.Data is GuardianRegistered registered
            ? GuardianView.Of(entry, registered, open(entry))
            : throw new LedgerCorruptException($"entry {position} registers no guardian");
    }

    // At most LinkVisitor.MaxVisitors.
    private static async Task<IReadOnlyList<LinkedVisitorCookies>> CookiesAsync(
        LedgerDbContext context, SubjectState state, LedgerReplica replica, SubjectVault vault, CancellationToken ct)
    {
        var visitors = await Task.WhenAll(state.LinkedVisitors.Select(id => replica.FindAsync(SubjectRef.ById(id), ct).AsTask()));
        List<LinkedVisitorCookies> cookies = [];
        foreach (var visitor in visitors.OfType<CachedSubject>().OrderBy(v => v.Key.ExternalId, StringComparer.Ordinal))
        {
            var (linkedAt, own, last) = await OwnChoicesAsync(context, visitor.Id, state.Subject, ct);
            cookies.Add(new()
            {
                Visitor = visitor.Key.ExternalId,
                LinkedAt = linkedAt,
                Cookies = own is null ? null : CookieView.Of(own),
                Evidence = last is null ? null : vault.Open(last, visitor.WrappedKey)?.Evidence,
            });
        }

        return cookies;
    }

    // A browser may be shared: a choice is of whoever had logged in last, and before any login of the first who did. What stands in the
    // browser's state mixes them, so the member's own are folded again.
    private static async Task<(DateTimeOffset LinkedAt, CookieState? Own, LedgerEntry? Last)> OwnChoicesAsync(
        LedgerDbContext context, Guid visitor, Guid member, CancellationToken ct)
    {
        var entries = context.Entries.AsNoTracking().Where(e => e.SubjectId == visitor && CookieTypes.Contains(e.Type));
        (DateTimeOffset? linkedAt, Guid? owner, CookieState? own, LedgerEntry? last) = (null, null, null, null);
        // Ends: each step begins behind the one before.
        for (var after = 0L; ;)
        {
            var from = after;
            var rows = await entries.Where(e => e.Position > from).OrderBy(e => e.Position).Select(e => e.Data).Take(Step).ToListAsync(ct);
            foreach (var entry in rows.Select(EntryCodec.Decode))
            {
                after = entry.Position;
                if (entry.Data is VisitorLinked link)
                {
                    if (owner is null && link.Member != member)
                        (own, last) = (null, null);
                    owner = link.Member;
                    linkedAt ??= owner == member ? entry.RecordedAt : null;
                }
                else if (owner is null || owner == member)
                {
                    (own, last) = (CookieState.After(own, entry, (CookiesChosen)entry.Data), entry);
                }
            }

            if (rows.Count < Step)
                return (linkedAt ?? throw new LedgerCorruptException($"visitor {visitor} was never linked to {member}"), own, last);
        }
    }
}
