using ConsentLedger.Hosting;

namespace ConsentLedger.Ledger;

public static class LedgerApi
{
    public static void MapLedger(this IEndpointRouteBuilder api)
    {
        var ledger = api.MapGroup("/ledger").WithTags("Ledger").RequireScope(Scopes.LedgerRead);
        ledger.MapGet("/entries", QueryEntries.Handle)
            .Describe("원장 조회", "query entries",
                "회원, 제공처, 종류, 기간으로 원장을 조회합니다. 준 조건을 모두 만족하는 항목입니다. 예: `?member=m-1001&order=desc`는 한 회원의 최근 기록, `?type=provision.denied&from=2026-11-01T00:00:00%2B09:00`은 11월의 제공 거절. `Accept: application/x-ndjson`은 저장된 바이트를 한 줄에 하나씩, `text/csv`는 표 파일로, `limit`이 없으면 전부 내보냅니다.",
                "Entries by member, partner, type and time; all filters that are given must hold. `Accept: application/x-ndjson` streams the stored bytes, one entry a line, and `text/csv` exports; both go on to the end unless there is a `limit`.")
            .Produces<EntriesPage>().ProducesProblems(400, 404)
            .Examples(answer: LedgerExamples.Entries)
            .ProducesText("application/x-ndjson", "한 줄에 항목 하나, 저장되고 해시된 바이트 그대로", "one entry a line, the exact bytes that are stored and hashed", LedgerExamples.Lines)
            .ProducesText("text/csv", "표 파일(RFC 4180, UTF-8)", "a table (RFC 4180, UTF-8)", LedgerExamples.Csv);
        ledger.MapGet("/entries/{position:long}", QueryEntries.One)
            .Describe("원장 항목", "read an entry",
                "항목 하나를 저장되고 해시된 바이트(`leaf`)와 함께 조회합니다.",
                "One entry, with the exact bytes that are stored and hashed in `leaf`.")
            .WithName("readEntry")
            .Produces<EntryView>().ProducesProblems(400, 404)
            .Examples(answer: LedgerExamples.Entry);
    }
}
