using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ConsentLedger.Tests.Harness;

/// <summary>An answer of the service: status, headers, and the body as text and as JSON.</summary>
public sealed record Reply(HttpStatusCode Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    /// <summary>The fields that a problem names.</summary>
    public IReadOnlyList<string> Fields => Json["errors"] is JsonObject errors ? [.. errors.Select(e => e.Key)] : [];

    public IReadOnlyList<string> Reasons => Json["reasons"] is JsonArray reasons ? [.. reasons.Select(r => (string)r!)] : [];

    public IReadOnlyList<long> Positions => [.. Json["entries"]!.AsArray().Select(e => (long)e!["position"]!)];

    public IReadOnlyList<string> Types => [.. Json["entries"]!.AsArray().Select(e => (string)e!["type"]!)];
}

/// <summary>The calls that tests make, as their callers write them.</summary>
public static class Requests
{
    public static object Member { get; } = new { kind = "member" };

    public static object Notice { get; } = new { id = "third-party-provision", version = 1 };

    public static Task<Reply> GetReplyAsync(this HttpClient client, string path, string? accept = null, string? language = null) =>
        client.SendReplyAsync(HttpMethod.Get, path, body: null, accept: accept, language: language);

    public static Task<Reply> PostReplyAsync(this HttpClient client, string path, object? body, string? key = null, string? language = null) =>
        client.SendReplyAsync(HttpMethod.Post, path, body, key, language: language);

    public static async Task<Reply> SendReplyAsync(
        this HttpClient client, HttpMethod method, string path, object? body,
        string? key = null, string? accept = null, string? language = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            var bytes = body is byte[] raw ? raw : Encoding.UTF8.GetBytes(body as string ?? JsonSerializer.Serialize(body));
            request.Content = new ByteArrayContent(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } };
        }

        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        if (language is not null)
            request.Headers.TryAddWithoutValidation("Accept-Language", language);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return new(response.StatusCode, response.Headers, response.Content.Headers, await response.Content.ReadAsStringAsync());
    }

    public static Task<Reply> ConsentAsync(this HttpClient client, string member, params (string Purpose, bool Granted)[] choices) =>
        client.PostReplyAsync($"/v1/members/{member}/consents", Consents(choices));

    public static object Consents(params (string Purpose, bool Granted)[] choices) => new
    {
        notice = Notice,
        choices = choices.Select(c => new { purpose = c.Purpose, granted = c.Granted }),
        actor = Member,
        channel = "web",
    };

    public static Task<Reply> WithdrawAsync(this HttpClient client, string member, params string[] purposes) =>
        client.PostReplyAsync($"/v1/members/{member}/withdrawals", new { purposes, actor = Member, channel = "web" });

    public static Task<Reply> DecideAsync(this HttpClient client, string member, string partner, string purpose, params string[] items) =>
        client.PostReplyAsync($"/v1/members/{member}/decisions", new { partner, purpose, items });

    public static Task<Reply> ProvideAsync(this HttpClient client, string member, string partner, string purpose, params string[] items) =>
        client.PostReplyAsync($"/v1/members/{member}/provisions", new { partner, purpose, items });

    public static Task<Reply> CorrectAsync(this HttpClient client, string member, params string[] items) =>
        client.PostReplyAsync($"/v1/members/{member}/corrections", new { items, actor = Member, channel = "phone" });

    public static Task<Reply> CompleteAsync(this HttpClient client, string correction, params (string Item, string Value)[] values) =>
        client.PostReplyAsync($"/v1/corrections/{correction}/completion", new { values = values.ToDictionary(v => v.Item, v => v.Value) });

    public static Task<Reply> ChooseCookiesAsync(this HttpClient client, string visitor, string choice) =>
        client.PostReplyAsync($"/v1/visitors/{visitor}/cookie-choices", new { choice });

    public static Task<Reply> ChooseCookiesAsync(this HttpClient client, string visitor, params (string Purpose, bool Granted)[] choices) =>
        client.PostReplyAsync($"/v1/visitors/{visitor}/cookie-choices", new { choices = choices.Select(c => new { purpose = c.Purpose, granted = c.Granted }) });

    public static Task<Reply> DecideCookiesAsync(this HttpClient client, string visitor, params string[] purposes) =>
        client.PostReplyAsync($"/v1/visitors/{visitor}/cookie-decisions", new { purposes });

    public static Task<Reply> LinkAsync(this HttpClient client, string visitor, string member) =>
        client.PostReplyAsync($"/v1/visitors/{visitor}/link", new { member });

    /// <summary>A partner's own events, all of them.</summary>
    public static async Task<IReadOnlyList<JsonNode>> EventsAsync(this HttpClient partner, string code, long after = 0)
    {
        var reply = await partner.GetReplyAsync($"/v1/partners/{code}/events?after={after}&limit=1000");
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        return [.. reply.Json["events"]!.AsArray().Select(e => e!)];
    }
}
