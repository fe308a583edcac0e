using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ConsentLedger.Tests.Decisions;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Cookies;

public sealed class CookiesTests(Ledgers ledgers, PostgresServer postgres) : IClassFixture<Ledgers>
{
    private static readonly string[] Purposes = ["visit_analytics", "interest_tracking", "targeted_marketing", "personalisation"];

    // Policy, cookies: allow all, confirm each time one is stored, refuse all.
    [Theory]
    [BothStores("allow_all permit", "ask ask", "refuse_all deny")]
    public async Task All_cookies_may_be_allowed_asked_about_each_time_or_refused(Store store, string row)
    {
        var client = (await ledgers.On(store)).Client();
        var (choice, outcome) = (row.Split(' ')[0], row.Split(' ')[1]);
        var recorded = (await client.ChooseCookiesAsync($"v-{choice}", choice)).Recorded("cookies.chosen");
        Assert.Equal(choice, (string)recorded.Json["cookies"]!["choice"]!);
        for (var time = 0; time < 2; time++)
            Assert.Equal(Purposes.Select(_ => outcome), await Decide(client, $"v-{choice}", Purposes));
    }

    [Theory, BothStores]
    public async Task A_choice_by_purpose_counts_for_that_purpose_and_a_general_one_replaces_it(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        await client.ChooseCookiesAsync("v-mixed", ("visit_analytics", true), ("targeted_marketing", false));
        Assert.Equal(["permit", "ask", "deny", "ask"], await Decide(client, "v-mixed", Purposes));
        await client.ChooseCookiesAsync("v-mixed", ("targeted_marketing", true), ("personalisation", false));
        Assert.Equal(["permit", "ask", "permit", "deny"], await Decide(client, "v-mixed", Purposes));
        await client.ChooseCookiesAsync("v-mixed", "refuse_all");
        Assert.Equal(["deny", "deny", "deny", "deny"], await Decide(client, "v-mixed", Purposes));
        var last = await client.ChooseCookiesAsync("v-mixed", ("visit_analytics", true));
        Assert.Equal(["permit", "deny", "deny", "deny"], await Decide(client, "v-mixed", Purposes));
        Assert.Equal("refuse_all", (string)last.Json["cookies"]!["choice"]!);
        Assert.Equal("""[{"purpose":"visit_analytics","granted":true}]""", last.Json["cookies"]!["choices"]!.ToJsonString());
        Assert.Equal(last.Json["cookies"]!.ToJsonString(), (await Read(client, "v-mixed")).Json["cookies"]!.ToJsonString());
    }

