using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;

namespace ConsentLedger.Rights;

/// <summary>탈퇴 기록 / what a termination recorded.</summary>
public sealed record TerminationRecorded
{
    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>법령에 따라 보존하는 것과 그 기한 / what the law wants kept, and until when.</summary>
    public required IReadOnlyList<RetainedGround> Retentions { get; init; }

    /// <summary>파기 예정 시각 / when the rest is destroyed.</summary>
    public required DateTimeOffset EraseAt { get; init; }

    /// <summary>통지받는 제공처 / the partners that are told.</summary>
    public required IReadOnlyList<string> Notified { get; init; }
}

/// <summary>POST /v1/members/{memberId}/termination: 회원탈퇴 (policy, members' rights clauses 2 and 4).</summary>
public static class TerminateMembership
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
        var recipients = Recipients(member, catalog, now);
        var retentions = RetentionRule.Of(member, catalog, now);
        var terminated = new MemberTerminated
        {
            Actor = request.Actor,
            Channel = request.Channel,
            VerificationMethod = request.Verification?.Method,
            Retentions = retentions,
            EraseAt = EraseAt(retentions, recipients, now),
        };
        return new(
            [
                .. WithdrawConsents.All(member, request.Actor, request.Channel, request.Verification, catalog, now),
                new(terminated) { Subject = member.Subject, Sealed = new() { Verification = request.Verification }, Recipients = recipients },
            ],
            entries => new(StatusCodes.Status201Created, new TerminationRecorded
            {
                Entries = EntryReference.Of(entries),
                Retentions = terminated.Retentions,
                EraseAt = terminated.EraseAt,
                Notified = [.. recipients.Select(r => r.Partner)],
            }));
    }

    // Each partner is told to delete, or what to keep until when and why.
    private static ImmutableArray<NewRecipient> Recipients(SubjectState member, CatalogState catalog, DateTimeOffset now) =>
    [
        .. HolderRecipients.All(member, EventTypes.MemberTerminated, catalog, now)
            .Select(r => r with { Retain = RetentionRule.Of(member, catalog, now, r.Partner) }),
    ];

    // Partners must still learn whom to delete: the member's own id goes with the key, so it stays until they have answered or had their time.
    private static DateTimeOffset EraseAt(ImmutableArray<RetainedGround> retentions, ImmutableArray<NewRecipient> recipients, DateTimeOffset now) =>
        retentions.Select(r => r.Until).Concat(recipients.Select(r => r.AcknowledgeBy!.Value)).Append(now).Max();
}

/// <summary>What must be kept of what was provided (E-Commerce Act Decree art. 6), counted from the last time on each ground.</summary>
public static class RetentionRule
{
    /// <summary>Sorted by ground, those that have not ended yet; of one partner alone where one is named.</summary>
    public static ImmutableArray<RetainedGround> Of(SubjectState member, CatalogState catalog, DateTimeOffset now, string? partner = null)
    {
        var provided = member.Holdings.Where(h => partner is null || h.Partner == partner)
            .Select(h => (Ground: GroundOf(h, catalog), From: h.LastProvidedAt))
            .Where(h => h.Ground is not null)
            .Select(h => (Ground: h.Ground!.Value, h.From));
        if (partner is null && member.LastComplaintAt is { } complaint)
            provided = provided.Append((RetentionGround.Complaints, complaint));
        return
        [
            .. provided.GroupBy(h => h.Ground)
                .Select(g => new RetainedGround { Ground = g.Key, Until = Clocks.Due(g.Max(h => h.From), Periods.Retention[g.Key]) })
                .Where(r => r.Until > now)
                .OrderBy(r => r.Ground),
        ];
    }

    /// <summary>What a complaint adds to the time of one who has left: three years from its last word; null for a member.</summary>
    public static RetentionExtended? OfComplaint(SubjectState member, DateTimeOffset now)
    {
        if (member.Termination is not { } termination)
            return null;
        var until = Clocks.Due(now, Periods.Retention[RetentionGround.Complaints]);
        return new(until, until > termination.EraseAt ? until : termination.EraseAt);
    }

    private static RetentionGround? GroundOf(Holding holding, CatalogState catalog) => holding.LegalBasis switch
    {
        LegalBasis.Contract or LegalBasis.LegalObligation => RetentionGround.ContractOrWithdrawal,
        LegalBasis.Settlement => RetentionGround.PaymentAndSupply,
        LegalBasis.Consent when catalog.FindPurpose(holding.Purpose) is { Advertising: true } => RetentionGround.Advertising,
        _ => null,
    };
}
