using ConsentLedger.Catalog;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Consents;

/// <summary>POST /v1/members/{memberId}/reconfirmations: the member confirms a consent to advertising again (Network Act art. 50(8)).</summary>
public static class ReconfirmConsents
{
    private static readonly Text NotGranted = new("동의한 상태가 아니므로 확인할 것이 없습니다.", "There is no consent to confirm.");
    private static readonly Text NotAdvertising = new("광고 수신동의가 아닙니다.", "It is no consent to advertising.");

    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle(
        [SubjectId] string memberId, WithdrawalRequest request, CommandSender commands, MarketingOptions marketing, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(
            http, request, [member], context => Decide(context.Member(member), request, context.Catalog, marketing.Silence, context.Now));
    }

    public static Decision Decide(SubjectState member, WithdrawalRequest request, CatalogState catalog, Silence silence, DateTimeOffset now)
    {
        var errors = request.Purposes.Index().Select(p => (p.Index, Message: Check(member, p.Item, catalog, now))).Where(p => p.Message is not null)
            .Select(p => new FieldError($"purposes[{p.Index}]", p.Message!.Value)).ToArray();
        if (errors.Length > 0)
            return Decision.Refuse(Problems.Invalid(errors));
        if (member.Guardian?.IsNeededFor(request.Actor.Kind, request.OccurredAt ?? now, now) is true)
            return Decision.Refuse(Problems.GuardianRequired);
        return new(
            [.. request.Purposes.Select(purpose => new NewEntry(Data(purpose, request, catalog, silence, now))
            {
                Subject = member.Subject,
                Sealed = new() { Evidence = request.Evidence, Verification = request.Verification },
            })],
            entries => new(StatusCodes.Status201Created, ConsentsRecorded.Of(member, entries)));
    }

    private static Text? Check(SubjectState member, string purpose, CatalogState catalog, DateTimeOffset now) =>
        catalog.FindPurpose(purpose) is not { } known ? Texts.UnknownPurpose
        : !known.Advertising ? NotAdvertising
        // What has expired is over: it takes a new consent, not a confirmation.
        : member.Consent(purpose)?.StatusAt(now) is not ConsentStatus.Granted ? NotGranted
        : null;

    private static ConsentReconfirmed Data(string purpose, WithdrawalRequest request, CatalogState catalog, Silence silence, DateTimeOffset now)
    {
        var (reconfirmBy, expiresAt) = Advertising.Lasts(purpose, catalog, silence, request.OccurredAt ?? now);
        return new()
        {
            Purpose = purpose,
            OccurredAt = request.OccurredAt ?? now,
            Actor = request.Actor,
            Channel = request.Channel,
            VerificationMethod = request.Verification?.Method,
            ReconfirmBy = reconfirmBy!.Value,
            ExpiresAt = expiresAt,
        };
    }
}
