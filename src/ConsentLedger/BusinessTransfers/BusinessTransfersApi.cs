using ConsentLedger.Hosting;
using ConsentLedger.Rights;

namespace ConsentLedger.BusinessTransfers;

public static class BusinessTransfersApi
{
    public static void MapBusinessTransfers(this IEndpointRouteBuilder api)
    {
        api.MapPost("/business-transfers", AnnounceTransfer.Handle).WithTags("Business transfers").RequireScope(Scopes.CatalogWrite)
            .Describe("영업양도·합병 고지", "announce a business transfer",
                "매각·합병을 사전에 고지합니다. 시행일에 거부한 회원의 동의를 철회하고 처리를 정지하며, 그 뒤로는 양수인이 개인정보처리자입니다. 양수인의 고지가 의무로 남습니다.",
                "Announces a sale or merger beforehand. At its date members who objected are withdrawn and suspended, and the transferee becomes the controller; its own notice is then owed.")
            .Produces<TransferRecorded>(201).ProducesProblems(400, 422).IsWrite()
            .Examples(BusinessTransfersExamples.Request, BusinessTransfersExamples.Announced);
        api.MapGet("/business-transfers", AnnounceTransfer.List).WithTags("Business transfers").AllowAnonymous()
            .Describe("영업양도·합병 목록", "list business transfers", "고지된 영업양도·합병입니다.", "Every business transfer that was announced.")
            .WithName("listBusinessTransfers")
            .Produces<TransfersPage>()
            .Examples(answer: BusinessTransfersExamples.Transfers);
        api.MapPost("/members/{memberId}/transfer-objections", ObjectToTransfer.Handle).WithTags("Business transfers").RequireScope(Scopes.ConsentsWrite)
            .Describe("이전 거부", "object to a business transfer",
                "회원이 이전을 원하지 않음을 기록합니다. 시행일 전에만 할 수 있으며 시행일에 효력이 생깁니다.",
                "Records that a member does not want to be transferred: before the date only, and enforced at it.")
            .Produces<RightsRecorded>(201).ProducesProblems(400, 409, 422).IsWrite()
            .Examples(BusinessTransfersExamples.Objection, BusinessTransfersExamples.Objected);
    }
}

/// <summary>Bodies that the API's description shows. A test sends each request to the service.</summary>
internal static class BusinessTransfersExamples
{
    public const string Request = $$"""
        { {{Facts}} }
        """;

    public const string Announced = $$"""
        { "id": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10", "entries": [ { "position": 60, "type": "business_transfer.announced" } ], "transfer": {{Transfer}} }
        """;

    public const string Transfers = $$"""
        { "transfers": [ {{Transfer}} ] }
        """;

    public const string Objection = """
        { "actor": { "kind": "member" }, "channel": "web" }
        """;

    public const string Objected = """
        { "entries": [ { "position": 61, "type": "business_transfer.objected" } ], "notified": [] }
        """;

    private const string Facts = """
        "transferee": { "ko": "㈜새가게", "en": "New Shop Co., Ltd." },
          "contact": { "ko": "서울시 중구 1, 02-000-0000", "en": "1 Jung-gu, Seoul, 02-000-0000" },
          "reason": { "ko": "영업 전부의 양도", "en": "Transfer of the whole business" },
          "howToObject": { "ko": "시행일 전까지 회원정보 화면이나 전화로", "en": "On the account page or by telephone before the date" },
          "effectiveAt": "2099-01-01T00:00:00+09:00"
        """;

    private const string Transfer = $$"""
        { "id": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10", {{Facts}}, "effected": false, "position": 60 }
        """;
}
