using ConsentLedger.Catalog;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;

namespace ConsentLedger.Consents;

/// <summary>광고 수신동의 처리결과 통지 기록 / that the member was told how choices on advertising were handled.</summary>
public sealed record ResultNoticeRequest
{
    /// <summary>통지한 목적, 최대 100 / the purposes told of, at most 100.</summary>
    /// <example>["email_marketing"]</example>
    [Codes(1, 100)]
    public required IReadOnlyList<string> Purposes { get; init; }

    /// <summary>통지한 경로 / how the member was told.</summary>
    public required Channel Channel { get; init; }
}

/// <summary>개별 고지 기록 / that the member was given a notice version individually.</summary>
public sealed record NoticeGivenRequest
{
    /// <summary>고지 버전 / the notice version.</summary>
    public required NoticeReference Notice { get; init; }

    /// <summary>고지한 경로 / how the member was told.</summary>
    public required Channel Channel { get; init; }
}

/// <summary>POST /v1/members/{memberId}/result-notices (Network Act art. 50(7))</summary>
public static class RecordResultNotice
{
    private static readonly Text NoChoice = new("통지할 선택이 없습니다.", "There is no choice to tell of.");

    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle([SubjectId] string memberId, ResultNoticeRequest request, CommandSender commands, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(http, request, [member], context => Decide(context.Member(member), request, context.Catalog));
    }

    public static Decision Decide(SubjectState member, ResultNoticeRequest request, CatalogState catalog)
    {
        var errors = request.Purposes.Index()
            .Where(p => catalog.FindPurpose(p.Item) is not { Advertising: true } || member.Consent(p.Item) is null)
            .Select(p => new FieldError($"purposes[{p.Index}]", catalog.FindPurpose(p.Item) is null ? Texts.UnknownPurpose : NoChoice)).ToArray();
        return errors.Length > 0
            ? Decision.Refuse(Problems.Invalid(errors))
            : new(
                [.. request.Purposes.Select(purpose => new NewEntry(new ConsentResultNotified { Purpose = purpose, Channel = request.Channel }) { Subject = member.Subject })],
                entries => new(StatusCodes.Status201Created, new RightsRecorded { Entries = EntryReference.Of(entries), Notified = [] }));
    }
}

/// <summary>POST /v1/members/{memberId}/notices: entrustment of marketing needs notice to each member (PIPA art. 26(3)).</summary>
public static class RecordNoticeGiven
{
    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle([SubjectId] string memberId, NoticeGivenRequest request, CommandSender commands, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(http, request, [member], context => Decide(context.Member(member), request, context.Catalog));
    }

    public static Decision Decide(SubjectState member, NoticeGivenRequest request, CatalogState catalog) =>
        catalog.FindNotice(request.Notice.Id, request.Notice.Version) is null
            ? Decision.Refuse(Problems.Invalid(catalog.LatestVersion(request.Notice.Id) == 0 ? "notice.id" : "notice.version", Texts.UnknownNotice))
            : OpenRequests.RefuseTerminated(member)
                ?? RightsRecorded.Decide(new(new NoticeGiven { Notice = request.Notice, Channel = request.Channel }) { Subject = member.Subject });
}
