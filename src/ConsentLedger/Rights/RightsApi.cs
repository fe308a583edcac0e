using ConsentLedger.Hosting;

namespace ConsentLedger.Rights;

public static class RightsApi
{
    public static void MapRights(this IEndpointRouteBuilder api)
    {
        var rights = api.MapGroup("").WithTags("Rights").RequireScope(Scopes.RightsWrite);
        rights.MapPost("/members/{memberId}/corrections", RequestCorrection.Handle)
            .Describe("정정 요구 접수", "Holds the items and starts the clock; the partners that were given them are told to stop using them.")
            .Produces<CorrectionAccepted>(201).ProducesProblems(400, 422).IsWrite();
        rights.MapPost("/corrections/{id:guid}/completion", SettleCorrection.Complete)
            .Describe("정정 완료", "Releases the hold; the partners that hold the items are told the new values, each only of its items.")
            .Produces<CorrectionSettled>(201).ProducesProblems(400, 404, 409, 422).IsWrite();
        rights.MapPost("/corrections/{id:guid}/rejection", SettleCorrection.Reject)
            .Describe("정정 거절", "Releases the hold and leaves the data as it was; the partners that hold the items are told.")
            .Produces<CorrectionSettled>(201).ProducesProblems(400, 404, 409, 422).IsWrite();
    }
}
