using System.Text.Json;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Decisions;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;

namespace ConsentLedger.Tests.Decisions;

/// <summary>The rule as tables, on the catalog that ships: a row for each clause of the policy and for each reason.</summary>
public sealed class DecisionRuleTests
{
    private const string Shipped = "third-party-provision";

    private static readonly DateTimeOffset Now = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);
    private static readonly Guid Subject = Guid.CreateVersion7(Now);

    private readonly Member member = new();
    private CatalogState catalog = ShippedCatalog();

    [Theory]
    // Exception 1, performance of the contract: delivery, direct shipment by vendors, payment.
    [InlineData("cj-gls", "delivery", "name address phone mobile", LegalBasis.Contract)]
    [InlineData("vendor-sample-a", "vendor_delivery", "name address phone product_info", LegalBasis.Contract)]
    [InlineData("vendor-sample-b", "vendor_delivery", "name", LegalBasis.Contract)]
    [InlineData("inicis", "payment", "name phone mobile payment_info", LegalBasis.Contract)]
    // Exception 2, settlement.
    [InlineData("inicis", "settlement", "name payment_info", LegalBasis.Settlement)]
    // Entrustment of web maintenance.
    [InlineData("areumnet", "website_maintenance", "name business_registration_number", LegalBasis.Contract)]
    public void What_the_contract_needs_goes_out_without_consent(string partner, string purpose, string items, LegalBasis ground)
    {
        var verdict = Decide(partner, purpose, items);
        Assert.True(verdict.Permitted);
        Assert.Empty(verdict.Reasons);
        Assert.Equal(ground, verdict.LegalBasis);
        Assert.Null(verdict.Notice);
        Assert.All(verdict.Items, item => Assert.True(item.Permitted));
    }

    [Theory]
    [InlineData("areumnet", "email_marketing", "name phone mobile address business_registration_number")]
    [InlineData("iheart", "sms_marketing", "name mobile")]
    [InlineData(null, "telemarketing", "name address phone mobile business_registration_number")]
    public void Marketing_needs_consent_and_rests_on_the_notice_that_was_shown(string? partner, string purpose, string items)
    {
        Assert.Equal([DenyReason.NoConsent], Decide(partner, purpose, items).Reasons);
        member.Grants(purpose, Shipped, 1);
        var verdict = Decide(partner, purpose, items);
        Assert.True(verdict.Permitted);
        Assert.Equal(LegalBasis.Consent, verdict.LegalBasis);
        Assert.Equal(new NoticeReference { Id = Shipped, Version = 1 }, verdict.Notice);
        member.Withdraws(purpose);
        Assert.Equal([DenyReason.ConsentWithdrawn], Decide(partner, purpose, items).Reasons);
        member.Refuses(purpose, Shipped, 1);
        Assert.Equal([DenyReason.ConsentRefused], Decide(partner, purpose, items).Reasons);
        member.Grants(purpose, Shipped, 1);
        Assert.True(Decide(partner, purpose, items).Permitted);
    }

    [Theory]
    [InlineData("nobody", "delivery", "name", DenyReason.UnknownPartner)]
    // Out of scope by purpose: served by another partner, served by nobody, no use of the shop's own.
    [InlineData("inicis", "delivery", "name", DenyReason.OutOfScope)]
    [InlineData("cj-gls", "email_marketing", "name", DenyReason.OutOfScope)]
    [InlineData("cj-gls", "no_such_purpose", "name", DenyReason.OutOfScope)]
    [InlineData(null, "delivery", "name", DenyReason.OutOfScope)]
    [InlineData("areumnet", "telemarketing", "name", DenyReason.OutOfScope)]
    // Out of scope by item: of another purpose, unknown to the catalog.
    [InlineData("cj-gls", "delivery", "payment_info", DenyReason.OutOfScope)]
    [InlineData("vendor-sample-a", "vendor_delivery", "mobile", DenyReason.OutOfScope)]
    [InlineData("inicis", "payment", "no_such_item", DenyReason.OutOfScope)]
    public void Outside_what_was_notified_nothing_goes_out(string? partner, string purpose, string items, DenyReason reason)
    {
        foreach (var optIn in (string[])["email_marketing", "telemarketing"])
            member.Grants(optIn, Shipped, 1);
        var verdict = Decide(partner, purpose, items);
        Assert.False(verdict.Permitted);
        Assert.Equal([reason], verdict.Reasons);
        Assert.All(verdict.Items, item => Assert.Equal([reason], item.Reasons));
    }

    [Fact]
    public void One_item_out_of_scope_denies_the_whole_and_says_which()
    {
        var verdict = Decide("cj-gls", "delivery", "name payment_info address");
        Assert.False(verdict.Permitted);
        Assert.Equal([true, false, true], verdict.Items.Select(i => i.Permitted));
        Assert.Equal(["name", "payment_info", "address"], verdict.Items.Select(i => i.Item));
    }

    [Fact]
    public void A_partner_whose_entrustment_ended_gets_nothing_until_it_is_registered_again()
    {
        Append(new PartnerEnded("cj-gls"));
        var verdict = Decide("cj-gls", "delivery", "name");
        Assert.Equal([DenyReason.PartnerInactive], verdict.Reasons);
        Assert.Equal(LegalBasis.Contract, verdict.LegalBasis);
        Assert.True(Decide("inicis", "payment", "name").Permitted);
        Append(new PartnerRegistered(Processor("cj-gls", "delivery", LegalBasis.Contract, "name")));
        Assert.True(Decide("cj-gls", "delivery", "name").Permitted);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(60_000_000, false)]
    public void A_processor_gets_nothing_before_its_notice_is_in_force(long microsecondsUntil, bool permitted)
    {
        Append(new PartnerRegistered(Processor("courier", "delivery", LegalBasis.Contract, "name")));
        Assert.Equal([DenyReason.NoticeNotEffective], Decide("courier", "delivery", "name").Reasons);
        Append(new NoticePublished(Notice("courier-notice", 1, Now.AddMicroseconds(microsecondsUntil), Disclose("delivery", "courier", "name"))));
        var verdict = Decide("courier", "delivery", "name");
        Assert.Equal(permitted, verdict.Permitted);
        Assert.Equal(permitted ? [] : [DenyReason.NoticeNotEffective], verdict.Reasons);
    }

    [Fact]
    public void A_later_version_in_force_replaces_what_the_one_before_it_said()
    {
        Append(new NoticePublished(Notice(Shipped, 2, Now, Disclose("delivery", "cj-gls", "name"))));
        Assert.True(Decide("cj-gls", "delivery", "name").Permitted);
        Assert.Equal([DenyReason.OutOfScope], Decide("cj-gls", "delivery", "address").Reasons);
        Assert.Equal([DenyReason.NoticeNotEffective], Decide("inicis", "payment", "name").Reasons);
    }

    [Fact]
    public void A_version_that_is_not_yet_in_force_replaces_nothing()
    {
        Append(new NoticePublished(Notice(Shipped, 2, Now.AddSeconds(1), Disclose("delivery", "cj-gls", "name"))));
        Assert.True(Decide("cj-gls", "delivery", "address").Permitted);
        Assert.True(Decide("inicis", "payment", "name").Permitted);
    }

    [Fact]
    public void A_consent_covers_what_its_own_notice_version_said_and_nothing_that_a_later_one_adds()
    {
        Append(new PartnerRegistered(Partner("insurer", PartnerKind.ThirdParty, "partner_offers", LegalBasis.Consent, "name", "mobile", "email")));
        Append(new NoticePublished(Notice("offers", 1, Now, Disclose("partner_offers", "insurer", "name"))));
        Append(new NoticePublished(Notice("offers", 2, Now, Disclose("partner_offers", "insurer", "name", "email"))));
        member.Grants("partner_offers", "offers", 1);
        Assert.True(Decide("insurer", "partner_offers", "name").Permitted);
        Assert.Equal([DenyReason.OutOfScope], Decide("insurer", "partner_offers", "email").Reasons);
        member.Grants("partner_offers", "offers", 2);
        var verdict = Decide("insurer", "partner_offers", "name email");
        Assert.True(verdict.Permitted);
        Assert.Equal(2, verdict.Notice!.Version);
    }

    [Fact]
    public void A_consent_does_not_reach_a_partner_that_its_notice_did_not_name()
    {
        Append(new PartnerRegistered(Processor("mailer", "email_marketing", LegalBasis.Consent, "name")));
        member.Grants("email_marketing", Shipped, 1);
        Assert.Equal([DenyReason.NoConsent], Decide("mailer", "email_marketing", "name").Reasons);
    }

    [Fact]
    public void A_notice_that_names_every_vendor_covers_one_that_joins_later_and_no_other_kind()
    {
        Append(new PartnerRegistered(Partner("vendor-new", PartnerKind.Vendor, "vendor_delivery", LegalBasis.Contract, "name", "address")));
        Append(new PartnerRegistered(Processor("forwarder", "vendor_delivery", LegalBasis.Contract, "name")));
        Assert.True(Decide("vendor-new", "vendor_delivery", "name address").Permitted);
        Assert.Equal([DenyReason.OutOfScope], Decide("vendor-new", "vendor_delivery", "phone").Reasons);
        Assert.Equal([DenyReason.NoticeNotEffective], Decide("forwarder", "vendor_delivery", "name").Reasons);
    }

    // Exception 3: identity verification against misuse. Exception 5: law. Each once its notice is in force.
    [Theory]
    [InlineData(LegalBasis.IdentityVerification)]
    [InlineData(LegalBasis.LegalObligation)]
    public void Identity_verification_and_legal_obligations_are_grounds_of_their_own(LegalBasis ground)
    {
        Append(new PartnerRegistered(Processor("verifier", "identity_verification", ground, "name", "mobile")));
        Append(new NoticePublished(Notice("verification", 1, Now, Disclose("identity_verification", "verifier", "name", "mobile"))));
        var verdict = Decide("verifier", "identity_verification", "name mobile");
        Assert.True(verdict.Permitted);
        Assert.Equal(ground, verdict.LegalBasis);
    }

    // Exception 4: statistics only in a form that identifies nobody, so never about a member.
    [Fact]
    public void Statistics_never_carry_a_member()
    {
        Append(new PartnerRegistered(Processor("research", "statistics", LegalBasis.AnonymisedStatistics, "product_info")));
        Append(new NoticePublished(Notice("research-notice", 1, Now, Disclose("statistics", "research", "product_info"))));
        var verdict = Decide("research", "statistics", "product_info");
        Assert.Equal([DenyReason.StatisticsNotAnonymous], verdict.Reasons);
        Assert.Equal(LegalBasis.AnonymisedStatistics, verdict.LegalBasis);
    }

    // Members' rights, clause 3: until a correction is complete the data is neither used nor provided.
    [Fact]
    public void Items_under_correction_are_neither_used_nor_provided_until_the_last_correction_of_them_is_settled()
    {
        member.Grants("telemarketing", Shipped, 1);
        var first = member.Corrects("mobile", "name");
        var second = member.Corrects("mobile");
        foreach (var (partner, purpose) in (ReadOnlySpan<(string?, string)>)[("cj-gls", "delivery"), (null, "telemarketing")])
        {
            var verdict = Decide(partner, purpose, "name address mobile");
            Assert.Equal([DenyReason.CorrectionPending], verdict.Reasons);
            Assert.Equal([false, true, false], verdict.Items.Select(i => i.Permitted));
            Assert.True(Decide(partner, purpose, "address phone").Permitted);
        }

        member.Settles(new CorrectionCompleted { CorrectionId = first, Items = ["mobile", "name"] });
        Assert.Equal([false, true], Decide("cj-gls", "delivery", "mobile name").Items.Select(i => i.Permitted));
        member.Settles(new CorrectionRejected { CorrectionId = second, Items = ["mobile"] });
        Assert.True(Decide("cj-gls", "delivery", "mobile name").Permitted);
    }

    [Fact]
    public void Reasons_are_the_union_over_the_items_in_the_order_of_the_contract_whatever_the_order_of_the_items()
    {
        member.Corrects("mobile", "payment_info");
        DenyReason[] both = [DenyReason.OutOfScope, DenyReason.CorrectionPending];
        Assert.Equal(both, Decide("cj-gls", "delivery", "mobile email name").Reasons);
        Assert.Equal(both, Decide("cj-gls", "delivery", "email name mobile").Reasons);
        var one = Decide("cj-gls", "delivery", "name payment_info");
        Assert.Equal(both, one.Reasons);
        Assert.Equal(both, one.Items[1].Reasons);
        Assert.Empty(one.Items[0].Reasons);
    }

    [Fact]
    public void The_order_of_reasons_is_the_one_of_the_contract() => Assert.Equal(
        [
            "unknown_partner", "partner_inactive", "notice_not_effective", "out_of_scope", "no_consent", "consent_refused", "consent_withdrawn",
            "consent_expired", "guardian_required", "correction_pending", "processing_suspended", "member_restricted", "night_time",
            "statistics_not_anonymous",
        ],
        Enum.GetValues<DenyReason>().Select(r => JsonSerializer.Deserialize<string>(JsonSerializer.Serialize(r, LedgerJson.Options))));

    [Fact]
    public void Every_reason_is_a_sentence_in_both_languages()
    {
        foreach (var reason in Enum.GetValues<DenyReason>())
        {
            var text = Texts.Of(reason);
            Assert.Contains(text.In(Language.Korean), c => c is >= '가' and <= '힣');
            Assert.DoesNotContain(text.In(Language.English), c => c is >= '가' and <= '힣');
            Assert.EndsWith(".", text.En, StringComparison.Ordinal);
        }
    }

    internal static CatalogState ShippedCatalog()
    {
        var file = JsonSerializer.Deserialize<CatalogFile>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Catalog", "catalog.json")), ApiJson.Options)!;
        return CatalogLoader.Decide(file, Now).Entries.Aggregate(CatalogState.Empty, (state, entry) => state.Apply(Entry(1, entry.Data)));
    }

    private static LedgerEntry Entry(long position, EntryData data, string? partner = null) => new()
    {
        Position = position,
        Type = EntryTypes.NameOf(data),
        RecordedAt = Now,
        Subject = Subject,
        Partner = partner,
        Data = data,
    };

    private static Partner Processor(string code, string purpose, LegalBasis ground, params string[] items) =>
        Partner(code, PartnerKind.Processor, purpose, ground, items);

    private static Partner Partner(string code, PartnerKind kind, string purpose, LegalBasis ground, params string[] items) => new()
    {
        Code = code,
        Kind = kind,
        Name = Words(code),
        Purposes = [new() { Purpose = purpose, LegalBasis = ground, Items = [.. items] }],
    };

    private static Notice Notice(string id, int version, DateTimeOffset effectiveAt, params Disclosure[] disclosures) => new()
    {
        Id = id,
        Version = version,
        Title = Words(id),
        EffectiveAt = effectiveAt,
        Disclosures = [.. disclosures],
    };

    private static Disclosure Disclose(string purpose, string recipient, params string[] items) => new()
    {
        Purpose = purpose,
        Recipient = recipient,
        RecipientName = Words(recipient),
        PurposeOfUse = Words(purpose),
        Items = [.. items],
        Retention = Words("one year"),
        RightToRefuse = Words("yes"),
    };

    private static LocalText Words(string text) => new() { Ko = text, En = text };

    private void Append(EntryData data) => catalog = catalog.Apply(Entry(1, data));

    private Verdict Decide(string? partner, string purpose, string items) =>
        DecisionRule.Decide(member.State, new(partner, purpose, items.Split(' ')), catalog, Now);

    /// <summary>A member whose state is the fold of what it did.</summary>
    private sealed class Member
    {
        private static readonly Actor Self = new() { Kind = ActorKind.Member };

        public SubjectState State { get; private set; } = SubjectState.New(Subject);

        public void Grants(string purpose, string notice, int version) => Append(new ConsentGranted
        {
            Purpose = purpose,
            Notice = new() { Id = notice, Version = version },
            OccurredAt = Now,
            Actor = Self,
            Channel = Channel.Web,
        });

        public void Refuses(string purpose, string notice, int version) => Append(new ConsentRefused
        {
            Purpose = purpose,
            Notice = new() { Id = notice, Version = version },
            OccurredAt = Now,
            Actor = Self,
            Channel = Channel.Web,
        });

        public void Withdraws(string purpose) =>
            Append(new ConsentWithdrawn { Purpose = purpose, OccurredAt = Now, Actor = Self, Channel = Channel.Web });

        public Guid Corrects(params string[] items)
        {
            var id = Guid.CreateVersion7(Now);
            Append(new CorrectionRequested { CorrectionId = id, Items = [.. items], Actor = Self, Channel = Channel.Phone, DueAt = Now });
            return id;
        }

        public void Settles(CorrectionEntry result) => Append(result);

        private void Append(EntryData data) => State = State.Apply(Entry(State.Position + 1, data));
    }
}
