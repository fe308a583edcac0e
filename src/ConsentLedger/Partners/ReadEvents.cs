using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Partners;

/// <summary>GET /v1/partners/{code}/events and …/events/stream: for partners without a broker, or beside it.</summary>
public static class ReadEvents
{
    private const int StreamPage = 100;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <param name="code">제공처 / the partner.</param>
    /// <param name="after">이 일련번호 다음부터 / after this sequence.</param>
    /// <param name="limit">1–1000, 기본 100 / default 100.</param>
    public static async Task<IResult> Page([Code] string code, long? after, int? limit, PartnerEvents events, HttpContext http, CancellationToken ct)
    {
        if (!Paging.TryRead(after, limit, out var page, out var problem))
            return new ProblemResult(problem);
        var found = await events.ReadAsync(code, page.After, page.Limit + 1, ct);
        page.Link(http, found, e => e.Sequence);
        return new PageResult([.. found.Take(page.Limit)]);
    }

    /// <summary>Server-sent events; <c>Last-Event-ID</c> is the last sequence that the partner has.</summary>
    public static IResult Stream(
        [Code] string code, long? after, PartnerEvents events, LedgerSignal signal, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        var start = after ?? 0;
        if (http.Request.Headers.TryGetValue("Last-Event-ID", out var last) && !long.TryParse(last.ToString(), out start))
            return new ProblemResult(Problems.Invalid("Last-Event-ID", Texts.Malformed));
        if (start < 0)
            return new ProblemResult(Problems.Invalid("after", Texts.Range(0, long.MaxValue)));
        return TypedResults.ServerSentEvents(FollowAsync(code, start, events, signal, time, ct));
    }

    private static async IAsyncEnumerable<SseItem<string>> FollowAsync(
        string partner, long after, PartnerEvents events, LedgerSignal signal, TimeProvider time, [EnumeratorCancellation] CancellationToken ct)
    {
        var quietSince = time.GetTimestamp();
        while (!ct.IsCancellationRequested)
        {
            var page = await events.ReadAsync(partner, after, StreamPage, ct);
            foreach (var found in page)
            {
                after = found.Sequence;
                quietSince = time.GetTimestamp();
                yield return new(Encoding.UTF8.GetString(found.Body.Span), found.Type) { EventId = found.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture) };
            }

            if (page.Count == StreamPage)
                continue;
            if (time.GetElapsedTime(quietSince) >= Heartbeat)
            {
                // Proxies cut what is silent; a partner that listens for event types never sees it.
                quietSince = time.GetTimestamp();
                yield return new("", "heartbeat");
            }

            await signal.WaitAsync(LookAgain, ct);
        }
    }

    // The bytes of each event are written as they are in the queue.
    private sealed class PageResult(IReadOnlyList<PartnerEvent> events) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            await using var json = new Utf8JsonWriter(httpContext.Response.BodyWriter);
            json.WriteStartObject();
            json.WriteStartArray("events");
            foreach (var found in events)
                json.WriteRawValue(found.Body.Span, skipInputValidation: true);
            json.WriteEndArray();
            json.WriteEndObject();
            await json.FlushAsync(httpContext.RequestAborted);
        }
    }
}

/// <summary>제공처 이벤트 목록 / a partner's events, each a CloudEvent.</summary>
public sealed record EventsPage
{
    public required IReadOnlyList<CloudEventDocument> Events { get; init; }
}

/// <summary>CloudEvents 1.0 / one event.</summary>
public sealed record CloudEventDocument
{
    public required string Specversion { get; init; }

    public required Guid Id { get; init; }

    public required string Source { get; init; }

    public required string Type { get; init; }

    public string? Subject { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required string Datacontenttype { get; init; }

    public required string Partner { get; init; }

    public required string Sequence { get; init; }

    public required long Ledgerposition { get; init; }

    public required JsonElement Data { get; init; }
}
