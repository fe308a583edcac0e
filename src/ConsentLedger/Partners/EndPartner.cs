using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;

namespace ConsentLedger.Partners;

/// <summary>POST /v1/partners/{code}/end</summary>
public static class EndPartner
{
    /// <param name="code" example="travel-club">제공처 코드 / partner code.</param>
    public static Task<IResult> Handle([Code] string code, CommandSender commands, HttpContext http) =>
        commands.SendAsync(http, null, [], context => Decide(code, context.Catalog, context.Now));

    public static Decision Decide(string code, CatalogState catalog, DateTimeOffset now)
    {
        if (catalog.FindPartner(code) is not { } registered)
            return Decision.Refuse(Problems.NotFound("code", Texts.UnknownPartner));
        if (!registered.Active)
            return Decision.Refuse(Problems.Conflict("partner-ended", "code", new("이미 종료된 제공처입니다.", "The relationship has already ended.")));
        return new(
            [new(new PartnerEnded(code))
            {
                Partner = code,
                Recipients = [new(code, EventTypes.EntrustmentEnded) { AcknowledgeBy = Clocks.Due(now, Periods.Acknowledgement) }],
            }],
            entries => new(StatusCodes.Status201Created, new PartnerRecorded
            {
                Entries = EntryReference.Of(entries),
                Partner = PartnerView.Of(registered with { Active = false, Position = entries[0].Position }),
            }));
    }
}
