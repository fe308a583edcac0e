using ConsentLedger.Hosting;

namespace ConsentLedger.Provisions;

public static class ProvisionsApi
{
    public static void MapProvisions(this IEndpointRouteBuilder api)
    {
        var member = api.MapGroup("/members/{memberId}").WithTags("Provisions");
        member.MapPost("/provisions", RecordProvision.Handle).RequireScope(Scopes.ProvisionsWrite)
            .Describe("제공 기록", "Checks and records a provision atomically; 403 with reasons when denied, and the denial is recorded too.")
            .Produces<ProvisionRecordedResponse>(201).ProducesProblems(400, 422).IsWrite();
        member.MapGet("/provisions", ListProvisions.Handle).RequireScope(Scopes.ConsentsRead)
            .Describe("제공 내역 조회", "Who was given what, when, on which ground.")
            .Produces<MemberProvisions>().ProducesProblems(400, 404);
        member.MapPost("/checkouts", RecordCheckout.Handle).RequireScope(Scopes.ConsentsWrite, Scopes.ProvisionsWrite)
            .Describe("결제 기록", "Choices and provisions of one checkout, all or nothing, in one round trip.")
            .Produces<CheckoutRecorded>(201).ProducesProblems(400, 422).IsWrite();
    }
}
