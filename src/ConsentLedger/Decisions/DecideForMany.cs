using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Provisions;
using ConsentLedger.Storage;

namespace ConsentLedger.Decisions;

/// <summary>여러 회원에 대한 질의 / the same question for many members: a campaign list is scrubbed before it is handed over.</summary>
public sealed record ManyDecisionsRequest
{
    /// <summary>회원 식별자, 최대 1,000 / member ids, at most 1,000.</summary>
    [SubjectIds(1, 1000)]
    public required IReadOnlyList<string> Members { get; init; }

    /// <example>areumnet</example>
    [Code]
    public string? Partner { get; init; }

    /// <example>email_marketing</example>
    [Code]
    public required string Purpose { get; init; }

    [Codes(1, 32)]
    public required IReadOnlyList<string> Items { get; init; }
}

/// <summary>회원 한 명의 결정 / the decision on one member.</summary>
public sealed record MemberDecision
{
    public required string Member { get; init; }

    public required DecisionOutcome Decision { get; init; }

    public required IReadOnlyList<DenyReason> Reasons { get; init; }
}

/// <summary>결정 목록, 요청한 순서대로 / decisions in the order asked.</summary>
public sealed record ManyDecisionsResponse
{
    public required IReadOnlyList<MemberDecision> Decisions { get; init; }

    public required long AsOfPosition { get; init; }
}

/// <summary>POST /v1/decisions</summary>
public static class DecideForMany
{
    public static async Task<IResult> Handle(
        ManyDecisionsRequest request, LedgerReplica replica, TimeProvider time, CancellationToken ct)
    {
        await replica.SyncAsync(ct);
        if (ProvisionRequests.Check(request.Partner, request.Purpose, request.Items, "", replica.Catalog) is { Length: > 0 } errors)
            return new ProblemResult(Problems.Invalid(errors));
        var found = await replica.FindManyAsync(request.Members.Select(m => new SubjectKey(SubjectKind.Member, m)), ct);
        var asOf = replica.Applied;
        var query = new DecisionQuery(request.Partner, request.Purpose, request.Items);
        var (catalog, now, nobody) = (replica.Catalog, time.Now(), SubjectState.New(Guid.Empty));
        return TypedResults.Ok(new ManyDecisionsResponse
        {
            Decisions = [.. request.Members.Select(member =>
            {
                var verdict = DecisionRule.Decide(found.GetValueOrDefault(new(SubjectKind.Member, member))?.State ?? nobody, query, catalog, now);
                return new MemberDecision
                {
                    Member = member,
                    Decision = verdict.Permitted ? DecisionOutcome.Permit : DecisionOutcome.Deny,
                    Reasons = verdict.Reasons,
                };
            })],
            AsOfPosition = asOf,
        });
    }
}
