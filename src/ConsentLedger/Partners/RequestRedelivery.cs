using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;

namespace ConsentLedger.Partners;

/// <summary>재전달 접수 / a redelivery that was asked for.</summary>
public sealed record RedeliveryAccepted
{
    public required IReadOnlyList<EntryReference> Entries { get; init; }
}

/// <summary>POST /v1/deliveries/{id}/redelivery</summary>
public static class RequestRedelivery
{
    public static Task<IResult> Handle(Guid id, CommandSender commands, HttpContext http) =>
        commands.SendAsync(http, null, [], context => Decide(context.Delivery(id)), [id]);

    private static Decision Decide(StoredDelivery? delivery) => delivery is null
        ? Decision.Refuse(Problems.NotFound("id", new("해당 전달이 없습니다.", "There is no such delivery.")))
        : new(
            [new(new RedeliveryRequested { EventId = delivery.EventId, Sequence = delivery.Sequence }) { Partner = delivery.Partner }],
            entries => new(StatusCodes.Status201Created, new RedeliveryAccepted { Entries = EntryReference.Of(entries) }));
}
