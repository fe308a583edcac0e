using ConsentLedger.Hosting;

namespace ConsentLedger.Cookies;

public static class CookiesApi
{
    public static void MapCookies(this IEndpointRouteBuilder api)
    {
        var visitor = api.MapGroup("/visitors/{visitorId}").WithTags("Cookies");
        visitor.MapPost("/cookie-choices", RecordCookieChoices.Handle).RequireScope(Scopes.ConsentsWrite)
            .Describe("쿠키 선택 기록", "record cookie choices",
                "방문자의 쿠키 선택을 기록합니다. `choice`로 모두 허용, 저장할 때마다 확인, 모두 거부 중 하나를 고르거나, `choices`로 목적마다 고릅니다. 일괄 선택은 이전의 선택을 모두 대신하고, 목적별 선택은 그 목적만 바꿉니다.",
                "Records a visitor's cookie choices: with `choice` allow all, ask each time or refuse all; with `choices` by purpose. A general choice replaces everything before it, choices by purpose only those purposes.")
            .Produces<CookieChoicesRecorded>(201).ProducesProblems(400, 422).IsWrite()
            .Examples(CookiesExamples.Choices, CookiesExamples.Recorded);
        visitor.MapGet("/cookie-choices", ReadCookieChoices.Handle).RequireScope(Scopes.ConsentsRead)
            .Describe("쿠키 선택 조회", "read cookie choices",
                "방문자의 쿠키 선택이 지금 어떠한지, 또는 `at` 시각에 어떠했는지 조회합니다.",
                "How the visitor's cookie choices stand now, or stood at the instant `at`.")
            .Produces<VisitorCookies>().ProducesProblems(400, 404)
            .Examples(answer: CookiesExamples.Cookies);
        visitor.MapPost("/cookie-decisions", DecideCookies.Handle).RequireScope(Scopes.DecisionsRead)
            .Describe("쿠키 저장 가능 여부", "decide on cookies",
                "이 목적의 쿠키를 지금 저장해도 되는지 판단합니다. 허용(permit), 거부(deny), 방문자에게 확인(ask) 모두 200으로 응답합니다. 선택한 적이 없는 방문자와 목적은 확인(ask)입니다. 기록은 남지 않습니다.",
                "May cookies be stored for these purposes, now? Permit, deny and ask all answer 200; where nothing was chosen the answer is ask. Nothing is recorded.")
            .Produces<CookieDecisionsResponse>().ProducesProblems(400)
            .Examples(CookiesExamples.Decisions, CookiesExamples.Decided);
        visitor.MapPost("/link", LinkVisitor.Handle).RequireScope(Scopes.ConsentsWrite)
            .Describe("방문자와 회원 연결", "link a visitor to a member",
                "로그인할 때 방문자를 회원에 연결하며, 두 정보주체에 모두 기록합니다. 같은 연결을 반복하면 아무것도 기록하지 않고 200으로 응답합니다. 같은 브라우저에서 다른 회원이 로그인하면 새 연결이 대신합니다. 한 회원에게 방문자는 100개까지입니다.",
                "Links a visitor to the member that logs in, recorded on both; the same link again records nothing and answers 200. Another member on the same browser replaces it. A member has at most 100 visitors.")
            .Produces<LinkRecorded>(201).Produces<LinkRecorded>(200).ProducesProblems(400, 409, 422).IsWrite()
            .Examples(CookiesExamples.Link, CookiesExamples.Linked);
    }
}
