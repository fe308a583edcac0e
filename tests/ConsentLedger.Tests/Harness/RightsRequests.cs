using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ConsentLedger.Ledger;
using ConsentLedger.Retention;
using Microsoft.Extensions.DependencyInjection;

namespace ConsentLedger.Tests.Harness;

/// <summary>What members ask for beside consents and corrections, and what tests look at afterwards.</summary>
public static class RightsRequests
{
    public static object Asked { get; } = new { actor = Requests.Member, channel = "web" };

    public static Task<Reply> SuspendAsync(this HttpClient client, string member) => client.PostReplyAsync($"/v1/members/{member}/suspensions", Asked);

    public static Task<Reply> TerminateAsync(this HttpClient client, string member) => client.PostReplyAsync($"/v1/members/{member}/termination", Asked);

    public static Task<Reply> RequestDeletionAsync(this HttpClient client, string member, params string[] items) =>
        client.PostReplyAsync($"/v1/members/{member}/deletions", new { items, actor = Requests.Member, channel = "web" });

    public static Task<Reply> ComplainAsync(this HttpClient client, string member, string text) =>
        client.PostReplyAsync($"/v1/members/{member}/complaints", new { text, actor = Requests.Member, channel = "phone" });

    public static Task<Reply> UseAsync(this HttpClient client, string member, string purpose, params string[] items) =>
        client.PostReplyAsync($"/v1/members/{member}/decisions", new { purpose, items });

    public static Task<Reply> ConsentAsAsync(this HttpClient client, string actor, string member, params (string Purpose, bool Granted)[] choices) =>
        client.PostReplyAsync($"/v1/members/{member}/consents", new
        {
            notice = Requests.Notice,
            choices = choices.Select(c => new { purpose = c.Purpose, granted = c.Granted }),
            actor = new { kind = actor },
            channel = "web",
        });

    public static Task<Reply> RegisterGuardianAsync(this HttpClient client, string member, string under14Until) =>
        client.SendReplyAsync(HttpMethod.Put, $"/v1/members/{member}/guardian", new { under14Until, verification = new { method = "mobile_identification" }, channel = "web" });

    public static Task<Reply> AnnounceAsync(this HttpClient client, DateTimeOffset effectiveAt) => client.PostReplyAsync("/v1/business-transfers", new
    {
        transferee = new { ko = "㈜새가게", en = "New Shop" },
        contact = new { ko = "서울시 중구 1", en = "1 Jung-gu, Seoul" },
        reason = new { ko = "영업 전부의 양도", en = "Transfer of the whole business" },
        howToObject = new { ko = "전화로", en = "By telephone" },
        effectiveAt,
    });

    public static Task<Reply> ObjectAsync(this HttpClient client, string member, string? transferId = null) =>
        client.PostReplyAsync($"/v1/members/{member}/transfer-objections", new { transferId, actor = Requests.Member, channel = "web" });

    /// <summary>The id in the answer to a request.</summary>
    public static string Id(this Reply reply) => (string)reply.Is(HttpStatusCode.Created).Json["id"]!;

    public static DateTimeOffset Instant(this JsonNode? node) => DateTimeOffset.Parse((string)node!, CultureInfo.InvariantCulture);

    public static string Text(this DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);

    public static Reply Permits(this Reply reply)
    {
        Assert.True((string?)reply.Is(HttpStatusCode.OK).Json["decision"] == "permit", reply.Text);
        return reply;
    }

    public static Reply Denies(this Reply reply, params string[] reasons)
    {
        Assert.Equal("deny", (string?)reply.Is(HttpStatusCode.OK).Json["decision"]);
        Assert.Equal(reasons, reply.Reasons);
        return reply;
    }

    /// <summary>All entries about a member, in order.</summary>
    public static async Task<IReadOnlyList<JsonNode>> EntriesAsync(this HttpClient client, string member) =>
        (await client.GetReplyAsync($"/v1/ledger/entries?member={member}&limit=1000")).List("entries");

    public static async Task<IReadOnlyList<JsonNode>> ObligationsAsync(this HttpClient client, string query) =>
        (await client.GetReplyAsync($"/v1/obligations?limit=1000&{query}")).List("obligations");

    /// <summary>What is owed about a member, each as <c>kind=status</c>, with the partner where one owes it.</summary>
    public static async Task<string[]> OwedAsync(this HttpClient client, string member, string query = "") =>
        [.. (await client.ObligationsAsync($"member={member}&{query}")).Select(o => $"{o["kind"]}={o["status"]}{(o["partner"] is { } partner ? $" {partner}" : "")}")];

    public static string[] TypesOf(this IEnumerable<JsonNode> entries) => [.. entries.Select(e => (string)e["type"]!)];

    /// <summary>Whom an entry is told to, each as <c>partner:event</c>.</summary>
    public static string[] ToldOf(this JsonNode entry) => [.. (entry["recipients"]?.AsArray() ?? []).Select(r => $"{r!["partner"]}:{r["event"]}")];

    /// <summary>The members of a JSON object, sorted.</summary>
    public static string[] NamesOf(this JsonNode? node) => [.. node!.AsObject().Select(m => m.Key).Order(StringComparer.Ordinal)];

    /// <summary>Has the worker act on all that is due.</summary>
    public static Task<long> WorkAsync(this LedgerService ledger) =>
        ledger.Services.GetRequiredService<ObligationWorker>().RunOnceAsync(null, TestContext.Current.CancellationToken);

    /// <summary>The replica and the appender agree on nothing but the entries: the id under which they keep a member.</summary>
    public static async Task<Guid> SubjectAsync(this LedgerService ledger, string member)
    {
        var replica = ledger.Services.GetRequiredService<LedgerReplica>();
        await replica.SyncAsync(TestContext.Current.CancellationToken);
        return (await replica.FindAsync(SubjectRef.Member(member), TestContext.Current.CancellationToken))!.Id;
    }
}
