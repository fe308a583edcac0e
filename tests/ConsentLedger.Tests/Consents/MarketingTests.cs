using System.Net;
using ConsentLedger.Rights;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using static ConsentLedger.Tests.Consents.ConsentsTests;

namespace ConsentLedger.Tests.Consents;

/// <summary>Policy, entrustment 가 1: telemarketing, e-mail and text messages; Network Act art. 50: quiet nights, results told, consents reconfirmed.</summary>
public sealed class MarketingTests(ClockedLedgers ledgers, PostgresServer postgres) : IClassFixture<ClockedLedgers>
{
    private static readonly (string Purpose, string? Partner)[] Senders = [("telemarketing", null), ("sms_marketing", "iheart"), ("email_marketing", "areumnet")];

    [Theory, BothStores]
    public async Task From_21_to_8_in_Seoul_advertising_but_email_needs_a_consent_of_its_own(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.ConsentAsync("m-day", ("telemarketing", true), ("sms_marketing", true), ("email_marketing", true));
        await client.ConsentAsync("m-night", ("telemarketing", true), ("sms_marketing", true), ("email_marketing", true), ("night_marketing", true));
        clock.MoveTo(new TimeOnly(12, 0));
        foreach (var (time, night) in ((TimeOnly, bool)[])
        [
            (new(20, 59, 59, 999, 999), false), (new(21, 0), true), (new(23, 59, 59), true), (new(0, 0), true), (new(7, 59, 59, 999, 999), true), (new(8, 0), false),
        ])
        {
            clock.MoveTo(time);
            foreach (var (purpose, partner) in Senders)
            {
                Check(await Ask("m-day", purpose, partner), night && purpose != "email_marketing");
                Check(await Ask("m-night", purpose, partner), quiet: false);
            }

            // An order is delivered at any hour, and who never agreed is not asked what time it is.
            (await client.DecideAsync("m-day", "cj-gls", "delivery", "name")).Permits();
            (await Ask("m-nobody", "telemarketing", null)).Denies("no_consent");
        }

        static void Check(Reply reply, bool quiet) => _ = quiet ? reply.Denies("night_time") : reply.Permits();

        Task<Reply> Ask(string member, string purpose, string? partner) =>
            client.PostReplyAsync($"/v1/members/{member}/decisions", new { partner, purpose, items = (string[])["name", "mobile"] });
    }

    [Theory, BothStores]
    public async Task A_provision_at_night_is_denied_for_the_night_alone_and_a_list_is_scrubbed_of_it(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.ConsentAsync("m-quiet", ("sms_marketing", true));
        await client.ConsentAsync("m-awake", ("sms_marketing", true), ("night_marketing", true));
        clock.MoveTo(new TimeOnly(22, 0));
        Assert.Equal(["night_time"], (await client.ProvideAsync("m-quiet", "iheart", "sms_marketing", "mobile")).IsProblem(HttpStatusCode.Forbidden).Reasons);
        (await client.ProvideAsync("m-awake", "iheart", "sms_marketing", "mobile")).Recorded("provision.recorded");
        var many = (await client.PostReplyAsync("/v1/decisions", new { members = (string[])["m-quiet", "m-awake"], partner = "iheart", purpose = "sms_marketing", items = (string[])["mobile"] }))
            .List("decisions");
        Assert.Equal(["deny", "permit"], many.Select(d => (string)d["decision"]!));
        // The night's consent ends like any other.
        await client.WithdrawAsync("m-awake", "night_marketing");
        (await client.DecideAsync("m-awake", "iheart", "sms_marketing", "mobile")).Denies("night_time");
    }

