using ConsentLedger.Hosting;

namespace ConsentLedger.Rights;

public static class RightsApi
{
    public static void MapRights(this IEndpointRouteBuilder api)
    {
        var rights = api.MapGroup("").WithTags("Rights").RequireScope(Scopes.RightsWrite);
        rights.MapPost("/members/{memberId}/corrections", RequestCorrection.Handle)
            .Describe("정정 요구 접수", "request a correction",
                "요구된 항목의 이용·제공을 정지하고 결과 통지 기한(10일)을 셉니다. 그 항목을 제공받은 제공처에는 이용을 멈추도록 알립니다.",
                "Holds the items and starts the clock (ten days); the partners that were given them are told to stop using them.")
            .Produces<CorrectionAccepted>(201).ProducesProblems(400, 422).IsWrite()
            .Examples(RightsExamples.Correction, RightsExamples.Accepted);
        rights.MapPost("/corrections/{id:guid}/completion", SettleCorrection.Complete)
            .Describe("정정 완료", "complete a correction",
                "정지를 풀고, 그 항목을 가진 제공처에 새 값을 알립니다. 제공처마다 자신이 제공받은 항목만 받습니다.",
                "Releases the hold; the partners that hold the items are told the new values, each only of its items.")
            .WithName("completeCorrection")
            .Produces<CorrectionSettled>(201).ProducesProblems(400, 404, 409, 422).IsWrite()
            .Examples(RightsExamples.Completion, RightsExamples.Completed);
        rights.MapPost("/corrections/{id:guid}/rejection", SettleCorrection.Reject)
            .Describe("정정 거절", "reject a correction",
                "정지를 풀고 정보를 그대로 둡니다. 그 항목을 가진 제공처에 알리며, 사유는 알리지 않습니다.",
                "Releases the hold and leaves the data as it was; the partners that hold the items are told, without the reason.")
            .WithName("rejectCorrection")
            .Produces<CorrectionSettled>(201).ProducesProblems(400, 404, 409, 422).IsWrite()
            .Examples(RightsExamples.Rejection, RightsExamples.Rejected);
    }
}
