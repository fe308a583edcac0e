using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Rights;

/// <summary>민원 접수 / a complaint.</summary>
public sealed record ComplaintRequest
{
    /// <summary>민원 내용, 암호화 보관 / what it is about, stored encrypted.</summary>
    [PlainText(4000)]
    public required string Text { get; init; }

    /// <summary>행위자 / who complains.</summary>
    public required Actor Actor { get; init; }

    /// <summary>접수 경로 / how it came in.</summary>
    public required Channel Channel { get; init; }

    /// <summary>본인 확인 방법 / how the person was identified.</summary>
    public Verification? Verification { get; init; }
}

/// <summary>민원 답변 / the answer to a complaint.</summary>
public sealed record ComplaintAnswerRequest
{
    /// <summary>답변, 암호화 보관 / the answer, stored encrypted.</summary>
    [PlainText(4000)]
    public required string Text { get; init; }
}

/// <summary>POST /v1/members/{memberId}/complaints</summary>
public static class ReceiveComplaint
{
    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle([SubjectId] string memberId, ComplaintRequest request, CommandSender commands, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(http, request, [member], context => Decide(context.Member(member), request, context.Now));
    }

    public static Decision Decide(SubjectState member, ComplaintRequest request, DateTimeOffset now)
    {
        var received = new ComplaintReceived
        {
            ComplaintId = Guid.CreateVersion7(now),
            Actor = request.Actor,
            Channel = request.Channel,
            VerificationMethod = request.Verification?.Method,
            DueAt = Clocks.Due(now, Periods.ComplaintAnswer),
            Extended = RetentionRule.OfComplaint(member, now),
        };
        return new(
            [new(received) { Subject = member.Subject, Sealed = new() { Text = request.Text, Verification = request.Verification } }],
            entries => new(StatusCodes.Status201Created, new RequestAccepted
            {
                Id = received.ComplaintId,
                DueAt = received.DueAt,
                Entries = EntryReference.Of(entries),
                Notified = [],
            }));
    }
}

/// <summary>POST /v1/complaints/{id}/answer</summary>
public static class AnswerComplaint
{
    /// <param name="id">민원 식별자 / id of the complaint.</param>
    public static Task<IResult> Handle(
        Guid id, ComplaintAnswerRequest request, CommandSender commands, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct) =>
        OpenRequests.SettleAsync(id, request, "complaint.received", (member, c) => Decide(member, id, request, c.Now), commands, contexts, http, ct);

    public static Decision? Decide(SubjectState member, Guid id, ComplaintAnswerRequest request, DateTimeOffset now) => member.Complaints.Contains(id)
        ? RightsRecorded.Decide(new(new ComplaintAnswered(id) { Extended = RetentionRule.OfComplaint(member, now) }) { Subject = member.Subject, Sealed = new() { Text = request.Text } })
        : null;
}