    [Theory, BothStores]
    public async Task A_visitor_never_seen_is_asked_about_everything_and_stays_unseen(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var head = await ledger.HeadAsync();
        var decided = await client.DecideCookiesAsync("v-nobody", Purposes);
        Assert.Equal(["ask", "ask", "ask", "ask"], decided.List("decisions").Select(d => (string)d["decision"]!));
        Assert.Equal(Purposes, decided.List("decisions").Select(d => (string)d["purpose"]!));
        Assert.Equal(head, (long)decided.Json["asOfPosition"]!);
        (await Read(client, "v-nobody")).Names(HttpStatusCode.NotFound, "visitorId");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task The_choices_at_any_instant_are_what_the_entries_had_made_by_then(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        List<Reply> writes =
        [
            await client.ChooseCookiesAsync("v-past", "allow_all"),
            await client.ChooseCookiesAsync("v-past", ("interest_tracking", false)),
            await client.ChooseCookiesAsync("v-past", "refuse_all"),
        ];
        JsonNode? before = null;
        foreach (var write in writes)
        {
            var cookies = write.Is(HttpStatusCode.Created).Json["cookies"]!;
            var instant = DateTimeOffset.Parse((string)cookies["recordedAt"]!, CultureInfo.InvariantCulture);
            var then = await At(instant.ToOffset(TimeSpan.FromHours(9)));
            Assert.Equal(cookies.ToJsonString(), then.Json["cookies"]!.ToJsonString());
            Assert.Equal(write.Positions[0], (long)then.Json["asOfPosition"]!);
            Assert.Equal(before?.ToJsonString(), (await At(instant.AddMicroseconds(-1))).Json["cookies"]?.ToJsonString());
            before = cookies;
        }

        foreach (var at in (string[])["yesterday", "2026-11-22T00:00:00", "2999-01-01T00:00:00Z", ""])
            (await client.GetReplyAsync($"/v1/visitors/v-past/cookie-choices?at={at}")).Names(HttpStatusCode.BadRequest, "at");

        async Task<Reply> At(DateTimeOffset instant) => (await client.GetReplyAsync(
            $"/v1/visitors/v-past/cookie-choices?at={Uri.EscapeDataString(instant.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture))}")).Is(HttpStatusCode.OK);
    }

    [Theory, BothStores]
    public async Task When_where_and_with_which_evidence_the_visitor_chose_is_part_of_the_entry_the_evidence_sealed(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        var recorded = (await client.PostReplyAsync("/v1/visitors/v-evidence/cookie-choices", new
        {
            choice = "ask",
            channel = "mobile",
            occurredAt = "2024-02-29T23:30:00.1234567+09:00",
            evidence = new { ip = "203.0.113.171", userAgent = "CookieBrowser/3" },
        })).Recorded("cookies.chosen");
        Assert.Equal("2024-02-29T14:30:00.123456Z", (string)recorded.Json["cookies"]!["occurredAt"]!);
        var entry = await client.GetReplyAsync($"/v1/ledger/entries/{recorded.Positions[0]}");
        Assert.Equal("""{"choice":"ask","occurredAt":"2024-02-29T14:30:00.123456Z","channel":"mobile"}""", entry.Json["data"]!.ToJsonString());
        Assert.NotNull(entry.Json["sealed"]);
        Assert.DoesNotContain("203.0.113.171", entry.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("v-evidence", entry.Text, StringComparison.Ordinal);
        // Where nothing is said of the channel, it was the web.
        var plain = await client.ChooseCookiesAsync("v-evidence", ("visit_analytics", true));
        var second = (await client.GetReplyAsync($"/v1/ledger/entries/{plain.Positions[0]}")).Json;
        Assert.Equal("web", (string)second["data"]!["channel"]!);
        Assert.Null(second["sealed"]);
    }

    [Theory, BothStores]
    public async Task A_visitor_and_a_member_of_the_same_name_are_two(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        await client.ChooseCookiesAsync("same-name", "allow_all");
        (await client.GetReplyAsync("/v1/members/same-name/consents")).Names(HttpStatusCode.NotFound, "memberId");
        await client.ConsentAsync("same-name", ("sms_marketing", true));
        Assert.Empty((await client.GetReplyAsync("/v1/ledger/entries?member=same-name&type=cookies.chosen")).List("entries"));
        Assert.Equal("allow_all", (string)(await Read(client, "same-name")).Json["cookies"]!["choice"]!);
    }

    [Fact]
    public void The_purposes_of_cookies_are_those_of_the_policy_in_both_languages()
    {
        var catalog = DecisionRuleTests.ShippedCatalog();
        Assert.Equal(Purposes.Order(StringComparer.Ordinal), catalog.CookiePurposes.Select(p => p.Code));
        Assert.All(catalog.CookiePurposes, p => Assert.True(p.Name is { Ko.Length: > 0, En.Length: > 0 } && catalog.FindPurpose(p.Code) is null));
    }

    [Theory, BothStores]
    public async Task With_a_catalog_that_names_no_purposes_of_cookies_only_general_choices_are_taken(Store store)
    {
        var file = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Catalog", "catalog.json"), TestContext.Current.CancellationToken))!;
        Assert.True(file.AsObject().Remove("cookiePurposes"));
        var path = Path.Combine(Directory.CreateTempSubdirectory("consent-ledger-catalog-").FullName, "catalog.json");
        await File.WriteAllTextAsync(path, file.ToJsonString(), TestContext.Current.CancellationToken);
        await using (var ledger = await LedgerService.StartAsync(store, postgres, time: null, ("Catalog:File", path)))
        {
            var client = ledger.Client();
            (await client.ChooseCookiesAsync("v-1", ("visit_analytics", true))).Names(HttpStatusCode.BadRequest, "choices[0].purpose");
            (await client.ChooseCookiesAsync("v-1", "refuse_all")).Recorded("cookies.chosen");
            var loaded = (await client.GetReplyAsync("/v1/ledger/entries?type=catalog.loaded")).List("entries")[0];
            Assert.Null(loaded["data"]!["cookiePurposes"]);
        }

        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task No_replica_permits_a_cookie_that_another_has_answered_the_refusal_of()
    {
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var first = LedgerService.Start(database);
        await using var second = LedgerService.Start(database);
        HttpClient[] clients = [first.Client(), second.Client()];
        for (var round = 0; round < 20; round++)
        {
            var (writer, reader) = (clients[round % 2], clients[(round + 1) % 2]);
            await writer.ChooseCookiesAsync("v-replicas", ("visit_analytics", true));
            Assert.Equal(["permit"], await Decide(reader, "v-replicas", "visit_analytics"));
            await writer.ChooseCookiesAsync("v-replicas", "refuse_all");
            Assert.Equal(["deny"], await Decide(reader, "v-replicas", "visit_analytics"));
        }
    }

    [Theory, BothStores]
    public async Task What_cannot_be_meant_is_named_and_nothing_is_written(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var head = await ledger.HeadAsync();
        const string Analytics = """{"purpose":"visit_analytics","granted":true}""";
        foreach (var (path, body, fields) in ((string, string, string)[])
        [
            ("cookie-choices", "{}", "choice choices"),
            ("cookie-choices", """{"channel":"web"}""", "choice choices"),
            ("cookie-choices", """{"choice":null,"choices":null}""", "choice choices"),
            ("cookie-choices", $$"""{"choice":"ask","choices":[{{Analytics}}]}""", "choice choices"),
            ("cookie-choices", """{"choice":"AllowAll"}""", "choice"),
            ("cookie-choices", """{"choice":"allow_some"}""", "choice"),
            ("cookie-choices", """{"choice":"allow_all,ask"}""", "choice"),
            ("cookie-choices", """{"choice":0}""", "choice"),
            ("cookie-choices", """{"choice":"ask","choises":[]}""", "choises"),
            ("cookie-choices", """{"choice":"ask","actor":{"kind":"member"}}""", "actor"),
            ("cookie-choices", """{"choice":"ask","channel":null}""", "channel"),
            ("cookie-choices", """{"choice":"ask","channel":"pigeon"}""", "channel"),
            ("cookie-choices", """{"choice":"ask","occurredAt":"2999-01-01T00:00:00Z"}""", "occurredAt"),
            ("cookie-choices", """{"choice":"ask","occurredAt":"1999-12-31T23:59:59Z"}""", "occurredAt"),
            ("cookie-choices", """{"choice":"ask","evidence":{"documentSha256":"aa"}}""", "evidence.documentSha256"),
            ("cookie-choices", """{"choices":[]}""", "choices"),
            ("cookie-choices", """{"choices":[null]}""", "choices"),
            ("cookie-choices", $$"""{"choices":[{{string.Join(',', Enumerable.Range(10, 33).Select(i => $$"""{"purpose":"p{{i}}","granted":true}"""))}}]}""", "choices"),
            ("cookie-choices", """{"choices":[{"purpose":"visit_analytics"}]}""", "choices[0].granted"),
            ("cookie-choices", """{"choices":[{"purpose":"Visit Analytics","granted":true}]}""", "choices[0].purpose"),
            // A purpose of personal data is none of cookies.
            ("cookie-choices", $$"""{"choices":[{{Analytics}},{"purpose":"email_marketing","granted":true}]}""", "choices[1].purpose"),
            ("cookie-choices", $$"""{"choices":[{{Analytics}},{"purpose":"visit_analytics","granted":false}]}""", "choices[1].purpose"),
            ("cookie-decisions", "{}", "purposes"),
            ("cookie-decisions", """{"purposes":[]}""", "purposes"),
            ("cookie-decisions", """{"purposes":["visit_analytics","visit_analytics"]}""", "purposes"),
            ("cookie-decisions", """{"purposes":["visit_analytics","email_marketing","world_domination"]}""", "purposes[1] purposes[2]"),
            ("cookie-decisions", $$"""{"purposes":[{{string.Join(',', Enumerable.Range(10, 33).Select(i => $"\"p{i}\""))}}]}""", "purposes"),
            ("cookie-decisions", """{"purposes":["visit_analytics"],"partner":"inicis"}""", "partner"),
            ("link", "{}", "member"),
            ("link", """{"member":"홍길동"}""", "member"),
            ("link", """{"member":""}""", "member"),
            ("link", """{"member":["m-1"]}""", "member"),
            ("link", """{"member":"m-1","visitor":"v-1"}""", "visitor"),
        ])
        {
            foreach (var language in (string[])["ko", "en"])
            {
                var reply = (await client.PostReplyAsync($"/v1/visitors/v-bad/{path}", body, language: language)).Names(HttpStatusCode.BadRequest, fields.Split(' '));
                Assert.All(reply.Json["errors"]!.AsObject(), e => Assert.Equal(language == "ko", e.Value.Strings().Any(m => m.Any(c => c is >= '가' and <= '힣'))));
            }
        }

        (await Read(client, "v-bad")).Names(HttpStatusCode.NotFound, "visitorId");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory]
    [BothStores("v%2F1", "v%5C1", "v%201", "%ED%99%8D%EA%B8%B8%EB%8F%99", "v%0A1", "v%7F", "v%FF", "v*", "v%25", "v%3Cscript%3E", "129")]
    public async Task A_visitor_id_outside_its_pattern_is_named_on_every_path(Store store, string id)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var head = await ledger.HeadAsync();
        var visitor = id == "129" ? new string('v', 129) : id;
        (await client.ChooseCookiesAsync(visitor, "ask")).Names(HttpStatusCode.BadRequest, "visitorId");
        (await Read(client, visitor)).Names(HttpStatusCode.BadRequest, "visitorId");
        (await client.DecideCookiesAsync(visitor, "visit_analytics")).Names(HttpStatusCode.BadRequest, "visitorId");
        (await client.LinkAsync(visitor, "m-1")).Names(HttpStatusCode.BadRequest, "visitorId");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    private static Task<Reply> Read(HttpClient client, string visitor) => client.GetReplyAsync($"/v1/visitors/{visitor}/cookie-choices");

    private static async Task<string[]> Decide(HttpClient client, string visitor, params string[] purposes) =>
        [.. (await client.DecideCookiesAsync(visitor, purposes)).List("decisions").Select(d => (string)d["decision"]!)];
}
