using ConsentLedger.Hosting;
using ConsentLedger.Rights;

namespace ConsentLedger.Consents;

public static class ConsentsApi
{
    public static void MapConsents(this IEndpointRouteBuilder api)
    {
        var member = api.MapGroup("/members/{memberId}").WithTags("Consents");
        member.MapPost("/consents", RecordConsents.Handle).RequireScope(Scopes.ConsentsWrite)
            .Describe("동의·거부 기록", "record choices",
                "정보주체에게 보여 준 고지 버전에 대한 동의와 거부를 기록합니다. 동의했던 목적을 거부하면 철회로 보아 관련 제공처에 알립니다.",
                "Records choices, granted and refused, against the notice version that was shown. Refusing what was granted takes it back: the partners concerned are told.")
            .Produces<ConsentsRecorded>(201).ProducesProblems(400, 409, 422).IsDeniable().IsWrite()
            .Examples(ConsentsExamples.Request, ConsentsExamples.Recorded);
        member.MapGet("/consents", ReadConsents.Handle).RequireScope(Scopes.ConsentsRead)
            .Describe("동의 상태 조회", "read consents",
                "회원의 동의가 지금 어떠한지, 또는 `at` 시각에 어떠했는지 조회합니다.",
                "How the member's consents stand now, or stood at the instant `at`.")
            .Produces<MemberConsents>().ProducesProblems(400, 404).IsDeniable()
            .Examples(answer: ConsentsExamples.Consents);
        member.MapPost("/withdrawals", WithdrawConsents.Handle).RequireScope(Scopes.ConsentsWrite)
            .Describe("동의 철회", "withdraw consents",
                "목적별로 동의를 철회합니다. 응답한 때부터 어떤 판단도 그 목적을 허용하지 않으며, 관련 제공처에 알립니다. 동의한 적이 없어도 거절하지 않습니다.",
                "Withdraws purposes. From the answer on no decision permits them; the partners concerned are told. Never refused for lack of a consent.")
            .Produces<ConsentsRecorded>(201).ProducesProblems(400, 422).IsWrite()
            .Examples(ConsentsExamples.Withdrawal, ConsentsExamples.Withdrawn);
        member.MapPost("/reconfirmations", ReconfirmConsents.Handle).RequireScope(Scopes.ConsentsWrite)
            .Describe("수신동의 확인", "reconfirm consents to advertising",
                "광고 수신동의를 회원이 다시 확인했음을 기록합니다(2년마다, 정보통신망법 제50조 제8항).",
                "Records that the member confirmed consents to advertising again (every two years, Network Act art. 50(8)).")
            .Produces<ConsentsRecorded>(201).ProducesProblems(400, 422).IsDeniable().IsWrite()
            .Examples(ConsentsExamples.Reconfirmation, ConsentsExamples.Reconfirmed);
        member.MapPost("/result-notices", RecordResultNotice.Handle).RequireScope(Scopes.ConsentsWrite)
            .Describe("처리결과 통지 기록", "record a result notice",
                "광고 수신의 동의·거부·철회를 어떻게 처리했는지 회원에게 알렸음을 기록합니다(14일 안에, 제50조 제7항).",
                "Records that the member was told how choices on advertising were handled (within 14 days, art. 50(7)).")
            .Produces<RightsRecorded>(201).ProducesProblems(400, 422).IsWrite()
            .Examples(ConsentsExamples.ResultNotice, ConsentsExamples.ResultNotified);
        member.MapPost("/notices", RecordNoticeGiven.Handle).RequireScope(Scopes.ConsentsWrite)
            .Describe("개별 고지 기록", "record an individual notice",
                "회원에게 고지 버전을 개별로 알렸음을 기록합니다. 마케팅 수탁자가 바뀌면 필요합니다(개인정보 보호법 제26조 제3항).",
                "Records that the member was given a notice version individually, as a change of a marketing processor needs (PIPA art. 26(3)).")
            .Produces<RightsRecorded>(201).ProducesProblems(400, 409, 422).IsWrite()
            .Examples(ConsentsExamples.NoticeGiven, ConsentsExamples.NoticeRecorded);
    }
}
