using ConsentLedger.Hosting;

namespace ConsentLedger.Decisions;

public static class DecisionsApi
{
    public static void MapDecisions(this IEndpointRouteBuilder api)
    {
        var decisions = api.MapGroup("").WithTags("Decisions").RequireScope(Scopes.DecisionsRead);
        decisions.MapPost("/members/{memberId}/decisions", DecideProvision.Handle)
            .Describe("제공 가능 여부", "decide",
                "이 항목들을 이 목적으로 이 제공처에 지금 제공해도 되는지 판단합니다. 허용(permit)과 거절(deny) 모두 200으로 응답하며, 거절이면 항목별 사유가 있습니다. `at`을 주면 그 시각까지 기록된 것으로 그 시각에 한 판단을 다시 합니다. 기록은 남지 않습니다.",
                "May these items go to the partner for the purpose, now, or as of `at`, by what was recorded then? Permit and deny both answer 200; a denial has its reasons by item. Nothing is recorded.")
            .Produces<DecisionResponse>().ProducesProblems(400).IsDeniable()
            .Examples(DecisionsExamples.Request, DecisionsExamples.Permitted);
        decisions.MapPost("/decisions", DecideForMany.Handle)
            .Describe("여러 회원의 제공 가능 여부", "decide for many members",
                "같은 질문을 회원 1,000명까지 한 번에 판단합니다. 캠페인 대상 목록을 넘기기 전에 걸러 낼 때 씁니다.",
                "The same question for up to 1,000 members at once: a campaign list is scrubbed before it is handed over.")
            .Produces<ManyDecisionsResponse>().ProducesProblems(400)
            .Examples(DecisionsExamples.ManyRequest, DecisionsExamples.Many);
    }
}
