using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Decisions;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Provisions;

/// <summary>제공 요청 / items to be given to a partner.</summary>
public sealed record ProvisionRequest
{
    /// <summary>제공받는 자 / the recipient's code.</summary>
    /// <example>cj-gls</example>
    [Code]
    public required string Partner { get; init; }

    /// <summary>목적 / purpose.</summary>
    /// <example>delivery</example>
    [Code]
    public required string Purpose { get; init; }

    /// <summary>개인정보 항목 / items.</summary>
    /// <example>["name", "address", "phone"]</example>
    [Codes(1, 32)]
    public required IReadOnlyList<string> Items { get; init; }

    /// <summary>호출자의 참조(예: 주문번호), 최대 10, 암호화 보관 / the caller's references by code, such as an order, at most 10; stored encrypted.</summary>
    [TextMap(10, 200)]
    public IReadOnlyDictionary<string, string>? Reference { get; init; }
}

/// <summary>제공 기록 / a provision that was recorded.</summary>
public sealed record ProvisionRecordedResponse
{
    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>제공의 법적 근거 / the ground relied on.</summary>
    public required LegalBasis LegalBasis { get; init; }
}

/// <summary>What provisions, checkouts and decisions check alike.</summary>
public static class ProvisionRequests
{
    /// <summary>What a request names that the catalog does not have. An unknown partner is not among it: that is a reason to deny.</summary>
    public static FieldError[] Check(string? partner, string purpose, IReadOnlyList<string> items, string at, CatalogState catalog)
    {
        List<FieldError> errors = [];
        if (catalog.FindPurpose(purpose) is not { } known)
            errors.Add(new($"{at}purpose", Texts.UnknownPurpose));
        else if (partner is null && !known.OwnUse)
            errors.Add(new($"{at}partner", Texts.RecipientNeeded));
        for (var i = 0; i < items.Count; i++)
        {
            if (!catalog.HasItem(items[i]))
                errors.Add(new($"{at}items[{i}]", Texts.UnknownItem));
        }

        return [.. errors];
    }

    public static NewEntry Recorded(SubjectState member, ProvisionRequest request, Verdict verdict) => new(new ProvisionRecorded
    {
        Purpose = request.Purpose,
        Items = [.. request.Items],
        LegalBasis = verdict.LegalBasis!.Value,
        Notice = verdict.Notice,
    })
    {
        Subject = member.Subject,
        Partner = request.Partner,
        Sealed = new() { Reference = request.Reference?.ToImmutableSortedDictionary(StringComparer.Ordinal) },
    };
}

/// <summary>POST /v1/members/{memberId}/provisions</summary>
public static class RecordProvision
{
    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle([SubjectId] string memberId, ProvisionRequest request, CommandSender commands, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(http, request, [member], context => Decide(context.Member(member), request, context.Catalog, context.Now));
    }

    public static Decision Decide(SubjectState member, ProvisionRequest request, CatalogState catalog, DateTimeOffset now)
    {
        if (ProvisionRequests.Check(request.Partner, request.Purpose, request.Items, "", catalog) is { Length: > 0 } errors)
            return Decision.Refuse(Problems.Invalid(errors));
        var verdict = DecisionRule.Decide(member, new(request.Partner, request.Purpose, request.Items), catalog, now);
        if (!verdict.Permitted)
            return new([Denied(member, request, verdict)], _ => Refusal(verdict, ""));
        return new(
            [ProvisionRequests.Recorded(member, request, verdict)],
            entries => new(StatusCodes.Status201Created, new ProvisionRecordedResponse
            {
                Entries = EntryReference.Of(entries),
                LegalBasis = verdict.LegalBasis!.Value,
            }));
    }

    /// <summary>403 with every reason; a partner that does not exist is named as the field that is wrong.</summary>
    public static Problem Refusal(Verdict verdict, string at) => Problems.Denied(verdict.Reasons) with
    {
        Errors = verdict.Reasons.Contains(DenyReason.UnknownPartner) ? [new($"{at}partner", Texts.UnknownPartner)] : [],
    };

    private static NewEntry Denied(SubjectState member, ProvisionRequest request, Verdict verdict) => new(new ProvisionDenied
    {
        Purpose = request.Purpose,
        Items = [.. request.Items],
        Reasons = verdict.Reasons,
    })
    {
        Subject = member.Subject,
        Partner = request.Partner,
    };
}
