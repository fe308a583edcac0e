using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ConsentLedger.Rights;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Rights;

/// <summary>Policy, members' rights clauses 1 and 4 (PIPA art. 35): the member sees everything that is held, and nobody else's.</summary>
public sealed class RecordTests(ClockedLedgers ledgers, PostgresServer postgres) : IClassFixture<ClockedLedgers>
{
    private static readonly object Verified = new { method = "mobile_carrier", reference = "통신사 확인 5521" };

    [Theory, BothStores]
    public async Task A_full_life_is_shown_whole_with_everything_opened(Store store)
    {
        var clock = new TestClock();
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        var life = new Life(client, "m-full");
        await life.JoinsAsync();
        await life.ChoosesAsync();
        await life.AsksAsync();
        using var courier = ledger.Partner("cj-gls");
        (await courier.AcknowledgeAsync("cj-gls", ((string)(await courier.EventsAsync("cj-gls"))[0]["id"]!, "partial", "배송처 메모"))).Recorded("delivery.acknowledged");
        var transfer = (await client.AnnounceAsync(clock.Now.AddDays(30))).Id();
        (await client.PostReplyAsync("/v1/members/m-full/transfer-objections", Asked())).Recorded("business_transfer.objected");
        var read = await client.GetReplyAsync("/v1/members/m-full/record");
        var record = read.Is(HttpStatusCode.OK).Json;
        Assert.Null(read.Next());
        Assert.Null(record["truncatedAfter"]);
        Assert.Equal(await ledger.HeadAsync(), (long)record["asOfPosition"]!);
        Assert.Equal(("m-full", "suspended"), ((string)record["member"]!, (string)record["status"]!));

        var guardian = record["guardian"]!;
        Assert.Equal(("mobile_identification", "대리인 확인 기록 7"), ((string)guardian["method"]!, (string)guardian["reference"]!));
        Assert.Equal("""{"name":"김보호","relation":"어머니"}""", guardian["who"]!.ToJsonString(Readable));

        CheckConsents(record);
        var given = Assert.Single(record["provisions"]!.AsArray())!;
        Assert.Equal(("cj-gls", "delivery", "contract", "선물 포장"), ((string)given["partner"]!, (string)given["purpose"]!, (string)given["legalBasis"]!, (string)given["reference"]!["memo"]!));
        Assert.Equal(["name", "address", "mobile"], given["items"].Strings());
        Assert.Equal(["out_of_scope"], Assert.Single(record["deniedProvisions"]!.AsArray())!["reasons"].Strings());
        CheckRequests(record);

        var objection = Assert.Single(record["transferObjections"]!.AsArray())!;
        Assert.Equal((transfer, "㈜새가게", "통신사 확인 5521"), ((string)objection["transferId"]!, (string)objection["transferee"]!["ko"]!, (string)objection["verification"]!["reference"]!));
        Assert.Equal("third-party-provision", (string)Assert.Single(record["noticesGiven"]!.AsArray())!["notice"]!["id"]!);
        Assert.Equal("email_marketing", (string)Assert.Single(record["resultNotices"]!.AsArray())!["purpose"]!);
        var visitor = Assert.Single(record["cookies"]!.AsArray())!;
        Assert.Equal(("v-m-full", "ask", "192.0.2.9"), ((string)visitor["visitor"]!, (string)visitor["cookies"]!["choice"]!, (string)visitor["evidence"]!["ip"]!));
        // Of the partner's answer neither the note nor that there is one.
        Assert.DoesNotContain("배송처 메모", read.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("acknowledged", read.Text, StringComparison.Ordinal);
        Assert.Null(record["retentions"]);
        Assert.Null(record["eraseAt"]);

        // The transfer takes effect: the objection is enforced, and who the controller was is told by each record for its own time.
        (await client.PostReplyAsync($"/v1/suspensions/{(string)record["suspensions"]![0]!["id"]!}/lifting", RightsRequests.Asked)).Recorded("processing.resumed");
        clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal("suspended", (string)(await RecordAsync(client, "m-full"))["status"]!);
        await ledger.WorkAsync();
        (await client.ConsentAsync("m-full", ("telemarketing", false))).Recorded("consent.refused");
        var after = await RecordAsync(client, "m-full");
        Assert.Equal("suspended", (string)after["status"]!);
        Assert.Equal(("lifted", "completed"), ((string)after["suspensions"]![0]!["status"]!, (string)after["suspensions"]!.AsArray()[^1]!["status"]!));
        Assert.Equal(transfer, (string)after["suspensions"]!.AsArray()[^1]!["businessTransferId"]!);
        var records = after["consentRecords"]!.AsArray();
        Assert.Equal(("오피스디포", "㈜새가게"), (ControllerOf(records[0]!), ControllerOf(records[^1]!)));
        // The enforcement withdrew what was granted still, and before the shop changed hands.
        Assert.Equal(("withdrawn", "system", "오피스디포"), ((string)records[^2]!["eventState"]!, (string)records[^2]!["actor"]!["kind"]!, ControllerOf(records[^2]!)));
    }

    [Theory, BothStores]
    public async Task A_value_is_shown_until_its_item_is_deleted_and_again_once_it_is_given_anew(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        await client.CompleteAsync((await client.CorrectAsync("m-gone", "mobile", "address")).Id(), ("mobile", "010-1"), ("address", "서울시 은닉로 1"));
        Assert.Equal(["address", "mobile"], (await CorrectionsAsync())[0]!["values"].NamesOf());
        var deletion = (await client.RequestDeletionAsync("m-gone", "mobile")).Id();
        // Asked for is not deleted.
        Assert.Equal(["address", "mobile"], (await CorrectionsAsync())[0]!["values"].NamesOf());
        (await client.PostReplyAsync($"/v1/deletions/{deletion}/completion", null)).Recorded("deletion.completed");
        Assert.Equal("""{"address":"서울시 은닉로 1"}""", (await CorrectionsAsync())[0]!["values"]!.ToJsonString(Readable));
        await client.CompleteAsync((await client.CorrectAsync("m-gone", "mobile")).Id(), ("mobile", "010-2"));
        var corrections = await CorrectionsAsync();
        Assert.Equal(["address"], corrections[0]!["values"].NamesOf());
        Assert.Equal("010-2", (string)corrections[1]!["values"]!["mobile"]!);

        async Task<JsonArray> CorrectionsAsync() => (await RecordAsync(client, "m-gone"))["corrections"]!.AsArray();
    }

    [Theory, BothStores]
    public async Task Who_has_left_may_see_it_until_the_erasure_and_then_there_is_nothing(Store store)
    {
        var clock = new TestClock();
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        await client.ConsentAsync("m-left", ("email_marketing", true));
        await client.ProvideAsync("m-left", "cj-gls", "delivery", "name", "address");
        await client.ChooseCookiesAsync("v-left", "refuse_all");
        await client.LinkAsync("v-left", "m-left");
        var complaint = (await client.ComplainAsync("m-left", "배송이 늦었습니다")).Id();
        await client.CorrectAsync("m-left", "mobile");
        await client.RequestDeletionAsync("m-left", "phone");
        await client.SuspendAsync("m-left");
        var left = (await client.TerminateAsync("m-left")).Recorded("consent.withdrawn", "member.terminated");
        // Nobody views a terminated member any more, but for the member.
        (await client.GetReplyAsync("/v1/members/m-left/consents")).IsProblem(HttpStatusCode.Forbidden);
        (await client.GetReplyAsync("/v1/members/m-left/provisions")).IsProblem(HttpStatusCode.Forbidden);
        var record = await RecordAsync(client, "m-left");
        Assert.Equal("restricted", (string)record["status"]!);
        Assert.Equal(clock.Now, record["terminatedAt"].Instant());
        Assert.Equal((string)left.Json["eraseAt"]!, (string)record["eraseAt"]!);
        Assert.Equal(left.Json["retentions"]!.ToJsonString(), record["retentions"]!.ToJsonString());
        Assert.Equal(["given", "withdrawn"], Values(record["consentRecords"], "eventState"));
        Assert.Equal(["lapsed", "lapsed", "lapsed", "open"], Values(record["corrections"], "status").Concat(Values(record["deletions"], "status"))
            .Concat(Values(record["suspensions"], "status")).Concat(Values(record["complaints"], "status")));
        Assert.Equal("refuse_all", (string)record["cookies"]![0]!["cookies"]!["choice"]!);

        // A complaint is answered still; what need not be kept any longer leaves the list.
        (await client.PostReplyAsync($"/v1/complaints/{complaint}/answer", new { text = "사과드립니다" })).Recorded("complaint.answered");
        clock.Advance(TimeSpan.FromDays((365 * 4) + 2));
        await ledger.WorkAsync();
        record = await RecordAsync(client, "m-left");
        Assert.Equal("사과드립니다", (string)record["complaints"]![0]!["answer"]!);
        Assert.Equal(["contract_or_withdrawal"], Values(record["retentions"], "ground"));

        clock.MoveTo(record["eraseAt"].Instant().AddSeconds(1));
        Assert.Equal("배송이 늦었습니다", (string)(await RecordAsync(client, "m-left"))["complaints"]![0]!["text"]!);
        await ledger.WorkAsync();
        (await client.GetReplyAsync("/v1/members/m-left/record")).Names(HttpStatusCode.NotFound, "memberId");
        // The id may be somebody else's now: of the one before nothing comes back.
        (await client.ConsentAsync("m-left", ("sms_marketing", false))).Recorded("consent.refused");
        record = await RecordAsync(client, "m-left");
        Assert.Equal("active", (string)record["status"]!);
        Assert.Equal(["refused"], Values(record["consentRecords"], "eventState"));
        Assert.All((string[])["provisions", "corrections", "deletions", "suspensions", "complaints", "cookies"], list => Assert.Empty(record[list]!.AsArray()));
    }

    [Theory, BothStores]
    public async Task Silence_that_ended_a_consent_and_a_reconfirmation_are_records_of_their_own(Store store)
    {
        var clock = new TestClock();
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        await client.ConsentAsync("m-silent", ("email_marketing", true), ("sms_marketing", true));
        clock.Advance(TimeSpan.FromDays(365));
        await client.PostReplyAsync("/v1/members/m-silent/reconfirmations", new { purposes = (string[])["email_marketing"], actor = Requests.Member, channel = "email" });
        clock.Advance(TimeSpan.FromDays(367));
        await ledger.WorkAsync();
        var records = (await RecordAsync(client, "m-silent"))["consentRecords"]!.AsArray();
        Assert.Equal(
            [("email_marketing", "given", "member"), ("sms_marketing", "given", "member"), ("email_marketing", "reconfirmed", "member"), ("sms_marketing", "expired", "system")],
            records.Select(r => ((string)r!["purpose"]!, (string)r["eventState"]!, (string)r["actor"]!["kind"]!)));
        Assert.All(records, r => Assert.Equal(1, (int)r!["privacyNotice"]!["version"]!));
        Assert.NotNull(records[2]!["reconfirmBy"]);
        Assert.Null(records[3]!["channel"]);
    }

    [Theory, BothStores]
    public async Task Two_members_side_by_side_see_each_their_own(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        await Task.WhenAll(((string[])["m-side-a", "m-side-b"]).Select(async member =>
        {
            var life = new Life(client, member);
            await life.JoinsAsync();
            await life.ChoosesAsync();
            await life.AsksAsync();
        }));
        // Both use the tablet of the house; what was chosen before any login is of the first who did.
        await client.ChooseCookiesAsync("v-tablet", "allow_all");
        await client.LinkAsync("v-tablet", "m-side-a");
        await client.LinkAsync("v-tablet", "m-side-b");
        await client.ComplainAsync("m-side-b", "나만의 민원");
        var (a, b) = (await client.GetReplyAsync("/v1/members/m-side-a/record"), await client.GetReplyAsync("/v1/members/m-side-b/record"));
        foreach (var (own, other, mine, theirs) in (((Reply, Reply, string, string)[])[(a, b, "m-side-a", "m-side-b"), (b, a, "m-side-b", "m-side-a")]))
        {
            Assert.Contains($"{mine}의 번호", own.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(theirs, own.Text, StringComparison.Ordinal);
            Assert.Empty(Ids(own).Intersect(Ids(other)));
        }

        Assert.DoesNotContain("나만의 민원", a.Text, StringComparison.Ordinal);
        Assert.Equal([("v-m-side-a", "ask"), ("v-tablet", "allow_all")], Browsers(a));
        Assert.Equal([("v-m-side-b", "ask"), ("v-tablet", null)], Browsers(b));

        static IEnumerable<string> Ids(Reply reply) => Values(reply.Json["consentRecords"], "recordId").Concat(Values(reply.Json["provisions"], "position"))
            .Concat(Values(reply.Json["corrections"], "id")).Concat(Values(reply.Json["complaints"], "id"));

        static IEnumerable<(string, string?)> Browsers(Reply reply) =>
            reply.Json["cookies"]!.AsArray().Select(v => ((string)v!["visitor"]!, (string?)v["cookies"]?["choice"]));
    }

    [Theory, BothStores]
    public async Task Who_lifted_who_left_and_the_guardian_before_are_held_too_and_so_are_shown(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        foreach (var name in (string[])["김어머니", "이아버지"])
        {
            (await client.SendReplyAsync(HttpMethod.Put, "/v1/members/m-held/guardian", new
            {
                under14Until = "2030-03-01",
                verification = new { method = "written", reference = $"{name} 서식" },
                channel = "written",
                guardian = new { name },
            })).Recorded("guardian.registered");
        }

        var suspension = (await client.SuspendAsync("m-held")).Id();
        await client.PostReplyAsync($"/v1/suspensions/{suspension}/lifting", new
        {
            actor = new { kind = "legal_guardian" },
            channel = "written",
            verification = new { method = "document", reference = "해제 서식 2" },
        });
        (await client.PostReplyAsync("/v1/members/m-held/termination", Asked())).Recorded("member.terminated");
        var record = await RecordAsync(client, "m-held");
        Assert.Equal("이아버지", (string)record["guardian"]!["who"]!["name"]!);
        var former = Assert.Single(record["formerGuardians"]!.AsArray())!;
        Assert.Equal(("김어머니", "김어머니 서식"), ((string)former["who"]!["name"]!, (string)former["reference"]!));
        var lifted = record["suspensions"]![0]!["liftedBy"]!;
        Assert.Equal(("legal_guardian", "해제 서식 2"), ((string)lifted["actor"]!["kind"]!, (string)lifted["verification"]!["reference"]!));
        Assert.Equal(("phone", "통신사 확인 5521"), ((string)record["terminatedBy"]!["channel"]!, (string)record["terminatedBy"]!["verification"]!["reference"]!));
    }

    [Theory, BothStores]
    public async Task On_a_shared_browser_who_logs_in_next_sees_nothing_of_what_the_one_before_chose(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await ChooseAsync("192.0.2.10", ("personalisation", true));
        await client.LinkAsync("v-shared", "m-before");
        var linked = clock.Now;
        await ChooseAsync("192.0.2.11", ("visit_analytics", true));
        clock.Advance(TimeSpan.FromMinutes(1));
        await client.LinkAsync("v-shared", "m-after");
        var silent = await CookiesAsync("m-after");
        Assert.Null(silent["cookies"]);
        Assert.Null(silent["evidence"]);
        Assert.Equal(clock.Now, silent["linkedAt"].Instant());
        await ChooseAsync("192.0.2.12", ("targeted_marketing", false));
        clock.Advance(TimeSpan.FromMinutes(1));
        await client.LinkAsync("v-shared", "m-before");
        await ChooseAsync("192.0.2.13", ("visit_analytics", false));
        // Each its own, although the browser does as all of them say.
        var (before, after) = (await CookiesAsync("m-before"), await CookiesAsync("m-after"));
        Assert.Equal(["personalisation=true", "visit_analytics=false"], ChoicesOf(before));
        Assert.Equal(("192.0.2.13", linked), ((string)before["evidence"]!["ip"]!, before["linkedAt"].Instant()));
        Assert.Equal(["targeted_marketing=false"], ChoicesOf(after));
        Assert.Equal("192.0.2.12", (string)after["evidence"]!["ip"]!);
        Assert.Equal(3, (await client.GetReplyAsync("/v1/visitors/v-shared/cookie-choices")).Json["cookies"]!["choices"]!.AsArray().Count);

        async Task ChooseAsync(string ip, (string Purpose, bool Granted) choice) => (await client.PostReplyAsync(
            "/v1/visitors/v-shared/cookie-choices",
            new { choices = new[] { new { purpose = choice.Purpose, granted = choice.Granted } }, evidence = new { ip } })).Recorded("cookies.chosen");

        async Task<JsonNode> CookiesAsync(string member) => Assert.Single((await RecordAsync(client, member))["cookies"]!.AsArray())!;

        static IEnumerable<string> ChoicesOf(JsonNode visitor) =>
            visitor["cookies"]!["choices"]!.AsArray().Select(c => $"{c!["purpose"]}={c["granted"]!.ToJsonString()}");
    }

    [Theory, BothStores]
    public async Task A_long_life_comes_in_pages_that_leave_nothing_out_and_repeat_nothing(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        var client = ledger.Client();
        await client.ConsentAsync("m-long", ("email_marketing", true));
        var spanning = (await client.CorrectAsync("m-long", "phone")).Id();
        var complaint = (await client.ComplainAsync("m-long", "긴 민원")).Id();
        var suspended = (await client.SuspendAsync("m-long")).Id();
        (await client.PostReplyAsync($"/v1/suspensions/{suspended}/lifting", RightsRequests.Asked)).Recorded("processing.resumed");
        var stillOpen = (await client.RequestDeletionAsync("m-long", "email")).Id();
        const int Before = 6;
        const int AtOnce = 100;
        // Entries of others stand between.
        for (var i = 0; i < (ReadRecord.MaxEntries / AtOnce) + 1; i++)
        {
            (await client.PostReplyAsync("/v1/members/m-long/checkouts", new
            {
                provisions = Enumerable.Repeat(new { partner = "cj-gls", purpose = "delivery", items = (string[])["name", "address"] }, AtOnce),
            })).Is(HttpStatusCode.Created);
            await client.ConsentAsync("m-long-other", ("sms_marketing", i % 2 == 0));
        }

        await client.WithdrawAsync("m-long", "email_marketing");
        await client.CompleteAsync(spanning, ("phone", "02-123-4567"));
        (await client.PostReplyAsync($"/v1/complaints/{complaint}/answer", new { text = "긴 답변" })).Recorded("complaint.answered");

        var first = (await client.GetReplyAsync("/v1/members/m-long/record")).Is(HttpStatusCode.OK);
        var next = first.Next();
        var truncated = (long)first.Json["truncatedAfter"]!;
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"/v1/members/m-long/record?after={truncated}"), next);
        Assert.Equal(ReadRecord.MaxEntries - Before, first.Json["provisions"]!.AsArray().Count);
        Assert.Equal(truncated, (long)first.Json["provisions"]!.AsArray()[^1]!["position"]!);
        Assert.Equal("settled_later", (string)Assert.Single(first.Json["corrections"]!.AsArray())!["status"]!);
        Assert.Equal("settled_later", (string)Assert.Single(first.Json["complaints"]!.AsArray())!["status"]!);
        Assert.Equal("lifted", (string)Assert.Single(first.Json["suspensions"]!.AsArray())!["status"]!);
        Assert.Equal((stillOpen, "open"), ((string)first.Json["deletions"]![0]!["id"]!, (string)first.Json["deletions"]![0]!["status"]!));

        var second = (await client.GetReplyAsync(next!)).Is(HttpStatusCode.OK);
        Assert.Null(second.Next());
        Assert.Null(second.Json["truncatedAfter"]);
        Assert.Equal(
            ReadRecord.MaxEntries + AtOnce,
            Values(first.Json["provisions"], "position").Concat(Values(second.Json["provisions"], "position")).Distinct().Count());
        var settled = Assert.Single(second.Json["corrections"]!.AsArray())!;
        Assert.Equal((spanning, "completed", "02-123-4567"), ((string)settled["id"]!, (string)settled["status"]!, (string)settled["values"]!["phone"]!));
        Assert.Null(settled["requestedAt"]);
        Assert.Equal((complaint, "긴 답변"), ((string)second.Json["complaints"]![0]!["id"]!, (string)second.Json["complaints"]![0]!["answer"]!));
        // From what was withdrawn is on the page before, and said all the same.
        var withdrawn = Assert.Single(second.Json["consentRecords"]!.AsArray())!;
        Assert.Equal(("withdrawn", "areumnet"), ((string)withdrawn["eventState"]!, (string)withdrawn["privacyNotice"]!["disclosures"]![0]!["recipient"]!));
        // Exactly to the end: no page is empty.
        var last = (long)second.Json["asOfPosition"]!;
        var beyond = (await client.GetReplyAsync($"/v1/members/m-long/record?after={last}")).Is(HttpStatusCode.OK);
        Assert.Null(beyond.Next());
        Assert.Empty(beyond.Json["consentRecords"]!.AsArray());
    }

