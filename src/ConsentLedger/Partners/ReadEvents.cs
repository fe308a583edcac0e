using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using Microsoft.AspNetCore.Mvc;

namespace ConsentLedger.Partners;

/// <summary>GET /v1/partners/{code}/events and …/events/stream: for partners without a broker, or beside it.</summary>
public static class ReadEvents
{
    private const int StreamPage = 100;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <param name="code" example="cj-gls">제공처 코드. 토큰의 partner 클레임과 같아야 합니다 / partner code, the same as in the token.</param>
    /// <param name="after">이 일련번호 다음부터, 기본 0 / after this sequence, 0 by default.</param>
    /// <param name="limit">개수 1–1000, 기본 100 / how many, 100 by default.</param>
    public static async Task<IResult> Page([Code] string code, long? after, int? limit, PartnerEvents events, HttpContext http, CancellationToken ct)
    {
        if (!Paging.TryRead(after, limit, out var page, out var problem))
            return new ProblemResult(problem);
        var found = await events.ReadAsync(code, page.After, page.Limit + 1, ct);
        page.Link(http, found, e => e.Sequence);
        return new PageResult([.. found.Take(page.Limit)]);
    }

    /// <param name="code" example="cj-gls">제공처 코드. 토큰의 partner 클레임과 같아야 합니다 / partner code, the same as in the token.</param>
    /// <param name="after">이 일련번호 다음부터, 기본 0. <c>Last-Event-ID</c>가 우선합니다 / after this sequence, 0 by default; <c>Last-Event-ID</c> goes before it.</param>
    /// <param name="lastEventId">마지막으로 받은 일련번호, 다시 연결할 때 / the last sequence that the partner has, on reconnecting.</param>
    public static IResult Stream(
        [Code] string code, long? after, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, PartnerEvents events, LedgerSignal signal, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        var start = after ?? 0;
        if (lastEventId is not null && !long.TryParse(lastEventId, out start))
            return new ProblemResult(Problems.Invalid("Last-Event-ID", Texts.Malformed));
        if (start < 0)
            return new ProblemResult(Problems.Invalid("after", Texts.Range(0, long.MaxValue)));
        return TypedResults.ServerSentEvents(FollowAsync(code, start, events, signal, time, http.Response, ct));
    }

    private static async IAsyncEnumerable<SseItem<string>> FollowAsync(
        string partner, long after, PartnerEvents events, LedgerSignal signal, TimeProvider time, HttpResponse response, [EnumeratorCancellation] CancellationToken ct)
    {
        // The headers go out now: a client that waits for them must not take a quiet stream for a dead one.
        await response.Body.FlushAsync(ct);
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
    /// <summary>이벤트, 일련번호 순서 / events by sequence.</summary>
    public required IReadOnlyList<CloudEventDocument> Events { get; init; }
}

/// <summary>CloudEvents 1.0 이벤트 하나 / one event in the JSON format of CloudEvents 1.0.</summary>
public sealed record CloudEventDocument
{
    /// <summary>CloudEvents 버전, 항상 1.0 / always 1.0.</summary>
    public required string Specversion { get; init; }

    /// <summary>이벤트 id. 다시 보내도 같습니다 / the event's id, the same at every repetition: deduplicate by it.</summary>
    public required Guid Id { get; init; }

    /// <summary>보낸 곳 / the sender, always <c>/consent-ledger</c>.</summary>
    public required string Source { get; init; }

    /// <summary>이벤트 종류 / event type, such as <c>correction.completed</c>.</summary>
    public required string Type { get; init; }

    /// <summary>회원 식별자. 파기 후에는 생략 / member id; absent once erased, and for events of the partner itself.</summary>
    public string? Subject { get; init; }

    /// <summary>원장에 기록된 시각(UTC) / when the ledger recorded it (UTC).</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>데이터 형식 / always <c>application/json</c>.</summary>
    public required string Datacontenttype { get; init; }

    /// <summary>받는 제공처의 코드 / the partner that it is for.</summary>
    public required string Partner { get; init; }

    /// <summary>제공처별 일련번호(1부터 빠짐없이), 문자열 / place in the partner's own stream, from 1 without a gap, as a string.</summary>
    public required string Sequence { get; init; }

    /// <summary>원장 위치(1부터) / position in the ledger, from 1.</summary>
    public required long Ledgerposition { get; init; }

    /// <summary>내용. 종류에 따라 <c>correctionId</c>, <c>items</c>, <c>values</c>, <c>purposes</c>, <c>occurredAt</c>, <c>acknowledgeBy</c> / the facts; which members there are depends on the type.</summary>
    public required JsonElement Data { get; init; }
}
