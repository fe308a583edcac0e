using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;

namespace ConsentLedger.Consents;

/// <summary>선택 하나 / one choice.</summary>
public sealed record Choice
{
    /// <summary>목적 / purpose.</summary>
    /// <example>email_marketing</example>
    [Code]
    public required string Purpose { get; init; }

    /// <summary>동의 여부 / true to consent, false to refuse.</summary>
    public required bool Granted { get; init; }
}

/// <summary>동의 기록 요청 / choices made on a notice version.</summary>
public sealed record ConsentsRequest
{
    /// <summary>보여 준 고지 버전 / the notice version that was shown.</summary>
    public required NoticeReference Notice { get; init; }

    /// <summary>선택 목록, 최대 100, 목적마다 한 번 / choices, at most 100, each purpose once.</summary>
    [Count(1, 100)]
    public required IReadOnlyList<Choice> Choices { get; init; }

    /// <summary>행위자 / who chose.</summary>
    public required Actor Actor { get; init; }

    /// <summary>접수 경로 / how it came in.</summary>
    public required Channel Channel { get; init; }

    /// <summary>선택한 시각, 없으면 지금. 2000년 이후의 과거 시각 / when the person chose, since 2000 and not in the future; now if absent. RFC 3339 with an offset.</summary>
    [PastInstant]
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>증거, 암호화 보관 / evidence, stored encrypted.</summary>
    public Evidence? Evidence { get; init; }

    /// <summary>본인 확인 방법 / how the person was identified.</summary>
    public Verification? Verification { get; init; }
}

/// <summary>원장에 기록된 항목 / an entry that was recorded.</summary>
public sealed record EntryReference
{
    /// <summary>원장 위치(1부터) / position in the ledger, from 1.</summary>
    public required long Position { get; init; }

    /// <summary>항목 종류(예: <c>consent.granted</c>) / entry type.</summary>
    public required string Type { get; init; }

    public static IReadOnlyList<EntryReference> Of(ImmutableArray<LedgerEntry> entries) =>
        [.. entries.Select(e => new EntryReference { Position = e.Position, Type = e.Type })];
}

/// <summary>동의 상태 / how one consent stands.</summary>
public sealed record ConsentView
{
    /// <summary>목적 코드 / purpose code.</summary>
    public required string Purpose { get; init; }

    /// <summary>현재 상태 / how it stands.</summary>
    public required ConsentStatus Status { get; init; }

    /// <summary>보여 준 고지 버전 / the notice version that was shown.</summary>
    public NoticeReference? Notice { get; init; }

    /// <summary>정보주체가 선택한 시각 / when the person chose.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>원장에 기록된 시각(UTC) / when the ledger recorded it (UTC).</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>원장 위치(1부터) / position in the ledger, from 1.</summary>
    public required long Position { get; init; }

    public static ConsentView Of(ConsentState state) => new()
    {
        Purpose = state.Purpose,
        Status = state.Status,
        Notice = state.Notice,
        OccurredAt = state.OccurredAt,
        RecordedAt = state.RecordedAt,
        Position = state.Position,
    };
}

/// <summary>기록 결과 / what was recorded, and how all consents stand now.</summary>
public sealed record ConsentsRecorded
{
    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>기록 후 모든 동의의 상태 / how all consents of the member stand now.</summary>
    public required IReadOnlyList<ConsentView> Consents { get; init; }

    public static ConsentsRecorded Of(SubjectState before, ImmutableArray<LedgerEntry> entries) => new()
    {
        Entries = EntryReference.Of(entries),
        Consents = [.. entries.Aggregate(before, (state, entry) => state.Apply(entry)).Consents.Select(ConsentView.Of)],
    };
}

/// <summary>POST /v1/members/{memberId}/consents</summary>
public static class RecordConsents
{
    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle(
        [SubjectId] string memberId, ConsentsRequest request, CommandSender commands, MarketingOptions marketing, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(
            http, request, [member], context => Decide(context.Member(member), request, context.Catalog, marketing.Silence, context.Now));
    }