    [Theory, BothStores]
    public async Task Nobody_is_found_who_is_not_there_and_a_bad_cursor_is_named(Store store)
    {
        var client = (await ledgers.On(store)).Ledger.Client();
        (await client.GetReplyAsync("/v1/members/m-nobody/record")).Names(HttpStatusCode.NotFound, "memberId");
        // A visitor is no member, whatever its id.
        await client.ChooseCookiesAsync("v-nobody", "ask");
        (await client.GetReplyAsync("/v1/members/v-nobody/record")).Names(HttpStatusCode.NotFound, "memberId");
        (await client.GetReplyAsync("/v1/members/m-nobody/record?after=-1")).Names(HttpStatusCode.BadRequest, "after");
        (await client.GetReplyAsync("/v1/members/m-nobody/record?after=x")).Names(HttpStatusCode.BadRequest, "after");
        (await client.GetReplyAsync("/v1/members/m%20nobody/record")).Names(HttpStatusCode.BadRequest, "memberId");
    }

    [Theory, BothStores]
    public async Task Who_asks_after_an_answered_write_finds_it(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        for (var i = 1; i <= 30; i++)
        {
            await client.ComplainAsync("m-fresh", $"민원 {i}");
            var complaints = (await RecordAsync(client, "m-fresh"))["complaints"]!.AsArray();
            Assert.Equal((i, $"민원 {i}"), (complaints.Count, (string)complaints[^1]!["text"]!));
        }
    }

