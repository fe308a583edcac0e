using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Cookies;

/// <summary>쿠키 선택 요청: 일괄(<c>choice</c>) 또는 목적별(<c>choices</c>) 중 하나 / a choice on all cookies, or choices by purpose: one of the two.</summary>
public sealed record CookieChoicesRequest
{
    /// <summary>일괄 선택. 목적별 선택도 모두 대신합니다 / a general choice; it replaces those by purpose too.</summary>
    public CookieChoice? Choice { get; init; }

    /// <summary>목적별 선택, 최대 32, 목적마다 한 번. 다른 목적은 그대로 둡니다 / choices by purpose, at most 32, each purpose once; other purposes stay as they are.</summary>
    [Count(1, 32)]
    public IReadOnlyList<CookiePurposeChoice>? Choices { get; init; }

    /// <summary>접수 경로, 없으면 <c>web</c> / how it came in; <c>web</c> if absent.</summary>
    public Channel Channel { get; init; } = Channel.Web;

    /// <summary>선택한 시각, 없으면 지금. 2000년 이후의 과거 시각 / when the person chose, since 2000 and not in the future; now if absent. RFC 3339 with an offset.</summary>
    [PastInstant]
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>증거, 암호화 보관 / evidence, stored encrypted.</summary>
    public Evidence? Evidence { get; init; }
}

/// <summary>쿠키 선택 상태 / how the cookie choices stand.</summary>
public sealed record CookieView
{
    /// <summary>일괄 선택. 한 적이 없으면 생략 / the general choice; absent before any.</summary>
    public CookieChoice? Choice { get; init; }

    /// <summary>일괄 선택 이후의 목적별 선택. 일괄 선택보다 우선합니다 / choices by purpose since the general one, which they override.</summary>
    public required IReadOnlyList<CookiePurposeChoice> Choices { get; init; }

    /// <summary>방문자가 마지막으로 선택한 시각 / when the visitor last chose.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>원장에 기록된 시각(UTC) / when the ledger recorded it (UTC).</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>원장 위치(1부터) / position in the ledger, from 1.</summary>
    public required long Position { get; init; }

    public static CookieView Of(CookieState state) => new()
    {
        Choice = state.Choice,
        Choices = state.Choices,
        OccurredAt = state.OccurredAt,
        RecordedAt = state.RecordedAt,
        Position = state.Position,
    };
}

/// <summary>기록 결과 / what was recorded, and how the choices stand now.</summary>
public sealed record CookieChoicesRecorded
{
    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>기록 후의 쿠키 선택 상태 / how the visitor's choices stand now.</summary>
    public required CookieView Cookies { get; init; }
}

/// <summary>POST /v1/visitors/{visitorId}/cookie-choices</summary>
public static class RecordCookieChoices
{
    private static readonly Text OneOfTwo = new("choice와 choices 중 하나만 있어야 합니다.", "Give either choice or choices.");

    /// <param name="visitorId" example="v-7f3a">방문자 식별자 / visitor id.</param>
    public static Task<IResult> Handle([SubjectId] string visitorId, CookieChoicesRequest request, CommandSender commands, HttpContext http)
    {
        var visitor = SubjectRef.Visitor(visitorId);
        return commands.SendAsync(http, request, [visitor], context => Decide(context.Visitor(visitor), request, context.Catalog, context.Now));
    }

    public static Decision Decide(SubjectState visitor, CookieChoicesRequest request, CatalogState catalog, DateTimeOffset now)
    {
        if (Check(request, catalog) is { Length: > 0 } errors)
            return Decision.Refuse(Problems.Invalid(errors));
        var chosen = new CookiesChosen
        {
            Choice = request.Choice,
            Choices = [.. request.Choices ?? []],
            OccurredAt = request.OccurredAt ?? now,
            Channel = request.Channel,
        };
        return new(
            [new(chosen) { Subject = visitor.Subject, Sealed = new() { Evidence = request.Evidence } }],
            entries => new(StatusCodes.Status201Created, new CookieChoicesRecorded
            {
                Entries = EntryReference.Of(entries),
                Cookies = CookieView.Of(CookieState.After(visitor.Cookies, entries[0], chosen)),
            }));
    }

    private static FieldError[] Check(CookieChoicesRequest request, CatalogState catalog)
    {
        if (request.Choice is null == request.Choices is null)
            return [new("choice", OneOfTwo), new("choices", OneOfTwo)];
        List<FieldError> errors = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var (i, choice) in (request.Choices ?? []).Index())
        {
            if (catalog.FindCookiePurpose(choice.Purpose) is null)
                errors.Add(new($"choices[{i}].purpose", Texts.UnknownPurpose));
            else if (!seen.Add(choice.Purpose))
                errors.Add(new($"choices[{i}].purpose", Texts.Twice));
        }

        return [.. errors];
    }
}
