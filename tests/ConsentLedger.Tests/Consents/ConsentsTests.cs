using System.Net;
using System.Text.Json.Nodes;
using ConsentLedger.Tests.Harness;

namespace ConsentLedger.Tests.Consents;

public sealed class ConsentsTests(Ledgers ledgers) : IClassFixture<Ledgers>
{
    [Theory, BothStores]
    public async Task The_state_is_the_last_choice_on_each_purpose(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        var first = (await client.ConsentAsync("m-state", ("sms_marketing", true), ("email_marketing", false))).Recorded("consent.granted", "consent.refused");
        Assert.Equal(first.Positions[0] + 1, first.Positions[1]);
        (await client.ConsentAsync("m-state", ("email_marketing", true))).Recorded("consent.granted");
        (await client.WithdrawAsync("m-state", "sms_marketing")).Recorded("consent.withdrawn");
        var state = (await client.GetReplyAsync("/v1/members/m-state/consents")).Is(HttpStatusCode.OK);
        Assert.Equal(["email_marketing=granted", "sms_marketing=withdrawn"], States(state));
        Assert.Equal("m-state", (string)state.Json["member"]!);
        Assert.Empty(state.Json["heldItems"].Strings());
        Assert.All(state.List("consents"), c => Assert.Equal("""{"id":"third-party-provision","version":1}""", c["notice"]!.ToJsonString()));
        Assert.True((long)state.Json["asOfPosition"]! >= first.Positions[1] + 2);
    }

    [Theory, BothStores]
    public async Task The_answer_to_a_write_shows_the_whole_state_after_it(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        await client.ConsentAsync("m-answer", ("telemarketing", true));
        Assert.Equal(["sms_marketing=refused", "telemarketing=granted"], States(await client.ConsentAsync("m-answer", ("sms_marketing", false))));
        var withdrawn = await client.WithdrawAsync("m-answer", "telemarketing");
        Assert.Equal(["sms_marketing=refused", "telemarketing=withdrawn"], States(withdrawn));
        Assert.Equal(withdrawn.List201("consents").ToJson(), (await client.GetReplyAsync("/v1/members/m-answer/consents")).List("consents").ToJson());
    }

