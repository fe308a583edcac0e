using System.Net;
using System.Text.Json.Nodes;
using ConsentLedger.Rights;
using ConsentLedger.Tests.Harness;
using static ConsentLedger.Tests.Consents.ConsentsTests;

namespace ConsentLedger.Tests.Partners;

/// <summary>Policy, entrustment 나: beforehand notice; PIPA art. 17(2), 26(3): what a change of it needs.</summary>
public sealed class PartnerLifeTests(ClockedLedgers ledgers) : IClassFixture<ClockedLedgers>
{
    /// <summary>Each of the five facts, changed; the items stay within what was agreed to or go beyond it.</summary>
    private static readonly Dictionary<string, Action<JsonObject>> Facts = new()
    {
        ["recipient"] = d => d["recipientName"] = Words("새 이름", "another name"),
        ["purpose of use"] = d => d["purposeOfUse"] = Words("다른 이용 목적", "another use"),
        ["items"] = d => d["items"] = new JsonArray("name", "mobile", "email"),
        ["retention"] = d => d["retention"] = Words("10년", "ten years"),
        ["right to refuse"] = d => d["rightToRefuse"] = Words("거부하면 할인이 없습니다", "no discount if you refuse"),
    };

    [Theory, BothStores]
    public async Task A_processor_receives_nothing_before_its_notice_is_in_force_to_the_second(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        (await client.RegisterAsync("warehouse", Expect.Partner("processor", "delivery", "contract", ["name", "address"]))).Recorded("partner.registered");
        (await client.DecideAsync("m-early", "warehouse", "delivery", "name")).Denies("notice_not_effective");
        var notice = Expect.NoticeBody("warehouse", Expect.Disclosure("delivery", "warehouse", "name", "address"));
        var date = clock.Now.AddDays(7);
        notice["effectiveAt"] = date.ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        var published = (await client.PublishAsync(notice)).Recorded("notice.published");
        Assert.Empty(published.Json["renewals"]!.AsArray());
        clock.MoveTo(date - TestClock.Tick);
        Assert.Equal(["notice_not_effective"], (await client.ProvideAsync("m-early", "warehouse", "delivery", "name")).IsProblem(HttpStatusCode.Forbidden).Reasons);
        clock.MoveTo(date);
        (await client.ProvideAsync("m-early", "warehouse", "delivery", "name")).Recorded("provision.recorded");
        // A contract's processor goes by the notice in force: no consent is renewed.
        var changed = Expect.NoticeBody("warehouse", Expect.Disclosure("delivery", "warehouse", "name"));
        Assert.Empty((await client.PublishAsync(changed)).Recorded("notice.published").Json["renewals"]!.AsArray());
        (await client.DecideAsync("m-early", "warehouse", "delivery", "name")).Permits();
        (await client.DecideAsync("m-early", "warehouse", "delivery", "address")).Denies("out_of_scope");
    }

    [Theory]
    [BothStores("recipient", "purpose of use", "items", "retention", "right to refuse")]
    public async Task A_change_of_any_of_the_five_facts_needs_a_third_partys_consent_anew(Store store, string fact)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        var code = $"club-{fact.Replace(' ', '-')}";
        var member = $"m-{code}";
        await client.RegisterAsync(code, Expect.Partner("third_party", "partner_offers", "consent", ["name", "mobile", "email"]));
        (await client.PublishAsync(Notice(code))).Recorded("notice.published");
        (await client.ConsentOnAsync(member, code, 1, ("partner_offers", true))).Recorded("consent.granted");
        (await client.ProvideAsync(member, code, "partner_offers", "name", "mobile")).Recorded("provision.recorded");

        var second = (await client.PublishAsync(Notice(code, Facts[fact]))).Recorded("notice.published");
        Assert.Equal(
            $$"""[{"purpose":"partner_offers","recipient":"{{code}}","needed":"renewed_consent"}]""", second.Json["renewals"]!.ToJsonString());
        if (fact == "items")
        {
            // What was agreed to goes on; what was added takes a new consent.
            (await client.DecideAsync(member, code, "partner_offers", "name", "mobile")).Permits();
            (await client.DecideAsync(member, code, "partner_offers", "email")).Denies("out_of_scope");
        }
        else
        {
            (await client.DecideAsync(member, code, "partner_offers", "name")).Denies("no_consent");
            Assert.Equal(["no_consent"], (await client.ProvideAsync(member, code, "partner_offers", "name")).IsProblem(HttpStatusCode.Forbidden).Reasons);
            // To be told is not to agree.
            (await client.PostReplyAsync($"/v1/members/{member}/notices", Given(code, 2))).Recorded("notice.given");
            (await client.DecideAsync(member, code, "partner_offers", "name")).Denies("no_consent");
        }

