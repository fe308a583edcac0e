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
            .Produces<CorrectionAccepted>(201).ProducesProblems(400, 409, 422).IsWrite()
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
        rights.MapGet("/members/{memberId}/record", ReadRecord.Handle)
            .Describe("열람", "read the access record",
                "회원에 관하여 보유한 모든 기록을 ISO/IEC TS 27560 동의 기록과 W3C DPV의 용어로 조회합니다. 암호화된 것은 풀어서 보여 주며, 삭제된 항목의 값과 제공처의 메모는 보여 주지 않습니다. 탈퇴한 회원도 파기되기 전까지 열람할 수 있습니다. 한 번에 원장 항목 10,000개까지 담고, 더 있으면 `truncatedAfter`와 `Link`로 이어집니다. 목록은 쪽마다 다르고 나머지는 모든 쪽에서 같습니다.",
                "Everything held about the member, as ISO/IEC TS 27560 consent records and in the terms of the W3C DPV. What is encrypted is shown opened; values of deleted items and partners' notes are not shown. A terminated member may see it until erasure. One answer holds at most 10,000 entries; when there are more, `truncatedAfter` and `Link` lead on. The lists differ by page, the rest is the same on each.")
            .Produces<AccessRecord>().ProducesProblems(400, 404).IsPaged()
            .Examples(answer: RightsExamples.Record);
        MapDeletions(rights);
        MapSuspensions(rights);
        MapMembership(rights);
        MapComplaints(rights);
    }

    private static void MapDeletions(RouteGroupBuilder rights)
    {
        rights.MapPost("/members/{memberId}/deletions", RequestDeletion.Handle)
            .Describe("삭제 요구 접수", "request a deletion",
                "요구된 항목의 이용·제공을 정지하고 결과 통지 기한(10일)을 셉니다. 그 항목을 제공받은 제공처에도 알립니다.",
                "Holds the items and starts the clock (ten days); the partners that were given them are told to stop using them.")
            .Produces<CorrectionAccepted>(201).ProducesProblems(400, 409, 422).IsWrite()
            .Examples(RightsExamples.Deletion, RightsExamples.DeletionAccepted);
        rights.MapPost("/deletions/{id:guid}/completion", SettleDeletion.Complete)
            .Describe("삭제 완료", "complete a deletion",
                "항목을 삭제했음을 기록하고, 가진 제공처에 지금 파기하도록, 또는 법령에 따라 언제까지 보존할지 알립니다.",
                "Records that the items were deleted; the partners that hold them are told to delete, or what the law wants kept until when.")
            .WithName("completeDeletion")
            .Produces<RightsRecorded>(201).ProducesProblems(400, 404, 409, 422).IsWrite()
            .Examples(answer: RightsExamples.Deleted);
        rights.MapPost("/deletions/{id:guid}/rejection", SettleDeletion.Reject)
            .Describe("삭제 거절", "reject a deletion",
                "정지를 풀고 정보를 그대로 둡니다. 다른 법령이 수집 대상으로 정한 정보는 삭제를 요구할 수 없습니다(제36조 제1항).",
                "Releases the hold and leaves the data as it was. What another law wants collected cannot be deleted (PIPA art. 36(1)).")
            .WithName("rejectDeletion")
            .Produces<RightsRecorded>(201).ProducesProblems(400, 404, 409, 422).IsWrite()
            .Examples(RightsExamples.Rejection, RightsExamples.DeletionRejected);
    }

    private static void MapSuspensions(RouteGroupBuilder rights)
    {
        rights.MapPost("/members/{memberId}/suspensions", SuspendProcessing.Handle)
            .Describe("처리정지 요구 접수", "suspend processing",
                "응답한 때부터 회원의 개인정보를 어떤 목적으로도 이용·제공하지 않습니다. 가진 제공처에 알리고 결과 통지 기한(10일)을 셉니다.",
                "From the answer on nothing of the member is used or provided; the partners that hold anything are told, and the clock (ten days) starts.")
            .Produces<RequestAccepted>(201).ProducesProblems(400, 409, 422).IsWrite()
            .Examples(RightsExamples.Request, RightsExamples.Suspended);
        rights.MapPost("/suspensions/{id:guid}/completion", SettleSuspension.Confirm)
            .Describe("처리정지 결과 통지", "confirm a suspension",
                "처리정지했음을 회원에게 알렸음을 기록합니다. 정지는 계속됩니다.",
                "Records that the member was told of the suspension, which goes on.")
            .WithName("completeSuspension")
            .Produces<RightsRecorded>(201).ProducesProblems(400, 404, 409, 422).IsWrite()
            .Examples(answer: RightsExamples.SuspensionConfirmed);
        rights.MapPost("/suspensions/{id:guid}/rejection", SettleSuspension.Reject)
            .Describe("처리정지 거절", "reject a suspension",
                "법이 정한 사유로 거절하고 처리를 재개합니다(제37조 제2항).",
                "Refuses it for a reason of the law, and processing goes on (PIPA art. 37(2)).")
            .WithName("rejectSuspension")
            .Produces<RightsRecorded>(201).ProducesProblems(400, 404, 409, 422).IsWrite()
            .Examples(RightsExamples.Rejection, RightsExamples.SuspensionRejected);
        rights.MapPost("/suspensions/{id:guid}/lifting", SettleSuspension.Lift)
            .Describe("처리정지 해제", "lift a suspension",
                "회원이 원하여 처리를 재개합니다. 가진 제공처에 알립니다.",
                "Processing goes on because the member wants it to; the partners that hold anything are told.")
            .WithName("liftSuspension")
            .Produces<RightsRecorded>(201).ProducesProblems(400, 404, 409, 422).IsWrite()
            .Examples(RightsExamples.Request, RightsExamples.Lifted);
    }

    private static void MapMembership(RouteGroupBuilder rights)
    {
        rights.MapPost("/members/{memberId}/termination", TerminateMembership.Handle)
            .Describe("회원탈퇴", "terminate a membership",
                "모든 동의를 철회하고 이용·제공·열람을 막습니다. 법령에 따라 보존할 것을 근거별 기한과 함께 답하고, 가진 제공처에 지금 파기하거나 언제까지 왜 보존할지 알립니다. 기한이 지나면 파기합니다.",
                "Withdraws all consents and restricts the member. Answers what the law wants kept until when; each partner is told to delete, or what to keep until when and why. At the end the member is erased.")
            .Produces<TerminationRecorded>(201).ProducesProblems(400, 409, 422).IsWrite()
            .Examples(RightsExamples.Request, RightsExamples.Terminated);
        rights.MapPut("/members/{memberId}/guardian", RegisterGuardian.Handle)
            .Describe("법정대리인 등록", "register a guardian",
                "만 14세 미만 회원의 법정대리인을 등록합니다. 그날까지는 법정대리인만 동의할 수 있고, 열람·정정·철회는 본인도 할 수 있습니다.",
                "Registers the legal guardian of a member under fourteen. Until then only the guardian grants; either may see, correct and withdraw.")
            .Produces<GuardianRecorded>(201).ProducesProblems(400, 409, 422).IsWrite()
            .Examples(RightsExamples.Guardian, RightsExamples.GuardianRegistered);
    }

    private static void MapComplaints(RouteGroupBuilder rights)
    {
        rights.MapPost("/members/{memberId}/complaints", ReceiveComplaint.Handle)
            .Describe("민원 접수", "receive a complaint",
                "민원을 암호화하여 기록하고 답변 기한(10일)을 셉니다. 탈퇴한 회원도 파기 전까지 제기할 수 있으며, 그 기록은 3년간 보존합니다.",
                "Records a complaint, encrypted, and starts the clock (ten days). One who has left may complain too until the erasure, which then waits the three years that complaints are kept.")
            .Produces<RequestAccepted>(201).ProducesProblems(400, 422).IsWrite()
            .Examples(RightsExamples.Complaint, RightsExamples.ComplaintAccepted);
        rights.MapPost("/complaints/{id:guid}/answer", AnswerComplaint.Handle)
            .Describe("민원 답변", "answer a complaint", "답변을 암호화하여 기록합니다.", "Records the answer, encrypted.")
            .Produces<RightsRecorded>(201).ProducesProblems(400, 404, 409, 422).IsWrite()
            .Examples(RightsExamples.Answer, RightsExamples.Answered);
    }
}
