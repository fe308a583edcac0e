using System.Net;
using ConsentLedger.Tests.Harness;

namespace ConsentLedger.Tests.Provisions;

public sealed class ProvisionsTests(Ledgers ledgers) : IClassFixture<Ledgers>
{
    [Theory, BothStores]
    public async Task A_checkout_counts_its_own_choices_for_the_provisions_beside_them(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var checkout = (await client.PostReplyAsync("/v1/members/m-checkout/checkouts", new
        {
            consents = Requests.Consents(("email_marketing", true), ("sms_marketing", false)),
            provisions = new[]
            {
                Provision("inicis", "payment", "name", "payment_info"), Provision("cj-gls", "delivery", "name", "address"),
                Provision("areumnet", "email_marketing", "name"),
            },
        })).Recorded("consent.granted", "consent.refused", "provision.recorded", "provision.recorded", "provision.recorded");
        Assert.Equal(Enumerable.Range(0, 5).Select(i => checkout.Positions[0] + i), checkout.Positions);
        var provisions = (await client.GetReplyAsync("/v1/members/m-checkout/provisions")).List("provisions");
        Assert.Equal(["contract", "contract", "consent"], provisions.Select(p => (string)p["legalBasis"]!));
        Assert.Equal([null, null, """{"id":"third-party-provision","version":1}"""], provisions.Select(p => p["notice"]?.ToJsonString()));
    }

    [Theory, BothStores]
    public async Task A_checkout_with_one_denied_provision_leaves_nothing_behind(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var head = await ledger.HeadAsync();
        var refused = (await client.PostReplyAsync("/v1/members/m-denied-checkout/checkouts", new
        {
            consents = Requests.Consents(("email_marketing", true), ("sms_marketing", false)),
            provisions = new[] { Provision("inicis", "payment", "name"), Provision("iheart", "sms_marketing", "mobile") },
        })).Names(HttpStatusCode.Forbidden, "provisions[1]");
        Assert.Equal(["consent_refused"], refused.Reasons);
        Assert.Equal(head, await ledger.HeadAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetReplyAsync("/v1/members/m-denied-checkout/consents")).Status);
        var unknown = (await client.PostReplyAsync("/v1/members/m-denied-checkout/checkouts", new
        {
            provisions = new[] { Provision("inicis", "payment", "name"), Provision("nobody", "payment", "name") },
        })).Names(HttpStatusCode.Forbidden, "provisions[1].partner");
        Assert.Equal(["unknown_partner"], unknown.Reasons);
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task A_denied_provision_is_answered_with_reasons_and_recorded(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        await client.CorrectAsync("m-denied", "mobile");
        var korean = (await client.ProvideAsync("m-denied", "cj-gls", "delivery", "name", "mobile", "email")).IsProblem(HttpStatusCode.Forbidden);
        Assert.Equal(["out_of_scope", "correction_pending"], korean.Reasons);
        Assert.Equal("urn:consent-ledger:problem:provision-denied", (string)korean.Json["type"]!);
        Assert.Contains("정정", (string)korean.Json["detail"]!, StringComparison.Ordinal);
        var position = long.Parse(Assert.Single(korean.Headers.GetValues("Ledger-Position")), System.Globalization.CultureInfo.InvariantCulture);
        var entry = (await client.GetReplyAsync($"/v1/ledger/entries/{position}")).Json;
        Assert.Equal("provision.denied", (string)entry["type"]!);
        Assert.Equal("cj-gls", (string)entry["partner"]!);
        Assert.Equal(["out_of_scope", "correction_pending"], entry["data"]!["reasons"].Strings());

        var english = await client.PostReplyAsync(
            "/v1/members/m-denied/provisions", Provision("iheart", "sms_marketing", "name"), language: "en");
        Assert.Equal(["no_consent"], english.IsProblem(HttpStatusCode.Forbidden).Reasons);
        Assert.Equal("There is no consent.", (string)english.Json["detail"]!);
        Assert.Equal("동의를 받지 않았습니다.", (string)(await client.ProvideAsync("m-denied", "iheart", "sms_marketing", "name")).Json["detail"]!);

        Assert.Empty((await client.GetReplyAsync("/v1/members/m-denied/provisions")).List("provisions"));
        var denials = (await client.GetReplyAsync("/v1/members/m-denied/provisions?denied=true")).List("provisions");
        Assert.Equal(["cj-gls", "iheart", "iheart"], denials.Select(d => (string)d["partner"]!));
        Assert.All(denials, d => Assert.Equal("deny", (string)d["decision"]!));
    }

