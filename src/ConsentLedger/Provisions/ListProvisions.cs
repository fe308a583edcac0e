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
    /// <summary>원장 위치(1부터) / position in the ledger, from 1.</summary>
    public required long Position { get; init; }

    /// <summary>원장에 기록된 시각(UTC) / when the ledger recorded it (UTC).</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>제공받는 자(제공처)의 코드 / the recipient's code.</summary>
    public required string Partner { get; init; }

    /// <summary>목적 코드 / purpose code.</summary>
    public required string Purpose { get; init; }

    /// <summary>개인정보 항목 코드 / item codes.</summary>
    public required IReadOnlyList<string> Items { get; init; }

    /// <summary>제공 또는 거절 / permit when it was given, deny when it was not allowed.</summary>
    public required DecisionOutcome Decision { get; init; }

    /// <summary>제공의 법적 근거 / the ground relied on. Absent when denied.</summary>
    public LegalBasis? LegalBasis { get; init; }

    /// <summary>근거가 된 동의의 고지 버전 / the notice version of the consent relied on, where consent is the ground.</summary>
    public NoticeReference? Notice { get; init; }

    /// <summary>거절 사유 / why it was denied; absent when it was given.</summary>
    public IReadOnlyList<DenyReason>? Reasons { get; init; }

    /// <summary>호출자의 참조 / the caller's references, as given.</summary>
    public IReadOnlyDictionary<string, string>? Reference { get; init; }
}

/// <summary>제공 내역 / who was given what.</summary>
public sealed record MemberProvisions
{
    /// <summary>회원 식별자 / member id.</summary>
    public required string Member { get; init; }

    /// <summary>제공 내역, 기록 순서 / provisions in the order recorded.</summary>
    public required IReadOnlyList<ProvisionView> Provisions { get; init; }
}

/// <summary>GET /v1/members/{memberId}/provisions</summary>
public static class ListProvisions
{
    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    /// <param name="denied">true이면 거절된 요청도 포함 / true to include what was denied.</param>
    /// <param name="after">이 원장 위치 다음부터 / after this ledger position.</param>
    /// <param name="limit">개수 1–1000, 기본 100 / how many, 100 by default.</param>
    public static async Task<IResult> Handle(
        [SubjectId] string memberId, bool? denied, long? after, int? limit,
        LedgerReplica replica, SubjectVault vault, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct)
    {
        if (!Paging.TryRead(after, limit, out var page, out var problem))
            return new ProblemResult(problem);
        await replica.SyncAsync(ct);
        if (await replica.FindAsync(SubjectRef.Member(memberId), ct) is not { } subject)
            return new ProblemResult(Problems.NotFound("memberId", Texts.NoRecord));
        if (subject.State.Termination is not null)
            return new ProblemResult(Problems.MemberRestricted);
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

    /// <summary>An entry of one of the two types.</summary>
    internal static ProvisionView View(LedgerEntry entry, Sealable? opened) => entry.Data switch
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
