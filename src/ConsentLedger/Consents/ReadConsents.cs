using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Consents;

/// <summary>회원의 동의 상태 / a member's consents.</summary>
public sealed record MemberConsents
{
    /// <summary>회원 식별자 / member id.</summary>
    public required string Member { get; init; }

    /// <summary>목적별 동의 상태 / how each consent stands.</summary>
    public required IReadOnlyList<ConsentView> Consents { get; init; }

    /// <summary>정정 처리 중이어서 이용·제공이 정지된 항목 / items on hold while a correction is pending.</summary>
    public required IReadOnlyList<string> HeldItems { get; init; }

    /// <summary>결과에 반영된 마지막 원장 위치 / everything up to this position was taken into account.</summary>
    public required long AsOfPosition { get; init; }
}

/// <summary>GET /v1/members/{memberId}/consents</summary>
public static class ReadConsents
{
    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    /// <param name="at">이 시각의 상태(예: <c>2026-11-22T09:00:00+09:00</c>), 없으면 지금 / as of this instant (RFC 3339); now if absent.</param>
    public static async Task<IResult> Handle(
        [SubjectId] string memberId, [Instant] string? at, LedgerReplica replica, IDbContextFactory<LedgerDbContext> contexts, TimeProvider time, CancellationToken ct)
    {
        var position = await replica.SyncAsync(ct);
        var subject = await replica.FindAsync(SubjectRef.Member(memberId), ct);
        if (subject is null)
            return new ProblemResult(Problems.NotFound("memberId", Texts.NoRecord));
        // Policy, members' rights clause 4: no other viewing. The access record is there for the member.
        if (subject.State.Termination is not null)
            return new ProblemResult(Problems.MemberRestricted);
        if (at is null)
            return TypedResults.Ok(View(memberId, subject.State, position, time.Now()));
        if (!PastInstant.TryRead(at, time.Now(), out var instant, out var problem))
            return new ProblemResult(problem);
        var then = await StateAtAsync(subject.Id, instant, contexts, ct);
        return TypedResults.Ok(View(memberId, then, then.Position, instant));
    }

    /// <summary>The state as the entries made it by an instant, folded again from them.</summary>
    public static async Task<SubjectState> StateAtAsync(
        Guid subject, DateTimeOffset instant, IDbContextFactory<LedgerDbContext> contexts, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        var state = SubjectState.New(subject);
        var entries = context.Entries.AsNoTracking().Where(e => e.SubjectId == subject).OrderBy(e => e.Position).Select(e => new { e.RecordedAt, e.Data });
        await foreach (var entry in entries.AsAsyncEnumerable().WithCancellation(ct))
        {
            // Times never go back along the positions. No condition in SQL: PostgreSQL would look for it in the index of times, all over the ledger.
            if (entry.RecordedAt > instant)
                break;
            state = state.Apply(EntryCodec.Decode(entry.Data));
        }

        return state;
    }

    private static MemberConsents View(string memberId, SubjectState state, long position, DateTimeOffset at) => new()
    {
        Member = memberId,
        Consents = [.. state.Consents.Select(c => ConsentView.Of(c) with { Status = c.StatusAt(at) })],
        HeldItems = [.. state.Holds.SelectMany(h => h.Items).Distinct().Order(StringComparer.Ordinal)],
        AsOfPosition = position,
    };
}
