using System.Net;
using System.Text.Json;
using ConsentLedger.Catalog;
using ConsentLedger.Decisions;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Tests.Harness;

namespace ConsentLedger.Tests.Provisions;

/// <summary>Policy, provision to third parties, exception 4: statistics, in a form in which nobody can be recognised.</summary>
public sealed class StatisticsTests(Ledgers ledgers) : IClassFixture<Ledgers>
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("nobody", "statistics", "product_info", DenyReason.UnknownPartner)]
    [InlineData("ended", "statistics", "product_info", DenyReason.PartnerInactive)]
    [InlineData("inicis", "payment", "payment_info", DenyReason.OutOfScope)] // contract
    [InlineData("inicis", "settlement", "payment_info", DenyReason.OutOfScope)] // settlement
    [InlineData("iheart", "sms_marketing", "mobile", DenyReason.OutOfScope)] // consent
    [InlineData("institute", "delivery", "product_info", DenyReason.OutOfScope)] // not served
    [InlineData("institute", "statistics", "unknown_item", DenyReason.StatisticsNotAnonymous)]
    [InlineData("institute", "statistics", "name", DenyReason.StatisticsNotAnonymous)]
    [InlineData("institute", "statistics", "product_info name", DenyReason.StatisticsNotAnonymous)]
    [InlineData("institute", "statistics", "product_info", null)]
    [InlineData("institute", "vendor_delivery", "product_info", DenyReason.NoticeNotEffective)] // notified of later on
    [InlineData("institute", "vendor_delivery", "name", DenyReason.StatisticsNotAnonymous)]
    public void The_rule(string partner, string purpose, string items, DenyReason? reason)
    {
        var verdict = StatisticsRule.Decide(new(partner, purpose, items.Split(' ')), Catalog(), Now);
        Assert.Equal(reason is null ? [] : [reason.Value], verdict.Reasons);
        Assert.Equal(items.Split(' '), verdict.Items.Select(i => i.Item));
    }

    [Fact]
    public void Each_item_has_its_own_reason_and_all_of_them_are_reported_in_order()
    {
        var verdict = StatisticsRule.Decide(new("institute", "vendor_delivery", ["name", "product_info"]), Catalog(), Now);
        Assert.Equal([DenyReason.NoticeNotEffective, DenyReason.StatisticsNotAnonymous], verdict.Reasons);
        Assert.Equal([[DenyReason.StatisticsNotAnonymous], [DenyReason.NoticeNotEffective]], verdict.Items.Select(i => i.Reasons));
    }

    // Ledgers that began before items said so: what is not known to be harmless is not given away.
    [Fact]
    public void An_item_of_an_older_catalog_identifies()
    {
        var stored = JsonSerializer.Deserialize<ItemDefinition>("""{"code":"product_info","name":{"ko":"물품정보","en":"Product information"}}""", LedgerJson.Options)!;
        Assert.True(stored.Identifying);
        var harmless = JsonSerializer.Serialize(stored with { Identifying = false }, LedgerJson.Options);
        Assert.False(JsonSerializer.Deserialize<ItemDefinition>(harmless, LedgerJson.Options)!.Identifying);
        Assert.Equal(["product_info"], Shipped().Items.Where(i => !i.Identifying).Select(i => i.Code));
    }

    [Theory, BothStores]
    public async Task Statistics_are_recorded_about_nobody(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        await EngageAsync(client, "institute-one");
        var reply = (await client.PostReplyAsync("/v1/provisions", Statistics("institute-one", "statistics", "product_info"), key: "statistics-1")).Recorded("provision.recorded");
        Assert.Equal("anonymised_statistics", (string)reply.Json["legalBasis"]!);
        var again = (await client.PostReplyAsync("/v1/provisions", Statistics("institute-one", "statistics", "product_info"), key: "statistics-1")).Recorded("provision.recorded");
        Assert.Equal(reply.Text, again.Text);
        var entry = (await client.GetReplyAsync($"/v1/ledger/entries/{reply.Positions[0]}")).Is(HttpStatusCode.OK).Json;
        Assert.Null(entry["subject"]);
        Assert.Null(entry["sealed"]);
        Assert.Equal("institute-one", (string)entry["partner"]!);
        Assert.Equal("""{"purpose":"statistics","items":["product_info"],"legalBasis":"anonymised_statistics"}""", entry["data"]!.ToJsonString());
        // It holds nobody's data, so a correction does not concern it; and for a member the ground never serves.
        await client.ProvideAsync("m-statistics", "cj-gls", "delivery", "name");
        Assert.Equal(["cj-gls"], (await client.CorrectAsync("m-statistics", "name")).Json["notified"].Strings());
        Assert.Equal(["statistics_not_anonymous"], (await client.ProvideAsync("m-statistics-2", "institute-one", "statistics", "product_info")).IsProblem(HttpStatusCode.Forbidden).Reasons);
    }

    [Theory, BothStores]
    public async Task What_is_refused_is_recorded_without_a_subject(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        await EngageAsync(client, "institute-two");
        await EngageAsync(client, "institute-ended");
        (await client.PostReplyAsync("/v1/partners/institute-ended/end", null)).Recorded("partner.ended");
        await client.RegisterAsync("institute-unnotified", Expect.Partner("third_party", "statistics", "anonymised_statistics", ["product_info"]));
        foreach (var (partner, purpose, items, reasons) in ((string, string, string[], string[])[])
        [
            ("institute-two", "statistics", ["name", "product_info"], ["statistics_not_anonymous"]),
            ("institute-two", "payment", ["payment_info"], ["out_of_scope"]),
            ("inicis", "payment", ["payment_info"], ["out_of_scope"]),
            ("iheart", "sms_marketing", ["mobile"], ["out_of_scope"]),
            ("institute-ended", "statistics", ["product_info"], ["partner_inactive"]),
            ("institute-unnotified", "statistics", ["product_info"], ["notice_not_effective"]),
            ("institute-unknown", "statistics", ["product_info"], ["unknown_partner"]),
        ])
        {
            var reply = (await client.PostReplyAsync("/v1/provisions", Statistics(partner, purpose, items))).IsProblem(HttpStatusCode.Forbidden);
            Assert.Equal(reasons, reply.Reasons);
            Assert.Equal(partner == "institute-unknown" ? ["partner"] : [], reply.Fields);
            var entry = (await client.GetReplyAsync($"/v1/ledger/entries/{Assert.Single(reply.Headers.GetValues("Ledger-Position"))}")).Json;
            Assert.Equal(("provision.denied", partner), ((string)entry["type"]!, (string)entry["partner"]!));
            Assert.Null(entry["subject"]);
            Assert.Equal(reasons, entry["data"]!["reasons"].Strings());
        }

        var head = await ledger.HeadAsync();
        (await client.PostReplyAsync("/v1/provisions", Statistics("institute-two", "no_such", "no_such"))).Names(HttpStatusCode.BadRequest, "purpose", "items[0]");
        (await client.PostReplyAsync("/v1/provisions", new { partner = "institute-two", purpose = "statistics", items = (string[])["product_info"], member = "m-1" })).Names(HttpStatusCode.BadRequest, "member");
        (await client.PostReplyAsync("/v1/provisions", Statistics("institute-two", "statistics"))).Names(HttpStatusCode.BadRequest, "items");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task A_partner_for_statistics_cannot_be_registered_with_an_item_that_identifies(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var head = await ledger.HeadAsync();
        (await client.RegisterAsync("institute-names", Expect.Partner("processor", "vendor_delivery", "anonymised_statistics", ["product_info", "name", "address"])))
            .Names(HttpStatusCode.BadRequest, "purposes[0].items[1]", "purposes[0].items[2]");
        Assert.Equal(head, await ledger.HeadAsync());
        (await client.RegisterAsync("institute-goods", Expect.Partner("processor", "vendor_delivery", "anonymised_statistics", ["product_info"]))).Recorded("partner.registered");
    }

    /// <summary>Registers a partner that is given statistics, and notifies of it.</summary>
    internal static async Task EngageAsync(HttpClient client, string code)
    {
        (await client.RegisterAsync(code, Expect.Partner("third_party", "statistics", "anonymised_statistics", ["product_info"]))).Recorded("partner.registered");
        (await client.PublishAsync(Expect.NoticeBody($"{code}-notice", Expect.Disclosure("statistics", code, "product_info")))).Recorded("notice.published");
    }

    private static object Statistics(string partner, string purpose, params string[] items) => new { partner, purpose, items };

    private static CatalogFile Shipped() =>
        JsonSerializer.Deserialize<CatalogFile>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Catalog", "catalog.json")), ApiJson.Options)!;

    // The catalog that ships, and an institute that is given statistics for two purposes, of which one is notified.
    private static CatalogState Catalog()
    {
        Partner Institute(string code) => new()
        {
            Code = code,
            Kind = PartnerKind.ThirdParty,
            Name = new() { Ko = "연구소", En = "Institute" },
            Purposes =
            [
                new() { Purpose = "statistics", LegalBasis = LegalBasis.AnonymisedStatistics, Items = ["product_info"] },
                // As a ledger may hold it from before registration refused it.
                new() { Purpose = "vendor_delivery", LegalBasis = LegalBasis.AnonymisedStatistics, Items = ["product_info", "name"] },
            ],
        };
        var words = new LocalText { Ko = "통계", En = "statistics" };
        Disclosure Of(string purpose) => new() { Purpose = purpose, Recipient = "institute", RecipientName = words, PurposeOfUse = words, Items = ["product_info", "name"], Retention = words, RightToRefuse = words };
        IEnumerable<EntryData> entries =
        [
            .. CatalogLoader.Decide(Shipped(), Now).Entries.Select(e => e.Data),
            new PartnerRegistered(Institute("institute")),
            new PartnerRegistered(Institute("ended")),
            new PartnerEnded("ended"),
            new NoticePublished(new() { Id = "now", Version = 1, Title = words, EffectiveAt = Now, Disclosures = [Of("statistics")] }),
            new NoticePublished(new() { Id = "later", Version = 1, Title = words, EffectiveAt = Now.AddSeconds(1), Disclosures = [Of("vendor_delivery")] }),
        ];
        return entries.Index().Aggregate(CatalogState.Empty, (catalog, e) => catalog.Apply(
            new() { Position = e.Index + 1, Type = EntryTypes.NameOf(e.Item), RecordedAt = Now, Data = e.Item }));
    }
}
