using System.Globalization;
using System.Text.Json;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Decisions;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;

namespace ConsentLedger.Transparency;

/// <summary>What an entry states, in words for the member. A code that has no word stays a code.</summary>
internal sealed class ReceiptWords(CatalogState catalog, Language language)
{
    // Those that a member who is still one can have; nothing else of one that has left is shown.
    private static readonly Dictionary<string, Text> Types = new(StringComparer.Ordinal)
    {
        ["consent.granted"] = new("동의", "Consent given"),
        ["consent.refused"] = new("동의 거부", "Consent refused"),
        ["consent.withdrawn"] = new("동의 철회", "Consent withdrawn"),
        ["consent.expired"] = new("동의의 만료", "Consent expired"),
        ["consent.reconfirmed"] = new("동의 재확인", "Consent confirmed again"),
        ["consent.result_notified"] = new("처리결과 통지", "Told how a choice was handled"),
        ["notice.given"] = new("개별 고지", "Notice given individually"),
        ["provision.recorded"] = new("개인정보 제공", "Personal data provided"),
        ["provision.denied"] = new("제공 거절", "Provision denied"),
        ["correction.requested"] = new("정정 요구", "Correction requested"),
        ["correction.completed"] = new("정정 완료", "Correction completed"),
        ["correction.rejected"] = new("정정 거절", "Correction rejected"),
        ["deletion.requested"] = new("삭제 요구", "Deletion requested"),
        ["deletion.completed"] = new("삭제 완료", "Deletion completed"),
        ["deletion.rejected"] = new("삭제 거절", "Deletion rejected"),
        ["processing.suspended"] = new("처리정지", "Processing suspended"),
        ["processing.resumed"] = new("처리정지 해제", "Suspension lifted"),
        ["suspension.confirmed"] = new("처리정지 결과 통지", "Suspension confirmed"),
        ["suspension.rejected"] = new("처리정지 거절", "Suspension rejected"),
        ["complaint.received"] = new("민원 접수", "Complaint received"),
        ["complaint.answered"] = new("민원 답변", "Complaint answered"),
        ["guardian.registered"] = new("법정대리인 등록", "Legal guardian registered"),
        ["business_transfer.objected"] = new("영업양도에 따른 이전 거부", "Objection to a business transfer"),
        ["visitor.linked"] = new("방문자 연결", "Browser linked"),
    };

    // In the order in which they are shown.
    private static readonly OrderedDictionary<string, (Text Label, Func<ReceiptWords, JsonElement, string> Value)> Facts = new(StringComparer.Ordinal)
    {
        ["purpose"] = (new("목적", "Purpose"), static (words, v) => words.Purpose(v.GetString()!)),
        ["items"] = (new("항목", "Items"), static (words, v) => words.Items(v.EnumerateArray().Select(i => i.GetString()!))),
        ["legalBasis"] = (new("법적 근거", "Legal ground"), static (words, v) => words.Of<LegalBasis>(v)),
        ["reasons"] = (new("사유", "Reasons"), static (words, v) => string.Join(' ', v.EnumerateArray().Select(words.Of<DenyReason>))),
        ["actor"] = (new("행위자", "Who acted"), static (words, v) => words.Of<ActorKind>(v.GetProperty("kind"))),
        ["channel"] = (new("경로", "Channel"), static (words, v) => words.Of<Channel>(v)),
        ["verificationMethod"] = (new("본인 확인 방법", "Identified by"), Code),
        ["method"] = (new("대리인 동의 확인 방법", "Guardian's consent confirmed by"), static (words, v) => words.Of<GuardianMethod>(v)),
        ["occurredAt"] = (new("선택한 시각", "Chosen at"), Time),
        ["dueAt"] = (new("결과 통지 기한", "Result due by"), Time),
        ["resultNoticeBy"] = (new("처리결과 통지 기한", "Result to be told by"), Time),
        ["reconfirmBy"] = (new("재확인 기한", "To be confirmed again by"), Time),
        ["expiresAt"] = (new("재확인하지 않으면 만료", "Expires unless confirmed again"), Time),
        ["effectiveAt"] = (new("이전되는 시각", "Transfer takes effect"), Time),
        ["under14Until"] = (new("본인의 권리가 돌아오는 시각", "The member acts alone from"), Time),
        ["correctionId"] = (new("요구 식별자", "Request"), Code),
        ["deletionId"] = (new("요구 식별자", "Request"), Code),
        ["suspensionId"] = (new("요구 식별자", "Request"), Code),
        ["complaintId"] = (new("민원 식별자", "Complaint"), Code),
        ["transferId"] = (new("영업양도 식별자", "Business transfer"), Code),
        ["businessTransferId"] = (new("영업양도 식별자", "Business transfer"), Code),
        ["visitor"] = (new("방문자(무작위 식별자)", "Browser (random id)"), Code),
        ["member"] = (new("회원(무작위 식별자)", "Member (random id)"), Code),
    };

    /// <summary>The word for an entry type.</summary>
    public string Type(string type) => Types.TryGetValue(type, out var text) ? text.In(language) : type;

    /// <summary>The facts, what one reads for first; the notice has a section of its own.</summary>
    public IEnumerable<(string Label, string Value)> Of(JsonElement data)
    {
        foreach (var fact in data.EnumerateObject().OrderBy(f => (uint)Facts.IndexOf(f.Name)))
        {
            if (Facts.TryGetValue(fact.Name, out var known))
                yield return (known.Label.In(language), known.Value(this, fact.Value));
            else if (fact.Name != "notice")
                yield return (fact.Name, fact.Value.ToString());
        }
    }

    public string Purpose(string code) => catalog.FindPurpose(code) is { } purpose ? $"{In(purpose.Name)} ({code})" : code;

    public string Partner(string code) => catalog.FindPartner(code) is { } partner ? $"{In(partner.Partner.Name)} ({code})" : code;

    public string Items(IEnumerable<string> codes) =>
        string.Join(", ", codes.Select(code => catalog.Definitions?.Items.FirstOrDefault(i => i.Code == code) is { } item ? In(item.Name) : code));

    /// <summary>To the second, as clocks in Seoul show it; the entry's own bytes have the rest.</summary>
    public string Time(DateTimeOffset instant) =>
        Clocks.InSeoul(instant).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + In(new Text(" (한국 시각)", " (Seoul)"));

    public string In(LocalText text) => language == Language.English ? text.En : text.Ko;

    public string In(Text text) => text.In(language);

    private static string Code(ReceiptWords words, JsonElement value) => value.GetString()!;

    private static string Time(ReceiptWords words, JsonElement value) => words.Time(value.Deserialize<DateTimeOffset>(LedgerJson.Options));

    // The words that the API's description has for it.
    private string Of<TEnum>(JsonElement value)
        where TEnum : struct, Enum
    {
        var both = OpenApiWords.Of(typeof(TEnum), value.Deserialize<TEnum>(LedgerJson.Options).ToString());
        var between = both.IndexOf(" / ", StringComparison.Ordinal);
        return between < 0 ? value.ToString() : language == Language.English ? both[(between + 3)..].TrimEnd('.') : both[..between];
    }
}
