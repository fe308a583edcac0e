using ConsentLedger.Hosting;

namespace ConsentLedger.Decisions;

public static class DecisionsApi
{
    public static void MapDecisions(this IEndpointRouteBuilder api)
    {
        var decisions = api.MapGroup("").WithTags("Decisions").RequireScope(Scopes.DecisionsRead);
        decisions.MapPost("/members/{memberId}/decisions", DecideProvision.Handle)
            .Describe("제공 가능 여부", "May these items go to the partner, now? Permit or deny, both answer 200.")
            .Produces<DecisionResponse>().ProducesProblems(400);
        decisions.MapPost("/decisions", DecideForMany.Handle)
            .Describe("여러 회원의 제공 가능 여부", "The same question for up to 1,000 members.")
            .Produces<ManyDecisionsResponse>().ProducesProblems(400);
    }
}
