using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;

namespace ConsentLedger.Catalog;

/// <summary>고지 사항: 개인정보 보호법 제17조 제2항의 다섯 가지 / the five facts of PIPA art. 17(2) for one recipient and purpose.</summary>
public sealed record DisclosureRequest
{
    /// <summary>목적 코드 / purpose code.</summary>
    /// <example>partner_offers</example>
    [Code]
    public required string Purpose { get; init; }

    /// <summary>제공받는 자의 코드. 회사 자체 이용이면 생략 / the recipient's code; absent for the shop's own use.</summary>
    [Code]
    public string? Recipient { get; init; }

    /// <summary>제공받는 자를 종류로 지정(별첨 목록) / names every partner of a kind instead, where the list is an annex.</summary>
    public PartnerKind? RecipientKind { get; init; }

    /// <summary>1. 제공받는 자 / who receives.</summary>
    public required LocalTextRequest RecipientName { get; init; }

    /// <summary>2. 제공받는 자의 이용 목적 / what the recipient uses it for.</summary>
    public required LocalTextRequest PurposeOfUse { get; init; }

    /// <summary>3. 항목 / which items.</summary>
    [Codes(1, 32)]
    public required IReadOnlyList<string> Items { get; init; }

    /// <summary>4. 보유·이용 기간 / how long they are kept and used.</summary>
    public required LocalTextRequest Retention { get; init; }

    /// <summary>5. 거부할 권리와 불이익 / the right to refuse, and the disadvantage if there is one.</summary>
    public required LocalTextRequest RightToRefuse { get; init; }

    public Disclosure ToDisclosure() => new()
    {
        Purpose = Purpose,
        Recipient = Recipient,
        RecipientKind = RecipientKind,
        RecipientName = RecipientName.ToText(),
        PurposeOfUse = PurposeOfUse.ToText(),
        Items = [.. Items],
        Retention = Retention.ToText(),
        RightToRefuse = RightToRefuse.ToText(),
    };
}

/// <summary>고지 버전 게시 / a notice version to publish. Once published it never changes.</summary>
public sealed record NoticeRequest
{
    /// <summary>고지 식별자 / the notice's id.</summary>
    /// <example>third-party-provision</example>
    [Code]
    public required string Id { get; init; }

    /// <summary>다음 버전 번호. 생략하면 자동 / the next version; chosen if absent.</summary>
    public int? Version { get; init; }

    /// <summary>제목 / title.</summary>
    public required LocalTextRequest Title { get; init; }

    /// <summary>시행 시각. 생략하면 즉시 / when it takes effect; at once if absent.</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    /// <summary>양수인으로서 하는 고지이면 그 영업양도의 식별자 / the business transfer of which this is the successor's notice.</summary>
    public Guid? BusinessTransferId { get; init; }

    /// <summary>목적·제공처별 고지 사항, 최대 200 / the facts for each purpose and recipient, at most 200.</summary>
    [Count(1, 200)]
    public required IReadOnlyList<DisclosureRequest> Disclosures { get; init; }
}

/// <summary>게시된 고지 / a published notice version.</summary>
public sealed record NoticeView
{
    /// <summary>고지 식별자 / the notice's id.</summary>
    public required string Id { get; init; }

    /// <summary>버전 번호(1부터) / version, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>제목 / title.</summary>
    public required LocalText Title { get; init; }

    /// <summary>시행 시각 / when it takes effect: nothing may rest on it before.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>게시 시각 / when it was published.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>고지 사항 / the facts for each purpose and recipient.</summary>
    public required IReadOnlyList<Disclosure> Disclosures { get; init; }

    /// <summary>원장 위치(1부터) / position in the ledger, from 1.</summary>
    public required long Position { get; init; }

    public static NoticeView Of(PublishedNotice published) => new()
    {
        Id = published.Notice.Id,
        Version = published.Notice.Version,
        Title = published.Notice.Title,
        EffectiveAt = published.Notice.EffectiveAt,
        PublishedAt = published.PublishedAt,
        Disclosures = published.Notice.Disclosures,
        Position = published.Position,
    };
}

/// <summary>게시 결과 / the notice version as published.</summary>
public sealed record NoticeRecorded
{
    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>게시된 고지 / the notice version as published.</summary>
    public required NoticeView Notice { get; init; }

