using System.Net;
using ConsentLedger.Rights;
using ConsentLedger.Tests.Harness;
using static ConsentLedger.Tests.Consents.ConsentsTests;

namespace ConsentLedger.Tests.Rights;

/// <summary>Policy, rights of members and legal guardians; PIPA art. 22-2: below fourteen the guardian grants.</summary>
public sealed class GuardianTests(ClockedLedgers ledgers) : IClassFixture<ClockedLedgers>
{
    [Theory, BothStores]
    public async Task Below_fourteen_only_the_guardian_grants(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        var registered = (await client.RegisterGuardianAsync("m-child", clock.Today.AddYears(2).Text())).Recorded("guardian.registered");
        Assert.Equal(Clocks.StartOf(clock.Today.AddYears(2)), registered.Json["under14Until"].Instant());
        var head = await ledger.HeadAsync();
        foreach (var actor in (string[])["member", "privacy_officer", "system"])
        {
            var refused = (await client.ConsentAsAsync(actor, "m-child", ("telemarketing", true))).Names(HttpStatusCode.Forbidden, "actor.kind");
            Assert.EndsWith(":guardian-required", (string)refused.Json["type"]!, StringComparison.Ordinal);
            Assert.Equal(["guardian_required"], refused.Reasons);
        }

        // One choice that grants is enough, and nothing of the request is recorded.
        (await client.ConsentAsync("m-child", ("sms_marketing", false), ("telemarketing", true))).Names(HttpStatusCode.Forbidden, "actor.kind");
        (await client.PostReplyAsync("/v1/members/m-child/checkouts", new
        {
            consents = Requests.Consents(("telemarketing", true)),
            provisions = new[] { new { partner = "cj-gls", purpose = "delivery", items = (string[])["name"] } },
        })).Names(HttpStatusCode.Forbidden, "actor.kind");
        Assert.Equal(head, await ledger.HeadAsync());
        (await client.UseAsync("m-child", "telemarketing", "phone")).Denies("no_consent");
        (await client.ConsentAsAsync("legal_guardian", "m-child", ("telemarketing", true))).Recorded("consent.granted");
        (await client.UseAsync("m-child", "telemarketing", "phone")).Permits();
        (await client.PostReplyAsync("/v1/members/m-child/reconfirmations", Purposes("member", "telemarketing"))).Names(HttpStatusCode.Forbidden, "actor.kind");
        (await client.PostReplyAsync("/v1/members/m-child/reconfirmations", Purposes("legal_guardian", "telemarketing"))).Recorded("consent.reconfirmed");
        // What needs no consent goes on: an order is delivered.
        (await client.ProvideAsync("m-child", "cj-gls", "delivery", "name")).Recorded("provision.recorded");
    }

    [Theory, BothStores]
    public async Task Guardian_and_member_alike_refuse_withdraw_see_and_correct(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        await client.RegisterGuardianAsync("m-both", clock.Today.AddYears(2).Text());
        foreach (var actor in (string[])["member", "legal_guardian"])
        {
            (await client.ConsentAsAsync("legal_guardian", "m-both", ("email_marketing", true), ("sms_marketing", true))).Recorded("consent.granted", "consent.granted");
            (await client.ProvideAsync("m-both", "areumnet", "email_marketing", "name")).Recorded("provision.recorded");
            (await client.ConsentAsAsync(actor, "m-both", ("sms_marketing", false))).Recorded("consent.refused");
            (await client.PostReplyAsync("/v1/members/m-both/withdrawals", Purposes(actor, "email_marketing"))).Recorded("consent.withdrawn");
            (await client.DecideAsync("m-both", "areumnet", "email_marketing", "name")).Denies("consent_withdrawn");
            Assert.Equal("consent.withdrawn", (string)(await EventsOf(ledger, "areumnet", "m-both"))[^1]["type"]!);
            var correction = (await client.PostReplyAsync("/v1/members/m-both/corrections", new { items = (string[])["name"], actor = new { kind = actor }, channel = "web" })).Id();
            (await client.CompleteAsync(correction, ("name", actor))).Recorded("correction.completed");
        }

        Assert.Equal(2, (await client.GetReplyAsync("/v1/members/m-both/consents")).List("consents").Count);
    }

