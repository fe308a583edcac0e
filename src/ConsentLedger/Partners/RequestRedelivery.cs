using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;

namespace ConsentLedger.Partners;

/// <summary>재전달 접수 / a redelivery that was asked for.</summary>
public sealed record RedeliveryAccepted
{
    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }
}

/// <summary>POST /v1/deliveries/{id}/redelivery</summary>
public static class RequestRedelivery
{
    /// <param name="id">이벤트 id(전달 현황의 <c>id</c>) / the event's id.</param>
    public static Task<IResult> Handle(Guid id, CommandSender commands, HttpContext http) =>
        commands.SendAsync(http, null, [], context => Decide(context.Delivery(id)), [id]);

    private static Decision Decide(StoredDelivery? delivery) => delivery is null
        ? Decision.Refuse(Problems.NotFound("id", new("해당 전달이 없습니다.", "There is no such delivery.")))
        : new(
            [new(new RedeliveryRequested { EventId = delivery.EventId, Sequence = delivery.Sequence }) { Partner = delivery.Partner }],
            entries => new(StatusCodes.Status201Created, new RedeliveryAccepted { Entries = EntryReference.Of(entries) }));
}
