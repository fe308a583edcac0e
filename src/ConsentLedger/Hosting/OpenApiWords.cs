using System.Reflection;
using System.Xml.Linq;
using ConsentLedger.Decisions;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.ApiExplorer;

namespace ConsentLedger.Hosting;

/// <summary>What the description says of the API as a whole, and how it names things.</summary>
internal static class OpenApiWords
{
    public const string Introduction = """
        개인정보 제3자 제공·위탁 동의 원장입니다. 동의와 철회, 제공, 정정을 지울 수 없는 원장에 기록하고, 무엇을 제공해도 되는지 판단하며, 관련된 제공처에만 알립니다.

        A ledger of consents for a shop and its partners: records consents, withdrawals, provisions and corrections, decides what may be provided, and tells exactly the partners concerned.

        | 공통 규칙 | Common rules |
        |---|---|
        | 모든 쓰기는 `Idempotency-Key`를 받습니다. 응답을 받지 못했으면 같은 키로 다시 보내십시오. | Every write takes an `Idempotency-Key`. No answer? Send it again with the same key. |
        | 쓰기의 응답은 이미 원장에 기록된 것입니다. `Ledger-Position`이 그 위치입니다. | What a write answers is in the ledger already, at `Ledger-Position`. |
        | 정의되지 않은 항목이 있는 본문은 거절합니다(400). | A body with a member that is not defined is refused (400). |
        | 시각은 RFC 3339이며 시간대가 있어야 합니다. 응답은 UTC입니다. 질의에서 `+`는 `%2B`로 씁니다. | Times are RFC 3339 with an offset; answers are in UTC. In a query `+` is written `%2B`. |
        | 목록은 `after`와 `limit`으로 나누며 다음 쪽은 `Link` 헤더에 있습니다. | Lists page by `after` and `limit`; the `Link` header has the next page. |
        | 오류는 RFC 9457 `application/problem+json`입니다. `errors`가 잘못된 항목을, `reasons`가 거절 사유를 알립니다. | Errors are RFC 9457 problems: `errors` names the fields, `reasons` the grounds of a denial. |
        | `Accept-Language: ko` 또는 `en`이 문구의 언어를 정합니다. | `Accept-Language: ko` or `en` chooses the words. |
        | `/livez`는 프로세스가, `/readyz`는 원장이 응답하는지 알립니다. | `/livez` tells whether the process answers, `/readyz` whether the ledger does. |
        """;

    /// <summary>The tags in the order in which they are shown.</summary>
    public static readonly (string Name, Text Description)[] Tags =
    [
        ("Consents", new("동의·거부·철회의 기록과 조회", "record and read choices")),
        ("Decisions", new("제공해도 되는지 판단", "may these items go to that partner?")),
        ("Provisions", new("제공 기록과 제공 내역", "record provisions, and who was given what")),
        ("Rights", new("정보주체와 법정대리인의 권리행사: 열람, 정정, 삭제, 처리정지, 회원탈퇴, 민원", "rights of members and guardians: access, correction, deletion, suspension, termination, complaints")),
        ("Obligations", new("기한이 있는 모든 의무", "everything owed by a date")),
        ("Business transfers", new("매각·합병의 고지와 이전 거부(목록은 공개)", "sale or merger, and objections to it; the list is public")),
        ("Cookies", new("방문자의 쿠키 선택: 모두 허용, 저장할 때마다 확인, 모두 거부", "cookie choices of visitors: allow all, ask each time, refuse all")),
        ("Partners", new("제공처(제3자, 수탁자, 벤더) 관리", "the partner register")),
        ("Partner events", new("제공처 전용: 자기 이벤트를 받고 처리 결과를 알림", "for partners: their own events, and their answers")),
        ("Deliveries", new("제공처별 전달 현황과 재전달", "what each partner was sent, and did")),
        ("Notices", new("고지 게시와 조회(조회는 공개)", "notices; public to read")),
        ("Ledger", new("원장 조회: 누가, 언제, 무엇을", "the entries themselves")),
        ("Transparency", new("검증: 체크포인트, 증명, 타일", "verification by anybody: checkpoints, proofs, tiles")),
        ("Contacts", new("개인정보 보호책임자와 외부 기관(공개)", "the privacy officer and outside bodies; public")),
    ];

    public static int TagOrder(ApiDescription api)
    {
        var tag = api.ActionDescriptor.EndpointMetadata.OfType<ITagsMetadata>().SelectMany(t => t.Tags).FirstOrDefault();
        var at = Array.FindIndex(Tags, t => t.Name == tag);
        return at < 0 ? Tags.Length : at;
    }

    /// <summary>The name given to the endpoint; otherwise that of the class whose only handler it is, otherwise one made of the path.</summary>
    public static string OperationName(ApiDescription api)
    {
        var metadata = api.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<IEndpointNameMetadata>().LastOrDefault() is { } named)
            return named.EndpointName;
        if (metadata.OfType<MethodInfo>().FirstOrDefault() is { Name: "Handle", DeclaringType: { } type })
            return char.ToLowerInvariant(type.Name[0]) + type.Name[1..];
        var parts = api.RelativePath!.Split('/', '{', '}', '-', ':').Where(part => part.Length > 0 && part is not (OpenApi.Version or "guid" or "int" or "long"));
        return api.HttpMethod!.ToLowerInvariant() + string.Concat(parts.Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
    }

    public static string SchemaName(Type type) => type == typeof(ProblemBody) ? "Problem"
        : type == typeof(Partners.CloudEventDocument) ? "CloudEvent"
        : type.Name;

    /// <summary>What a value of an enum means, in both languages.</summary>
    public static string Of(Type type, string member) => type == typeof(DenyReason)
        ? Texts.Of(Enum.Parse<DenyReason>(member)) is var text ? $"{text.Ko} / {text.En}" : ""
        : XmlWords.Of(type, member);
}

/// <summary>The documentation comments of this assembly.</summary>
internal static class XmlWords
{
    public static readonly string File = Path.Combine(AppContext.BaseDirectory, "ConsentLedger.xml");

    private static readonly Lazy<Dictionary<string, string>> Summaries = new(() => XDocument.Load(File).Descendants("member")
        .Where(m => m.Element("summary") is not null)
        .ToDictionary(m => m.Attribute("name")!.Value, m => m.Element("summary")!.Value.Trim(), StringComparer.Ordinal));

    public static string Of(Type type, string member) => Summaries.Value.GetValueOrDefault($"F:{type.FullName}.{member}", "");
}
