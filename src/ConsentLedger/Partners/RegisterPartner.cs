using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Partners;

/// <summary>한국어·영어 문구 / a text in both languages.</summary>
public sealed record LocalTextRequest
{
    /// <summary>Of either text, in UTF-16 code units.</summary>
    public const int Limit = 500;

    /// <summary>한국어 / in Korean.</summary>
    [PlainText(Limit)]
    public required string Ko { get; init; }

    /// <summary>영어 / in English.</summary>
    [PlainText(Limit)]
    public required string En { get; init; }

    public LocalText ToText() => new() { Ko = Ko, En = En };
}

/// <summary>제공처가 담당하는 목적 / a purpose that the partner serves.</summary>
public sealed record PartnerPurposeRequest
{
    /// <summary>목적 코드 / purpose code.</summary>
    /// <example>delivery</example>
    [Code]
    public required string Purpose { get; init; }

    /// <summary>법적 근거. 제3자 제공은 계약을 근거로 할 수 없습니다 / the ground. A third party has no ground of contract (PIPA art. 17(1)).</summary>
    public required LegalBasis LegalBasis { get; init; }

    /// <summary>항목, 목적이 허용하는 범위 안에서 / items, within what the purpose may use.</summary>
    /// <example>["name", "address", "phone"]</example>
    [Codes(1, 32)]
    public required IReadOnlyList<string> Items { get; init; }
}

/// <summary>제공처 등록 / a partner as it is from now on.</summary>
public sealed record PartnerRequest
{
    /// <summary>제공처의 법적 구분 / what it is in law.</summary>
    public required PartnerKind Kind { get; init; }

    /// <summary>이름 / name.</summary>
    public required LocalTextRequest Name { get; init; }

    /// <summary>담당하는 목적, 최대 50 / the purposes that it serves, at most 50.</summary>
    [Count(1, 50)]
    public required IReadOnlyList<PartnerPurposeRequest> Purposes { get; init; }

    /// <summary>전체 회원을 위탁받은 수탁자이면 true, 기본 false / true for a processor entrusted with the whole member base; false by default.</summary>
    public bool Standing { get; init; }

    /// <summary>추가로 받을 이벤트: <c>consent.granted</c> / optional event types.</summary>
    [Count(0, 10)]
    public IReadOnlyList<string>? Subscriptions { get; init; }

    public Partner ToPartner(string code) => new()
    {
        Code = code,
        Kind = Kind,
        Name = Name.ToText(),
        Purposes = [.. Purposes.Select(p => new PartnerPurpose { Purpose = p.Purpose, LegalBasis = p.LegalBasis, Items = [.. p.Items] })],
        Standing = Standing,
        Subscriptions = [.. Subscriptions ?? []],
    };
}

/// <summary>등록 결과 / the partner as registered.</summary>
public sealed record PartnerRecorded
{
    /// <summary>기록된 원장 항목 / the entries that were recorded. Empty when nothing changed.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>등록된 제공처 / the partner as registered.</summary>
    public required PartnerView Partner { get; init; }
}

/// <summary>PUT /v1/partners/{code}</summary>
public static class RegisterPartner
{
    private static readonly Text NoContractGround = new(
        "제3자 제공에는 계약 이행이 근거가 될 수 없습니다(개인정보 보호법 제17조).", "A third party cannot rely on a contract (PIPA art. 17(1)).");

    private static readonly Text ConsentNeeded = new("동의가 필요한 목적입니다.", "This purpose rests on consent.");
    private static readonly Text Identifying = new("통계 목적으로는 개인을 식별할 수 있는 항목을 제공할 수 없습니다.", "Statistics may not carry an item that identifies a person.");
    private static readonly Text NotOptInGround = new("동의 대상이 아닌 목적입니다.", "This purpose is not a matter of consent.");
    private static readonly Text UnknownEvent = new("구독할 수 없는 이벤트입니다.", "This event cannot be subscribed to.");
    private static readonly Text OnlyProcessor = new("수탁자만 전체 회원을 위탁받을 수 있습니다.", "Only a processor can be entrusted with all members.");

    /// <param name="code" example="travel-club">제공처 코드 / partner code.</param>
    public static Task<IResult> Handle([Code] string code, PartnerRequest request, CommandSender commands, HttpContext http) =>
        commands.SendAsync(http, request, [], context => Decide(code, request, context.Catalog));

    public static Decision Decide(string code, PartnerRequest request, CatalogState catalog)
    {
        if (Check(request, catalog) is { Length: > 0 } errors)
            return Decision.Refuse(Problems.Invalid(errors));
        var partner = request.ToPartner(code);
        if (catalog.FindPartner(code) is { Active: true } existing && Same(existing.Partner, partner))
            return new([], _ => new(StatusCodes.Status200OK, new PartnerRecorded { Entries = [], Partner = PartnerView.Of(existing) }));
        return new([new(new PartnerRegistered(partner)) { Partner = code }], entries => new(StatusCodes.Status201Created, new PartnerRecorded
        {
            Entries = EntryReference.Of(entries),
            Partner = PartnerView.Of(new(partner, Active: true, entries[0].Position)),
        }));
    }

    /// <summary>What in a partner's definition breaks a rule of the catalog.</summary>
    public static FieldError[] Check(PartnerRequest request, CatalogState catalog)
    {
        List<FieldError> errors = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var (i, served) in request.Purposes.Index())
        {
            var at = $"purposes[{i}]";
            if (!seen.Add(served.Purpose))
                errors.Add(new($"{at}.purpose", Texts.Twice));
            if (catalog.FindPurpose(served.Purpose) is not { } purpose)
            {
                errors.Add(new($"{at}.purpose", Texts.UnknownPurpose));
                continue;
            }

            if (Ground(request.Kind, served.LegalBasis, purpose) is { } message)
                errors.Add(new($"{at}.legalBasis", message));
            if (served.LegalBasis == LegalBasis.AnonymisedStatistics)
                errors.AddRange(served.Items.Index().Where(item => catalog.IsIdentifying(item.Item)).Select(item => new FieldError($"{at}.items[{item.Index}]", Identifying)));
            errors.AddRange(served.Items.Index().Where(item => !purpose.Items.Contains(item.Item)).Select(item =>
                new FieldError($"{at}.items[{item.Index}]", catalog.HasItem(item.Item) ? Texts.BeyondPurpose : Texts.UnknownItem)));
        }

        errors.AddRange((request.Subscriptions ?? []).Index().Where(s => !EventTypes.Optional.Contains(s.Item))
            .Select(s => new FieldError($"subscriptions[{s.Index}]", UnknownEvent)));
        if (request.Standing && request.Kind != PartnerKind.Processor)
            errors.Add(new("standing", OnlyProcessor));
        return [.. errors];
    }

    private static Text? Ground(PartnerKind kind, LegalBasis basis, Purpose purpose) =>
        purpose.OptIn && basis != LegalBasis.Consent ? ConsentNeeded
        : !purpose.OptIn && basis == LegalBasis.Consent ? NotOptInGround
        : kind == PartnerKind.ThirdParty && basis is (LegalBasis.Contract or LegalBasis.Settlement) ? NoContractGround
        : null;

    // Records compare their arrays by reference; the stored form compares what they say.
    private static bool Same(Partner a, Partner b) =>
        System.Text.Json.JsonSerializer.Serialize(a, LedgerJson.Options) == System.Text.Json.JsonSerializer.Serialize(b, LedgerJson.Options);
}