        (await client.ConsentOnAsync(member, code, 2, ("partner_offers", true))).Recorded("consent.granted");
        (await client.DecideAsync(member, code, "partner_offers", fact == "items" ? ["name", "mobile", "email"] : ["name", "mobile"])).Permits();
        // A form of the version before agrees to what that one said.
        (await client.ConsentOnAsync(member, code, 1, ("partner_offers", true))).Recorded("consent.granted");
        Assert.Equal(fact == "items" ? "permit" : "deny", (string)(await client.DecideAsync(member, code, "partner_offers", "name")).Json["decision"]!);
    }

    [Theory, BothStores]
    public async Task A_version_that_says_the_same_or_wants_less_needs_nothing_anew(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.RegisterAsync("bank", Expect.Partner("third_party", "partner_offers", "consent", ["name", "mobile", "email"]));
        await client.PublishAsync(Notice("bank"));
        await client.ConsentOnAsync("m-same", "bank", 1, ("partner_offers", true));
        Assert.Empty((await client.PublishAsync(Notice("bank", d => d["items"] = new JsonArray("mobile", "name")))).Json["renewals"]!.AsArray());
        (await client.DecideAsync("m-same", "bank", "partner_offers", "name", "mobile")).Permits();
        Assert.Empty((await client.PublishAsync(Notice("bank", d => d["items"] = new JsonArray("name")))).Json["renewals"]!.AsArray());
        (await client.DecideAsync("m-same", "bank", "partner_offers", "name")).Permits();
        // What the members are no longer told of is no longer given.
        (await client.DecideAsync("m-same", "bank", "partner_offers", "mobile")).Denies("out_of_scope");
        // A change that is not in force yet changes nothing yet.
        var later = Notice("bank", Facts["retention"]);
        var date = clock.Now.AddDays(1);
        later["effectiveAt"] = date.ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Single((await client.PublishAsync(later)).Recorded("notice.published").Json["renewals"]!.AsArray());
        (await client.DecideAsync("m-same", "bank", "partner_offers", "name")).Permits();
        clock.MoveTo(date);
        (await client.DecideAsync("m-same", "bank", "partner_offers", "name")).Denies("no_consent");
    }

    [Theory]
    [BothStores("recipient", "purpose of use", "items", "retention", "right to refuse")]
    public async Task A_change_of_a_marketing_processor_needs_notice_to_each_member_and_no_consent(Store store, string fact)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        var code = $"mailer-{fact.Replace(' ', '-')}";
        var (told, untold) = ($"m-told-{code}", $"m-untold-{code}");
        await client.RegisterAsync(code, Expect.Partner("processor", "email_marketing", "consent", ["name", "mobile", "address"]));
        (await client.PublishAsync(Mail(code))).Recorded("notice.published");
        foreach (var member in (string[])[told, untold])
        {
            (await client.ConsentOnAsync(member, code, 1, ("email_marketing", true))).Recorded("consent.granted");
            (await client.ProvideAsync(member, code, "email_marketing", "name", "mobile")).Recorded("provision.recorded");
        }

        var second = (await client.PublishAsync(Mail(code, d =>
        {
            Facts[fact](d);
            if (fact == "items")
                d["items"] = new JsonArray("name", "mobile", "address");
        }))).Recorded("notice.published");
        Assert.Equal(
            $$"""[{"purpose":"email_marketing","recipient":"{{code}}","needed":"individual_notice"}]""", second.Json["renewals"]!.ToJsonString());
        string[] wanted = fact == "items" ? ["address"] : ["name"];
        var reason = fact == "items" ? "out_of_scope" : "notice_not_effective";
        (await client.DecideAsync(told, code, "email_marketing", wanted)).Denies(reason);
        var given = (await client.PostReplyAsync($"/v1/members/{told}/notices", Given(code, 2))).Recorded("notice.given");
        Assert.Equal($$$"""{"notice":{"id":"{{{code}}}","version":2},"channel":"email"}""", (await client.GetReplyAsync($"/v1/ledger/entries/{given.Positions[0]}")).Json["data"]!.ToJsonString());
        (await client.ProvideAsync(told, code, "email_marketing", wanted)).Recorded("provision.recorded");
        (await client.DecideAsync(untold, code, "email_marketing", wanted)).Denies(reason);
        // The consent is still needed, and still ends it.
        (await client.WithdrawAsync(told, "email_marketing")).Recorded("consent.withdrawn");
        (await client.DecideAsync(told, code, "email_marketing", wanted)).Denies("consent_withdrawn");
    }

    [Theory, BothStores]
    public async Task A_new_marketing_processor_takes_over_from_those_who_were_told_of_it(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        await client.RegisterAsync("sender-old", Expect.Partner("processor", "sms_marketing", "consent", ["name", "mobile"]));
        await client.RegisterAsync("sender-new", Expect.Partner("processor", "sms_marketing", "consent", ["name", "mobile"]));
        await client.PublishAsync(Expect.NoticeBody("senders", Expect.Disclosure("sms_marketing", "sender-old", "name", "mobile")));
        await client.ConsentOnAsync("m-moved", "senders", 1, ("sms_marketing", true));
        (await client.DecideAsync("m-moved", "sender-new", "sms_marketing", "mobile")).Denies("no_consent");
        var second = (await client.PublishAsync(Expect.NoticeBody(
            "senders", Expect.Disclosure("sms_marketing", "sender-old", "name", "mobile"), Expect.Disclosure("sms_marketing", "sender-new", "name", "mobile")))).Recorded("notice.published");
        Assert.Equal("""[{"purpose":"sms_marketing","recipient":"sender-new","needed":"individual_notice"}]""", second.Json["renewals"]!.ToJsonString());
        (await client.DecideAsync("m-moved", "sender-new", "sms_marketing", "mobile")).Denies("notice_not_effective");
        (await client.PostReplyAsync("/v1/members/m-moved/notices", Given("senders", 1))).Recorded("notice.given");
        (await client.DecideAsync("m-moved", "sender-new", "sms_marketing", "mobile")).Denies("notice_not_effective");
        (await client.PostReplyAsync("/v1/members/m-moved/notices", Given("senders", 2))).Recorded("notice.given");
        (await client.DecideAsync("m-moved", "sender-new", "sms_marketing", "mobile")).Permits();
        // To be given the old one once more takes nothing back.
        (await client.PostReplyAsync("/v1/members/m-moved/notices", Given("senders", 1))).Recorded("notice.given");
        (await client.DecideAsync("m-moved", "sender-new", "sms_marketing", "mobile")).Permits();
        (await client.DecideAsync("m-moved", "sender-old", "sms_marketing", "mobile")).Permits();
        // A version that says the same of it needs no further notice.
        Assert.Empty((await client.PublishAsync(Expect.NoticeBody("senders", Expect.Disclosure("sms_marketing", "sender-new", "name", "mobile")))).Json["renewals"]!.AsArray());
        (await client.DecideAsync("m-moved", "sender-new", "sms_marketing", "mobile")).Permits();
        (await client.PostReplyAsync("/v1/members/m-moved/notices", Given("senders", 4))).Names(HttpStatusCode.BadRequest, "notice.version");
        (await client.PostReplyAsync("/v1/members/m-moved/notices", Given("no-such-notice", 1))).Names(HttpStatusCode.BadRequest, "notice.id");
    }

    [Theory, BothStores]
    public async Task What_is_renewed_follows_from_the_purpose_and_from_what_the_recipient_is(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        await client.RegisterAsync("mixed-mailer", Expect.Partner("processor", "email_marketing", "consent", ["name"]));
        await client.RegisterAsync("mixed-courier", Expect.Partner("processor", "delivery", "contract", ["name"]));
        await client.RegisterAsync("mixed-club", Expect.Partner("third_party", "partner_offers", "consent", ["name"]));
        var kind = Expect.Disclosure("partner_offers", null, "name");
        kind["recipientKind"] = "third_party";
        JsonObject[] Disclosures() =>
        [
            Expect.Disclosure("delivery", "mixed-courier", "name"), Expect.Disclosure("telemarketing", null, "name", "phone"),
            Expect.Disclosure("email_marketing", "mixed-mailer", "name"), (JsonObject)kind.DeepClone(),
        ];
        Assert.Empty((await client.PublishAsync(Expect.NoticeBody("mixed", Disclosures()))).Recorded("notice.published").Json["renewals"]!.AsArray());
        await client.ConsentOnAsync("m-mixed", "mixed", 1, ("telemarketing", true), ("email_marketing", true), ("partner_offers", true));
        (await client.DecideAsync("m-mixed", "mixed-club", "partner_offers", "name")).Permits();
        var changed = Disclosures();
        foreach (var disclosure in changed)
            disclosure["retention"] = Words("10년", "ten years");
        var second = (await client.PublishAsync(Expect.NoticeBody("mixed", [.. changed, Expect.Disclosure("partner_offers", "not-yet-registered", "name")]))).Recorded("notice.published");
        Assert.Equal(
            [
                """{"purpose":"telemarketing","needed":"renewed_consent"}""",
                """{"purpose":"email_marketing","recipient":"mixed-mailer","needed":"individual_notice"}""",
                """{"purpose":"partner_offers","recipientKind":"third_party","needed":"renewed_consent"}""",
                """{"purpose":"partner_offers","recipient":"not-yet-registered","needed":"renewed_consent"}""",
            ],
            second.Json["renewals"]!.AsArray().Select(r => r!.ToJsonString()));
        (await client.UseAsync("m-mixed", "telemarketing", "phone")).Denies("no_consent");
        (await client.DecideAsync("m-mixed", "mixed-mailer", "email_marketing", "name")).Denies("notice_not_effective");
        (await client.DecideAsync("m-mixed", "mixed-club", "partner_offers", "name")).Denies("no_consent");
        (await client.DecideAsync("m-mixed", "mixed-courier", "delivery", "name")).Permits();
    }

    [Theory, BothStores]
    public async Task An_entrustment_that_ends_ends_provision_and_the_partner_owes_word_of_the_deletion(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.RegisterAsync("courier-end", Expect.Partner("processor", "delivery", "contract", ["name"]));
        await client.PublishAsync(Expect.NoticeBody("courier-end", Expect.Disclosure("delivery", "courier-end", "name")));
        (await client.ProvideAsync("m-end", "courier-end", "delivery", "name")).Recorded("provision.recorded");
        (await client.PostReplyAsync("/v1/partners/courier-end/end", null)).Recorded("partner.ended");
        (await client.DecideAsync("m-end", "courier-end", "delivery", "name")).Denies("partner_inactive");
        (await client.PostReplyAsync("/v1/partners/courier-end/end", null)).Names(HttpStatusCode.Conflict, "code");
        var told = Assert.Single(await ledger.Partner("courier-end").EventsAsync("courier-end"));
        Assert.Equal(("entrustment.ended", Clocks.Due(clock.Now, Periods.Acknowledgement)), ((string)told["type"]!, told["data"]!["acknowledgeBy"].Instant()));
        var owed = Assert.Single(await client.ObligationsAsync("partner=courier-end"));
        Assert.Equal(("acknowledgement", "open"), ((string)owed["kind"]!, (string)owed["status"]!));
        (await ledger.Partner("courier-end").AcknowledgeAsync("courier-end", ((string)told["id"]!, "done", null))).Recorded("delivery.acknowledged");
        Assert.Equal("settled", (string)Assert.Single(await client.ObligationsAsync("partner=courier-end"))["status"]!);
        // It deleted what it held, so it is told of the member no more.
        Assert.Empty((await client.SuspendAsync("m-end")).Recorded("processing.suspended").Json["notified"].Strings());
        Assert.Empty(await EventsOf(ledger, "courier-end", "m-end"));
    }

    private static JsonObject Notice(string code, Action<JsonObject>? change = null) => Changed(Expect.Disclosure("partner_offers", code, "name", "mobile"), code, change);

    private static JsonObject Mail(string code, Action<JsonObject>? change = null) => Changed(Expect.Disclosure("email_marketing", code, "name", "mobile"), code, change);

    private static JsonObject Changed(JsonObject disclosure, string notice, Action<JsonObject>? change)
    {
        change?.Invoke(disclosure);
        return Expect.NoticeBody(notice, disclosure);
    }

    private static object Given(string id, int version) => new { notice = new { id, version }, channel = "email" };

    private static JsonObject Words(string ko, string en) => new() { ["ko"] = ko, ["en"] = en };
}
