using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using ConsentLedger.Hosting;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace ConsentLedger.Ledger;

/// <summary>원장 항목 / an entry as operations see it.</summary>
public sealed record EntryView
{
    /// <summary>원장 위치(1부터) / position in the ledger, from 1.</summary>
    public required long Position { get; init; }

    /// <summary>항목 종류(예: <c>provision.recorded</c>) / entry type.</summary>
    public required string Type { get; init; }

    /// <summary>원장에 기록된 시각(UTC) / when the ledger recorded it (UTC).</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>정보주체의 무작위 식별자 / random id of the data subject.</summary>
    public Guid? Subject { get; init; }

    /// <summary>관련된 제공처의 코드 / the partner that the entry is about.</summary>
    public string? Partner { get; init; }

    /// <summary>기록된 사실. 구성은 항목 종류에 따릅니다 / the facts; their members depend on the type.</summary>
    public required JsonElement Data { get; init; }

    /// <summary>암호화된 개인정보(base64) / personal data, encrypted with the subject's own key.</summary>
    public string? Sealed { get; init; }

    /// <summary>통지 대상 제공처 / the partners that are told of it.</summary>
    [Shape(typeof(IReadOnlyList<Recipient>))]
    public JsonElement? Recipients { get; init; }

    /// <summary>RFC 6962 리프 해시(base64) / leaf hash over the exact stored bytes.</summary>
    public required string LeafHash { get; init; }

    /// <summary>저장된 바이트(base64), 단건 조회에만 / the exact stored bytes, for a single entry only; NDJSON lines are these bytes too.</summary>
    public string? Leaf { get; init; }

    public static EntryView Of(EntryRow row) => Of(row, leaf: null);

    public static EntryView WithLeaf(EntryRow row) => Of(row, Convert.ToBase64String(Encoding.UTF8.GetBytes(row.Data)));

    private static EntryView Of(EntryRow row, string? leaf)
    {
        using var document = JsonDocument.Parse(row.Data);
        var entry = document.RootElement.Clone();
        return new()
        {
            Position = row.Position,
            Type = row.Type,
            RecordedAt = row.RecordedAt,
            Subject = row.SubjectId,
            Partner = row.Partner,
            Data = entry.GetProperty("data"),
            Sealed = entry.TryGetProperty("sealed", out var content) ? content.GetString() : null,
            Recipients = entry.TryGetProperty("recipients", out var recipients) ? recipients : null,
            LeafHash = Convert.ToBase64String(row.LeafHash),
            Leaf = leaf,
        };
    }
}

/// <summary>원장 조회 결과 / a page of entries.</summary>
public sealed record EntriesPage
{
    /// <summary>원장 항목 / entries in the order asked.</summary>
    public required IReadOnlyList<EntryView> Entries { get; init; }
}

/// <summary>원장 조회 조건 / filters; all that are given must hold.</summary>
public sealed record EntryFilter
{
    /// <summary>이 회원에 관한 항목만(예: <c>m-1001</c>) / about this member only.</summary>
    [SubjectId]
    public string? Member { get; init; }

    /// <summary>이 제공처에 관한 항목만(예: <c>cj-gls</c>) / about this partner only.</summary>
    [Code]
    public string? Partner { get; init; }

    /// <summary>항목 종류, 쉼표로 여럿(예: <c>consent.granted,consent.withdrawn</c>) / entry types, separated by commas.</summary>
    [EntryTypeList]
    public string? Type { get; init; }

    /// <summary>이 시각부터, 포함(예: <c>2026-11-22T00:00:00+09:00</c>) / recorded at or after (RFC 3339).</summary>
    [Instant]
    public string? From { get; init; }

    /// <summary>이 시각 전까지, 불포함(예: <c>2026-11-23T00:00:00+09:00</c>) / recorded before (RFC 3339).</summary>
    [Instant]
    public string? To { get; init; }

    /// <summary>이 위치 다음부터(<c>order=desc</c>이면 이 위치보다 앞) / after this position, in the direction of <c>order</c>.</summary>
    public long? After { get; init; }

    /// <summary>개수 1–1000, 기본 100. NDJSON과 CSV에서는 생략하면 전부 / how many, 100 by default; NDJSON and CSV go on to the end if it is absent.</summary>
    public int? Limit { get; init; }

    /// <summary>순서: <c>asc</c>(기본) 오래된 것부터, <c>desc</c> 최근 것부터 / oldest first by default, <c>desc</c> newest first.</summary>
    [OneOf("asc", "desc")]
    public string? Order { get; init; }
}

/// <summary>Entry types separated by commas.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EntryTypeListAttribute : RuleAttribute
{
    public override void Describe(OpenApiSchema schema)
    {
        schema.Type = JsonSchemaType.Array;
        schema.Items = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. EntryTypes.Names] };
        (schema.MinItems, schema.UniqueItems) = (1, true);
    }

    protected override Text? Check(object value, ValidationContext context) =>
        ((string)value).Split(',').All(t => EntryTypes.Find(t) is not null) ? null : Texts.OneOf(EntryTypes.Names);
}

/// <summary>GET /v1/ledger/entries</summary>
public static class QueryEntries
{
    private const int StreamPage = 1000;

