using ConsentLedger.Hosting;

namespace ConsentLedger.Provisions;

public static class ProvisionsApi
{
    public static void MapProvisions(this IEndpointRouteBuilder api)
    {
        var member = api.MapGroup("/members/{memberId}").WithTags("Provisions");
        member.MapPost("/provisions", RecordProvision.Handle).RequireScope(Scopes.ProvisionsWrite)
            .Describe("제공 기록", "record a provision",
                "제공해도 되는지 판단하고 그 자리에서 제공을 기록합니다. 판단과 기록 사이에 철회가 끼어들 수 없습니다. 제공할 수 없으면 403과 사유로 응답하고, 거절도 기록합니다.",
                "Checks and records a provision atomically: no withdrawal slips in between. Denied: 403 with `reasons`, and the denial is recorded too.")
            .Produces<ProvisionRecordedResponse>(201).ProducesProblems(400, 422).IsWrite().IsDeniable()
            .Examples(ProvisionsExamples.Request, ProvisionsExamples.Recorded);
        member.MapGet("/provisions", ListProvisions.Handle).RequireScope(Scopes.ConsentsRead)
            .Describe("제공 내역 조회", "read provisions",
                "누구에게, 무엇을, 언제, 어떤 근거로 제공했는지 조회합니다.",
                "Who was given what, when, on which ground.")
            .Produces<MemberProvisions>().ProducesProblems(400, 404)
            .Examples(answer: ProvisionsExamples.Provisions);
        member.MapPost("/checkouts", RecordCheckout.Handle).RequireScope(Scopes.ConsentsWrite, Scopes.ProvisionsWrite)
            .Describe("결제 기록", "record a checkout",
                "결제 한 건의 동의 선택과 제공을 한 번에, 전부 또는 전무로 기록합니다. 선택은 함께 보낸 제공의 판단에 반영됩니다. 하나라도 제공할 수 없으면 403과 사유로 응답하고 아무것도 기록하지 않습니다.",
                "Choices and provisions of one checkout, all or nothing, in one round trip. The choices count for the provisions beside them. One denied: 403 with `reasons`, and nothing is recorded.")
            .Produces<CheckoutRecorded>(201).ProducesProblems(400, 422).IsWrite().IsDeniable()
            .Examples(ProvisionsExamples.Checkout, ProvisionsExamples.CheckoutRecorded);
        api.MapPost("/provisions", RecordStatistics.Handle).WithTags("Provisions").RequireScope(Scopes.ProvisionsWrite)
            .Describe("통계 제공 기록", "record a provision of statistics",
                "통계작성, 학술연구, 시장조사를 위하여 특정 개인을 식별할 수 없는 형태로 제공하는 것을 기록합니다. 누구에 관한 기록도 아니므로 회원을 지정하지 않습니다. 개인을 식별할 수 있는 항목이 있거나 다른 근거의 목적이면 403과 사유로 응답하고, 거절도 기록합니다.",
                "Records a provision for statistics, research or market surveys in a form in which nobody can be recognised: it concerns no member. An item that identifies a person, or a purpose on another ground: 403 with `reasons`, and the denial is recorded too.")
            .Produces<ProvisionRecordedResponse>(201).ProducesProblems(400, 422).IsWrite().IsDeniable()
            .Examples(ProvisionsExamples.Statistics, ProvisionsExamples.StatisticsRecorded);
    }
}
