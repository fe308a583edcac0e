using ConsentLedger.Hosting;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Partners;

/// <summary>전달 상태 / how a delivery stands.</summary>
public enum DeliveryStatus
{
    /// <summary>아직 발행되지 않음 / not yet confirmed by the broker.</summary>
    Pending,

    /// <summary>발행됨 / in the partner's queue or beyond.</summary>
    Published,

    /// <summary>답을 받음 / answered by the partner.</summary>
    Acknowledged,

    /// <summary>기한이 지나도록 답이 없음 / not answered in time; only to filter by.</summary>
    Overdue,
}

/// <summary>제공처에 보낸 이벤트 하나 / one event for one partner.</summary>
public sealed record DeliveryView
{
    /// <summary>이벤트 id / the event's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>받는 제공처의 코드 / the partner that it is for.</summary>
    public required string Partner { get; init; }

    /// <summary>제공처별 일련번호(1부터 빠짐없이) / place in the partner's own stream, from 1 without a gap.</summary>
    public required long Sequence { get; init; }

    /// <summary>이벤트 종류(예: <c>correction.completed</c>) / event type.</summary>
    public required string Type { get; init; }

    /// <summary>이벤트를 낳은 항목의 원장 위치 / position of the entry that it tells of.</summary>
    public required long Position { get; init; }

    /// <summary>원장에 기록된 시각(UTC) / when the ledger recorded it (UTC).</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>전달 상태 / how it stands.</summary>
    public required DeliveryStatus Status { get; init; }

    /// <summary>제공처의 처리 결과 / the partner's answer.</summary>
    public AcknowledgementOutcome? Outcome { get; init; }

    /// <summary>답을 받아야 할 기한 / by when an answer is due; absent where none is owed.</summary>
    public DateTimeOffset? AcknowledgeBy { get; init; }

    /// <summary>답을 받은 시각 / when the partner answered.</summary>
    public DateTimeOffset? AcknowledgedAt { get; init; }

    /// <summary>답이 기록된 원장 위치 / position at which the answer was recorded.</summary>
    public long? AcknowledgedPosition { get; init; }

    /// <summary>기한 경과 여부 / true when an answer is overdue.</summary>
    public required bool Overdue { get; init; }
}

/// <summary>전달 목록 / deliveries, in the order of the ledger.</summary>
public sealed record DeliveriesPage
{
    /// <summary>전달, 원장 순서 / deliveries in the order of the ledger.</summary>
    public required IReadOnlyList<DeliveryView> Deliveries { get; init; }
}

/// <summary>GET /v1/deliveries</summary>
public static class ListDeliveries
{
    /// <param name="partner">이 제공처만(예: <c>cj-gls</c>) / one partner only.</param>
    /// <param name="status">전달 상태. <c>overdue</c>는 기한이 지나도록 답이 없는 것 / how it stands; <c>overdue</c>: not answered in time.</param>
    /// <param name="type">이벤트 종류(예: <c>correction.completed</c>) / event type.</param>
    /// <param name="position">이 원장 위치의 항목이 낳은 전달만 / only the deliveries of this entry.</param>
    /// <param name="after">이 원장 위치 다음부터 / after this ledger position.</param>
    /// <param name="limit">개수 1–1000, 기본 100. 한 항목의 전달은 나누지 않음 / how many, 100 by default; the deliveries of one entry stay together.</param>
    public static async Task<IResult> Handle(
        [Code] string? partner, [OneOf("pending", "published", "acknowledged", "overdue")] string? status, [PlainText(80)] string? type, long? position, long? after, int? limit,
        IDbContextFactory<LedgerDbContext> contexts, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        if (!Paging.TryRead(after, limit, out var page, out var problem))
            return new ProblemResult(problem);
        var now = time.GetUtcNow();
        await using var context = await contexts.CreateDbContextAsync(ct);
        var query =
            from delivery in context.Deliveries.AsNoTracking()
            join cursor in context.RelayCursors on delivery.Partner equals cursor.Partner into cursors
            from cursor in cursors.DefaultIfEmpty()
            where delivery.Position > page.After
            select new { Delivery = delivery, Published = cursor != null && cursor.Sequence >= delivery.Sequence };
        if (partner is not null)
            query = query.Where(d => d.Delivery.Partner == partner);
        if (type is not null)
            query = query.Where(d => d.Delivery.Event == type);
        if (position is not null)
            query = query.Where(d => d.Delivery.Position == position);
        query = status switch
        {
            "acknowledged" => query.Where(d => d.Delivery.Outcome != null),
            "published" => query.Where(d => d.Delivery.Outcome == null && d.Published),
            "pending" => query.Where(d => d.Delivery.Outcome == null && !d.Published),
            "overdue" => query.Where(d => d.Delivery.Outcome == null && d.Delivery.AcknowledgeBy < now),
            _ => query,
        };
        var ordered = query.OrderBy(d => d.Delivery.Position).ThenBy(d => d.Delivery.Partner);
        // The link goes on behind a position, so a page never ends within an entry, or the rest of its deliveries would never be listed.
        var rows = await ordered.Take(page.Limit + 1).ToListAsync(ct);
        var (first, last) = rows is [] ? (0, 0) : (rows[0].Delivery.Position, rows[^1].Delivery.Position);
        var whole = rows.Count <= page.Limit ? rows.Count : rows.FindLastIndex(r => r.Delivery.Position != last) + 1;
        if (whole == 0 && rows.Count > 0)
        {
            // One entry has more recipients than the limit: it comes whole, and one row more tells whether there is a next page.
            rows = await ordered.Where(d => d.Delivery.Position == first).ToListAsync(ct);
            whole = rows.Count;
            rows.AddRange(await ordered.Where(d => d.Delivery.Position > first).Take(1).ToListAsync(ct));
        }

        var views = rows.ConvertAll(r => View(r.Delivery, r.Published, now));
        page.Link(http, views, whole, v => v.Position);
        return TypedResults.Ok(new DeliveriesPage { Deliveries = views[..whole] });
    }

    private static DeliveryView View(DeliveryRow row, bool published, DateTimeOffset now) => new()
    {
        Id = row.EventId,
        Partner = row.Partner,
        Sequence = row.Sequence,
        Type = row.Event,
        Position = row.Position,
        RecordedAt = row.RecordedAt,
        Status = row.Outcome is not null ? DeliveryStatus.Acknowledged : published ? DeliveryStatus.Published : DeliveryStatus.Pending,
        Outcome = row.Outcome,
        AcknowledgeBy = row.AcknowledgeBy,
        AcknowledgedAt = row.AcknowledgedAt,
        AcknowledgedPosition = row.AcknowledgedPosition,
        Overdue = row.Outcome is null && row.AcknowledgeBy < now,
    };
}
