using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Cookies;

/// <summary>쿠키 저장 가능 여부 질의 / may cookies be stored for these purposes, now?</summary>
public sealed record CookieDecisionsRequest
{
    /// <summary>쿠키 사용 목적 코드, 최대 32 / codes of the cookies' purposes, at most 32.</summary>
    /// <example>["visit_analytics", "targeted_marketing"]</example>
    [Codes(1, 32)]
    public required IReadOnlyList<string> Purposes { get; init; }
}

/// <summary>목적 하나에 대한 판단 / the decision on one purpose.</summary>
public sealed record CookieDecision
{
    /// <summary>쿠키 사용 목적 코드 / code of the cookies' purpose.</summary>
    public required string Purpose { get; init; }

    /// <summary>이 목적에 대한 판단 / the decision on this purpose.</summary>
    public required CookieOutcome Decision { get; init; }
}

/// <summary>판단 목록, 요청한 순서대로 / decisions in the order asked.</summary>
public sealed record CookieDecisionsResponse
{
    /// <summary>목적별 판단, 요청한 순서대로 / one decision for each purpose, in the order asked.</summary>
    public required IReadOnlyList<CookieDecision> Decisions { get; init; }

    /// <summary>결과에 반영된 마지막 원장 위치 / everything up to this position was taken into account.</summary>
    public required long AsOfPosition { get; init; }
}

/// <summary>POST /v1/visitors/{visitorId}/cookie-decisions</summary>
public static class DecideCookies
{
    /// <param name="visitorId" example="v-7f3a">방문자 식별자 / visitor id.</param>
    public static async Task<IResult> Handle([SubjectId] string visitorId, CookieDecisionsRequest request, LedgerReplica replica, CancellationToken ct)
    {
        await replica.SyncAsync(ct);
        var catalog = replica.Catalog;
        var unknown = request.Purposes.Index().Where(p => catalog.FindCookiePurpose(p.Item) is null)
            .Select(p => new FieldError($"purposes[{p.Index}]", Texts.UnknownPurpose)).ToArray();
        if (unknown.Length > 0)
            return new ProblemResult(Problems.Invalid(unknown));
        var subject = await replica.FindAsync(SubjectRef.Visitor(visitorId), ct);
        // Read before the state: what is claimed is never more than what was looked at.
        var asOf = replica.Applied;
        var cookies = subject?.State.Cookies;
        return TypedResults.Ok(new CookieDecisionsResponse
        {
            Decisions = [.. request.Purposes.Select(purpose => new CookieDecision { Purpose = purpose, Decision = CookieRule.Decide(cookies, purpose) })],
            AsOfPosition = asOf,
        });
    }
}
