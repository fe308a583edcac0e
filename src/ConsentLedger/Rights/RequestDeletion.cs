using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Rights;

/// <summary>POST /v1/members/{memberId}/deletions: the items are on hold until the result (PIPA art. 36).</summary>
public static class RequestDeletion
{
    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle([SubjectId] string memberId, CorrectionRequest request, CommandSender commands, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(http, request, [member], context => Decide(context.Member(member), request, context.Catalog, context.Now));
    }

    public static Decision Decide(SubjectState member, CorrectionRequest request, CatalogState catalog, DateTimeOffset now)
    {
        if (OpenRequests.RefuseTerminated(member) is { } refusal)
            return refusal;
        if (RequestCorrection.UnknownItems(request, catalog) is { Length: > 0 } unknown)
            return Decision.Refuse(Problems.Invalid(unknown));
        var requested = new DeletionRequested
        {
            DeletionId = Guid.CreateVersion7(now),
            Items = [.. request.Items],
            Actor = request.Actor,
            Channel = request.Channel,
            VerificationMethod = request.Verification?.Method,
            DueAt = Clocks.Due(now, Periods.DeletionResult),
        };
        var recipients = HolderRecipients.Of(member, requested.Items, EventTypes.DeletionRequested, catalog, now);
        return new(
            [new(requested) { Subject = member.Subject, Sealed = new() { Verification = request.Verification }, Recipients = recipients }],
            entries => new(StatusCodes.Status201Created, new CorrectionAccepted
            {
                Id = requested.DeletionId,
                DueAt = requested.DueAt,
                HeldItems = requested.Items,
                Entries = EntryReference.Of(entries),
                Notified = [.. recipients.Select(r => r.Partner)],
            }));
    }
}

/// <summary>POST /v1/deletions/{id}/completion and …/rejection</summary>
public static class SettleDeletion
{
    /// <param name="id">삭제 요구 식별자 / id of the deletion.</param>
    public static Task<IResult> Complete(
        Guid id, CommandSender commands, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct) =>
        OpenRequests.SettleAsync(id, null, "deletion.requested", (member, c) => DecideCompletion(member, id, c.Catalog, c.Now), commands, contexts, http, ct);

    /// <param name="id">삭제 요구 식별자 / id of the deletion.</param>
    public static Task<IResult> Reject(
        Guid id, RejectionRequest request, CommandSender commands, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct) =>
        OpenRequests.SettleAsync(id, request, "deletion.requested", (member, c) => DecideRejection(member, id, request, c.Catalog, c.Now), commands, contexts, http, ct);

    // A partner that the law makes keep something is told what and until when, and deletes the rest.
    public static Decision? DecideCompletion(SubjectState member, Guid id, CatalogState catalog, DateTimeOffset now) => Find(member, id) is not { } hold
        ? null
        : RightsRecorded.Decide(new(new DeletionCompleted { DeletionId = id, Items = hold.Items })
        {
            Subject = member.Subject,
            Recipients =
            [
                .. HolderRecipients.Of(member, hold.Items, EventTypes.DeletionCompleted, catalog, now)
                    .Select(r => r with { Retain = RetentionRule.Of(member, catalog, now, r.Partner) }),
            ],
        });

    // PIPA art. 36(1): what another law wants collected cannot be deleted; the member is told why.
    public static Decision? DecideRejection(SubjectState member, Guid id, RejectionRequest request, CatalogState catalog, DateTimeOffset now) =>
        Find(member, id) is not { } hold
            ? null
            : RightsRecorded.Decide(new(new DeletionRejected { DeletionId = id, Items = hold.Items })
            {
                Subject = member.Subject,
                Sealed = new() { Text = request.Reason },
                Recipients = HolderRecipients.Of(member, hold.Items, EventTypes.DeletionRejected, catalog, now),
            });

    private static Hold? Find(SubjectState member, Guid id) => member.Holds.FirstOrDefault(h => h.Id == id && h.Kind == HoldKind.Deletion);
}
