using ConsentLedger.Catalog;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Consents;

/// <summary>동의 철회 요청 / purposes to withdraw from.</summary>
public sealed record WithdrawalRequest
{
    /// <summary>철회할 목적, 최대 100 / purposes to withdraw from, at most 100.</summary>
    /// <example>["email_marketing"]</example>
    [Codes(1, 100)]
    public required IReadOnlyList<string> Purposes { get; init; }

    /// <summary>행위자 / who acts.</summary>
    public required Actor Actor { get; init; }

    /// <summary>접수 경로 / how the request came in.</summary>
    public required Channel Channel { get; init; }

    /// <summary>철회한 시각, 없으면 지금 / when the person withdrew, since 2000 and not in the future; now if absent.</summary>
    [PastInstant]
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>본인 확인 방법 / how the person was identified.</summary>
    public Verification? Verification { get; init; }

    /// <summary>증거, 암호화 보관 / evidence, stored encrypted.</summary>
    public Evidence? Evidence { get; init; }
}

/// <summary>POST /v1/members/{memberId}/withdrawals</summary>
public static class WithdrawConsents
{
    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle([SubjectId] string memberId, WithdrawalRequest request, CommandSender commands, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(http, request, [member], context => Decide(context.Member(member), request, context.Catalog, context.Now));
    }

    // A withdrawal is never refused for the state of the consent: it is a right (PIPA art. 37), and its record is proof of it.
    public static Decision Decide(SubjectState member, WithdrawalRequest request, CatalogState catalog, DateTimeOffset now)
    {
        List<FieldError> errors = [];
        for (var i = 0; i < request.Purposes.Count; i++)
        {
            if (catalog.FindPurpose(request.Purposes[i]) is not { } purpose)
                errors.Add(new($"purposes[{i}]", Texts.UnknownPurpose));
            else if (!purpose.OptIn)
                errors.Add(new($"purposes[{i}]", Texts.NotOptIn));
        }

        if (errors.Count > 0)
            return Decision.Refuse(Problems.Invalid([.. errors]));
        return new(
            [.. request.Purposes.Select(purpose => Entry(member, purpose, request, catalog, now))],
            entries => new(StatusCodes.Status201Created, ConsentsRecorded.Of(member, entries)));
    }

    /// <summary>One purpose withdrawn, whatever the occasion; the request's own list of purposes is not looked at.</summary>
    public static NewEntry Entry(SubjectState member, string purpose, WithdrawalRequest request, CatalogState catalog, DateTimeOffset now) => new(new ConsentWithdrawn
    {
        Purpose = purpose,
        OccurredAt = request.OccurredAt ?? now,
        Actor = request.Actor,
        Channel = request.Channel,
        VerificationMethod = request.Verification?.Method,
        ResultNoticeBy = Advertising.ResultNoticeBy(purpose, catalog, now),
    })
    {
        Subject = member.Subject,
        Sealed = new() { Evidence = request.Evidence, Verification = request.Verification },
        Recipients = ConsentRecipients.OfWithdrawal(member, purpose, catalog, now),
    };

    /// <summary>Everything that is granted withdrawn, in the order of the purposes.</summary>
    public static IEnumerable<NewEntry> All(SubjectState member, Actor actor, Channel channel, Verification? verification, CatalogState catalog, DateTimeOffset now)
    {
        string[] granted = [.. member.Consents.Where(c => c.Status == ConsentStatus.Granted).Select(c => c.Purpose)];
        var request = new WithdrawalRequest { Purposes = granted, Actor = actor, Channel = channel, Verification = verification };
        return granted.Select(purpose => Entry(member, purpose, request, catalog, now));
    }
}
