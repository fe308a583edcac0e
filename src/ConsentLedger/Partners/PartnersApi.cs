using ConsentLedger.Hosting;

namespace ConsentLedger.Partners;

public static class PartnersApi
{
    public static void MapPartners(this IEndpointRouteBuilder api)
    {
        var register = api.MapGroup("/partners").WithTags("Partners");
        register.MapGet("", ListPartners.Handle).RequireScope(Scopes.LedgerRead)
            .Describe("제공처 목록", "The partner register, ended partners too.")
            .Produces<PartnersPage>();
        register.MapPut("/{code}", RegisterPartner.Handle).RequireScope(Scopes.CatalogWrite)
            .Describe("제공처 등록·변경", "Registers a partner or changes it; the same definition again changes nothing and answers 200.")
            .Produces<PartnerRecorded>(201).Produces<PartnerRecorded>(200).ProducesProblems(400, 422).IsWrite();
        register.MapPost("/{code}/end", EndPartner.Handle).RequireScope(Scopes.CatalogWrite)
            .Describe("제공·위탁 종료", "Ends the relationship: nothing more is provided, and the partner is told to delete.")
            .Produces<PartnerRecorded>(201).ProducesProblems(404, 409, 422).IsWrite();

        var own = api.MapGroup("/partners/{code}").WithTags("Partner events").RequirePartner();
        own.MapGet("/events", ReadEvents.Page)
            .Describe("이벤트 조회", "The partner's own events after a sequence, the same bytes as in its queue.")
            .Produces<EventsPage>().ProducesProblems(400);
        own.MapGet("/events/stream", ReadEvents.Stream)
            .Describe("이벤트 스트림", "The partner's own events as server-sent events; the id of each is its sequence.")
            .Produces<string>(200, "text/event-stream").ProducesProblems(400);
        own.MapPost("/acknowledgements", AcknowledgeDeliveries.Handle)
            .Describe("이벤트 처리 결과 통지", "The partner's answers to its events, all or nothing.")
            .Produces<AcknowledgementsRecorded>(201).ProducesProblems(400, 422).IsWrite();

        var deliveries = api.MapGroup("/deliveries").WithTags("Deliveries");
        deliveries.MapGet("", ListDeliveries.Handle).RequireScope(Scopes.LedgerRead)
            .Describe("전달 현황", "What each partner was sent, and what it did.")
            .Produces<DeliveriesPage>().ProducesProblems(400);
        deliveries.MapPost("/{id:guid}/redelivery", RequestRedelivery.Handle).RequireScope(Scopes.CatalogWrite)
            .Describe("재전달", "Has an event sent once more, with the same id and sequence.")
            .Produces<RedeliveryAccepted>(201).ProducesProblems(404, 422).IsWrite();
    }
}
