using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.OpenApi;

namespace ConsentLedger.Retention;

/// <summary>의무의 상태 / how an obligation stands.</summary>
public enum ObligationStatus
{
    /// <summary>기한 전 / not due yet.</summary>
    Open,

    /// <summary>기한이 지남 / due and not settled.</summary>
    Overdue,

    /// <summary>이행됨 / settled.</summary>
    Settled,
}

/// <summary>기한이 있는 의무 하나 / something owed by a date.</summary>
public sealed record ObligationView
{
    /// <summary>번호, 원장 순서 / number, in the order of the ledger.</summary>
    public required long Id { get; init; }

    /// <summary>무엇을 하여야 하는가 / what is owed.</summary>
    public required ObligationKind Kind { get; init; }

    /// <summary>상태 / how it stands.</summary>
    public required ObligationStatus Status { get; init; }

    /// <summary>정보주체의 원장 식별자 / the data subject's random id in the ledger; absent where it concerns nobody.</summary>
    public Guid? Subject { get; init; }

    /// <summary>회답하여야 하는 제공처 / the partner that owes an answer.</summary>
    public string? Partner { get; init; }

    /// <summary>의무를 낳은 항목의 원장 위치 / position of the entry that opened it.</summary>
    public required long Position { get; init; }

    /// <summary>발생 시각 / since when.</summary>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>기한 / by when.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>이행한 항목의 원장 위치 / position of the entry that settled it.</summary>
    public long? SettledPosition { get; init; }

    /// <summary>이행 시각 / when it was settled.</summary>
    public DateTimeOffset? SettledAt { get; init; }

    public static ObligationView Of(ObligationRow row, DateTimeOffset now) => new()
    {
        Id = row.Id,
        Kind = row.Kind,
        Status = row.SettledPosition is not null ? ObligationStatus.Settled : row.DueAt < now ? ObligationStatus.Overdue : ObligationStatus.Open,
        Subject = row.SubjectId,
        Partner = row.Partner,
        Position = row.Position,
        OpenedAt = row.OpenedAt,
        DueAt = row.DueAt,
        SettledPosition = row.SettledPosition,
        SettledAt = row.SettledAt,
    };
}

/// <summary>의무 목록 / obligations.</summary>
public sealed record ObligationsPage
{
    /// <summary>발생한 순서 / in the order in which they arose.</summary>
    public required IReadOnlyList<ObligationView> Obligations { get; init; }
}

/// <summary>의무 조회 조건 / filters; all that are given must hold.</summary>
public sealed record ObligationFilter
{
    /// <summary>상태, 쉼표로 여럿(예: <c>open,overdue</c>), 기본은 전부 / how they stand, separated by commas; all by default.</summary>
    [Words<ObligationStatus>]
    public string? Status { get; init; }

    /// <summary>종류, 쉼표로 여럿(예: <c>correction_result,acknowledgement</c>) / kinds, separated by commas.</summary>
    [Words<ObligationKind>]
    public string? Kind { get; init; }

    /// <summary>이 회원에 관한 것만(예: <c>m-1001</c>) / about this member only.</summary>
    [SubjectId]
    public string? Member { get; init; }

    /// <summary>이 제공처가 회답할 것만(예: <c>cj-gls</c>) / owed by this partner only.</summary>
    [Code]
    public string? Partner { get; init; }

    /// <summary>이 시각까지가 기한인 것(예: <c>2026-12-01T00:00:00+09:00</c>) / due before (RFC 3339).</summary>
    [Instant]
    public string? DueBefore { get; init; }

    /// <summary>이 번호 다음부터 / after this number.</summary>
    public long? After { get; init; }

    /// <summary>개수 1–1000, 기본 100 / how many, 100 by default.</summary>
    public int? Limit { get; init; }
}

/// <summary>Names of an enum as the API writes them, separated by commas.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WordsAttribute<TEnum> : RuleAttribute
    where TEnum : struct, Enum
{
    private static readonly Dictionary<string, TEnum> Values =
        Enum.GetValues<TEnum>().ToDictionary(v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()), StringComparer.Ordinal);

    public static IReadOnlyList<TEnum> Read(string text) => [.. text.Split(',').Select(word => Values[word])];

    public override void Describe(OpenApiSchema schema)
    {
        schema.Type = JsonSchemaType.Array;
        schema.Items = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. Values.Keys] };
        (schema.MinItems, schema.UniqueItems) = (1, true);
    }

    protected override Text? Check(object value, ValidationContext context) =>
        ((string)value).Split(',').All(Values.ContainsKey) ? null : Texts.OneOf([.. Values.Keys]);
}

/// <summary>GET /v1/obligations</summary>
public static class ListObligations
{
    public static async Task<IResult> Handle(
        [AsParameters] ObligationFilter filter, LedgerReplica replica, IDbContextFactory<LedgerDbContext> contexts, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        if (!Paging.TryRead(filter.After, filter.Limit, out var page, out var problem))
            return new ProblemResult(problem);
        var now = time.Now();
        await using var context = await contexts.CreateDbContextAsync(ct);
        var query = context.Obligations.AsNoTracking().Where(o => o.Id > page.After);
        if (filter.Member is { } member)
        {
            await replica.SyncAsync(ct);
            if (await replica.FindAsync(SubjectRef.Member(member), ct) is not { Id: var subject })
                return new ProblemResult(Problems.NotFound("member", Texts.NoRecord));
            query = query.Where(o => o.SubjectId == subject);
        }

        if (filter.Partner is { } partner)
            query = query.Where(o => o.Partner == partner);
        if (filter.Kind is not null)
        {
            var kinds = WordsAttribute<ObligationKind>.Read(filter.Kind);
            query = query.Where(o => kinds.Contains(o.Kind));
        }

        if (Timestamps.TryParse(filter.DueBefore, out var dueBefore))
            query = query.Where(o => o.DueAt < dueBefore);
        if (filter.Status is not null)
            query = Standing(query, WordsAttribute<ObligationStatus>.Read(filter.Status), now);
        var rows = await query.OrderBy(o => o.Id).Take(page.Limit + 1).ToListAsync(ct);
        page.Link(http, rows, o => o.Id);
        return TypedResults.Ok(new ObligationsPage { Obligations = [.. rows.Take(page.Limit).Select(o => ObligationView.Of(o, now))] });
    }

    private static IQueryable<ObligationRow> Standing(IQueryable<ObligationRow> query, IReadOnlyList<ObligationStatus> wanted, DateTimeOffset now)
    {
        var (open, overdue, settled) =
            (wanted.Contains(ObligationStatus.Open), wanted.Contains(ObligationStatus.Overdue), wanted.Contains(ObligationStatus.Settled));
        return (open, overdue, settled) switch
        {
            (true, true, true) => query,
            // Said as the index has it, so that what was settled before costs nothing.
            (true, true, false) => query.Where(o => o.SettledPosition == null),
            (true, false, false) => query.Where(o => o.SettledPosition == null && o.DueAt >= now),
            (false, true, false) => query.Where(o => o.SettledPosition == null && o.DueAt < now),
            _ => query.Where(o => (settled && o.SettledPosition != null) || (open && o.SettledPosition == null && o.DueAt >= now)
                || (overdue && o.SettledPosition == null && o.DueAt < now)),
        };
    }
}