    private static readonly System.Text.Json.JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static object Asked(string[]? items = null) => items is null
        ? new { actor = Requests.Member, channel = "phone", verification = Verified }
        : new { items, actor = Requests.Member, channel = "phone", verification = Verified };

    private static async Task<JsonNode> RecordAsync(HttpClient client, string member) =>
        (await client.GetReplyAsync($"/v1/members/{member}/record")).Is(HttpStatusCode.OK).Json;

    private static string[] Values(JsonNode? list, string name) => [.. list!.AsArray().Select(n => n![name]!.ToString())];

    private static string ControllerOf(JsonNode record) => (string)Assert.Single(record["piiControllers"]!.AsArray())!["partyName"]!["ko"]!;

    private static void CheckConsents(JsonNode record)
    {
        var records = record["consentRecords"]!.AsArray();
        Assert.Equal(
            [("email_marketing", "given"), ("sms_marketing", "refused"), ("telemarketing", "given"), ("email_marketing", "withdrawn")],
            records.Select(r => ((string)r!["purpose"]!, (string)r["eventState"]!)));
        var first = records[0]!;
        Assert.Equal("2026-01-05T00:00:00Z", (string)first["eventTime"]!);
        Assert.Equal(("legal_guardian", "written"), ((string)first["actor"]!["kind"]!, (string)first["channel"]!));
        Assert.Equal((new string('d', 64), "서명한 종이"), ((string)first["evidence"]!["documentSha256"]!, (string)first["evidence"]!["userAgent"]!));
        Assert.Equal("통신사 확인 5521", (string)first["verification"]!["reference"]!);
        Assert.Equal(["id", "version", "title", "disclosures"], first["privacyNotice"]!.AsObject().Select(m => m.Key));
        var facts = Assert.Single(first["privacyNotice"]!["disclosures"]!.AsArray())!;
        Assert.Equal(
            ("㈜아름넷닷컴", "이메일 마케팅 전송 대행", "동의 철회 또는 회원탈퇴 시까지"),
            ((string)facts["recipientName"]!["ko"]!, (string)facts["purposeOfUse"]!["ko"]!, (string)facts["retention"]!["ko"]!));
        Assert.Contains("mobile", facts["items"].Strings());
        Assert.StartsWith("동의를 거부할 권리", (string)facts["rightToRefuse"]!["ko"]!, StringComparison.Ordinal);
        Assert.Equal("오피스디포", ControllerOf(first));
        var recipient = Assert.Single(first["recipients"]!.AsArray())!;
        Assert.Equal(("areumnet", "processor"), ((string)recipient["partyId"]!, (string)recipient["partyRole"]!));
        // The shop's own use has a controller and no recipient.
        Assert.Empty(records[2]!["recipients"]!.AsArray());
        Assert.Equal(1, (int)records[3]!["privacyNotice"]!["version"]!);
        Assert.All(records, r => Assert.NotNull(r!["recordedAt"]));
        Assert.Equal(Values(record["consentRecords"], "recordId").Length, Values(record["consentRecords"], "recordId").Distinct().Count());
    }

