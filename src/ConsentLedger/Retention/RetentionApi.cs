using ConsentLedger.Hosting;

namespace ConsentLedger.Retention;

public static class RetentionApi
{
    public static void MapRetention(this IEndpointRouteBuilder api) =>
        api.MapGroup("/obligations").WithTags("Obligations").MapGet("", ListObligations.Handle).RequireScope(Scopes.LedgerRead)
            .Describe("의무 조회", "list obligations",
                "기한 안에 하여야 하는 모든 것입니다: 권리행사의 결과 통지, 광고 수신동의의 처리결과 통지와 2년마다의 확인, 제공처의 회답, 보존기간 만료, 파기, 영업양도. 예: `?status=overdue`는 기한이 지난 것.",
                "Everything owed by a date: results of requests, notices on choices about advertising and their reconfirmation every two years, partners' answers, ends of retention, erasure, business transfers. `?status=overdue`: what is late.")
            .Produces<ObligationsPage>().ProducesProblems(400, 404)
            .Examples(answer: RetentionExamples.Obligations);
}

/// <summary>Bodies that the API's description shows.</summary>
internal static class RetentionExamples
{
    public const string Obligations = """
        {
          "obligations": [
            {
              "id": 3080192, "kind": "correction_result", "status": "open", "subject": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10",
              "position": 47, "openedAt": "2026-11-22T03:00:00Z", "dueAt": "2026-12-02T14:59:59Z"
            }
          ]
        }
        """;
}