    [Theory, BothStores]
    public async Task What_a_child_agreed_to_alone_is_void_and_stays_so(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        await client.ConsentAsync("m-void", ("telemarketing", true), ("email_marketing", true));
        (await client.UseAsync("m-void", "telemarketing", "phone")).Permits();
        var birthday = clock.Today.AddDays(30);
        await client.RegisterGuardianAsync("m-void", birthday.Text());
        (await client.UseAsync("m-void", "telemarketing", "phone")).Denies("guardian_required");
        Assert.Equal(["guardian_required"], (await client.ProvideAsync("m-void", "areumnet", "email_marketing", "name")).IsProblem(HttpStatusCode.Forbidden).Reasons);
        (await client.ConsentAsAsync("legal_guardian", "m-void", ("telemarketing", true))).Recorded("consent.granted");
        (await client.UseAsync("m-void", "telemarketing", "phone")).Permits();
        clock.MoveTo(Clocks.StartOf(birthday).AddHours(12));
        // The guardian's consent goes on; the child's does not come back by age.
        (await client.UseAsync("m-void", "telemarketing", "phone")).Permits();
        (await client.DecideAsync("m-void", "areumnet", "email_marketing", "name")).Denies("no_consent");
        (await client.ConsentAsync("m-void", ("email_marketing", true))).Recorded("consent.granted");
        (await client.DecideAsync("m-void", "areumnet", "email_marketing", "name")).Permits();
    }

    [Theory, BothStores]
    public async Task The_right_returns_by_itself_at_midnight_in_Seoul_of_the_fourteenth_birthday(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        var birthday = clock.Today.AddDays(1);
        await client.RegisterGuardianAsync("m-birthday", birthday.Text());
        var midnight = Clocks.StartOf(birthday);
        Assert.Equal(15, midnight.UtcDateTime.Hour);
        clock.MoveTo(midnight - TestClock.Tick);
        (await client.ConsentAsync("m-birthday", ("email_marketing", true))).Names(HttpStatusCode.Forbidden, "actor.kind");
        clock.MoveTo(midnight);
        (await client.ConsentAsync("m-birthday", ("email_marketing", true))).Recorded("consent.granted");
        (await client.DecideAsync("m-birthday", "areumnet", "email_marketing", "name")).Permits();
    }

    [Theory, BothStores]
    public async Task A_form_signed_as_a_child_and_recorded_after_the_birthday_is_a_childs(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        var birthday = clock.Today.AddDays(10);
        await client.RegisterGuardianAsync("m-form", birthday.Text());
        var midnight = Clocks.StartOf(birthday);
        clock.MoveTo(midnight.AddDays(3));
        var head = await ledger.HeadAsync();
        (await Signed("member", midnight - TestClock.Tick)).Names(HttpStatusCode.Forbidden, "actor.kind");
        Assert.Equal(head, await ledger.HeadAsync());
        (await Signed("legal_guardian", midnight - TestClock.Tick)).Recorded("consent.granted");
        (await Signed("member", midnight)).Recorded("consent.granted");
        (await client.DecideAsync("m-form", "areumnet", "email_marketing", "name")).Permits();

        // Recorded before anybody knew the age, and signed before the birthday: void as well.
        await Signed("member", clock.Now.AddDays(-2), "m-form-late");
        await client.RegisterGuardianAsync("m-form-late", ConsentLedger.Ledger.Timestamps.Format(clock.Now.AddSeconds(1)));
        clock.Advance(TimeSpan.FromDays(1));
        (await client.DecideAsync("m-form-late", "areumnet", "email_marketing", "name")).Denies("no_consent");

        Task<Reply> Signed(string actor, DateTimeOffset occurredAt, string member = "m-form") => client.PostReplyAsync($"/v1/members/{member}/consents", new
        {
            notice = Requests.Notice,
            choices = new[] { new { purpose = "email_marketing", granted = true } },
            actor = new { kind = actor },
            channel = "written",
            occurredAt,
        });
    }

    [Theory, BothStores]
    public async Task Of_a_guardian_registered_again_the_last_date_counts(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.RegisterGuardianAsync("m-moved", clock.Today.AddYears(3).Text());
        (await client.RegisterGuardianAsync("m-moved", clock.Today.AddDays(1).Text())).Recorded("guardian.registered");
        clock.Advance(TimeSpan.FromDays(2));
        (await client.ConsentAsync("m-moved", ("telemarketing", true))).Recorded("consent.granted");
    }

