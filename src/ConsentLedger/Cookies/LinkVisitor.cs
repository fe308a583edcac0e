using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;

namespace ConsentLedger.Cookies;

/// <summary>로그인한 회원 / the member that logged in from the visitor's browser.</summary>
public sealed record LinkRequest
{
    /// <summary>회원 식별자 / member id.</summary>
    /// <example>m-1001</example>
    [SubjectId]
    public required string Member { get; init; }
}

/// <summary>연결 결과 / what was recorded.</summary>
public sealed record LinkRecorded
{
    /// <summary>기록된 원장 항목. 이미 연결되어 있으면 빈 목록 / the entries that were recorded; empty when they were linked already.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }
}

/// <summary>POST /v1/visitors/{visitorId}/link</summary>
public static class LinkVisitor
{
    public const int MaxVisitors = 100;

    private static readonly Text TooMany = new(
        $"한 회원에게 방문자를 {MaxVisitors}개까지만 연결할 수 있습니다.", $"A member can be linked to at most {MaxVisitors} visitors.");

    /// <param name="visitorId" example="v-7f3a">방문자 식별자 / visitor id.</param>
    public static Task<IResult> Handle([SubjectId] string visitorId, LinkRequest request, CommandSender commands, HttpContext http)
    {
        var (visitor, member) = (SubjectRef.Visitor(visitorId), SubjectRef.Member(request.Member));
        return commands.SendAsync(http, request, [visitor, member], context => Decide(context.Visitor(visitor), context.Member(member)));
    }

    // A browser may be shared: the last login counts for the visitor, and every member keeps what it was linked to.
    public static Decision Decide(SubjectState visitor, SubjectState member)
    {
        if (member.Termination is not null)
            return Decision.Refuse(OpenRequests.Terminated("member"));
        if (visitor.LinkedMember == member.Subject)
            return new([], _ => new(StatusCodes.Status200OK, new LinkRecorded { Entries = [] }));
        if (member.LinkedVisitors.Length >= MaxVisitors && !member.LinkedVisitors.Contains(visitor.Subject))
            return Decision.Refuse(Problems.Conflict("too-many-visitors", "visitorId", TooMany));
        var linked = new VisitorLinked { Visitor = visitor.Subject, Member = member.Subject };
        return new(
            [new(linked) { Subject = visitor.Subject }, new(linked) { Subject = member.Subject }],
            entries => new(StatusCodes.Status201Created, new LinkRecorded { Entries = EntryReference.Of(entries) }));
    }
}
