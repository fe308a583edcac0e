using ConsentLedger.Catalog;
using ConsentLedger.Decisions;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Provisions;

/// <summary>제공 내역 한 건 / one provision, or one that was denied.</summary>
public sealed record ProvisionView
{
    public required long Position { get; init; }

    public required DateTimeOffset RecordedAt { get; init; }

    public required string Partner { get; init; }

    public required string Purpose { get; init; }

    public required IReadOnlyList<string> Items { get; init; }

    /// <summary>제공 또는 거절 / permit when it was given, deny when it was not allowed.</summary>
    public required DecisionOutcome Decision { get; init; }

    public LegalBasis? LegalBasis { get; init; }

    public NoticeReference? Notice { get; init; }

    public IReadOnlyList<DenyReason>? Reasons { get; init; }

    public IReadOnlyDictionary<string, string>? Reference { get; init; }
}

/// <summary>제공 내역 / who was given what.</summary>
public sealed record MemberProvisions
{
    public required string Member { get; init; }

    public required IReadOnlyList<ProvisionView> Provisions { get; init; }
}

/// <summary>GET /v1/members/{memberId}/provisions</summary>
public static class ListProvisions
{
    /// <param name="memberId">회원 식별자 / member id.</param>
    /// <param name="denied">거절된 요청도 포함 / include what was denied.</param>
    /// <param name="after">이 위치 다음부터 / after this position.</param>
    /// <param name="limit">1–1000, 기본 100 / default 100.</param>
    public static async Task<IResult> Handle(
        [SubjectId] string memberId, bool? denied, long? after, int? limit,
        LedgerReplica replica, SubjectVault vault, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct)
    {
        if (!Paging.TryRead(after, limit, out var page, out var problem))
            return new ProblemResult(problem);
        await replica.SyncAsync(ct);
        if (await replica.FindAsync(SubjectRef.Member(memberId), ct) is not { } subject)
            return new ProblemResult(Problems.NotFound("memberId", new("기록이 없는 회원입니다.", "The ledger has no record of this member.")));
        await using var context = await contexts.CreateDbContextAsync(ct);
        string[] types = denied is true ? ["provision.recorded", "provision.denied"] : ["provision.recorded"];
        var rows = await context.Entries.AsNoTracking()
            .Where(e => e.SubjectId == subject.Id && e.Position > page.After && types.Contains(e.Type))
            .OrderBy(e => e.Position)
            .Select(e => e.Data)
            .Take(page.Limit + 1)
            .ToListAsync(ct);
        var entries = rows.ConvertAll(EntryCodec.Decode);
        page.Link(http, entries, e => e.Position);
        return TypedResults.Ok(new MemberProvisions
        {
            Member = memberId,
            Provisions = [.. entries.Take(page.Limit).Select(e => View(e, vault.Open(e, subject.WrappedKey)))],
        });
    }

    private static ProvisionView View(LedgerEntry entry, Sealable? opened) => entry.Data switch
    {
        ProvisionRecorded recorded => new()
        {
            Position = entry.Position,
            RecordedAt = entry.RecordedAt,
            Partner = entry.Partner!,
            Purpose = recorded.Purpose,
            Items = recorded.Items,
            Decision = DecisionOutcome.Permit,
            LegalBasis = recorded.LegalBasis,
            Notice = recorded.Notice,
            Reference = opened?.Reference,
        },
        ProvisionDenied denied => new()
        {
            Position = entry.Position,
            RecordedAt = entry.RecordedAt,
            Partner = entry.Partner!,
            Purpose = denied.Purpose,
            Items = denied.Items,
            Decision = DecisionOutcome.Deny,
            Reasons = denied.Reasons,
        },
        _ => throw new LedgerCorruptException($"entry {entry.Position} is not a provision"),
    };
}