    [Theory, BothStores]
    public async Task A_birthday_on_the_29th_of_February_is_a_day_of_the_calendar_or_it_is_refused(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        var leap = Enumerable.Range(clock.Today.Year + 1, 8).First(DateTime.IsLeapYear);
        (await client.RegisterGuardianAsync("m-leap", $"{leap + 1}-02-29")).Names(HttpStatusCode.BadRequest, "under14Until");
        var registered = (await client.RegisterGuardianAsync("m-leap", $"{leap}-02-29")).Recorded("guardian.registered");
        Assert.Equal($"{leap}-02-28T15:00:00Z", (string)registered.Json["under14Until"]!);
        // Where the year has no such day, the month's last day must have passed (Civil Act art. 160(3)).
        var march = (await client.RegisterGuardianAsync("m-leap", $"{leap + 1}-03-01")).Recorded("guardian.registered");
        Assert.Equal($"{leap + 1}-02-28T15:00:00Z", (string)march.Json["under14Until"]!);
    }

    [Theory, BothStores]
    public async Task An_adult_has_no_guardian_here_and_nobody_is_fourteen_later_than_in_fourteen_years(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(23, 30));
        var head = await ledger.HeadAsync();
        foreach (var refused in (string[])
        [
            clock.Today.Text(), clock.Today.AddDays(-1).Text(), "2010-01-01", clock.Today.AddYears(14).AddDays(1).Text(), "9999-12-31", "0001-01-01",
            "2030-13-01", "20300101", "2030-1-1", "2030-01-01T00:00:00", "tomorrow", "", $"{clock.Today.AddYears(1).Text()} ",
        ])
            (await client.RegisterGuardianAsync("m-adult", refused)).Names(HttpStatusCode.BadRequest, "under14Until");
        Assert.Equal(head, await ledger.HeadAsync());
        (await client.RegisterGuardianAsync("m-adult", clock.Today.AddDays(1).Text())).Recorded("guardian.registered");
        (await client.RegisterGuardianAsync("m-newborn", clock.Today.AddYears(14).Text())).Recorded("guardian.registered");
        var instant = clock.Now.AddMinutes(1).ToOffset(TimeSpan.FromHours(9));
        var registered = (await client.RegisterGuardianAsync("m-instant", $"{instant:yyyy-MM-dd'T'HH:mm:ss}+09:00")).Recorded("guardian.registered");
        Assert.Equal(instant, registered.Json["under14Until"].Instant());
    }

    [Theory, BothStores]
    public async Task How_the_guardian_was_confirmed_is_one_of_the_seven_ways_and_who_it_is_is_sealed(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        foreach (var method in (string[])["text_message", "payment_card", "mobile_identification", "written", "email", "phone", "equivalent"])
        {
            var registered = (await Register(method)).Recorded("guardian.registered");
            var entry = await client.GetReplyAsync($"/v1/ledger/entries/{registered.Positions[0]}");
            Assert.Equal((method, "in_person"), ((string)entry.Json["data"]!["method"]!, (string)entry.Json["data"]!["channel"]!));
            Assert.NotNull(entry.Json["sealed"]);
            Assert.DoesNotContain("보호자", entry.Text, StringComparison.Ordinal);
        }

        (await Register("handshake")).Names(HttpStatusCode.BadRequest, "verification.method");
        (await client.SendReplyAsync(HttpMethod.Put, "/v1/members/m-ways/guardian", new { under14Until = clock.Today.AddYears(1).Text(), channel = "web" }))
            .Names(HttpStatusCode.BadRequest, "verification");

        Task<Reply> Register(string method) => client.SendReplyAsync(HttpMethod.Put, "/v1/members/m-ways/guardian", new
        {
            under14Until = clock.Today.AddYears(1).Text(),
            verification = new { method, reference = "확인-1" },
            channel = "in_person",
            guardian = new { name = "보호자", phone = "010-0" },
        });
    }

    private static object Purposes(string actor, params string[] purposes) => new { purposes, actor = new { kind = actor }, channel = "web" };
}
