using System.Net;
using ConsentLedger.Tests.Harness;

namespace ConsentLedger.Tests.Partners;

public sealed class PartnersTests(Ledgers ledgers) : IClassFixture<Ledgers>
{
    [Theory, BothStores]
    public async Task The_register_starts_with_the_partners_of_the_policy(Store store)
    {
        var partners = (await (await ledgers.On(store)).Client().GetReplyAsync("/v1/partners")).List("partners");
        foreach (var (code, kind, name) in ((string, string, string)[])
        [
            ("areumnet", "processor", "㈜아름넷닷컴"), ("iheart", "processor", "㈜아이하트"), ("inicis", "processor", "㈜이니시스"), ("cj-gls", "processor", "CJ GLS주식회사"),
        ])
        {
            var partner = partners.Single(p => (string)p["code"]! == code);
            Assert.Equal((kind, name, true, false), ((string)partner["kind"]!, (string)partner["name"]!["ko"]!, (bool)partner["active"]!, (bool)partner["standing"]!));
        }

        var vendors = partners.Where(p => ((string)p["code"]!).StartsWith("vendor-sample-", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, vendors.Count);
        Assert.All(vendors, v => Assert.Equal("vendor", (string)v["kind"]!));
        Assert.All(vendors, v => Assert.Equal(["name", "address", "phone", "product_info"], v["purposes"]![0]!["items"].Strings()));
    }

    [Theory, BothStores]
    public async Task The_same_definition_again_changes_nothing_and_another_is_a_new_entry(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var definition = Expect.Partner("vendor", "vendor_delivery", "contract", ["name", "phone"]);
        var first = (await client.RegisterAsync("vendor-again", definition)).Recorded("partner.registered");
        var head = await ledger.HeadAsync();
        var again = (await client.RegisterAsync("vendor-again", definition)).Is(HttpStatusCode.OK);
        Assert.Empty(again.Positions);
        Assert.Equal(first.Json["partner"]!.ToJsonString(), again.Json["partner"]!.ToJsonString());
        Assert.Equal(head, await ledger.HeadAsync());
        Assert.Equal("permit", (string)(await client.DecideAsync("m-again", "vendor-again", "vendor_delivery", "phone")).Json["decision"]!);
        (await client.RegisterAsync("vendor-again", Expect.Partner("vendor", "vendor_delivery", "contract", ["name"]))).Recorded("partner.registered");
        Assert.Equal(["out_of_scope"], (await client.DecideAsync("m-again", "vendor-again", "vendor_delivery", "phone")).Reasons);
        Assert.Single((await client.GetReplyAsync("/v1/partners")).List("partners"), p => (string)p["code"]! == "vendor-again");
    }

    [Theory, BothStores]
    public async Task An_ended_partner_gets_nothing_more_and_is_told_to_delete(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var definition = Expect.Partner("vendor", "vendor_delivery", "contract", ["name"]);
        await client.RegisterAsync("vendor-ended", definition);
        (await client.ProvideAsync("m-ended", "vendor-ended", "vendor_delivery", "name")).Recorded("provision.recorded");
        var ended = (await client.PostReplyAsync("/v1/partners/vendor-ended/end", null)).Recorded("partner.ended");
        Assert.False((bool)ended.Json["partner"]!["active"]!);
        var told = Assert.Single(await ledger.Partner("vendor-ended").EventsAsync("vendor-ended"));
        Assert.Equal("entrustment.ended", (string)told["type"]!);
        Assert.Null(told["subject"]);
        Assert.Equal(ended.Positions[0], (long)told["ledgerposition"]!);
        Assert.NotNull(told["data"]!["acknowledgeBy"]);
        Assert.Equal(["partner_inactive"], (await client.DecideAsync("m-ended", "vendor-ended", "vendor_delivery", "name")).Reasons);
        Assert.Equal(["partner_inactive"], (await client.ProvideAsync("m-ended", "vendor-ended", "vendor_delivery", "name")).IsProblem(HttpStatusCode.Forbidden).Reasons);
        (await client.PostReplyAsync("/v1/partners/vendor-ended/end", null)).Names(HttpStatusCode.Conflict, "code");
        (await ledger.Partner("vendor-ended").AcknowledgeAsync("vendor-ended", ((string)told["id"]!, "done", null))).Recorded("delivery.acknowledged");
        (await client.RegisterAsync("vendor-ended", definition)).Recorded("partner.registered");
        (await client.ProvideAsync("m-ended", "vendor-ended", "vendor_delivery", "name")).Recorded("provision.recorded");
    }

    [Theory, BothStores]
    public async Task A_processor_entrusted_with_all_members_is_told_of_one_that_it_was_never_given(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        (await client.RegisterAsync("standing", new
        {
            kind = "processor",
            name = new { ko = "전산 수탁사", en = "Operator" },
            standing = true,
            purposes = new[] { new { purpose = "website_maintenance", legalBasis = "contract", items = (string[])["name", "mobile"] } },
        })).Recorded("partner.registered");
        var asked = await client.CorrectAsync("m-standing", "mobile", "email");
        Assert.Equal(["standing"], asked.Json["notified"].Strings());
        Assert.Equal(["mobile"], (await ledger.Partner("standing").EventsAsync("standing"))[^1]["data"]!["items"].Strings());
        (await client.RegisterAsync("standing-vendor", new
        {
            kind = "vendor",
            name = new { ko = "벤더", en = "Vendor" },
            standing = true,
            purposes = new[] { new { purpose = "vendor_delivery", legalBasis = "contract", items = (string[])["name"] } },
        })).Names(HttpStatusCode.BadRequest, "standing");
        await client.PostReplyAsync("/v1/partners/standing/end", null);
    }
}
