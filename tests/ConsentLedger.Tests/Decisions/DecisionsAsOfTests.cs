using System.Globalization;
using System.Net;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using Microsoft.Extensions.Time.Testing;

namespace ConsentLedger.Tests.Decisions;

/// <summary>What would have been decided then, by what the ledger knew then.</summary>
public sealed class DecisionsAsOfTests(PostgresServer postgres)
{
    private static readonly DateTimeOffset Opened = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero); // noon in Seoul

    [Theory, BothStores]
    public async Task Consents_partners_notices_holds_and_nights_are_those_of_the_instant(Store store)
    {
        var clock = new FakeTimeProvider(Opened);
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        var loaded = await ledger.HeadAsync();
        async Task<long> AfterAnHour(Task<Reply> write) => (await write).Is(HttpStatusCode.Created).Positions[^1];
        Task<Reply> Later(Func<Task<Reply>> write)
        {
            clock.Advance(TimeSpan.FromHours(1));
            return write();
        }

        var granted = await AfterAnHour(Later(() => client.ConsentAsync("m-then", ("sms_marketing", true)))); // 13:00
        var ended = await AfterAnHour(Later(() => client.PostReplyAsync("/v1/partners/cj-gls/end", null))); // 14:00
        var held = await AfterAnHour(Later(() => client.CorrectAsync("m-then", "mobile"))); // 15:00
        var withdrawn = await AfterAnHour(Later(() => client.WithdrawAsync("m-then", "sms_marketing"))); // 16:00
        clock.Advance(TimeSpan.FromHours(6)); // 22:00

        (double Hours, string Partner, string Purpose, string[] Reasons, long AsOf)[] then =
        [
            (0, "iheart", "sms_marketing", ["no_consent"], loaded),
            (0.99, "iheart", "sms_marketing", ["no_consent"], loaded),
            (1, "iheart", "sms_marketing", [], granted),
            (1.5, "cj-gls", "delivery", [], granted),
            (2, "cj-gls", "delivery", ["partner_inactive"], ended),
            (2.5, "iheart", "sms_marketing", [], ended),
            (3, "iheart", "sms_marketing", ["correction_pending"], held),
            (4, "iheart", "sms_marketing", ["consent_withdrawn"], withdrawn),
            (10, "iheart", "sms_marketing", ["consent_withdrawn"], withdrawn),
        ];
        foreach (var (hours, partner, purpose, reasons, asOf) in then)
        {
            var reply = (await DecideAsync(client, "m-then", At(hours), partner, purpose, "mobile")).Is(HttpStatusCode.OK);
            Assert.Equal(reasons, reply.Reasons);
            Assert.Equal(reasons.Length == 0 ? "permit" : "deny", (string)reply.Json["decision"]!);
            Assert.Equal(asOf, (long)reply.Json["asOfPosition"]!);
        }

        // Nothing is shown of one who has left, not even what was so before.
        await client.ConsentAsync("m-left", ("sms_marketing", true));
        (await client.PostReplyAsync("/v1/members/m-left/termination", new { actor = Requests.Member, channel = "web" })).Is(HttpStatusCode.Created);
        Assert.Equal(["member_restricted"], (await DecideAsync(client, "m-left", At(10), "iheart", "sms_marketing", "mobile")).IsProblem(HttpStatusCode.Forbidden).Reasons);
        var head = await ledger.HeadAsync();
        // The present decision is not moved by questions about the past.
        Assert.Equal(["consent_withdrawn"], (await client.DecideAsync("m-then", "iheart", "sms_marketing", "mobile")).Reasons);
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task It_is_night_or_day_at_the_instant_asked_about(Store store)
    {
        var clock = new FakeTimeProvider(Opened);
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        await client.ConsentAsync("m-night", ("sms_marketing", true));
        clock.Advance(TimeSpan.FromHours(10)); // 22:00
        Assert.Equal(["night_time"], (await DecideAsync(client, "m-night", At(10), "iheart", "sms_marketing", "mobile")).Reasons);
        Assert.Equal(["night_time"], (await DecideAsync(client, "m-night", At(9), "iheart", "sms_marketing", "mobile")).Reasons);
        Assert.Empty((await DecideAsync(client, "m-night", At(8.99), "iheart", "sms_marketing", "mobile")).Reasons);
    }

    [Theory, BothStores]
    public async Task A_notice_counts_from_when_it_took_effect_and_a_partner_from_its_registration(Store store)
    {
        var clock = new FakeTimeProvider(Opened);
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        clock.Advance(TimeSpan.FromHours(1));
        await client.RegisterAsync("courier", Expect.Partner("processor", "delivery", "contract", ["name"]));
        var notice = Expect.NoticeBody("courier-notice", Expect.Disclosure("delivery", "courier", "name"));
        notice["effectiveAt"] = At(3);
        (await client.PublishAsync(notice)).Recorded("notice.published");
        clock.Advance(TimeSpan.FromHours(4));
        foreach (var (hours, reasons) in ((double, string[])[])[(0.5, ["unknown_partner"]), (1, ["notice_not_effective"]), (2.9, ["notice_not_effective"]), (3, [])])
            Assert.Equal(reasons, (await DecideAsync(client, "m-never", At(hours), "courier", "delivery", "name")).Is(HttpStatusCode.OK).Reasons);
    }

    [Theory, BothStores]
    public async Task An_instant_that_cannot_be_answered_for_is_refused(Store store)
    {
        var clock = new FakeTimeProvider(Opened);
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        foreach (var bad in (string[])["2026-11-22T03:00:00.000001Z", "9999-12-31T23:59:59Z", "yesterday", "2026-11-22T03:00:00", "2026-11-22", "2026-02-30T00:00:00Z", ""])
            (await DecideAsync(client, "m-1", bad, "cj-gls", "delivery", "name")).Names(HttpStatusCode.BadRequest, "at");
        foreach (var early in (string[])["2026-11-22T02:59:59.999999Z", "0001-01-01T00:00:00Z", "1970-01-01T09:00:00+09:00"])
            (await DecideAsync(client, "m-1", early, "cj-gls", "delivery", "name")).Names(HttpStatusCode.BadRequest, "purpose", "items[0]");
        Assert.Equal("permit", (string)(await DecideAsync(client, "m-1", "2026-11-22T12:00:00+09:00", "cj-gls", "delivery", "name")).Is(HttpStatusCode.OK).Json["decision"]!);
    }

    private static string At(double hours) => Opened.AddHours(hours).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static Task<Reply> DecideAsync(HttpClient client, string member, string at, string partner, string purpose, params string[] items) =>
        client.PostReplyAsync($"/v1/members/{member}/decisions?at={Uri.EscapeDataString(at)}", new { partner, purpose, items });
}
