using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Decisions;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Provisions;

/// <summary>결제 한 건의 동의와 제공, 전부 또는 전무 / choices and provisions of one checkout, all or nothing.</summary>
public sealed record CheckoutRequest
{
    /// <summary>동의 선택, 없으면 생략 / choices made at this checkout, if any.</summary>
    public ConsentsRequest? Consents { get; init; }

    /// <summary>제공 목록, 최대 100 / provisions, at most 100.</summary>
    [Count(1, 100)]
    public required IReadOnlyList<ProvisionRequest> Provisions { get; init; }
}

/// <summary>결제 기록 / what one checkout recorded.</summary>
public sealed record CheckoutRecorded
{
    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>기록 후 모든 동의의 상태 / how all consents of the member stand now.</summary>
    public required IReadOnlyList<ConsentView> Consents { get; init; }
}

/// <summary>POST /v1/members/{memberId}/checkouts</summary>
public static class RecordCheckout
{
    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle(
        [SubjectId] string memberId, CheckoutRequest request, CommandSender commands, MarketingOptions marketing, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(
            http, request, [member], context => Decide(context.Member(member), request, context.Catalog, marketing.Silence, context.Now));
    }

    // The choices count for the provisions beside them. A denied provision leaves nothing behind, not even its denial.
    public static Decision Decide(SubjectState member, CheckoutRequest request, CatalogState catalog, Silence silence, DateTimeOffset now)
    {
        if (Check(request, catalog, now) is { Length: > 0 } errors)
            return Decision.Refuse(Problems.Invalid(errors));
        if (request.Consents is { } asked && RecordConsents.Refusal(member, asked, now) is { } refusal)
            return Decision.Refuse(refusal);
        var consents = request.Consents is { } choices ? RecordConsents.Entries(member, choices, catalog, silence, now) : [];
        var chosen = Foresee(member, consents, now);
        var entries = consents.ToBuilder();
        for (var i = 0; i < request.Provisions.Count; i++)
        {
            var provision = request.Provisions[i];
            var verdict = DecisionRule.Decide(chosen, new(provision.Partner, provision.Purpose, provision.Items), catalog, now);
            if (!verdict.Permitted)
                return Decision.Refuse(Refusal(verdict, i));
            entries.Add(ProvisionRequests.Recorded(member, provision, verdict));
        }

        return new(entries.ToImmutable(), recorded =>
        {
            var result = ConsentsRecorded.Of(member, recorded);
            return new(StatusCodes.Status201Created, new CheckoutRecorded { Entries = result.Entries, Consents = result.Consents });
        });
    }

    private static FieldError[] Check(CheckoutRequest request, CatalogState catalog, DateTimeOffset now)
    {
        IEnumerable<FieldError> consents = request.Consents is { } choices
            ? RecordConsents.Check(choices, catalog, now).Select(e => e with { Field = $"consents.{e.Field}" })
            : [];
        return
        [
            .. consents,
            .. request.Provisions.SelectMany((p, i) => ProvisionRequests.Check(p.Partner, p.Purpose, p.Items, $"provisions[{i}].", catalog)),
        ];
    }

    private static Problem Refusal(Verdict verdict, int index)
    {
        var refusal = RecordProvision.Refusal(verdict, $"provisions[{index}].");
        return refusal.Errors.IsEmpty
            ? refusal with { Errors = [.. verdict.Reasons.Select(reason => new FieldError($"provisions[{index}]", Texts.Of(reason)))] }
            : refusal;
    }

    // The state as it will be once the choices are entries; positions only have to follow each other.
    private static SubjectState Foresee(SubjectState member, ImmutableArray<NewEntry> choices, DateTimeOffset now)
    {
        foreach (var choice in choices)
        {
            member = member.Apply(new LedgerEntry
            {
                Position = member.Position + 1,
                Type = EntryTypes.NameOf(choice.Data),
                RecordedAt = now,
                Subject = member.Subject,
                Data = choice.Data,
            });
        }

        return member;
    }
}
