using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Ledger;

/// <summary>What stands in the clear in the store, in any column of any table.</summary>
public sealed class PersonalDataTests(PostgresServer postgres)
{
    private const string MemberId = "kim.secret+member@example.com";
    private const string VisitorId = "browser-cookie-5521";

    private static readonly string[] Secrets =
    [
        "ORDER-9f31c7", "주문메모-비밀", "203.0.113.199", "SecretAgent/7.7", new('d', 64), "carrier-proof-5521", "010-7654-3210", "서울시 비밀구 은닉로 77",
        "reject-because-5521", "note-of-partner-5521", "complaint-5521", "답변-비밀", "guardian-name-5521", "guardian-proof-5521", "suspension-refused-5521", "deletion-refused-5521",
    ];

    [Theory, BothStores]
    public async Task Nothing_personal_is_in_the_clear_and_the_members_own_id_stands_in_one_column_only(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        await WriteAllSecretsAsync(ledger);
        var cells = await ledger.ReadCellsAsync();
        // The scan sees what is there: the id, where it belongs.
        Assert.Equal(["subjects.external_id"], cells.ColumnsWith(MemberId));
        Assert.Equal(["subjects.external_id"], cells.ColumnsWith(VisitorId));
        Assert.Contains("ledger_entries.data", cells.Select(c => c.Column).Distinct());
        Assert.Contains("idempotency_keys.body", cells.Select(c => c.Column).Distinct());
        foreach (var secret in Secrets)
            Assert.True(cells.ColumnsWith(secret) is [], $"'{secret}' stands in {string.Join(", ", cells.ColumnsWith(secret))}");
    }

    [Theory, BothStores]
    public async Task What_was_sealed_is_shown_to_those_who_may_see_it(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        await WriteAllSecretsAsync(ledger);
        var provision = Assert.Single((await ledger.Client().GetReplyAsync($"/v1/members/{MemberId}/provisions")).List("provisions"));
        Assert.Equal("ORDER-9f31c7", (string)provision["reference"]!["order"]!);
        Assert.Equal("주문메모-비밀", (string)provision["reference"]!["memo"]!);
        var completed = (await ledger.Partner("cj-gls").EventsAsync("cj-gls")).Single(e => (string)e["type"]! == "correction.completed");
        Assert.Equal("010-7654-3210", (string)completed["data"]!["values"]!["mobile"]!);
    }

    private static async Task WriteAllSecretsAsync(LedgerService ledger)
    {
        var client = ledger.Client();
        var verification = new { method = "mobile_carrier", reference = "carrier-proof-5521" };
        var evidence = new { ip = "203.0.113.199", userAgent = "SecretAgent/7.7", documentSha256 = new string('d', 64) };
        (await client.PostReplyAsync($"/v1/members/{MemberId}/consents", new
        {
            notice = Requests.Notice,
            choices = new[] { new { purpose = "sms_marketing", granted = true } },
            actor = Requests.Member,
            channel = "web",
            evidence,
            verification,
        }, "key-1")).Recorded("consent.granted");
        (await client.PostReplyAsync($"/v1/members/{MemberId}/provisions", new
        {
            partner = "cj-gls",
            purpose = "delivery",
            items = (string[])["mobile", "address"],
            reference = new { order = "ORDER-9f31c7", memo = "주문메모-비밀" },
        }, "key-2")).Recorded("provision.recorded");
        // A denial keeps no reference at all.
        await client.PostReplyAsync($"/v1/members/{MemberId}/provisions", new
        {
            partner = "cj-gls",
            purpose = "delivery",
            items = (string[])["email"],
            reference = new { order = "ORDER-9f31c7" },
        }, "key-3");
        var asked = await client.PostReplyAsync($"/v1/members/{MemberId}/corrections", new
        {
            items = (string[])["mobile", "address"],
            actor = Requests.Member,
            channel = "phone",
            verification,
        }, "key-4");
        (await client.PostReplyAsync($"/v1/corrections/{asked.Json["id"]}/completion", new
        {
            values = new { mobile = "010-7654-3210", address = "서울시 비밀구 은닉로 77" },
        }, "key-5")).Recorded("correction.completed");
        var second = await client.CorrectAsync(MemberId, "mobile");
        (await client.PostReplyAsync($"/v1/corrections/{second.Json["id"]}/rejection", new { reason = "reject-because-5521" }, "key-6")).Recorded("correction.rejected");
        (await client.PostReplyAsync($"/v1/members/{MemberId}/withdrawals", new
        {
            purposes = (string[])["sms_marketing"],
            actor = Requests.Member,
            channel = "email",
            evidence,
            verification,
        }, "key-7")).Recorded("consent.withdrawn");
        (await client.PostReplyAsync($"/v1/visitors/{VisitorId}/cookie-choices", new { choice = "ask", evidence }, "key-8")).Recorded("cookies.chosen");
        (await client.PostReplyAsync($"/v1/visitors/{VisitorId}/link", new { member = MemberId }, "key-9")).Recorded("visitor.linked", "visitor.linked");
        (await client.SendReplyAsync(HttpMethod.Put, $"/v1/members/{MemberId}/guardian", new
        {
            under14Until = "2039-01-01",
            verification = new { method = "phone", reference = "guardian-proof-5521" },
            channel = "phone",
            guardian = new { name = "guardian-name-5521" },
        }, "key-10")).Recorded("guardian.registered");
        (await client.PostReplyAsync($"/v1/complaints/{await AskAsync("complaints", new { text = "complaint-5521", actor = Requests.Member, channel = "phone" })}/answer", new { text = "답변-비밀" }, "key-11"))
            .Recorded("complaint.answered");
        (await client.PostReplyAsync($"/v1/suspensions/{await AskAsync("suspensions", new { actor = Requests.Member, channel = "phone", verification })}/rejection", new { reason = "suspension-refused-5521" }, "key-12"))
            .Recorded("suspension.rejected");
        (await client.PostReplyAsync($"/v1/deletions/{await AskAsync("deletions", new { items = (string[])["phone"], actor = Requests.Member, channel = "phone" })}/rejection", new { reason = "deletion-refused-5521" }, "key-13"))
            .Recorded("deletion.rejected");
        var told = (await ledger.Partner("cj-gls").EventsAsync("cj-gls"))[0];
        (await ledger.Partner("cj-gls").AcknowledgeAsync("cj-gls", ((string)told["id"]!, "partial", "note-of-partner-5521"))).Recorded("delivery.acknowledged");

        async Task<string> AskAsync(string what, object body) =>
            (string)(await client.PostReplyAsync($"/v1/members/{MemberId}/{what}", body, $"key-{what}")).Is(System.Net.HttpStatusCode.Created).Json["id"]!;
    }
}