    [Theory, BothStores]
    public async Task The_state_at_any_instant_is_what_the_entries_had_made_by_then(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        string[] expected = ["", "sms_marketing=granted", "sms_marketing=refused", "sms_marketing=withdrawn"];
        List<Reply> writes =
        [
            await client.ConsentAsync("m-past", ("sms_marketing", true)),
            await client.ConsentAsync("m-past", ("sms_marketing", false)),
            await client.WithdrawAsync("m-past", "sms_marketing"),
        ];
        var instants = writes.ConvertAll(w => DateTimeOffset.Parse((string)w.List201("consents")[0]["recordedAt"]!, System.Globalization.CultureInfo.InvariantCulture));
        for (var i = 0; i < instants.Count; i++)
        {
            if (i > 0)
                Assert.True(instants[i] > instants[i - 1]);
            Assert.Equal(expected[i + 1], string.Join(' ', States(await At(instants[i]))));
            Assert.Equal(expected[i], string.Join(' ', States(await At(instants[i].AddMicroseconds(-1)))));
            // The same instant in Seoul's time is the same state.
            Assert.Equal(expected[i + 1], string.Join(' ', States(await At(instants[i].ToOffset(TimeSpan.FromHours(9))))));
        }

        Assert.Equal(writes[1].Positions[0], (long)(await At(instants[1])).Json["asOfPosition"]!);

        Task<Reply> At(DateTimeOffset instant) => client.GetReplyAsync(
            $"/v1/members/m-past/consents?at={Uri.EscapeDataString(instant.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", System.Globalization.CultureInfo.InvariantCulture))}");
    }

    [Theory, BothStores]
    public async Task Holds_are_part_of_the_state_then_and_now(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        await client.ConsentAsync("m-held", ("sms_marketing", true));
        var correction = await client.CorrectAsync("m-held", "mobile", "address");
        Assert.Equal(["address", "mobile"], (await client.GetReplyAsync("/v1/members/m-held/consents")).Json["heldItems"].Strings());
        await client.CompleteAsync((string)correction.Json["id"]!, ("mobile", "1"), ("address", "2"));
        Assert.Empty((await client.GetReplyAsync("/v1/members/m-held/consents")).Json["heldItems"].Strings());
    }

    [Theory, BothStores]
    public async Task When_the_person_chose_and_when_it_was_recorded_are_kept_apart(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        var reply = (await client.PostReplyAsync("/v1/members/m-paper/consents", new
        {
            notice = Requests.Notice,
            choices = new[] { new { purpose = "sms_marketing", granted = true } },
            actor = new { kind = "legal_guardian" },
            channel = "written",
            occurredAt = "2024-02-29T23:30:00.1234567+09:00",
        })).Recorded("consent.granted");
        var consent = reply.List201("consents")[0];
        Assert.Equal("2024-02-29T14:30:00.123456Z", (string)consent["occurredAt"]!);
        Assert.NotEqual((string)consent["occurredAt"]!, (string)consent["recordedAt"]!);
        var entry = (await client.GetReplyAsync($"/v1/ledger/entries/{reply.Positions[0]}")).Json["data"]!;
        Assert.Equal("legal_guardian", (string)entry["actor"]!["kind"]!);
        Assert.Equal("written", (string)entry["channel"]!);
    }

    [Theory, BothStores]
    public async Task A_withdrawal_is_told_to_the_partners_that_serve_the_purpose_and_hold_the_member_and_to_nobody_else(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        await client.ConsentAsync("m-told", ("sms_marketing", true), ("email_marketing", true));
        // Nobody holds the member yet: there is nobody to tell.
        (await client.WithdrawAsync("m-told", "sms_marketing")).Recorded("consent.withdrawn");
        Assert.Empty(await EventsOf(ledger, "iheart", "m-told"));
        await client.ConsentAsync("m-told", ("sms_marketing", true));
        (await client.ProvideAsync("m-told", "iheart", "sms_marketing", "mobile")).Recorded("provision.recorded");
        (await client.ProvideAsync("m-told", "cj-gls", "delivery", "mobile")).Recorded("provision.recorded");
        var withdrawal = (await client.WithdrawAsync("m-told", "sms_marketing", "email_marketing")).Recorded("consent.withdrawn", "consent.withdrawn");
        var told = Assert.Single(await EventsOf(ledger, "iheart", "m-told"));
        Assert.Equal("consent.withdrawn", (string)told["type"]!);
        Assert.Equal(["sms_marketing"], told["data"]!["purposes"].Strings());
        Assert.Equal(withdrawal.Positions[0], (long)told["ledgerposition"]!);
        foreach (var other in (string[])["cj-gls", "areumnet", "inicis", "vendor-sample-a"])
            Assert.Empty(await EventsOf(ledger, other, "m-told"));
        // Withdrawing what is withdrawn is recorded as proof; there is nothing new to tell.
        (await client.WithdrawAsync("m-told", "sms_marketing")).Recorded("consent.withdrawn");
        Assert.Single(await EventsOf(ledger, "iheart", "m-told"));
    }

    [Theory, BothStores]
    public async Task Refusing_what_was_granted_is_told_as_a_withdrawal(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        await client.ConsentAsync("m-refused", ("email_marketing", true));
        await client.ProvideAsync("m-refused", "areumnet", "email_marketing", "name");
        (await client.ConsentAsync("m-refused", ("email_marketing", false))).Recorded("consent.refused");
        Assert.Equal("consent.withdrawn", (string)Assert.Single(await EventsOf(ledger, "areumnet", "m-refused"))["type"]!);
        Assert.Equal(["consent_refused"], (await client.DecideAsync("m-refused", "areumnet", "email_marketing", "name")).Reasons);
        (await client.ConsentAsync("m-refused", ("email_marketing", false))).Recorded("consent.refused");
        Assert.Single(await EventsOf(ledger, "areumnet", "m-refused"));
    }

    [Theory, BothStores]
    public async Task A_grant_is_told_only_to_a_partner_that_asked_for_it(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        (await client.RegisterAsync("subscriber", Expect.Partner("third_party", "partner_offers", "consent", ["name"], ["consent.granted"]))).Recorded("partner.registered");
        (await client.RegisterAsync("indifferent", Expect.Partner("third_party", "partner_offers", "consent", ["name"]))).Recorded("partner.registered");
        await client.ConsentAsync("m-granted", ("partner_offers", true));
        foreach (var partner in (string[])["subscriber", "indifferent"])
            (await client.ProvideAsync("m-granted", partner, "partner_offers", "name")).Recorded("provision.recorded");
        await client.WithdrawAsync("m-granted", "partner_offers");
        await client.ConsentAsync("m-granted", ("partner_offers", true));
        Assert.Equal(["consent.withdrawn", "consent.granted"], (await EventsOf(ledger, "subscriber", "m-granted")).Select(e => (string)e["type"]!));
        Assert.Equal(["consent.withdrawn"], (await EventsOf(ledger, "indifferent", "m-granted")).Select(e => (string)e["type"]!));
    }

    [Theory, BothStores]
    public async Task A_withdrawal_is_a_right_even_of_one_who_was_never_seen(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        Assert.Equal(["telemarketing=withdrawn"], States((await client.WithdrawAsync("m-first-word", "telemarketing")).Recorded("consent.withdrawn")));
        var reply = await client.PostReplyAsync("/v1/members/m-first-word/decisions", new { purpose = "telemarketing", items = (string[])["phone"] });
        Assert.Equal(["consent_withdrawn"], reply.Reasons);
    }

    internal static async Task<IReadOnlyList<JsonNode>> EventsOf(LedgerService ledger, string partner, string member) =>
        [.. (await ledger.Partner(partner).EventsAsync(partner)).Where(e => (string?)e["subject"] == member)];

    private static string[] States(Reply reply) => [.. reply.Json["consents"]!.AsArray().Select(c => $"{c!["purpose"]}={c["status"]}")];
}