    /// <summary>앞 버전에 동의한 회원에게 다시 동의받거나 알려야 하는 것. 동의에 근거한 목적만 / what those who agreed to the version before must agree to, or be told of, again: only purposes that rest on consent.</summary>
    public required IReadOnlyList<Renewal> Renewals { get; init; }
}

/// <summary>POST /v1/notices</summary>
public static class PublishNotice
{
    private static readonly Text NotNext = new("다음 버전 번호가 아닙니다.", "It is not the next version.");
    private static readonly Text Retroactive = new("과거로 소급하여 시행할 수 없습니다.", "A notice cannot take effect in the past.");
    private static readonly Text NotEffected = new("시행된 영업양도가 아닙니다.", "No such business transfer has taken effect.");
    private static readonly Text OneRecipient = new(
        "제공받는 자는 코드나 종류 중 하나로만 지정합니다.", "Name the recipient by code or by kind, not both.");

    private static readonly Text NeedsRecipient = new("제공받는 자가 필요한 목적입니다.", "This purpose needs a recipient.");

    public static Task<IResult> Handle(NoticeRequest request, CommandSender commands, HttpContext http) =>
        commands.SendAsync(http, request, [], context => Decide(request, context.Catalog, context.Now));

    public static Decision Decide(NoticeRequest request, CatalogState catalog, DateTimeOffset now)
    {
        if (Check(request, catalog, now) is { Length: > 0 } errors)
            return Decision.Refuse(Problems.Invalid(errors));
        var notice = new Notice
        {
            Id = request.Id,
            Version = catalog.LatestVersion(request.Id) + 1,
            Title = request.Title.ToText(),
            EffectiveAt = request.EffectiveAt ?? now,
            Disclosures = [.. request.Disclosures.Select(d => d.ToDisclosure())],
            BusinessTransferId = request.BusinessTransferId,
        };
        return new([new(new NoticePublished(notice))], entries => new(StatusCodes.Status201Created, new NoticeRecorded
        {
            Entries = EntryReference.Of(entries),
            Notice = NoticeView.Of(new(notice, entries[0].RecordedAt, entries[0].Position)),
            Renewals = NoticeRenewals.Of(notice, catalog.FindNotice(notice.Id, notice.Version - 1)?.Notice, catalog),
        }));
    }

    private static FieldError[] Check(NoticeRequest request, CatalogState catalog, DateTimeOffset now)
    {
        List<FieldError> errors = [];
        if (request.Version is { } version && version != catalog.LatestVersion(request.Id) + 1)
            errors.Add(new("version", NotNext));
        if (request.EffectiveAt < now - PastInstantAttribute.ClockSkew)
            errors.Add(new("effectiveAt", Retroactive));
        if (request.BusinessTransferId is { } transfer && catalog.FindTransfer(transfer) is not { Effected: true })
            errors.Add(new("businessTransferId", NotEffected));
        HashSet<(string, string?, PartnerKind?)> seen = [];
        foreach (var (i, disclosure) in request.Disclosures.Index())
        {
            var at = $"disclosures[{i}]";
            if (!seen.Add((disclosure.Purpose, disclosure.Recipient, disclosure.RecipientKind)))
                errors.Add(new(at, Texts.Twice));
            errors.AddRange(Check(disclosure, at, catalog));
        }

        return [.. errors];
    }

    private static IEnumerable<FieldError> Check(DisclosureRequest disclosure, string at, CatalogState catalog)
    {
        if (disclosure is { Recipient: not null, RecipientKind: not null })
            yield return new($"{at}.recipient", OneRecipient);
        if (catalog.FindPurpose(disclosure.Purpose) is not { } purpose)
        {
            yield return new($"{at}.purpose", Texts.UnknownPurpose);
            yield break;
        }

        if (disclosure is { Recipient: null, RecipientKind: null } && !purpose.OwnUse)
            yield return new($"{at}.recipient", NeedsRecipient);
        foreach (var (i, item) in disclosure.Items.Index())
        {
            if (!purpose.Items.Contains(item))
                yield return new($"{at}.items[{i}]", catalog.HasItem(item) ? Texts.BeyondPurpose : Texts.UnknownItem);
        }
    }
}