    private static void CheckRequests(JsonNode record)
    {
        Assert.Equal(["completed", "rejected", "open"], Values(record["corrections"], "status"));
        var corrected = record["corrections"]![0]!;
        // The telephone was deleted after it was corrected.
        Assert.Equal("""{"address":"m-full의 번호 12, 서울시 행복로"}""", corrected["values"]!.ToJsonString(Readable));
        Assert.Equal(["address", "phone"], corrected["items"].Strings());
        Assert.Equal(["actor", "channel", "dueAt", "id", "items", "requestedAt", "settledAt", "status", "values", "verification"], corrected.NamesOf());
        Assert.Equal("본인 확인이 되지 않았습니다", (string)record["corrections"]![1]!["reason"]!);
        Assert.Null(record["corrections"]![2]!["settledAt"]);
        Assert.Equal(["completed", "rejected"], Values(record["deletions"], "status"));
        Assert.Equal("세법에 따라 보관합니다", (string)record["deletions"]![1]!["reason"]!);
        Assert.Equal(["completed", "rejected", "lifted"], Values(record["suspensions"], "status"));
        Assert.Equal("다른 법령의 의무입니다", (string)record["suspensions"]![1]!["reason"]!);
        Assert.NotNull(record["suspensions"]![2]!["liftedAt"]);
        Assert.Equal(["answered", "open"], Values(record["complaints"], "status"));
        var answered = record["complaints"]![0]!;
        Assert.Equal(("광고 문자가 옵니다", "발송을 멈추었습니다"), ((string)answered["text"]!, (string)answered["answer"]!));
        Assert.All(
            (string[])["corrections", "deletions", "suspensions", "complaints"],
            list => Assert.All(record[list]!.AsArray(), r => Assert.NotNull(r!["dueAt"])));
    }