    [Theory, BothStores]
    public async Task A_denied_provision_makes_no_partner_a_holder(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        (await client.ProvideAsync("m-no-holder", "iheart", "sms_marketing", "mobile")).IsProblem(HttpStatusCode.Forbidden);
        Assert.Empty((await client.CorrectAsync("m-no-holder", "mobile")).Json["notified"].Strings());
    }

    [Theory, BothStores]
    public async Task A_partner_that_is_not_registered_is_named_and_the_attempt_recorded(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        var reply = (await client.ProvideAsync("m-stranger", "stranger", "delivery", "name")).Names(HttpStatusCode.Forbidden, "partner");
        Assert.Equal(["unknown_partner"], reply.Reasons);
        Assert.Equal("stranger", (string)Assert.Single((await client.GetReplyAsync("/v1/members/m-stranger/provisions?denied=true")).List("provisions"))["partner"]!);
    }

    [Theory, BothStores]
    public async Task Provisions_are_listed_in_order_with_their_references_page_by_page(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        foreach (var i in Enumerable.Range(0, 7))
        {
            (await client.PostReplyAsync("/v1/members/m-list/provisions", new
            {
                partner = i % 2 == 0 ? "inicis" : "cj-gls",
                purpose = i % 2 == 0 ? "payment" : "delivery",
                items = (string[])["phone", "name"],
                reference = new { order = $"주문-{i}" },
            })).Recorded("provision.recorded");
        }

        var all = (await client.GetReplyAsync("/v1/members/m-list/provisions")).List("provisions");
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"주문-{i}"), all.Select(p => (string)p["reference"]!["order"]!));
        Assert.All(all, p => Assert.Equal(["phone", "name"], p["items"].Strings()));
        foreach (var limit in (int[])[1, 2, 3, 6, 7, 8])
            Assert.Equal(all.ToJson(), (await client.AllPagesAsync($"/v1/members/m-list/provisions?limit={limit}", "provisions", limit)).ToJson());
        Assert.Null((await client.GetReplyAsync("/v1/members/m-list/provisions?limit=7")).Next());
    }

    [Theory, BothStores]
    public async Task One_decision_for_many_members_is_the_decision_for_each(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        await client.ConsentAsync("m-many-1", ("sms_marketing", true));
        await client.ConsentAsync("m-many-2", ("sms_marketing", false));
        await client.ConsentAsync("m-many-3", ("sms_marketing", true));
        await client.CorrectAsync("m-many-3", "mobile");
        string[] members = ["m-many-3", "m-many-1", "m-many-never", "m-many-2", "m-many-1"];
        var reply = (await client.PostReplyAsync("/v1/decisions", new { members, partner = "iheart", purpose = "sms_marketing", items = (string[])["name", "mobile"] }))
            .List("decisions");
        Assert.Equal(members, reply.Select(d => (string)d["member"]!));
        foreach (var decision in reply)
        {
            var single = await client.DecideAsync((string)decision["member"]!, "iheart", "sms_marketing", "name", "mobile");
            Assert.Equal((string)single.Json["decision"]!, (string)decision["decision"]!);
            Assert.Equal(single.Reasons, decision["reasons"].Strings());
        }

        Assert.Equal(["deny", "permit", "deny", "deny", "permit"], reply.Select(d => (string)d["decision"]!));
    }

    [Theory, BothStores]
    public async Task A_decision_explains_itself_in_the_callers_language_and_says_up_to_where_it_looked(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var position = (await client.ConsentAsync("m-explained", ("sms_marketing", false))).Positions[0];
        foreach (var (language, sentence) in ((string?, string)[])[(null, "정보주체가 동의하지 않았습니다."), ("ko-KR", "정보주체가 동의하지 않았습니다."), ("en-GB,en;q=0.8", "The member refused consent."), ("fr", "정보주체가 동의하지 않았습니다.")])
        {
            var reply = (await client.PostReplyAsync(
                "/v1/members/m-explained/decisions", new { partner = "iheart", purpose = "sms_marketing", items = (string[])["name"] }, language: language)).Is(HttpStatusCode.OK);
            Assert.Equal([sentence], reply.Json["explanations"].Strings());
            Assert.True((long)reply.Json["asOfPosition"]! >= position);
        }

        var head = await ledger.HeadAsync();
        await client.DecideAsync("m-never-asked", "cj-gls", "delivery", "name");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    private static object Provision(string partner, string purpose, params string[] items) => new { partner, purpose, items };
}
