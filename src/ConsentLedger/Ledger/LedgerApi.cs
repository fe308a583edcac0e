using ConsentLedger.Hosting;

namespace ConsentLedger.Ledger;

public static class LedgerApi
{
    public static void MapLedger(this IEndpointRouteBuilder api)
    {
        var ledger = api.MapGroup("/ledger").WithTags("Ledger").RequireScope(Scopes.LedgerRead);
        ledger.MapGet("/entries", QueryEntries.Handle)
            .Describe("원장 조회", "Entries by member, partner, type and time. `Accept: application/x-ndjson` streams, `text/csv` exports.")
            .Produces<EntriesPage>(200, "application/json", "application/x-ndjson", "text/csv").ProducesProblems(400, 404);
        ledger.MapGet("/entries/{position:long}", QueryEntries.One)
            .Describe("원장 항목", "One entry, exactly as stored and hashed.")
            .Produces<EntryView>().ProducesProblems(404);
    }
}
