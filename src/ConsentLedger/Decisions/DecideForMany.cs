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

    /// <summary>제공받는 자. 회사 자체 이용이면 생략 / the recipient's code; absent for the shop's own use.</summary>
    /// <example>areumnet</example>
    [Code]
    public string? Partner { get; init; }

    /// <summary>목적 코드 / purpose code.</summary>
    /// <example>email_marketing</example>
    [Code]
    public required string Purpose { get; init; }

    /// <summary>개인정보 항목 코드 / item codes.</summary>
    [Codes(1, 32)]
    public required IReadOnlyList<string> Items { get; init; }
}

/// <summary>회원 한 명의 결정 / the decision on one member.</summary>
public sealed record MemberDecision
{
    /// <summary>회원 식별자 / member id.</summary>
    public required string Member { get; init; }

    /// <summary>모든 항목이 허용될 때에만 permit / permit only when every item is.</summary>
    public required DecisionOutcome Decision { get; init; }

    /// <summary>거절 사유, 허용이면 빈 목록 / why not; empty when permitted.</summary>
    public required IReadOnlyList<DenyReason> Reasons { get; init; }
}

/// <summary>결정 목록, 요청한 순서대로 / decisions in the order asked.</summary>
public sealed record ManyDecisionsResponse
{
    /// <summary>회원별 결정, 요청한 순서대로 / one decision for each member, in the order asked.</summary>
    public required IReadOnlyList<MemberDecision> Decisions { get; init; }

    /// <summary>결과에 반영된 마지막 원장 위치 / everything up to this position was taken into account.</summary>
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
