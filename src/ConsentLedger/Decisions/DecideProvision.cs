using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Provisions;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Decisions;

/// <summary>제공 가능 여부 질의 / may these items go to the partner for the purpose, now?</summary>
public sealed record DecisionRequest
{
    /// <summary>제공받는 자. 회사 자체 이용이면 생략 / the recipient's code; absent for the shop's own use, such as telemarketing.</summary>
    /// <example>cj-gls</example>
    [Code]
    public string? Partner { get; init; }

    /// <summary>목적 / purpose.</summary>
    /// <example>delivery</example>
    [Code]
    public required string Purpose { get; init; }

    /// <summary>개인정보 항목 / items.</summary>
    /// <example>["name", "address", "phone"]</example>
    [Codes(1, 32)]
    public required IReadOnlyList<string> Items { get; init; }
}

/// <summary>결정 / the decision.</summary>
public enum DecisionOutcome
{
    /// <summary>허용 / permitted.</summary>
    Permit,

    /// <summary>거절 / denied.</summary>
    Deny,
}

/// <summary>항목별 결정 / the decision on one item.</summary>
public sealed record ItemDecision
{
    /// <summary>개인정보 항목 코드 / item code.</summary>
    public required string Item { get; init; }

    /// <summary>이 항목의 결정 / the decision on this item.</summary>
    public required DecisionOutcome Decision { get; init; }

    /// <summary>거절 사유 / why not; absent when permitted.</summary>
    public IReadOnlyList<DenyReason>? Reasons { get; init; }
}

/// <summary>결정 / a decision.</summary>
public sealed record DecisionResponse
{
    /// <summary>모든 항목이 허용될 때에만 permit / permit only when every item is.</summary>
    public required DecisionOutcome Decision { get; init; }

    /// <summary>제공의 법적 근거. 알 수 없으면 생략 / the ground; absent where there is none.</summary>
    public LegalBasis? LegalBasis { get; init; }

    /// <summary>항목별 결정 / the decision on each item.</summary>
    public required IReadOnlyList<ItemDecision> Items { get; init; }

    /// <summary>모든 항목의 거절 사유, 허용이면 빈 목록 / the reasons of all items; empty when permitted.</summary>
    public required IReadOnlyList<DenyReason> Reasons { get; init; }

    /// <summary>사유 설명 / the reasons as sentences, in the caller's language; absent when permitted.</summary>
    public IReadOnlyList<string>? Explanations { get; init; }

    /// <summary>결정에 반영된 마지막 원장 위치 / everything up to this position was taken into account.</summary>
    public required long AsOfPosition { get; init; }

    public static DecisionResponse Of(Verdict verdict, long asOf, Language language) => new()
    {
        Decision = verdict.Permitted ? DecisionOutcome.Permit : DecisionOutcome.Deny,
        LegalBasis = verdict.LegalBasis,
        Items = [.. verdict.Items.Select(i => new ItemDecision
        {
            Item = i.Item,
            Decision = i.Permitted ? DecisionOutcome.Permit : DecisionOutcome.Deny,
            Reasons = i.Permitted ? null : i.Reasons,
        })],
        Reasons = verdict.Reasons,
        Explanations = verdict.Permitted ? null : [.. verdict.Reasons.Select(r => Texts.Of(r).In(language))],
        AsOfPosition = asOf,
    };
}

/// <summary>POST /v1/members/{memberId}/decisions</summary>
public static class DecideProvision
{
    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    /// <param name="at">이 시각에 한 판단(예: <c>2026-11-22T09:00:00+09:00</c>), 없으면 지금 / the decision as of this instant (RFC 3339); now if absent.</param>
    public static async Task<IResult> Handle(
        [SubjectId] string memberId, [Instant] string? at, DecisionRequest request,
        LedgerReplica replica, ILedgerStore store, IDbContextFactory<LedgerDbContext> contexts, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        if (at is not null)
            return await AtAsync(memberId, at, request, replica, store, contexts, time, http, ct);
        var (subject, asOf) = await replica.ReadAsync(SubjectRef.Member(memberId), ct);
        if (ProvisionRequests.Check(request.Partner, request.Purpose, request.Items, "", replica.Catalog) is { Length: > 0 } errors)
            return new ProblemResult(Problems.Invalid(errors));
        // Before the catalog, which then has every notice that the state names.
        var state = subject?.State ?? SubjectState.New(Guid.Empty);
        var verdict = DecisionRule.Decide(state, new(request.Partner, request.Purpose, request.Items), replica.Catalog, time.Now());
        return new JsonAnswer<DecisionResponse>(DecisionResponse.Of(verdict, asOf, http.Language()));
    }

    private static async Task<IResult> AtAsync(
        string memberId, string at, DecisionRequest request,
        LedgerReplica replica, ILedgerStore store, IDbContextFactory<LedgerDbContext> contexts, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        if (!PastInstant.TryRead(at, time.Now(), out var instant, out var problem))
            return new ProblemResult(problem);
        await replica.SyncAsync(ct);
        // An append under way may still record at an instant that has just passed. In this order what is claimed is never more
        // than what was looked at, and the catalog has every notice that the state names.
        var asOf = await store.ReadPositionBeforeAsync(instant + Timestamps.Step, ct);
        var subject = await replica.FindAsync(SubjectRef.Member(memberId), ct);
        // Policy, members' rights clause 4: what stood before the member left is no other viewing's either.
        if (subject?.State.Termination is not null)
            return new ProblemResult(Problems.MemberRestricted);
        var state = subject is null ? SubjectState.New(Guid.Empty) : await ReadConsents.StateAtAsync(subject.Id, instant, contexts, ct);
        var catalog = await ReadCatalog.StateAtAsync(instant, contexts, ct);
        if (ProvisionRequests.Check(request.Partner, request.Purpose, request.Items, "", catalog) is { Length: > 0 } errors)
            return new ProblemResult(Problems.Invalid(errors));
        var verdict = DecisionRule.Decide(state, new(request.Partner, request.Purpose, request.Items), catalog, instant);
        return new JsonAnswer<DecisionResponse>(DecisionResponse.Of(verdict, asOf, http.Language()));
    }
}
