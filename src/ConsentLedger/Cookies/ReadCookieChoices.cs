using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Cookies;

/// <summary>방문자의 쿠키 선택 상태 / a visitor's cookie choices.</summary>
public sealed record VisitorCookies
{
    /// <summary>방문자 식별자 / visitor id.</summary>
    public required string Visitor { get; init; }

    /// <summary>쿠키 선택 상태. 선택한 적이 없으면 생략 / how the choices stand; absent before any.</summary>
    public CookieView? Cookies { get; init; }

    /// <summary>결과에 반영된 마지막 원장 위치 / everything up to this position was taken into account.</summary>
    public required long AsOfPosition { get; init; }
}

/// <summary>GET /v1/visitors/{visitorId}/cookie-choices</summary>
public static class ReadCookieChoices
{
    private static readonly Text NoRecord = new("기록이 없는 방문자입니다.", "The ledger has no record of this visitor.");

    /// <param name="visitorId" example="v-7f3a">방문자 식별자 / visitor id.</param>
    /// <param name="at">이 시각의 상태(예: <c>2026-11-22T09:00:00+09:00</c>), 없으면 지금 / as of this instant (RFC 3339); now if absent.</param>
    public static async Task<IResult> Handle(
        [SubjectId] string visitorId, [Instant] string? at, LedgerReplica replica, IDbContextFactory<LedgerDbContext> contexts, TimeProvider time, CancellationToken ct)
    {
        var position = await replica.SyncAsync(ct);
        var subject = await replica.FindAsync(SubjectRef.Visitor(visitorId), ct);
        if (subject is null)
            return new ProblemResult(Problems.NotFound("visitorId", NoRecord));
        if (at is null)
            return TypedResults.Ok(View(visitorId, subject.State, position));
        if (!PastInstant.TryRead(at, time.Now(), out var instant, out var problem))
            return new ProblemResult(problem);
        var then = await ReadConsents.StateAtAsync(subject.Id, instant, contexts, ct);
        return TypedResults.Ok(View(visitorId, then, then.Position));
    }

    private static VisitorCookies View(string visitorId, SubjectState state, long position) => new()
    {
        Visitor = visitorId,
        Cookies = state.Cookies is { } cookies ? CookieView.Of(cookies) : null,
        AsOfPosition = position,
    };
}
