using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Hosting;

/// <summary>The examples of the API's description, sent to the service in the order of a shop's day.</summary>
public sealed class OpenApiExamplesTests(PostgresServer postgres)
{
    [Fact]
    public async Task Every_example_is_accepted_and_answered_as_shown()
    {
        await using var ledger = await LedgerService.StartAsync(Store.Sqlite, postgres);
        var shop = new Caller(ledger.Client(), (await ledger.Client("").GetReplyAsync("/openapi/v1.json")).Json);
        var consented = await shop.SendAsync("POST /v1/members/{memberId}/consents", "m-1001");
        await shop.SendAsync("GET /v1/members/{memberId}/receipts/{position}", "m-1001", consented["entries"]![0]!["position"]!.ToString());
        await shop.SendAsync("POST /v1/members/{memberId}/decisions", "m-1001");
        await shop.SendAsync("POST /v1/decisions");
        var provided = await shop.SendAsync("POST /v1/members/{memberId}/provisions", "m-1001");
        await shop.SendAsync("POST /v1/members/{memberId}/checkouts", "m-1001");
        await shop.SendAsync("GET /v1/members/{memberId}/provisions", "m-1001");
        await Provisions.StatisticsTests.EngageAsync(shop.Client, "market-research");
        await shop.SendAsync("POST /v1/provisions");
        var corrected = await shop.SendAsync("POST /v1/members/{memberId}/corrections", "m-1001");
        await shop.SendAsync("POST /v1/corrections/{id}/completion", (string)corrected["id"]!);
        var rejected = await shop.SendAsync("POST /v1/members/{memberId}/corrections", "m-1001");
        await shop.SendAsync("GET /v1/members/{memberId}/consents", "m-1001");
        await shop.SendAsync("POST /v1/corrections/{id}/rejection", (string)rejected["id"]!);
        await shop.SendAsync("POST /v1/members/{memberId}/withdrawals", "m-1001");
        await shop.SendAsync("POST /v1/visitors/{visitorId}/cookie-choices", "v-7f3a");
        await shop.SendAsync("POST /v1/visitors/{visitorId}/link", "v-7f3a");
        await shop.SendAsync("GET /v1/visitors/{visitorId}/cookie-choices", "v-7f3a");
        await shop.SendAsync("POST /v1/visitors/{visitorId}/cookie-decisions", "v-7f3a");
        foreach (var result in (string[])["completion", "rejection"])
        {
            var deletion = await shop.SendAsync("POST /v1/members/{memberId}/deletions", "m-1001");
            await shop.SendAsync($"POST /v1/deletions/{{id}}/{result}", (string)deletion["id"]!);
        }

        foreach (var result in (string[])["completion", "rejection", "lifting"])
        {
            var suspension = await shop.SendAsync("POST /v1/members/{memberId}/suspensions", "m-1001");
            await shop.SendAsync($"POST /v1/suspensions/{{id}}/{result}", (string)suspension["id"]!);
            if (result == "completion")
                await shop.SendAsync("POST /v1/suspensions/{id}/lifting", (string)suspension["id"]!);
        }

        var complaint = await shop.SendAsync("POST /v1/members/{memberId}/complaints", "m-1001");
        await shop.SendAsync("POST /v1/complaints/{id}/answer", (string)complaint["id"]!);
        await shop.SendAsync("GET /v1/members/{memberId}/record", "m-1001");
        // Dates that the description shows as examples and that must lie ahead, or not two years back: counted from today.
        var today = DaytimeClock.Instance.GetUtcNow();
        await shop.SendAsync("POST /v1/members/{memberId}/consents", "m-1002", body => body["occurredAt"] = today.AddDays(-1));
        await shop.SendAsync("POST /v1/members/{memberId}/reconfirmations", "m-1002");
        await shop.SendAsync("POST /v1/members/{memberId}/result-notices", "m-1002");
        await shop.SendAsync("POST /v1/members/{memberId}/notices", "m-1002");
        await shop.SendAsync("PUT /v1/members/{memberId}/guardian", "m-1003", body => body["under14Until"] = today.AddYears(1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        await shop.SendAsync("POST /v1/business-transfers");
        await shop.SendAsync("GET /v1/business-transfers");
        await shop.SendAsync("POST /v1/members/{memberId}/transfer-objections", "m-1002");
        await shop.SendAsync("GET /v1/obligations");
        await shop.SendAsync("POST /v1/members/{memberId}/termination", "m-1001");
        await shop.SendAsync("GET /v1/ledger/entries");
        var position = provided["entries"]![0]!["position"]!.ToString();
        await shop.SendAsync("GET /v1/ledger/entries/{position}", position);
        await shop.SendAsync("GET /v1/ledger/entries/{position}/proof", position);
        await shop.SendAsync("GET /v1/ledger/consistency?from=1");

        var courier = shop with { Client = ledger.Partner("cj-gls") };
        var events = await courier.SendAsync("GET /v1/partners/{code}/events", "cj-gls");
        var id = (string)events["events"]![0]!["id"]!;
        await courier.SendAsync("POST /v1/partners/{code}/acknowledgements", "cj-gls", body => body["acknowledgements"]![0]!["eventId"] = id);
        await shop.SendAsync("GET /v1/deliveries");
        await shop.SendAsync("POST /v1/deliveries/{id}/redelivery", id);

        await shop.SendAsync("PUT /v1/partners/{code}", "travel-club");
        await shop.SendAsync("GET /v1/partners");
        await shop.SendAsync("POST /v1/notices");
        await shop.SendAsync("GET /v1/notices");
        await shop.SendAsync("GET /v1/notices/{id}/versions/{version}", "partner-offers", "1");
        await shop.SendAsync("POST /v1/partners/{code}/end", "travel-club");
        await shop.SendAsync("GET /v1/contacts");
    }

    private sealed record Caller(HttpClient Client, JsonNode Document)
    {
        public Task<JsonNode> SendAsync(string operation, params string[] parts) => SendAsync(operation, parts, edit: null);

        public Task<JsonNode> SendAsync(string operation, string part, Action<JsonNode> edit) => SendAsync(operation, [part], edit);

        private async Task<JsonNode> SendAsync(string operation, string[] parts, Action<JsonNode>? edit)
        {
            var (method, path) = operation.Split(' ') is [var verb, var template] ? (verb, template) : throw new ArgumentException(operation);
            var described = Document["paths"]![path.Split('?')[0]]![method.ToLowerInvariant()]!;
            var body = described["requestBody"]?["content"]!["application/json"]!["example"]!.DeepClone();
            if (body is not null)
                edit?.Invoke(body);
            foreach (var part in parts)
                path = path[..path.IndexOf('{', StringComparison.Ordinal)] + part + path[(path.IndexOf('}', StringComparison.Ordinal) + 1)..];
            var reply = await Client.SendReplyAsync(new HttpMethod(method), path, body?.ToJsonString());
            var status = described["responses"]!.AsObject().Select(r => r.Key).Where(s => s[0] == '2').Max()!;
            Assert.True(reply.Status == (HttpStatusCode)int.Parse(status, CultureInfo.InvariantCulture), $"{operation}: {reply.Text}");
            var shown = described["responses"]![status]!["content"]!["application/json"]!["example"]!;
            var missing = Members(shown, "").Except(Members(reply.Json, "")).ToList();
            Assert.True(missing.Count == 0, $"{operation} answers without {string.Join(", ", missing)}: {reply.Text}");
            return reply.Json;
        }

        // The members that a document has anywhere, by path; elements of a list count together.
        private static IEnumerable<string> Members(JsonNode? node, string at) => node switch
        {
            JsonObject members => members.SelectMany(m => Members(m.Value, $"{at}.{m.Key}").Prepend($"{at}.{m.Key}")),
            JsonArray elements => elements.SelectMany(e => Members(e, $"{at}[]")),
            _ => [],
        };
    }
}