    [Theory, BothStores]
    public async Task How_a_choice_on_advertising_was_handled_is_told_within_14_days(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        var by = Clocks.Due(clock.Now, Periods.MarketingResult);
        (await client.ConsentAsync("m-notice", ("email_marketing", true), ("sms_marketing", false), ("partner_offers", true))).Recorded("consent.granted", "consent.refused", "consent.granted");
        (await client.WithdrawAsync("m-notice", "telemarketing")).Recorded("consent.withdrawn");
        var owed = await client.ObligationsAsync("member=m-notice&kind=marketing_result_notice");
        Assert.Equal(3, owed.Count);
        Assert.All(owed, o => Assert.Equal(("open", by), ((string)o["status"]!, o["dueAt"].Instant())));
        Assert.Equal(by, (await client.EntriesAsync("m-notice"))[0]["data"]!["resultNoticeBy"].Instant());

        var told = (await Tell("email_marketing", "telemarketing")).Recorded("consent.result_notified", "consent.result_notified");
        Assert.Equal(["settled", "open", "settled"], (await client.ObligationsAsync("member=m-notice&kind=marketing_result_notice")).Select(o => (string)o["status"]!));
        Assert.Equal(told.Positions[0], (long)(await client.ObligationsAsync("member=m-notice&kind=marketing_result_notice"))[0]["settledPosition"]!);
        // A later choice takes the place of the one before it.
        clock.Advance(TimeSpan.FromDays(2));
        (await client.ConsentAsync("m-notice", ("sms_marketing", true))).Recorded("consent.granted");
        Assert.Equal(["settled", "settled", "settled", "open"], (await client.ObligationsAsync("member=m-notice&kind=marketing_result_notice")).Select(o => (string)o["status"]!));
        clock.MoveTo(Clocks.Due(clock.Now, Periods.MarketingResult) + TestClock.Tick);
        Assert.Equal(["marketing_result_notice=overdue"], await client.OwedAsync("m-notice", "status=overdue"));
        // Nobody is told of a choice that was never made, or of one that is no advertising.
        (await Tell("night_marketing")).Names(HttpStatusCode.BadRequest, "purposes[0]");
        (await Tell("sms_marketing", "partner_offers")).Names(HttpStatusCode.BadRequest, "purposes[1]");
        (await Tell("radio")).Names(HttpStatusCode.BadRequest, "purposes[0]");
        (await Tell()).Names(HttpStatusCode.BadRequest, "purposes");
        (await Tell("sms_marketing")).Recorded("consent.result_notified");
        Assert.Empty(await client.OwedAsync("m-notice", "status=overdue"));

        Task<Reply> Tell(params string[] purposes) => client.PostReplyAsync("/v1/members/m-notice/result-notices", new { purposes, channel = "email" });
    }

    [Theory, BothStores]
    public async Task Two_years_of_silence_end_a_consent_to_the_second_where_silence_blocks(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        var granted = (await client.ConsentAsync("m-silent", ("email_marketing", true), ("partner_offers", true))).Recorded("consent.granted", "consent.granted");
        await client.ProvideAsync("m-silent", "areumnet", "email_marketing", "name");
        var by = Clocks.Due(clock.Now, Periods.MarketingReconfirmation);
        var data = (await client.GetReplyAsync($"/v1/ledger/entries/{granted.Positions[0]}")).Json["data"]!;
        Assert.Equal((by, by.AddSeconds(1)), (data["reconfirmBy"].Instant(), data["expiresAt"].Instant()));
        Assert.Equal(["marketing_reconfirmation=open"], await client.OwedAsync("m-silent", "kind=marketing_reconfirmation"));

        clock.MoveTo(by.AddSeconds(1) - TestClock.Tick);
        await ledger.WorkAsync();
        (await client.DecideAsync("m-silent", "areumnet", "email_marketing", "name")).Permits();
        clock.Advance(TestClock.Tick);
        // Before any entry says so.
        (await client.DecideAsync("m-silent", "areumnet", "email_marketing", "name")).Denies("consent_expired");
        Assert.Equal(["consent_expired"], (await client.ProvideAsync("m-silent", "areumnet", "email_marketing", "name")).IsProblem(HttpStatusCode.Forbidden).Reasons);
        Assert.Equal(["email_marketing=expired", "partner_offers=granted"], await StatesAsync(client, "m-silent"));
        // What has expired takes a new consent and no confirmation.
        (await Reconfirm(client, "m-silent", "email_marketing")).Names(HttpStatusCode.BadRequest, "purposes[0]");
        await ledger.WorkAsync();
        var expired = (await client.EntriesAsync("m-silent"))[^1];
        Assert.Equal(("consent.expired", """{"purpose":"email_marketing"}"""), ((string)expired["type"]!, expired["data"]!.ToJsonString()));
        Assert.Equal(["areumnet:consent.withdrawn"], expired.ToldOf());
        var told = Assert.Single(await EventsOf(ledger, "areumnet", "m-silent"));
        Assert.Equal(["acknowledgeBy", "purposes", "reason"], told["data"].NamesOf());
        Assert.Equal(("consent.withdrawn", "expired"), ((string)told["type"]!, (string)told["data"]!["reason"]!));
        Assert.Equal(["marketing_reconfirmation=settled"], await client.OwedAsync("m-silent", "kind=marketing_reconfirmation"));
        Assert.Equal(["email_marketing=expired", "partner_offers=granted"], await StatesAsync(client, "m-silent"));
        (await client.DecideAsync("m-silent", "areumnet", "email_marketing", "name")).Denies("consent_expired");
        // Once.
        clock.Advance(TimeSpan.FromDays(1));
        await ledger.WorkAsync();
        Assert.Equal((long)expired["position"]!, (long)(await client.EntriesAsync("m-silent"))[^1]["position"]!);
        // Whoever agrees anew starts anew.
        (await client.ConsentAsync("m-silent", ("email_marketing", true))).Recorded("consent.granted");
        (await client.DecideAsync("m-silent", "areumnet", "email_marketing", "name")).Permits();
        Assert.Equal(["marketing_reconfirmation=settled", "marketing_reconfirmation=open"], await client.OwedAsync("m-silent", "kind=marketing_reconfirmation"));
    }