    private sealed class Life(HttpClient client, string member)
    {
        private string Path => $"/v1/members/{member}";

        public async Task JoinsAsync()
        {
            (await client.SendReplyAsync(HttpMethod.Put, $"{Path}/guardian", new
            {
                under14Until = "2028-02-29",
                verification = new { method = "mobile_identification", reference = "대리인 확인 기록 7" },
                channel = "web",
                guardian = new Dictionary<string, string> { ["name"] = "김보호", ["relation"] = "어머니" },
            })).Recorded("guardian.registered");
            (await client.PostReplyAsync($"{Path}/consents", new
            {
                notice = Requests.Notice,
                choices = new[] { new { purpose = "email_marketing", granted = true }, new { purpose = "sms_marketing", granted = false }, new { purpose = "telemarketing", granted = true } },
                actor = new { kind = "legal_guardian" },
                channel = "written",
                occurredAt = "2026-01-05T09:00:00+09:00",
                evidence = new { userAgent = "서명한 종이", documentSha256 = new string('d', 64) },
                verification = Verified,
            })).Recorded("consent.granted", "consent.refused", "consent.granted");
        }

        public async Task ChoosesAsync()
        {
            (await client.PostReplyAsync($"{Path}/provisions", new
            {
                partner = "cj-gls",
                purpose = "delivery",
                items = (string[])["name", "address", "mobile"],
                reference = new Dictionary<string, string> { ["memo"] = "선물 포장" },
            })).Recorded("provision.recorded");
            (await client.ProvideAsync(member, "cj-gls", "delivery", "email")).IsProblem(HttpStatusCode.Forbidden);
            (await client.WithdrawAsync(member, "email_marketing")).Recorded("consent.withdrawn");
            (await client.PostReplyAsync($"{Path}/result-notices", new { purposes = (string[])["email_marketing"], channel = "email" })).Recorded("consent.result_notified");
            (await client.PostReplyAsync($"{Path}/notices", new { notice = Requests.Notice, channel = "email" })).Recorded("notice.given");
            (await client.PostReplyAsync($"/v1/visitors/v-{member}/cookie-choices", new { choice = "ask", evidence = new { ip = "192.0.2.9" } })).Recorded("cookies.chosen");
            (await client.LinkAsync($"v-{member}", member)).Recorded("visitor.linked", "visitor.linked");
        }

