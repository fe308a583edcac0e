using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Tests.Harness;

/// <summary>What tests of the HTTP contract ask again and again.</summary>
public static class Expect
{
    /// <summary>Asserts an RFC 9457 problem of this status.</summary>
    public static Reply IsProblem(this Reply reply, HttpStatusCode status)
    {
        Assert.True(reply.Status == status, $"{(int)reply.Status} instead of {(int)status}: {reply.Text}");
        Assert.Equal("application/problem+json", reply.ContentHeaders.ContentType?.MediaType);
        Assert.StartsWith("urn:consent-ledger:problem:", (string?)reply.Json["type"], StringComparison.Ordinal);
        Assert.Equal((int)status, (int?)reply.Json["status"]);
        Assert.NotEmpty((string?)reply.Json["title"] ?? "");
        Assert.NotEmpty((string?)reply.Json["detail"] ?? "");
        return reply;
    }

    /// <summary>Asserts a problem that names exactly these fields.</summary>
    public static Reply Names(this Reply reply, HttpStatusCode status, params string[] fields)
    {
        Assert.Equal(fields.Order(StringComparer.Ordinal), reply.IsProblem(status).Fields.Order(StringComparer.Ordinal));
        return reply;
    }

    public static Reply Is(this Reply reply, HttpStatusCode status)
    {
        Assert.True(reply.Status == status, $"{(int)reply.Status} instead of {(int)status}: {reply.Text}");
        return reply;
    }

    /// <summary>Asserts a write that is answered 201 and told its last position in the header too.</summary>
    public static Reply Recorded(this Reply reply, params string[] types)
    {
        reply.Is(HttpStatusCode.Created);
        Assert.Equal(types, reply.Types);
        Assert.Equal(reply.Positions[^1].ToString(System.Globalization.CultureInfo.InvariantCulture), Assert.Single(reply.Headers.GetValues("Ledger-Position")));
        return reply;
    }

    public static string[] Strings(this JsonNode? array) => [.. array!.AsArray().Select(n => (string)n!)];

    public static IReadOnlyList<JsonNode> List(this Reply reply, string name) => [.. reply.Is(HttpStatusCode.OK).Json[name]!.AsArray().Select(n => n!)];

    /// <summary>A list in the answer to a write.</summary>
    public static IReadOnlyList<JsonNode> List201(this Reply reply, string name) =>
        [.. reply.Is(HttpStatusCode.Created).Json[name]!.AsArray().Select(n => n!)];

    public static string ToJson(this IEnumerable<JsonNode> nodes) => string.Join(',', nodes.Select(n => n.ToJsonString()));

    public static Task<long> HeadAsync(this LedgerService ledger) => ledger.QueryAsync(context => context.Head.Select(h => h.Position).SingleAsync());

    /// <summary>The path of the next page, or null on the last one.</summary>
    public static string? Next(this Reply reply)
    {
        if (!reply.Headers.TryGetValues("Link", out var links))
            return null;
        var link = Assert.Single(links);
        Assert.EndsWith(">; rel=\"next\"", link, StringComparison.Ordinal);
        return link[1..link.IndexOf('>', StringComparison.Ordinal)];
    }

    /// <summary>Follows the links from one page to the last and returns every row.</summary>
    public static async Task<IReadOnlyList<JsonNode>> AllPagesAsync(this HttpClient client, string path, string name, int limit)
    {
        List<JsonNode> rows = [];
        for (var pages = 0; path is not null; pages++)
        {
            Assert.True(pages < 1000, "the pages do not end");
            var reply = await client.GetReplyAsync(path);
            var page = reply.List(name);
            Assert.True(page.Count <= limit && page.Count > 0, $"{page.Count} rows on a page of {limit}");
            rows.AddRange(page);
            if (reply.Next() is not { } next)
                break;
            path = next;
        }

        return rows;
    }

    public static object Partner(string kind, string purpose, string legalBasis, string[] items, string[]? subscriptions = null) => new
    {
        kind,
        name = new { ko = "시험용 제공처", en = "A partner for tests" },
        purposes = new[] { new { purpose, legalBasis, items } },
        subscriptions = subscriptions ?? [],
    };

    public static Task<Reply> RegisterAsync(this HttpClient client, string code, object partner) =>
        client.SendReplyAsync(HttpMethod.Put, $"/v1/partners/{code}", partner);

    /// <summary>The five facts for one recipient and purpose.</summary>
    public static JsonObject Disclosure(string purpose, string? recipient, params string[] items) => new()
    {
        ["purpose"] = purpose,
        ["recipient"] = recipient,
        ["recipientName"] = Words("받는 자", "recipient"),
        ["purposeOfUse"] = Words("이용 목적", "purpose of use"),
        ["items"] = JsonSerializer.SerializeToNode(items),
        ["retention"] = Words("철회 시까지", "until withdrawn"),
        ["rightToRefuse"] = Words("거부할 수 있습니다", "you may refuse"),
    };

    public static JsonObject NoticeBody(string id, params JsonObject[] disclosures) => new()
    {
        ["id"] = id,
        ["title"] = Words("고지", "notice"),
        ["disclosures"] = new JsonArray([.. disclosures]),
    };

    public static Task<Reply> PublishAsync(this HttpClient client, JsonObject notice) => client.PostReplyAsync("/v1/notices", notice.ToJsonString());

    public static Task<Reply> ConsentOnAsync(this HttpClient client, string member, string noticeId, int version, params (string Purpose, bool Granted)[] choices) =>
        client.PostReplyAsync($"/v1/members/{member}/consents", new
        {
            notice = new { id = noticeId, version },
            choices = choices.Select(c => new { purpose = c.Purpose, granted = c.Granted }),
            actor = Requests.Member,
            channel = "web",
        });

    public static Task<Reply> AcknowledgeAsync(this HttpClient partner, string code, params (string EventId, string Outcome, string? Note)[] answers) =>
        partner.PostReplyAsync($"/v1/partners/{code}/acknowledgements", new
        {
            acknowledgements = answers.Select(a => new { eventId = a.EventId, outcome = a.Outcome, note = a.Note }),
        });

    private static JsonObject Words(string ko, string en) => new() { ["ko"] = ko, ["en"] = en };
}
