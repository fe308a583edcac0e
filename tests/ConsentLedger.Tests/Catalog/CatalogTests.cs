using System.Net;
using ConsentLedger.Tests.Harness;

namespace ConsentLedger.Tests.Catalog;

public sealed class CatalogTests(Ledgers ledgers) : IClassFixture<Ledgers>
{
    [Theory, BothStores]
    public async Task The_notice_that_ships_is_readable_by_anybody_and_states_the_five_facts_in_both_languages(Store store)
    {
        using var anybody = (await ledgers.On(store)).Client("");
        var notice = (await anybody.GetReplyAsync("/v1/notices/third-party-provision/versions/1")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(
            ["delivery", "email_marketing", "night_marketing", "partner_offers", "payment", "settlement", "sms_marketing", "telemarketing", "vendor_delivery", "website_maintenance"],
            notice["disclosures"]!.AsArray().Select(d => (string)d!["purpose"]!).Order(StringComparer.Ordinal));
        Assert.All(notice["disclosures"]!.AsArray(), d =>
        {
            foreach (var fact in (string[])["recipientName", "purposeOfUse", "retention", "rightToRefuse"])
            {
                Assert.NotEmpty((string)d![fact]!["ko"]!);
                Assert.NotEmpty((string)d[fact]!["en"]!);
            }

            Assert.NotEmpty(d!["items"].Strings());
        });
        Assert.Contains((await anybody.GetReplyAsync("/v1/notices")).List("notices"), n => n.ToJsonString() == notice.ToJsonString());
    }

    [Theory, BothStores]
    public async Task Versions_follow_each_other_and_are_entries(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        foreach (var version in (int[])[1, 2, 3])
        {
            var notice = Expect.NoticeBody("in-order", Expect.Disclosure("sms_marketing", "iheart", version == 1 ? ["name"] : ["name", "mobile"]));
            if (version == 2)
                notice["version"] = version;
            var published = (await client.PublishAsync(notice)).Recorded("notice.published");
            Assert.Equal(version, (int)published.Json["notice"]!["version"]!);
            Assert.Equal(
                published.Json["notice"]!.ToJsonString(), (await client.GetReplyAsync($"/v1/notices/in-order/versions/{version}")).Json.ToJsonString());
        }

        var skipped = Expect.NoticeBody("in-order", Expect.Disclosure("sms_marketing", "iheart", "name"));
        foreach (var version in (int[])[1, 3, 5, 0, -1, int.MaxValue])
        {
            skipped["version"] = version;
            (await client.PublishAsync(skipped)).Names(HttpStatusCode.BadRequest, "version");
        }

        (await client.GetReplyAsync("/v1/notices/in-order/versions/4")).Names(HttpStatusCode.NotFound, "version");
        (await client.GetReplyAsync("/v1/notices/out-of-order/versions/1")).Names(HttpStatusCode.NotFound, "id");
    }

    [Theory, BothStores]
    public async Task Of_many_that_publish_the_next_version_at_once_one_does(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        var notice = Expect.NoticeBody("contested", Expect.Disclosure("sms_marketing", "iheart", "name"));
        notice["version"] = 1;
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.PublishAsync(notice)));
        Assert.Single(replies, r => r.Status == HttpStatusCode.Created);
        Assert.All(replies.Where(r => r.Status != HttpStatusCode.Created), r => r.Names(HttpStatusCode.BadRequest, "version"));
    }

    [Theory, BothStores]
    public async Task A_new_version_changes_what_is_covered_only_for_those_who_agree_to_it(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        await client.RegisterAsync("insurer", Expect.Partner("third_party", "partner_offers", "consent", ["name", "email"]));
        (await client.PublishAsync(Expect.NoticeBody("insurer-offers", Expect.Disclosure("partner_offers", "insurer", "name")))).Recorded("notice.published");
        (await client.ConsentOnAsync("m-version", "insurer-offers", 1, ("partner_offers", true))).Recorded("consent.granted");
        (await client.ProvideAsync("m-version", "insurer", "partner_offers", "name")).Recorded("provision.recorded");
        (await client.PublishAsync(Expect.NoticeBody("insurer-offers", Expect.Disclosure("partner_offers", "insurer", "name", "email")))).Recorded("notice.published");
        Assert.Equal(["out_of_scope"], (await client.ProvideAsync("m-version", "insurer", "partner_offers", "email")).IsProblem(HttpStatusCode.Forbidden).Reasons);
        (await client.ConsentOnAsync("m-version", "insurer-offers", 2, ("partner_offers", true))).Recorded("consent.granted");
        (await client.ProvideAsync("m-version", "insurer", "partner_offers", "email")).Recorded("provision.recorded");
        Assert.Equal([1, 2], (await client.GetReplyAsync("/v1/members/m-version/provisions")).List("provisions").Select(p => (int)p["notice"]!["version"]!));
        (await client.ConsentOnAsync("m-version", "insurer-offers", 1, ("sms_marketing", true))).Names(HttpStatusCode.BadRequest, "choices[0].purpose");
    }

    [Theory, BothStores]
    public async Task A_new_courier_gets_nothing_before_its_notice_is_in_force(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        (await client.RegisterAsync("courier", Expect.Partner("processor", "delivery", "contract", ["name", "address"]))).Recorded("partner.registered");
        Assert.Equal(["notice_not_effective"], (await client.ProvideAsync("m-courier", "courier", "delivery", "name")).IsProblem(HttpStatusCode.Forbidden).Reasons);
        var later = Expect.NoticeBody("courier-notice", Expect.Disclosure("delivery", "courier", "name", "address"));
        later["effectiveAt"] = "2999-01-01T00:00:00+09:00";
        (await client.PublishAsync(later)).Recorded("notice.published");
        Assert.Equal(["notice_not_effective"], (await client.DecideAsync("m-courier", "courier", "delivery", "name")).Reasons);
        (await client.PublishAsync(Expect.NoticeBody("courier-notice", Expect.Disclosure("delivery", "courier", "name")))).Recorded("notice.published");
        (await client.ProvideAsync("m-courier", "courier", "delivery", "name")).Recorded("provision.recorded");
        Assert.Equal(["out_of_scope"], (await client.DecideAsync("m-courier", "courier", "delivery", "address")).Reasons);
    }

    [Theory, BothStores]
    public async Task The_officers_desk_and_the_bodies_outside_are_public(Store store)
    {
        using var anybody = (await ledgers.On(store)).Client("");
        var contacts = (await anybody.GetReplyAsync("/v1/contacts")).List("contacts");
        Assert.Equal(["privacy-officer", "dispute-mediation", "privacy-mark", "prosecution-cybercrime", "police-cyberterror"], contacts.Select(c => (string)c["code"]!));
        Assert.Equal("02-1899-6800", (string)contacts[0]["phone"]!);
        Assert.All(contacts, c => Assert.True(c["phone"] is not null || c["url"] is not null));
    }
}
