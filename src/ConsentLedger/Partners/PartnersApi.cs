using ConsentLedger.Hosting;

namespace ConsentLedger.Partners;

public static class PartnersApi
{
    public static void MapPartners(this IEndpointRouteBuilder api)
    {
        var register = api.MapGroup("/partners").WithTags("Partners");
        register.MapGet("", ListPartners.Handle).RequireScope(Scopes.LedgerRead)
            .Describe("제공처 목록", "list partners",
                "등록된 제공처와 담당 목적입니다. 종료된 제공처도 있습니다.",
                "The partner register, ended partners too.")
            .Produces<PartnersPage>()
            .Examples(answer: PartnersExamples.Partners);
        register.MapPut("/{code}", RegisterPartner.Handle).RequireScope(Scopes.CatalogWrite)
            .Describe("제공처 등록·변경", "register a partner",
                "제공처를 등록하거나 변경합니다. 같은 내용이면 아무것도 바꾸지 않고 200으로 응답합니다. 등록만으로는 제공할 수 없으며, 시행 중인 고지가 있어야 합니다.",
                "Registers a partner or changes it; the same definition again changes nothing and answers 200. Nothing may be provided before a notice of it is in force.")
            .Produces<PartnerRecorded>(201).Produces<PartnerRecorded>(200).ProducesProblems(400, 422).IsWrite()
            .Examples(PartnersExamples.Request, PartnersExamples.Registered);
        register.MapPost("/{code}/end", EndPartner.Handle).RequireScope(Scopes.CatalogWrite)
            .Describe("제공·위탁 종료", "end a partner",
                "관계를 종료합니다. 더는 제공하지 않으며, 제공처에 파기하도록 알립니다.",
                "Ends the relationship: nothing more is provided, and the partner is told to delete.")
            .Produces<PartnerRecorded>(201).ProducesProblems(400, 404, 409, 422).IsWrite()
            .Examples(answer: PartnersExamples.Ended);

        var own = api.MapGroup("/partners/{code}").WithTags("Partner events").RequirePartner();
        own.MapGet("/events", ReadEvents.Page)
            .Describe("이벤트 조회", "read events",
                "자신에게 온 이벤트를 일련번호 순서로 받습니다. 메시지 큐로 받는 것과 바이트까지 같습니다.",
                "The partner's own events after a sequence, the same bytes as in its queue.")
            .WithName("readEvents")
            .Produces<EventsPage>().ProducesProblems(400)
            .Examples(answer: PartnersExamples.Events);
        own.MapGet("/events/stream", ReadEvents.Stream)
            .Describe("이벤트 스트림", "stream events",
                "자신에게 온 이벤트를 끊지 않고 받습니다(server-sent events). 각 이벤트의 id가 일련번호이며, 다시 연결할 때 `Last-Event-ID`로 이어 받습니다. 끝나지 않는 응답이므로 `curl -N`으로 시험하십시오.",
                "The partner's own events as server-sent events; the id of each is its sequence, and `Last-Event-ID` goes on from it. The answer never ends: try it with `curl -N`.")
            .WithName("streamEvents")
            .Produces(200).ProducesProblems(400)
            .ProducesText("text/event-stream", "이벤트 스트림. data는 CloudEvent 하나", "server-sent events; each data is one CloudEvent", PartnersExamples.EventStream);
        own.MapPost("/acknowledgements", AcknowledgeDeliveries.Handle)
            .Describe("이벤트 처리 결과 통지", "acknowledge events",
                "이벤트를 받고 무엇을 했는지 알립니다. 전부 또는 전무이며, 같은 답을 다시 보내도 됩니다.",
                "The partner's answers to its events, all or nothing; the same answer again is no news.")
            .Produces<AcknowledgementsRecorded>(201).ProducesProblems(400, 422).IsWrite()
            .Examples(PartnersExamples.Acknowledgements, PartnersExamples.Acknowledged);

        var deliveries = api.MapGroup("/deliveries").WithTags("Deliveries");
        deliveries.MapGet("", ListDeliveries.Handle).RequireScope(Scopes.LedgerRead)
            .Describe("전달 현황", "list deliveries",
                "제공처별로 무엇을 보냈고 어떻게 처리했는지 조회합니다. `status=overdue`는 기한이 지나도록 답이 없는 것입니다.",
                "What each partner was sent, and what it did. `status=overdue`: not answered in time.")
            .Produces<DeliveriesPage>().ProducesProblems(400)
            .Examples(answer: PartnersExamples.Deliveries);
        deliveries.MapPost("/{id:guid}/redelivery", RequestRedelivery.Handle).RequireScope(Scopes.CatalogWrite)
            .Describe("재전달", "request a redelivery",
                "이벤트를 같은 id와 일련번호로 한 번 더 보냅니다.",
                "Has an event sent once more, with the same id and sequence.")
            .Produces<RedeliveryAccepted>(201).ProducesProblems(400, 404, 422).IsWrite()
            .Examples(answer: PartnersExamples.Redelivery);
    }
}