    [Theory, BothStores]
    public async Task A_confirmation_starts_the_two_years_anew(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        await client.ConsentAsync("m-again", ("email_marketing", true), ("telemarketing", false));
        var first = Clocks.Due(clock.Now, Periods.MarketingReconfirmation);
        clock.Advance(TimeSpan.FromDays(700));
        var again = (await Reconfirm(client, "m-again", "email_marketing")).Recorded("consent.reconfirmed");
        var second = Clocks.Due(clock.Now, Periods.MarketingReconfirmation);
        var data = (await client.GetReplyAsync($"/v1/ledger/entries/{again.Positions[0]}")).Json["data"]!;
        Assert.Equal((second, second.AddSeconds(1)), (data["reconfirmBy"].Instant(), data["expiresAt"].Instant()));
        Assert.Equal(["granted", "refused"], again.List201("consents").Select(c => (string)c["status"]!));
        var owed = await client.ObligationsAsync("member=m-again&kind=marketing_reconfirmation");
        Assert.Equal([("settled", first), ("open", second)], owed.Select(o => ((string)o["status"]!, o["dueAt"].Instant())));
        Assert.Equal(again.Positions[0], (long)owed[0]["settledPosition"]!);
        // A confirmation is no new choice: no result of it is owed.
        Assert.DoesNotContain("marketing_result_notice=open", await client.OwedAsync("m-again", "kind=marketing_result_notice&status=open"));

        clock.MoveTo(first.AddSeconds(1));
        await ledger.WorkAsync();
        (await client.DecideAsync("m-again", "areumnet", "email_marketing", "name")).Permits();
        Assert.DoesNotContain("consent.expired", (await client.EntriesAsync("m-again")).TypesOf());
        clock.MoveTo(second.AddSeconds(1));
        (await client.DecideAsync("m-again", "areumnet", "email_marketing", "name")).Denies("consent_expired");
        await ledger.WorkAsync();
        Assert.Equal("consent.expired", (await client.EntriesAsync("m-again")).TypesOf()[^1]);
    }

