using System.Net;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Ledger;

public sealed class IdempotencyTests(Ledgers ledgers, PostgresServer postgres) : IClassFixture<Ledgers>
{
    [Theory, BothStores]
    public async Task A_hundred_identical_requests_at_once_leave_one_set_of_entries_and_get_one_answer(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var head = await ledger.HeadAsync();
        var body = Requests.Consents(("sms_marketing", true), ("email_marketing", false));
        var replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.PostReplyAsync("/v1/members/m-hundred/consents", body, "hundred")));
        var answer = replies[0].Recorded("consent.granted", "consent.refused");
        Assert.All(replies, reply => Assert.Equal(
            (answer.Status, answer.Text, answer.Headers.GetValues("Ledger-Position").Single(), answer.ContentHeaders.ContentType?.ToString()),
            (reply.Status, reply.Text, reply.Headers.GetValues("Ledger-Position").Single(), reply.ContentHeaders.ContentType?.ToString())));
        Assert.Equal([head + 1, head + 2], answer.Positions);
        Assert.Equal(head + 2, await ledger.HeadAsync());
        // Later, when none is in flight, quoted as the draft standard has it, in another language: the first answer still.
        var later = await client.PostReplyAsync("/v1/members/m-hundred/consents", body, "\"hundred\"", language: "en");
        Assert.Equal(answer.Text, later.Text);
        Assert.Equal(head + 2, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task Without_a_key_the_same_request_is_recorded_each_time(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var head = await ledger.HeadAsync();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.ConsentAsync("m-keyless", ("sms_marketing", true))));
        Assert.Equal(head + 10, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task A_key_used_for_another_request_is_refused(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var first = (await client.PostReplyAsync("/v1/members/m-reuse/consents", Requests.Consents(("sms_marketing", true)), "reuse")).Recorded("consent.granted");
        var head = await ledger.HeadAsync();
        (await client.PostReplyAsync("/v1/members/m-reuse/consents", Requests.Consents(("sms_marketing", false)), "reuse"))
            .Names(HttpStatusCode.UnprocessableEntity, "Idempotency-Key");
        (await client.PostReplyAsync("/v1/members/m-reuse-other/consents", Requests.Consents(("sms_marketing", true)), "reuse"))
            .Names(HttpStatusCode.UnprocessableEntity, "Idempotency-Key");
        (await client.PostReplyAsync("/v1/members/m-reuse/withdrawals", new { purposes = (string[])["sms_marketing"], actor = Requests.Member, channel = "web" }, "reuse"))
            .Names(HttpStatusCode.UnprocessableEntity, "Idempotency-Key");
        Assert.Equal(head, await ledger.HeadAsync());
        // What differs only in blanks and order of members says the same.
        var same = """{ "channel" : "web", "actor":{"kind":"member"}, "choices":[{"granted":true,"purpose":"sms_marketing"}],"notice":{"version":1,"id":"third-party-provision"} }""";
        Assert.Equal(first.Text, (await client.PostReplyAsync("/v1/members/m-reuse/consents", same, "reuse")).Text);
    }

    [Theory, BothStores]
    public async Task Of_a_hundred_different_requests_under_one_key_one_is_done(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var head = await ledger.HeadAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
            client.PostReplyAsync($"/v1/members/m-one-key-{i}/consents", Requests.Consents(("sms_marketing", true)), "one-key")));
        Assert.Single(replies, r => r.Status == HttpStatusCode.Created);
        Assert.Equal(99, replies.Count(r => r.Status == HttpStatusCode.UnprocessableEntity));
        Assert.Equal(head + 1, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task The_key_of_another_client_is_another_key(Store store)
    {
        var ledger = await ledgers.On(store);
        var (a, b) = (ledger.Client(Tokens.AllScopes, subject: "client-a"), ledger.Client(Tokens.AllScopes, subject: "client-b"));
        var first = (await a.PostReplyAsync("/v1/members/m-clients/consents", Requests.Consents(("sms_marketing", true)), "shared")).Recorded("consent.granted");
        var second = (await b.PostReplyAsync("/v1/members/m-clients/consents", Requests.Consents(("sms_marketing", false)), "shared")).Recorded("consent.refused");
        Assert.NotEqual(first.Positions, second.Positions);
        Assert.Equal(first.Text, (await a.PostReplyAsync("/v1/members/m-clients/consents", Requests.Consents(("sms_marketing", true)), "shared")).Text);
    }

    [Theory, BothStores]
    public async Task A_denial_is_answered_and_recorded_once_too(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var body = new { partner = "iheart", purpose = "sms_marketing", items = (string[])["mobile"] };
        var denied = (await client.PostReplyAsync("/v1/members/m-denied-once/provisions", body, "denied")).IsProblem(HttpStatusCode.Forbidden);
        var head = await ledger.HeadAsync();
        // Consent that comes later does not change an answer already given.
        await client.ConsentAsync("m-denied-once", ("sms_marketing", true));
        var again = (await client.PostReplyAsync("/v1/members/m-denied-once/provisions", body, "denied")).IsProblem(HttpStatusCode.Forbidden);
        Assert.Equal(denied.Text, again.Text);
        Assert.Equal(head + 1, await ledger.HeadAsync());
        (await client.PostReplyAsync("/v1/members/m-denied-once/provisions", body, "denied-2")).Recorded("provision.recorded");
    }

    [Theory, BothStores]
    public async Task Every_write_takes_a_key(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        await client.ProvideAsync("m-every", "cj-gls", "delivery", "mobile");
        var actor = Requests.Member;
        var asked = await Twice(client, "/v1/members/m-every/corrections", new { items = (string[])["mobile"], actor, channel = "web" });
        var second = await client.CorrectAsync("m-every", "mobile");
        await Twice(client, $"/v1/corrections/{asked.Json["id"]}/completion", new { values = new { mobile = "1" } });
        await Twice(client, $"/v1/corrections/{second.Json["id"]}/rejection", new { reason = "no" });
        await Twice(client, "/v1/members/m-every/withdrawals", new { purposes = (string[])["sms_marketing"], actor, channel = "web" });
        await Twice(client, "/v1/members/m-every/checkouts", new { provisions = new[] { new { partner = "inicis", purpose = "payment", items = (string[])["name"] } } });
        await Twice(client, "/v1/visitors/v-every/cookie-choices", new { choice = "ask" });
        await Twice(client, "/v1/visitors/v-every/link", new { member = "m-every" });
        await Twice(client, "/v1/notices", Expect.NoticeBody("every", Expect.Disclosure("sms_marketing", "iheart", "name")).ToJsonString());
        await client.RegisterAsync("every-partner", Expect.Partner("vendor", "vendor_delivery", "contract", ["name"]));
        await Twice(client, "/v1/partners/every-partner/end", null);
        var told = (string)(await ledger.Partner("cj-gls").EventsAsync("cj-gls"))[0]["id"]!;
        await Twice(client, $"/v1/deliveries/{told}/redelivery", null);
        await Twice(ledger.Partner("cj-gls"), "/v1/partners/cj-gls/acknowledgements", new { acknowledgements = new[] { new { eventId = told, outcome = "done" } } });

        async Task<Reply> Twice(HttpClient caller, string path, object? body)
        {
            var first = (await caller.PostReplyAsync(path, body, $"twice{path}")).Is(HttpStatusCode.Created);
            var head = await ledger.HeadAsync();
            Assert.Equal(first.Text, (await caller.PostReplyAsync(path, body, $"twice{path}")).Is(HttpStatusCode.Created).Text);
            Assert.Equal(head, await ledger.HeadAsync());
            return first;
        }
    }

    [Theory, BothStores]
    public async Task A_key_outlives_the_service(Store store)
    {
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        var body = Requests.Consents(("sms_marketing", true));
        Reply first;
        await using (var ledger = LedgerService.Start(database))
            first = (await ledger.Client().PostReplyAsync("/v1/members/m-restart/consents", body, "restart")).Recorded("consent.granted");
        await using var restarted = LedgerService.Start(database);
        var head = await restarted.HeadAsync();
        Assert.Equal(first.Positions[0], head);
        Assert.Equal(first.Text, (await restarted.Client().PostReplyAsync("/v1/members/m-restart/consents", body, "restart")).Text);
        (await restarted.Client().PostReplyAsync("/v1/members/m-restart/consents", Requests.Consents(("sms_marketing", false)), "restart"))
            .Names(HttpStatusCode.UnprocessableEntity, "Idempotency-Key");
        Assert.Equal(head, await restarted.HeadAsync());
        Assert.Equal("permit", (string)(await restarted.Client().DecideAsync("m-restart", "iheart", "sms_marketing", "name")).Json["decision"]!);
    }
}