    public static Decision Decide(SubjectState member, ConsentsRequest request, CatalogState catalog, Silence silence, DateTimeOffset now)
    {
        if (Check(request, catalog, now) is { Length: > 0 } errors)
            return Decision.Refuse(Problems.Invalid(errors));
        if (Refusal(member, request, now) is { } refusal)
            return Decision.Refuse(refusal);
        return new(Entries(member, request, catalog, silence, now), entries => new(StatusCodes.Status201Created, ConsentsRecorded.Of(member, entries)));
    }

    /// <summary>What is wrong with the choices as the catalog stands; empty when nothing is.</summary>
    public static FieldError[] Check(ConsentsRequest request, CatalogState catalog, DateTimeOffset now)
    {
        if (catalog.FindNotice(request.Notice.Id, request.Notice.Version) is not { } notice)
            return [new(catalog.LatestVersion(request.Notice.Id) == 0 ? "notice.id" : "notice.version", Texts.UnknownNotice)];
        if (notice.Notice.EffectiveAt > now)
            return [new("notice.version", Texts.NoticeNotEffective)];
        List<FieldError> errors = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (var i = 0; i < request.Choices.Count; i++)
        {
            var purpose = request.Choices[i].Purpose;
            if (Check(purpose) is { } message)
                errors.Add(new($"choices[{i}].purpose", message));
        }

        return [.. errors];

        Text? Check(string code) =>
            catalog.FindPurpose(code) is not { } purpose ? Texts.UnknownPurpose
            : !purpose.OptIn ? Texts.NotOptIn
            : !notice.Notice.Disclosures.Any(d => d.Purpose == code) ? Texts.NotInNotice
            : !seen.Add(code) ? Texts.Twice
            : null;
    }

    /// <summary>Why this person may not choose now, or null.</summary>
    public static Problem? Refusal(SubjectState member, ConsentsRequest request, DateTimeOffset now) =>
        member.Termination is not null ? OpenRequests.Terminated("memberId")
        // PIPA art. 22-2: below fourteen the guardian grants. Refusing is anybody's own right.
        : request.Choices.Any(c => c.Granted) && member.Guardian?.IsNeededFor(request.Actor.Kind, request.OccurredAt ?? now, now) is true
            ? Problems.GuardianRequired
        : null;

    public static ImmutableArray<NewEntry> Entries(
        SubjectState member, ConsentsRequest request, CatalogState catalog, Silence silence, DateTimeOffset now) =>
    [
        .. request.Choices.Select(choice => new NewEntry(Data(choice, request, catalog, silence, now))
        {
            Subject = member.Subject,
            Sealed = new() { Evidence = request.Evidence, Verification = request.Verification },
            Recipients = choice.Granted
                ? ConsentRecipients.OfGrant(member, choice.Purpose, catalog)
                // Refusing what was granted takes it back: those who rely on it must hear of it.
                : ConsentRecipients.OfWithdrawal(member, choice.Purpose, catalog, now),
        }),
    ];

    private static ConsentEntry Data(Choice choice, ConsentsRequest request, CatalogState catalog, Silence silence, DateTimeOffset now)
    {
        var occurredAt = request.OccurredAt ?? now;
        if (!choice.Granted)
        {
            return new ConsentRefused
            {
                Purpose = choice.Purpose,
                Notice = request.Notice,
                OccurredAt = occurredAt,
                Actor = request.Actor,
                Channel = request.Channel,
                VerificationMethod = request.Verification?.Method,
                ResultNoticeBy = Advertising.ResultNoticeBy(choice.Purpose, catalog, now),
            };
        }

        var (reconfirmBy, expiresAt) = Advertising.Lasts(choice.Purpose, catalog, silence, occurredAt);
        return new ConsentGranted
        {
            Purpose = choice.Purpose,
            Notice = request.Notice,
            OccurredAt = occurredAt,
            Actor = request.Actor,
            Channel = request.Channel,
            VerificationMethod = request.Verification?.Method,
            ResultNoticeBy = Advertising.ResultNoticeBy(choice.Purpose, catalog, now),
            ReconfirmBy = reconfirmBy,
            ExpiresAt = expiresAt,
        };
    }
}