    [Theory, BothStores]
    public async Task Only_a_consent_to_advertising_that_stands_can_be_confirmed(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.ConsentAsync("m-stands", ("partner_offers", true), ("sms_marketing", false), ("email_marketing", true), ("telemarketing", true));
        await client.WithdrawAsync("m-stands", "telemarketing");
        var head = await ledger.HeadAsync();
        (await Reconfirm(client, "m-stands", "email_marketing", "partner_offers", "sms_marketing", "telemarketing", "night_marketing", "radio"))
            .Names(HttpStatusCode.BadRequest, "purposes[1]", "purposes[2]", "purposes[3]", "purposes[4]", "purposes[5]");
        (await Reconfirm(client, "m-stands")).Names(HttpStatusCode.BadRequest, "purposes");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task Two_years_count_from_when_the_person_chose_and_not_from_when_it_was_recorded(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        var signed = clock.Now.AddDays(-300);
        (await client.PostReplyAsync("/v1/members/m-paper/consents", new
        {
            notice = Requests.Notice,
            choices = new[] { new { purpose = "email_marketing", granted = true } },
            actor = Requests.Member,
            channel = "written",
            occurredAt = signed,
        })).Recorded("consent.granted");
        var by = Clocks.Due(signed, Periods.MarketingReconfirmation);
        Assert.Equal(by, Assert.Single(await client.ObligationsAsync("member=m-paper&kind=marketing_reconfirmation"))["dueAt"].Instant());
        clock.MoveTo(by.AddSeconds(1));
        (await client.DecideAsync("m-paper", "areumnet", "email_marketing", "name")).Denies("consent_expired");
        // A form as old as that is no consent any more when it is recorded.
        (await client.PostReplyAsync("/v1/members/m-old-paper/consents", new
        {
            notice = Requests.Notice,
            choices = new[] { new { purpose = "email_marketing", granted = true } },
            actor = Requests.Member,
            channel = "written",
            occurredAt = signed,
        })).Recorded("consent.granted");
        (await client.DecideAsync("m-old-paper", "areumnet", "email_marketing", "name")).Denies("consent_expired");
        await ledger.WorkAsync();
        Assert.Equal(["consent.granted", "consent.expired"], (await client.EntriesAsync("m-old-paper")).TypesOf());
    }

    [Theory, BothStores]
    public async Task Where_silence_is_reminded_of_the_consent_holds_and_its_confirmation_is_listed_as_overdue(Store store)
    {
        var clock = new TestClock();
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock, ("Marketing:Silence", "Remind"));
        var client = ledger.Client();
        var granted = (await client.ConsentAsync("m-reminded", ("email_marketing", true))).Recorded("consent.granted");
        var data = (await client.GetReplyAsync($"/v1/ledger/entries/{granted.Positions[0]}")).Json["data"]!;
        var by = Clocks.Due(clock.Now, Periods.MarketingReconfirmation);
        Assert.Equal(by, data["reconfirmBy"].Instant());
        Assert.Null(data["expiresAt"]);
        clock.MoveTo(by.AddDays(40));
        Assert.Equal(0, await ledger.WorkAsync());
        (await client.DecideAsync("m-reminded", "areumnet", "email_marketing", "name")).Permits();
        Assert.Equal(["consent.granted"], (await client.EntriesAsync("m-reminded")).TypesOf());
        Assert.Equal(["marketing_reconfirmation=overdue"], await client.OwedAsync("m-reminded", "status=overdue&kind=marketing_reconfirmation"));
        var again = (await Reconfirm(client, "m-reminded", "email_marketing")).Recorded("consent.reconfirmed");
        Assert.Null((await client.GetReplyAsync($"/v1/ledger/entries/{again.Positions[0]}")).Json["data"]!["expiresAt"]);
        Assert.Equal(["marketing_reconfirmation=settled", "marketing_reconfirmation=open"], await client.OwedAsync("m-reminded", "kind=marketing_reconfirmation"));
    }

    [Theory, BothStores]
    public async Task A_withdrawal_ends_what_was_to_be_confirmed(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.ConsentAsync("m-withdrawn", ("email_marketing", true));
        var by = Clocks.Due(clock.Now, Periods.MarketingReconfirmation);
        (await client.WithdrawAsync("m-withdrawn", "email_marketing")).Recorded("consent.withdrawn");
        Assert.Equal(["marketing_reconfirmation=settled"], await client.OwedAsync("m-withdrawn", "kind=marketing_reconfirmation"));
        clock.MoveTo(by.AddDays(1));
        await ledger.WorkAsync();
        Assert.Equal(["consent.granted", "consent.withdrawn"], (await client.EntriesAsync("m-withdrawn")).TypesOf());
        (await client.DecideAsync("m-withdrawn", "areumnet", "email_marketing", "name")).Denies("consent_withdrawn");
    }

    private static Task<Reply> Reconfirm(HttpClient client, string member, params string[] purposes) =>
        client.PostReplyAsync($"/v1/members/{member}/reconfirmations", new { purposes, actor = Requests.Member, channel = "email" });

    private static async Task<string[]> StatesAsync(HttpClient client, string member) =>
        [.. (await client.GetReplyAsync($"/v1/members/{member}/consents")).List("consents").Select(c => $"{c["purpose"]}={c["status"]}")];
}
