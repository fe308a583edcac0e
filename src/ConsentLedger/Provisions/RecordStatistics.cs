using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Decisions;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Provisions;

/// <summary>통계 제공 요청: 누구에 관한 것도 아닙니다 / items to be given to a partner as statistics, about nobody.</summary>
public sealed record StatisticsRequest
{
    /// <summary>제공받는 자 / the recipient's code.</summary>
    /// <example>market-research</example>
    [Code]
    public required string Partner { get; init; }

    /// <summary>목적 / purpose.</summary>
    /// <example>statistics</example>
    [Code]
    public required string Purpose { get; init; }

    /// <summary>특정 개인을 식별할 수 없는 항목 / items by which nobody can be recognised.</summary>
    /// <example>["product_info"]</example>
    [Codes(1, 32)]
    public required IReadOnlyList<string> Items { get; init; }
}

/// <summary>POST /v1/provisions</summary>
public static class RecordStatistics
{
    public static Task<IResult> Handle(StatisticsRequest request, CommandSender commands, HttpContext http) =>
        commands.SendAsync(http, request, [], context => Decide(request, context.Catalog, context.Now));

    public static Decision Decide(StatisticsRequest request, CatalogState catalog, DateTimeOffset now)
    {
        if (ProvisionRequests.Check(request.Partner, request.Purpose, request.Items, "", catalog) is { Length: > 0 } errors)
            return Decision.Refuse(Problems.Invalid(errors));
        var verdict = StatisticsRule.Decide(new(request.Partner, request.Purpose, request.Items), catalog, now);
        return verdict.Permitted
            ? new([Recorded(request)], entries => new(StatusCodes.Status201Created, new ProvisionRecordedResponse
            {
                Entries = EntryReference.Of(entries),
                LegalBasis = LegalBasis.AnonymisedStatistics,
            }))
            : new([Denied(request, verdict)], _ => RecordProvision.Refusal(verdict, ""));
    }

    private static NewEntry Recorded(StatisticsRequest request) => new(new ProvisionRecorded
    {
        Purpose = request.Purpose,
        Items = [.. request.Items],
        LegalBasis = LegalBasis.AnonymisedStatistics,
    })
    {
        Partner = request.Partner,
    };

    private static NewEntry Denied(StatisticsRequest request, Verdict verdict) => new(new ProvisionDenied
    {
        Purpose = request.Purpose,
        Items = [.. request.Items],
        Reasons = verdict.Reasons,
    })
    {
        Partner = request.Partner,
    };
}
