using System.Globalization;
using System.Net;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using Microsoft.Extensions.Time.Testing;

namespace ConsentLedger.Tests.Decisions;

/// <summary>What was decided at an instant is decided again of that instant, whatever has happened since.</summary>
public sealed class PastDecisionsTests(PostgresServer postgres)
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 1, 0, 0, TimeSpan.Zero);

    private static readonly (string? Partner, string Purpose, string[] Items)[] Questions =
    [
        ("iheart", "sms_marketing", ["name", "mobile"]), ("cj-gls", "delivery", ["name", "mobile"]), ("vendor-new", "vendor_delivery", ["name", "phone"]),
        ("courier", "delivery", ["name", "address"]), (null, "telemarketing", ["phone"]),
    ];

    [Theory, BothStores]
    public async Task Every_decision_of_a_life_is_the_same_again_when_asked_of_its_instant(Store store)
    {
        var clock = new FakeTimeProvider(Start);
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        List<(DateTimeOffset At, int Question, string Answer)> asked = [];
        await AskAsync();
        foreach (var act in Life(client))
        {
            // An entry and a question of the same instant: what was recorded counts.
            clock.Advance(TimeSpan.FromHours(5) + TimeSpan.FromMicroseconds(1));
            (await act()).Is(HttpStatusCode.Created);
            await AskAsync();
        }

        Assert.True(asked.Select(a => a.Answer[..20]).Distinct().Count() > 1);
        foreach (var (at, question, answer) in asked)
            Assert.Equal(answer, (await AtAsync(client, "m-past", at, Questions[question])).Is(HttpStatusCode.OK).Text);

        async Task AskAsync()
        {
            foreach (var (i, question) in Questions.Index())
            {
                var reply = await client.PostReplyAsync("/v1/members/m-past/decisions", Body(question));
                asked.Add((clock.GetUtcNow(), i, reply.Is(HttpStatusCode.OK).Text));
            }
        }
    }

    [Theory, BothStores]
    public async Task The_microsecond_before_an_entry_it_does_not_count(Store store)
    {
        var clock = new FakeTimeProvider(Start);
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        clock.Advance(TimeSpan.FromMinutes(1));
        var granted = (await client.ConsentAsync("m-edge", ("sms_marketing", true))).Recorded("consent.granted");
        var instant = clock.GetUtcNow();
        clock.Advance(TimeSpan.FromMinutes(1));
        var before = (await AtAsync(client, "m-edge", instant.AddMicroseconds(-1), Questions[0])).Is(HttpStatusCode.OK);
        Assert.Equal(["no_consent"], before.Reasons);
        Assert.Equal(granted.Positions[0] - 1, (long)before.Json["asOfPosition"]!);
        var then = (await AtAsync(client, "m-edge", instant, Questions[0])).Is(HttpStatusCode.OK);
        Assert.Equal("permit", (string)then.Json["decision"]!);
        Assert.Equal(granted.Positions[0], (long)then.Json["asOfPosition"]!);
        // The same instant in Seoul's time.
        Assert.Equal(then.Text, (await AtAsync(client, "m-edge", instant.ToOffset(TimeSpan.FromHours(9)), Questions[0])).Text);
    }

    [Theory, BothStores]
    public async Task Before_the_ledger_began_nothing_had_a_name_and_the_future_is_not_known(Store store)
    {
        var clock = new FakeTimeProvider(Start);
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        clock.Advance(TimeSpan.FromMinutes(1));
        var head = await ledger.HeadAsync();
        foreach (var early in (DateTimeOffset[])[Start.AddMicroseconds(-1), new(1970, 1, 1, 0, 0, 0, TimeSpan.Zero), DateTimeOffset.MinValue])
            (await AtAsync(client, "m-nobody", early, Questions[1])).Names(HttpStatusCode.BadRequest, "purpose", "items[0]", "items[1]");
        (await AtAsync(client, "m-nobody", clock.GetUtcNow(), Questions[1])).Is(HttpStatusCode.OK);
        foreach (var late in (DateTimeOffset[])[clock.GetUtcNow().AddMicroseconds(1), new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero)])
            (await AtAsync(client, "m-nobody", late, Questions[1])).Names(HttpStatusCode.BadRequest, "at");
        foreach (var malformed in (string[])["yesterday", "", "2026-03-02T10:00:00", "2026-03-02", "%00", "2026-03-02T10:00:00+09:00"])
            (await client.PostReplyAsync($"/v1/members/m-nobody/decisions?at={malformed}", Body(Questions[1]))).Names(HttpStatusCode.BadRequest, "at");
        (await client.PostReplyAsync($"/v1/members/m-nobody/decisions?at={Uri.EscapeDataString(Format(Start))}", """{"purpose":"delivery","items":["name"]}"""))
            .Names(HttpStatusCode.BadRequest, "partner");
        // One that the ledger has never seen had agreed to nothing, and may be delivered to.
        Assert.Equal(["no_consent"], (await AtAsync(client, "m-nobody", Start, Questions[0])).Reasons);
        Assert.Equal("permit", (string)(await AtAsync(client, "m-nobody", Start, Questions[1])).Json["decision"]!);
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task The_past_of_a_terminated_member_is_not_shown(Store store)
    {
        var clock = new FakeTimeProvider(Start);
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        await client.ConsentAsync("m-gone", ("sms_marketing", true));
        var before = clock.GetUtcNow();
        clock.Advance(TimeSpan.FromMinutes(1));
        (await client.PostReplyAsync("/v1/members/m-gone/termination", new { actor = Requests.Member, channel = "web" })).Recorded("consent.withdrawn", "member.terminated");
        Assert.Equal(["member_restricted"], (await AtAsync(client, "m-gone", before, Questions[0])).IsProblem(HttpStatusCode.Forbidden).Reasons);
        Assert.Contains("member_restricted", (await client.PostReplyAsync("/v1/members/m-gone/decisions", Body(Questions[0]))).Is(HttpStatusCode.OK).Reasons);
    }

    // Choices, a hold, a suspension, partners and notices that come and go; five hours each, so that nights are among it.
    private static IEnumerable<Func<Task<Reply>>> Life(HttpClient client)
    {
        string? correction = null, suspension = null;
        yield return () => client.ConsentAsync("m-past", ("sms_marketing", true), ("telemarketing", false));
        yield return () => client.RegisterAsync("vendor-new", Expect.Partner("vendor", "vendor_delivery", "contract", ["name", "phone"]));
        yield return () => client.RegisterAsync("courier", Expect.Partner("processor", "delivery", "contract", ["name", "address"]));
        yield return async () => Keep(await client.CorrectAsync("m-past", "mobile"), ref correction);
        yield return () => client.PublishAsync(Later());
        yield return () => client.CompleteAsync(correction!, ("mobile", "010-1234-5678"));
        yield return () => client.ConsentAsync("m-past", ("telemarketing", true), ("night_marketing", true));
        yield return async () => Keep(await client.PostReplyAsync("/v1/members/m-past/suspensions", new { actor = Requests.Member, channel = "web" }), ref suspension);
        yield return () => client.PostReplyAsync($"/v1/suspensions/{suspension}/lifting", new { actor = Requests.Member, channel = "web" });
        yield return () => client.PostReplyAsync("/v1/partners/cj-gls/end", null);
        yield return () => client.RegisterAsync("cj-gls", Expect.Partner("processor", "delivery", "contract", ["name"]));
        yield return () => client.WithdrawAsync("m-past", "sms_marketing", "night_marketing");

        static Reply Keep(Reply reply, ref string? id)
        {
            id = (string)reply.Json["id"]!;
            return reply;
        }

        static System.Text.Json.Nodes.JsonObject Later()
        {
            var notice = Expect.NoticeBody("courier-notice", Expect.Disclosure("delivery", "courier", "name", "address"));
            notice["effectiveAt"] = Format(Start.AddHours(38));
            return notice;
        }
    }

    private static object Body((string? Partner, string Purpose, string[] Items) question) => question.Partner is { } partner
        ? new { partner, purpose = question.Purpose, items = question.Items }
        : new { purpose = question.Purpose, items = question.Items };

    private static Task<Reply> AtAsync(HttpClient client, string member, DateTimeOffset at, (string? Partner, string Purpose, string[] Items) question) =>
        client.PostReplyAsync($"/v1/members/{member}/decisions?at={Uri.EscapeDataString(Format(at))}", Body(question));

    private static string Format(DateTimeOffset instant) => instant.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);
}