        public async Task AsksAsync()
        {
            var corrected = (await client.PostReplyAsync($"{Path}/corrections", Asked(["address", "phone"]))).Id();
            (await client.CompleteAsync(corrected, ("address", $"{member}의 번호 12, 서울시 행복로"), ("phone", "02-555-0101"))).Recorded("correction.completed");
            await SettleAsync("corrections", Asked(["mobile"]), "rejection", new { reason = "본인 확인이 되지 않았습니다" });
            (await client.PostReplyAsync($"{Path}/corrections", Asked(["name"]))).Recorded("correction.requested");
            await SettleAsync("deletions", Asked(["phone"]), "completion", null);
            await SettleAsync("deletions", Asked(["payment_info"]), "rejection", new { reason = "세법에 따라 보관합니다" });
            await SettleAsync("suspensions", Asked(), "completion", null);
            await SettleAsync("suspensions", Asked(), "rejection", new { reason = "다른 법령의 의무입니다" });
            await SettleAsync("suspensions", Asked(), "lifting", RightsRequests.Asked);
            var complaint = (await client.ComplainAsync(member, "광고 문자가 옵니다")).Id();
            (await client.PostReplyAsync($"/v1/complaints/{complaint}/answer", new { text = "발송을 멈추었습니다" })).Recorded("complaint.answered");
            (await client.ComplainAsync(member, "아직도 옵니다")).Recorded("complaint.received");
        }

        private async Task SettleAsync(string kind, object body, string result, object? answer)
        {
            var id = (await client.PostReplyAsync($"{Path}/{kind}", body)).Id();
            (await client.PostReplyAsync($"/v1/{kind}/{id}/{result}", answer)).Is(HttpStatusCode.Created);
        }
    }
}
