using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Rights;

/// <summary>POST /v1/members/{memberId}/suspensions: nothing is processed from the answer on (PIPA art. 37).</summary>
public static class SuspendProcessing
{
    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle([SubjectId] string memberId, RightsRequest request, CommandSender commands, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(http, request, [member], context => Decide(context.Member(member), request, context.Catalog, context.Now));
    }

    public static Decision Decide(SubjectState member, RightsRequest request, CatalogState catalog, DateTimeOffset now)
    {
        if (OpenRequests.RefuseTerminated(member) is { } refusal)
            return refusal;
        var suspended = new ProcessingSuspended
        {
            SuspensionId = Guid.CreateVersion7(now),
            Actor = request.Actor,
            Channel = request.Channel,
            VerificationMethod = request.Verification?.Method,
            DueAt = Clocks.Due(now, Periods.SuspensionResult),
        };
        var recipients = SuspensionRecipients.Of(member, EventTypes.ProcessingSuspended, catalog, now);
        return new(
            [new(suspended) { Subject = member.Subject, Sealed = new() { Verification = request.Verification }, Recipients = recipients }],
            entries => new(StatusCodes.Status201Created, new RequestAccepted
            {
                Id = suspended.SuspensionId,
                DueAt = suspended.DueAt,
                Entries = Consents.EntryReference.Of(entries),
                Notified = [.. recipients.Select(r => r.Partner)],
            }));
    }
}

/// <summary>Partners hear of a suspension once, and of its end once the last one ends.</summary>
internal static class SuspensionRecipients
{
    public static ImmutableArray<NewRecipient> Of(SubjectState member, string eventType, CatalogState catalog, DateTimeOffset now) =>
        member.Suspensions.Length == (eventType == EventTypes.ProcessingResumed ? 1 : 0) ? HolderRecipients.All(member, eventType, catalog, now) : [];
}

/// <summary>POST /v1/suspensions/{id}/completion, …/rejection and …/lifting</summary>
public static class SettleSuspension
{
    /// <param name="id">처리정지 식별자 / id of the suspension.</param>
    public static Task<IResult> Confirm(
        Guid id, CommandSender commands, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct) =>
        OpenRequests.SettleAsync(id, null, "processing.suspended", (member, _) => DecideConfirmation(member, id), commands, contexts, http, ct);

    /// <param name="id">처리정지 식별자 / id of the suspension.</param>
    public static Task<IResult> Reject(
        Guid id, RejectionRequest request, CommandSender commands, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct) =>
        OpenRequests.SettleAsync(id, request, "processing.suspended", (member, c) => DecideRejection(member, id, request, c.Catalog, c.Now), commands, contexts, http, ct);

    /// <param name="id">처리정지 식별자 / id of the suspension.</param>
    public static Task<IResult> Lift(
        Guid id, RightsRequest request, CommandSender commands, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct) =>
        OpenRequests.SettleAsync(id, request, "processing.suspended", (member, c) => DecideLifting(member, id, request, c.Catalog, c.Now), commands, contexts, http, ct);

    public static Decision? DecideConfirmation(SubjectState member, Guid id) => member.Suspensions.Any(s => s.Id == id && !s.Settled)
        ? RightsRecorded.Decide(new(new SuspensionConfirmed(id)) { Subject = member.Subject })
        : null;

    // PIPA art. 37(2): a suspension may be refused for the reasons named there, and the member must be told which.
    public static Decision? DecideRejection(SubjectState member, Guid id, RejectionRequest request, CatalogState catalog, DateTimeOffset now) =>
        member.Suspensions.Any(s => s.Id == id && !s.Settled)
            ? RightsRecorded.Decide(new(new SuspensionRejected(id))
            {
                Subject = member.Subject,
                Sealed = new() { Text = request.Reason },
                Recipients = SuspensionRecipients.Of(member, EventTypes.ProcessingResumed, catalog, now),
            })
            : null;

    public static Decision? DecideLifting(SubjectState member, Guid id, RightsRequest request, CatalogState catalog, DateTimeOffset now) =>
        member.Suspensions.Any(s => s.Id == id)
            ? RightsRecorded.Decide(new(new ProcessingResumed
            {
                SuspensionId = id,
                Actor = request.Actor,
                Channel = request.Channel,
                VerificationMethod = request.Verification?.Method,
            })
            {
                Subject = member.Subject,
                Sealed = new() { Verification = request.Verification },
                Recipients = SuspensionRecipients.Of(member, EventTypes.ProcessingResumed, catalog, now),
            })
            : null;
}