    public static async Task<IResult> Handle(
        [AsParameters] EntryFilter filter, LedgerReplica replica, ILedgerStore store, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct)
    {
        if (!Paging.TryRead(filter.After, filter.Limit, out _, out var problem))
            return new ProblemResult(problem);
        var head = await replica.SyncAsync(ct);
        Guid? subject = null;
        if (filter.Member is { } member)
        {
            subject = (await replica.FindAsync(SubjectRef.Member(member), ct))?.Id;
            if (subject is null)
                return new ProblemResult(Problems.NotFound("member", Texts.NoRecord));
        }

        // Times never go back along the positions: a time is a place, and no index is walked through what lies before it.
        var first = Timestamps.TryParse(filter.From, out var from) ? await store.ReadPositionBeforeAsync(from, ct) : 0;
        var last = Timestamps.TryParse(filter.To, out var to) ? await store.ReadPositionBeforeAsync(to, ct) : head;
        var query = new EntryQuery(filter, subject, first, Math.Min(last, head), contexts);
        return Format(http.Request) switch
        {
            "application/x-ndjson" => new StreamResult(query, filter.Limit, "application/x-ndjson", header: null, Line),
            "text/csv" => new StreamResult(
                query, filter.Limit, "text/csv; charset=utf-8", "position,recordedAt,type,subject,partner,leafHash,entry\r\n", CsvLine),
            _ => await PageAsync(query, filter, http, ct),
        };
    }

    /// <summary>GET /v1/ledger/entries/{position}</summary>
    /// <param name="position" example="1">원장 위치(1부터) / position in the ledger, from 1.</param>
    public static async Task<IResult> One(long position, IDbContextFactory<LedgerDbContext> contexts, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        return await context.Entries.AsNoTracking().SingleOrDefaultAsync(e => e.Position == position, ct) is { } row
            ? TypedResults.Ok(EntryView.WithLeaf(row))
            : new ProblemResult(Problems.NotFound("position", new("해당 위치의 항목이 없습니다.", "There is no entry at this position.")));
    }

    private static async Task<IResult> PageAsync(EntryQuery query, EntryFilter filter, HttpContext http, CancellationToken ct)
    {
        var page = new Paging(filter.After ?? 0, filter.Limit ?? Paging.DefaultLimit);
        var rows = await query.ReadAsync(filter.After, page.Limit + 1, ct);
        page.Link(http, rows, r => r.Position);
        return TypedResults.Ok(new EntriesPage { Entries = [.. rows.Take(page.Limit).Select(EntryView.Of)] });
    }

    private static string Format(HttpRequest request)
    {
        foreach (var accepted in request.GetTypedHeaders().Accept.OrderByDescending(a => a.Quality ?? 1))
        {
            if (accepted.MediaType.Value is "application/x-ndjson" or "text/csv" or "application/json" or "*/*")
                return accepted.MediaType.Value;
        }

        return "application/json";
    }

    private static string Line(EntryRow row) => row.Data + "\n";

    // RFC 4180. A cell that a spreadsheet would run as a formula starts with a quote character of its own; none of ours can.
    private static string CsvLine(EntryRow row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Position},{Timestamps.Format(row.RecordedAt)},{row.Type},{row.SubjectId},{row.Partner},{Convert.ToBase64String(row.LeafHash)},\"{row.Data.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\r\n");

    // Page after page by position up to the head at the time of the request: bounded memory, a snapshot without a transaction.
    private sealed class StreamResult(EntryQuery query, int? limit, string contentType, string? header, Func<EntryRow, string> line) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            var ct = httpContext.RequestAborted;
            response.ContentType = contentType;
            if (contentType.StartsWith("text/csv", StringComparison.Ordinal))
                response.Headers[HeaderNames.ContentDisposition] = "attachment; filename=\"ledger-entries.csv\"";
            if (header is not null)
                await response.WriteAsync(header, ct);
            var left = limit ?? int.MaxValue;
            await foreach (var page in query.PagesAsync(StreamPage, left, ct))
            {
                foreach (var row in page)
                    await response.WriteAsync(line(row), Encoding.UTF8, ct);
                await response.Body.FlushAsync(ct);
            }
        }
    }

    private sealed class EntryQuery(EntryFilter filter, Guid? subject, long first, long last, IDbContextFactory<LedgerDbContext> contexts)
    {
        private readonly bool descending = filter.Order == "desc";

        public async IAsyncEnumerable<List<EntryRow>> PagesAsync(int size, int limit, [EnumeratorCancellation] CancellationToken ct)
        {
            var after = filter.After;
            while (limit > 0)
            {
                var page = await ReadAsync(after, Math.Min(size, limit), ct);
                if (page.Count == 0)
                    yield break;
                yield return page;
                limit -= page.Count;
                after = page[^1].Position;
                if (page.Count < size)
                    yield break;
            }
        }

        public async Task<List<EntryRow>> ReadAsync(long? after, int limit, CancellationToken ct)
        {
            await using var context = await contexts.CreateDbContextAsync(ct);
            var query = context.Entries.AsNoTracking().Where(e => e.Position > first && e.Position <= last);
            if (subject is not null)
                query = query.Where(e => e.SubjectId == subject);
            if (filter.Partner is { } partner)
                query = query.Where(e => e.Partner == partner);
            if (filter.Type?.Split(',') is { } types)
                query = types is [var only] ? query.Where(e => e.Type == only) : query.Where(e => types.Contains(e.Type));
            query = (descending, after) switch
            {
                (true, { } before) => query.Where(e => e.Position < before),
                (false, { } behind) => query.Where(e => e.Position > behind),
                _ => query,
            };
            query = descending ? query.OrderByDescending(e => e.Position) : query.OrderBy(e => e.Position);
            return await query.Take(limit).ToListAsync(ct);
        }
    }
}
