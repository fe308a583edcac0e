using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using ConsentLedger.Tests.Harness;

namespace ConsentLedger.Tests.Hosting;

/// <summary>Bad input gets a 4xx problem that names the field, and the ledger has not moved.</summary>
public sealed class BadInputTests(Ledgers ledgers) : IClassFixture<Ledgers>
{
    private const string Unknown = "018f0000-0000-7000-8000-000000000000";

    private static readonly string[] Optional =
    [
        "occurredAt", "evidence", "verification", "reference", "note", "consents", "subscriptions", "standing", "effectiveAt",
        "recipient", "recipientKind", "ip", "userAgent", "documentSha256", "guardian", "transferId",
    ];

    private static readonly string[] Maps = ["values", "reference", "guardian"];

    private static readonly object[] Writes =
    [
        "consents", "withdrawals", "provisions", "checkouts", "corrections", "completion", "rejection", "partners", "acknowledgements", "notices",
        "decisions", "many decisions",
        "cookie choice", "cookie choices", "cookie decisions", "links",
        "guardian", "deletions", "deletion rejection", "suspensions", "suspension rejection", "lifting", "termination", "complaints", "answer",
        "reconfirmations", "result notices", "individual notices", "business transfers", "transfer objections",
    ];

    public static TheoryData<Store, string> EveryWrite { get; } =
        [.. from store in Enum.GetValues<Store>() from write in Writes select new TheoryDataRow<Store, string>(store, (string)write)];

    /// <summary>What a request says that no rule of form catches, by name: path, body, the field that must be named.</summary>
    private static readonly Dictionary<string, (string Path, string Body, string Field)> Meaningless = new()
    {
        ["an integer for an enum"] = Consents("""{"kind":1}""", """ "web" """, "actor.kind"),
        ["an integer in a text for an enum"] = Consents("""{"kind":"0"}""", """ "web" """, "actor.kind"),
        ["an enum in another case"] = Consents("""{"kind":"Member"}""", """ "web" """, "actor.kind"),
        ["an enum as .NET writes it"] = Consents("""{"kind":"LegalGuardian"}""", """ "web" """, "actor.kind"),
        ["two enums at once"] = Consents("""{"kind":"member"}""", """ "web,mobile" """, "channel"),
        ["an enum with blanks"] = Consents("""{"kind":"member"}""", """ " web" """, "channel"),
        ["an unknown notice"] = ("/v1/members/m-1/consents", ConsentBody("nobody-wrote-it", 1, """{"purpose":"sms_marketing","granted":true}"""), "notice.id"),
        ["a notice version that does not exist"] = ("/v1/members/m-1/consents", ConsentBody("third-party-provision", 99, """{"purpose":"sms_marketing","granted":true}"""), "notice.version"),
        ["notice version 0"] = ("/v1/members/m-1/consents", ConsentBody("third-party-provision", 0, """{"purpose":"sms_marketing","granted":true}"""), "notice.version"),
        ["a negative notice version"] = ("/v1/members/m-1/consents", ConsentBody("third-party-provision", int.MinValue, """{"purpose":"sms_marketing","granted":true}"""), "notice.version"),
        ["an unknown purpose"] = Choices("""{"purpose":"world_domination","granted":true}""", "choices[0].purpose"),
        ["the same purpose twice, with two answers"] = Choices("""{"purpose":"sms_marketing","granted":true},{"purpose":"sms_marketing","granted":false}""", "choices[1].purpose"),
        ["a purpose that is no matter of consent"] = Choices("""{"purpose":"delivery","granted":true}""", "choices[0].purpose"),
        ["10,000 choices"] = Choices(string.Join(',', Enumerable.Range(0, 10_000).Select(i => $$"""{"purpose":"p{{i}}","granted":true}""")), "choices"),
        ["101 choices"] = Choices(string.Join(',', Enumerable.Range(0, 101).Select(i => $$"""{"purpose":"p{{i}}","granted":true}""")), "choices"),
        ["a purpose that is no code"] = Choices("""{"purpose":"SMS Marketing","granted":true}""", "choices[0].purpose"),
        ["a purpose in Korean"] = Choices("""{"purpose":"문자마케팅","granted":true}""", "choices[0].purpose"),
        ["a purpose of 41 characters"] = Choices($$"""{"purpose":"{{new string('a', 41)}}","granted":true}""", "choices[0].purpose"),
        ["an address of 65 characters as evidence"] = Evidence($$"""{"ip":"{{new string('1', 65)}}"}""", "evidence.ip"),
        ["a digest that is too short"] = Evidence($$"""{"documentSha256":"{{new string('a', 63)}}"}""", "evidence.documentSha256"),
        ["a digest that is not hexadecimal"] = Evidence($$"""{"documentSha256":"{{new string('g', 64)}}"}""", "evidence.documentSha256"),
        ["a digest with a line end"] = Evidence($$"""{"documentSha256":"{{new string('a', 64)}}\n"}""", "evidence.documentSha256"),
        ["occurredAt before 2000"] = OccurredAt("1999-12-31T23:59:59Z"),
        ["occurredAt before 2000 by its offset"] = OccurredAt("2000-01-01T08:59:59+09:00"),
        ["occurredAt in the future"] = OccurredAt("2999-01-01T00:00:00Z"),
        ["occurredAt at the end of time"] = OccurredAt("9999-12-31T23:59:59.9999999Z"),
        ["occurredAt beyond the end of time by its offset"] = OccurredAt("9999-12-31T23:59:59-14:00"),
        ["occurredAt before the beginning by its offset"] = OccurredAt("0001-01-01T00:00:00+14:00"),
        ["occurredAt without an offset"] = OccurredAt("2026-01-01T00:00:00"),
        ["occurredAt with an offset of 15 hours"] = OccurredAt("2026-01-01T00:00:00+15:00"),
        ["occurredAt with an offset of 99 hours"] = OccurredAt("2026-01-01T00:00:00+99:99"),
        ["occurredAt without a time"] = OccurredAt("2026-01-01"),
        ["occurredAt on 30 February"] = OccurredAt("2026-02-30T00:00:00Z"),
        ["occurredAt at 24 o'clock"] = OccurredAt("2026-01-01T24:00:01Z"),
        ["occurredAt as people write it"] = OccurredAt("22 Nov 2026 09:00 GMT"),
        ["occurredAt with blanks"] = OccurredAt(" 2026-01-01T00:00:00Z "),
        ["withdrawal from an unknown purpose"] = ("/v1/members/m-1/withdrawals", """{"purposes":["world_domination"],"actor":{"kind":"member"},"channel":"web"}""", "purposes[0]"),
        ["withdrawal from what was no matter of consent"] = ("/v1/members/m-1/withdrawals", """{"purposes":["sms_marketing","delivery"],"actor":{"kind":"member"},"channel":"web"}""", "purposes[1]"),
        ["withdrawal from the same purpose twice"] = ("/v1/members/m-1/withdrawals", """{"purposes":["sms_marketing","sms_marketing"],"actor":{"kind":"member"},"channel":"web"}""", "purposes"),
        ["withdrawal in the future"] = ("/v1/members/m-1/withdrawals", """{"purposes":["sms_marketing"],"actor":{"kind":"member"},"channel":"web","occurredAt":"2999-01-01T00:00:00Z"}""", "occurredAt"),
        ["provision for an unknown purpose"] = ("/v1/members/m-1/provisions", """{"partner":"inicis","purpose":"world_domination","items":["name"]}""", "purpose"),
        ["provision of an unknown item"] = ("/v1/members/m-1/provisions", """{"partner":"inicis","purpose":"payment","items":["name","shoe_size"]}""", "items[1]"),
        ["provision of an item twice"] = ("/v1/members/m-1/provisions", """{"partner":"inicis","purpose":"payment","items":["name","name"]}""", "items"),
        ["provision of 33 items"] = ("/v1/members/m-1/provisions", $$"""{"partner":"inicis","purpose":"payment","items":[{{string.Join(',', Enumerable.Range(10, 33).Select(i => $"\"i{i}\""))}}]}""", "items"),
        ["a partner code that is no code"] = ("/v1/members/m-1/provisions", """{"partner":"CJ GLS","purpose":"payment","items":["name"]}""", "partner"),
        ["a reference with 11 members"] = ("/v1/members/m-1/provisions", $$"""{"partner":"inicis","purpose":"payment","items":["name"],"reference":{ {{string.Join(',', Enumerable.Range(10, 11).Select(i => $"\"r{i}\":\"x\""))}} } }""", "reference"),
        ["a reference of 201 characters"] = ("/v1/members/m-1/provisions", $$"""{"partner":"inicis","purpose":"payment","items":["name"],"reference":{"order":"{{new string('x', 201)}}"} }""", "reference"),
        ["a checkout that names an unknown purpose in its choices"] = ("/v1/members/m-1/checkouts", $$"""{"consents":{{ConsentBody("third-party-provision", 1, """{"purpose":"world_domination","granted":true}""")}},"provisions":[{"partner":"inicis","purpose":"payment","items":["name"]}]}""", "consents.choices[0].purpose"),
        ["a checkout on a notice that does not exist"] = ("/v1/members/m-1/checkouts", $$"""{"consents":{{ConsentBody("third-party-provision", 7, """{"purpose":"sms_marketing","granted":true}""")}},"provisions":[{"partner":"inicis","purpose":"payment","items":["name"]}]}""", "consents.notice.version"),
        ["a checkout that provides an unknown item"] = ("/v1/members/m-1/checkouts", """{"provisions":[{"partner":"inicis","purpose":"payment","items":["name"]},{"partner":"inicis","purpose":"payment","items":["shoe_size"]}]}""", "provisions[1].items[0]"),
        ["correction of an unknown item"] = ("/v1/members/m-1/corrections", """{"items":["name","shoe_size"],"actor":{"kind":"member"},"channel":"web"}""", "items[1]"),
        ["correction of an item twice"] = ("/v1/members/m-1/corrections", """{"items":["name","name"],"actor":{"kind":"member"},"channel":"web"}""", "items"),
        ["completion of a correction that does not exist"] = ($"/v1/corrections/{Unknown}/completion", """{"values":{"mobile":"010"}}""", "id"),
        ["rejection of a correction that does not exist"] = ($"/v1/corrections/{Unknown}/rejection", """{"reason":"없음"}""", "id"),
        ["deletion of an unknown item"] = ("/v1/members/m-1/deletions", """{"items":["name","shoe_size"],"actor":{"kind":"member"},"channel":"web"}""", "items[1]"),
        ["rejection of a deletion that is a suspension"] = ($"/v1/deletions/{Unknown}/rejection", """{"reason":"없음"}""", "id"),
        ["lifting of a suspension that does not exist"] = ($"/v1/suspensions/{Unknown}/lifting", """{"actor":{"kind":"member"},"channel":"web"}""", "id"),
        ["the answer to a complaint that was never made"] = ($"/v1/complaints/{Unknown}/answer", """{"text":"없음"}""", "id"),
        ["a result notice on what is no advertising"] = ("/v1/members/m-1/result-notices", """{"purposes":["partner_offers"],"channel":"email"}""", "purposes[0]"),
        ["a reconfirmation of what is no advertising"] = ("/v1/members/m-1/reconfirmations", """{"purposes":["partner_offers"],"actor":{"kind":"member"},"channel":"web"}""", "purposes[0]"),
        ["a reconfirmation of what was never granted"] = ("/v1/members/m-nothing/reconfirmations", """{"purposes":["email_marketing"],"actor":{"kind":"member"},"channel":"web"}""", "purposes[0]"),
        ["an individual notice of a version that does not exist"] = ("/v1/members/m-1/notices", """{"notice":{"id":"third-party-provision","version":99},"channel":"email"}""", "notice.version"),
        ["a business transfer in the past"] = ("/v1/business-transfers", """{"transferee":{"ko":"가","en":"a"},"contact":{"ko":"가","en":"a"},"reason":{"ko":"가","en":"a"},"howToObject":{"ko":"가","en":"a"},"effectiveAt":"2020-01-01T00:00:00Z"}""", "effectiveAt"),
        ["an objection to a transfer that was never announced"] = ("/v1/members/m-1/transfer-objections", $$"""{"transferId":"{{Unknown}}","actor":{"kind":"member"},"channel":"web"}""", "transferId"),
        ["redelivery of what was never sent"] = ($"/v1/deliveries/{Unknown}/redelivery", "", "id"),
        ["the end of a partner that never was"] = ("/v1/partners/never-was/end", "", "code"),
        ["the end of a partner whose code is no code"] = ("/v1/partners/Never%20Was/end", "", "code"),
        ["a decision without the partner that its purpose needs"] = ("/v1/members/m-1/decisions", """{"purpose":"delivery","items":["name"]}""", "partner"),
        ["decisions on 1,001 members"] = ("/v1/decisions", $$"""{"partner":"cj-gls","purpose":"delivery","items":["name"],"members":[{{string.Join(',', Enumerable.Range(0, 1001).Select(i => $"\"m-{i}\""))}}]}""", "members"),
        ["decisions on a member whose id is none"] = ("/v1/decisions", """{"partner":"cj-gls","purpose":"delivery","items":["name"],"members":["m-1","홍길동"]}""", "members"),
    };

    public static TheoryData<Store, string> EveryMeaningless { get; } =
        [.. from store in Enum.GetValues<Store>() from name in Meaningless.Keys select new TheoryDataRow<Store, string>(store, name)];

    [Theory]
    [MemberData(nameof(EveryWrite))]
    public async Task A_body_with_one_thing_wrong_gets_a_problem_that_names_it_and_writes_nothing(Store store, string write)
    {
        var ledger = await ledgers.On(store);
        var (client, method, path, good) = await PrepareAsync(ledger, write);
        var head = await ledger.HeadAsync();
        List<string> failures = [];
        var count = 0;
        // What is wrong in form never reaches a store; what a store itself may choke on is tried on each.
        foreach (var mutation in Mutations.Of(good, Optional, Maps).Where(m => store == Store.Sqlite || m.IsOfCharacters))
        {
            count++;
            var reply = await client.SendReplyAsync(method, path, mutation.Bytes, language: count % 2 == 0 ? "en" : "ko");
            if (Complaint(reply, mutation.At) is { } complaint)
                failures.Add($"{mutation.What}: {complaint}");
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {count}:\n{string.Join('\n', failures)}");
        Assert.Equal(head, await ledger.HeadAsync());
        // Nothing but what was changed was wrong with it.
        var accepted = await client.SendReplyAsync(method, path, good.ToJsonString());
        Assert.True(accepted.Status is HttpStatusCode.Created or HttpStatusCode.OK, accepted.Text);
    }

    [Theory]
    [MemberData(nameof(EveryWrite))]
    public async Task A_body_of_another_kind_is_refused_before_it_is_read(Store store, string write)
    {
        var ledger = await ledgers.On(store);
        var (client, method, path, good) = await PrepareAsync(ledger, write);
        var head = await ledger.HeadAsync();
        var body = good.ToJsonString();
        foreach (var contentType in (string[])["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx"])
            (await client.SendReplyAsync(method, path, body, contentType: contentType)).Names(HttpStatusCode.UnsupportedMediaType, "Content-Type");
        foreach (var contentType in (string[])["application/json; charset=no-such-charset", "application/json; charset=utf-7"])
            (await client.SendReplyAsync(method, path, body, contentType: contentType)).Names(HttpStatusCode.UnsupportedMediaType, "Content-Type");
        (await client.SendReplyAsync(method, path, Array.Empty<byte>())).Names(HttpStatusCode.BadRequest, "body");
        (await client.SendReplyAsync(method, path, null)).IsProblem(HttpStatusCode.BadRequest);
        client.DefaultRequestHeaders.ExpectContinue = true;
        (await client.SendReplyAsync(method, path, $"{body}{new string(' ', 4 * 1024 * 1024)}")).Names(HttpStatusCode.RequestEntityTooLarge, "body");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory]
    [MemberData(nameof(EveryMeaningless))]
    public async Task A_request_that_cannot_be_meant_gets_a_problem_that_names_the_field_and_writes_nothing(Store store, string name)
    {
        var ledger = await ledgers.On(store);
        var (path, body, field) = Meaningless[name];
        var head = await ledger.HeadAsync();
        var expected = field is "id" || (field is "code" && path.Contains("never-was", StringComparison.Ordinal)) ? HttpStatusCode.NotFound : HttpStatusCode.BadRequest;
        var korean = (await ledger.Client().PostReplyAsync(path, body.Length == 0 ? null : body)).Names(expected, field);
        var english = (await ledger.Client().PostReplyAsync(path, body.Length == 0 ? null : body, language: "en")).Names(expected, field);
        Assert.Contains(Message(korean, field), c => c is >= '가' and <= '힣');
        Assert.DoesNotContain(Message(english, field), c => c is >= '가' and <= '힣');
        Assert.Equal((string)korean.Json["type"]!, (string)english.Json["type"]!);
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory]
    // An adult; a day that is not; farther than a birth could be; both ends of time.
    [BothStores("2020-01-01", "2027-02-29", "2999-01-01", "0001-01-01", "9999-12-31", "2030-13-01", "2030-1-1", "tomorrow", "2030-01-01T00:00:00", " 2030-01-01")]
    public async Task A_day_until_which_nobody_needs_a_guardian_is_named(Store store, string until)
    {
        var ledger = await ledgers.On(store);
        var head = await ledger.HeadAsync();
        (await ledger.Client().SendReplyAsync(HttpMethod.Put, "/v1/members/m-adult/guardian", new { under14Until = until, verification = new { method = "phone" }, channel = "phone" }))
            .Names(HttpStatusCode.BadRequest, "under14Until");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task A_notice_version_that_is_not_yet_in_force_cannot_be_consented_to(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var notice = Expect.NoticeBody("not-yet", Expect.Disclosure("sms_marketing", "iheart", "name"));
        notice["effectiveAt"] = "2999-01-01T00:00:00+09:00";
        (await client.PublishAsync(notice)).Recorded("notice.published");
        var head = await ledger.HeadAsync();
        (await client.ConsentOnAsync("m-1", "not-yet", 1, ("sms_marketing", true))).Names(HttpStatusCode.BadRequest, "notice.version");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory]
    [BothStores("m%2F1", "m%5C1", "m%201", "%ED%99%8D%EA%B8%B8%EB%8F%99", "m%0A1", "m%7F", "m%FF", "m%ED%A0%80", "m*", "m%25", "m%3Cscript%3E", "129")]
    public async Task A_member_id_outside_its_pattern_is_named_on_every_path(Store store, string id)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var head = await ledger.HeadAsync();
        var member = id == "129" ? new string('m', 129) : id;
        foreach (var (path, body) in ((string, object)[])
        [
            ("consents", Requests.Consents(("sms_marketing", true))),
            ("withdrawals", new { purposes = (string[])["sms_marketing"], actor = Requests.Member, channel = "web" }),
            ("provisions", new { partner = "inicis", purpose = "payment", items = (string[])["name"] }),
            ("checkouts", new { provisions = new[] { new { partner = "inicis", purpose = "payment", items = (string[])["name"] } } }),
            ("corrections", new { items = (string[])["name"], actor = Requests.Member, channel = "web" }),
            ("decisions", new { partner = "inicis", purpose = "payment", items = (string[])["name"] }),
        ])
        {
            (await client.PostReplyAsync($"/v1/members/{member}/{path}", body)).Names(HttpStatusCode.BadRequest, "memberId");
        }

        foreach (var path in (string[])["consents", "provisions"])
            (await client.GetReplyAsync($"/v1/members/{member}/{path}")).Names(HttpStatusCode.BadRequest, "memberId");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task NUL_in_a_path_is_refused_by_the_server_itself(Store store)
    {
        var ledger = await ledgers.On(store);
        var head = await ledger.HeadAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await ledger.Client().ConsentAsync("m%00", ("sms_marketing", true))).Status);
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task Member_ids_of_every_permitted_character_and_of_128_are_taken(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        foreach (var member in (string[])["m", new string('Z', 128), "A.b_c~d@e:f+g-9", "user%40example.com", "%7E", "..."])
            (await client.ConsentAsync(member, ("sms_marketing", true))).Recorded("consent.granted");
        Assert.Equal("user@example.com", (string)(await client.GetReplyAsync("/v1/members/user%40example.com/consents")).Json["member"]!);
    }

    [Theory]
    [BothStores("", "\"\"", "201", "\"201\"", "a\tb")]
    public async Task An_idempotency_key_that_is_none_is_refused(Store store, string key)
    {
        var ledger = await ledgers.On(store);
        var head = await ledger.HeadAsync();
        var sent = key.Replace("201", new string('k', 201), StringComparison.Ordinal);
        (await ledger.Client().PostReplyAsync("/v1/members/m-1/consents", Requests.Consents(("sms_marketing", true)), sent))
            .Names(HttpStatusCode.BadRequest, "Idempotency-Key");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task A_notice_that_lacks_one_of_the_five_facts_is_not_published(Store store)
    {
        var ledger = await ledgers.On(store);
        var head = await ledger.HeadAsync();
        foreach (var fact in (string[])["recipientName", "purposeOfUse", "items", "retention", "rightToRefuse"])
        {
            var lacking = Expect.NoticeBody("lacking", Expect.Disclosure("sms_marketing", "iheart", "name"));
            lacking["disclosures"]![0]!.AsObject().Remove(fact);
            (await ledger.Client().PublishAsync(lacking)).Names(HttpStatusCode.BadRequest, $"disclosures[0].{fact}");
            if (fact == "items")
                continue;
            foreach (var language in (string[])["ko", "en"])
            {
                var silent = Expect.NoticeBody("lacking", Expect.Disclosure("sms_marketing", "iheart", "name"));
                silent["disclosures"]![0]![fact]![language] = "";
                (await ledger.Client().PublishAsync(silent)).Names(HttpStatusCode.BadRequest, $"disclosures[0].{fact}.{language}");
            }
        }

        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task A_notice_that_breaks_a_rule_of_the_catalog_is_not_published(Store store)
    {
        var ledger = await ledgers.On(store);
        var head = await ledger.HeadAsync();
        foreach (var (change, field) in ((Action<JsonObject>, string)[])
        [
            (n => n["version"] = 2, "version"),
            (n => n["version"] = -1, "version"),
            (n => n["effectiveAt"] = "2020-01-01T00:00:00Z", "effectiveAt"),
            (n => n["id"] = "No Code", "id"),
            (n => n["disclosures"]![0]!["purpose"] = "world_domination", "disclosures[0].purpose"),
            (n => n["disclosures"]![0]!["items"] = new JsonArray("payment_info"), "disclosures[0].items[0]"),
            (n => n["disclosures"]![0]!["items"] = new JsonArray("name", "shoe_size"), "disclosures[0].items[1]"),
            (n => n["disclosures"]![0]!["recipientKind"] = "processor", "disclosures[0].recipient"),
            (n => n["disclosures"]![0]!.AsObject().Remove("recipient"), "disclosures[0].recipient"),
            (n => n["disclosures"]!.AsArray().Add(n["disclosures"]![0]!.DeepClone()), "disclosures[1]"),
            (n => n["title"]!["ko"] = new string('가', 501), "title.ko"),
        ])
        {
            var notice = Expect.NoticeBody("breaking", Expect.Disclosure("sms_marketing", "iheart", "name"));
            change(notice);
            (await ledger.Client().PublishAsync(notice)).Names(HttpStatusCode.BadRequest, field);
        }

        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task A_partner_that_breaks_a_rule_of_the_catalog_is_not_registered(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var head = await ledger.HeadAsync();
        foreach (var (partner, field) in ((object, string)[])
        [
            // PIPA art. 17(1): a third party has no ground of contract.
            (Expect.Partner("third_party", "delivery", "contract", ["name"]), "purposes[0].legalBasis"),
            (Expect.Partner("third_party", "settlement", "settlement", ["name"]), "purposes[0].legalBasis"),
            (Expect.Partner("processor", "email_marketing", "contract", ["name"]), "purposes[0].legalBasis"),
            (Expect.Partner("processor", "delivery", "consent", ["name"]), "purposes[0].legalBasis"),
            (Expect.Partner("processor", "delivery", "because", ["name"]), "purposes[0].legalBasis"),
            (Expect.Partner("friend", "delivery", "contract", ["name"]), "kind"),
            (Expect.Partner("processor", "world_domination", "contract", ["name"]), "purposes[0].purpose"),
            (Expect.Partner("processor", "delivery", "contract", ["name", "payment_info"]), "purposes[0].items[1]"),
            (Expect.Partner("processor", "delivery", "contract", ["shoe_size"]), "purposes[0].items[0]"),
            (Expect.Partner("processor", "delivery", "contract", ["name", "name"]), "purposes[0].items"),
            (Expect.Partner("processor", "delivery", "contract", ["name"], ["consent.refused"]), "subscriptions[0]"),
        ])
        {
            (await client.RegisterAsync("breaking", partner)).Names(HttpStatusCode.BadRequest, field);
        }

        foreach (var code in (string[])["A", "a", "9lives", "Breaking", "%EC%A0%9C%EA%B3%B5%EC%B2%98", new string('a', 41)])
            (await client.RegisterAsync(code, Expect.Partner("processor", "delivery", "contract", ["name"]))).Names(HttpStatusCode.BadRequest, "code");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory]
    [BothStores(
        "/v1/ledger/entries?after=-1|after", "/v1/ledger/entries?after=9223372036854775808|after", "/v1/ledger/entries?after=one|after",
        "/v1/ledger/entries?after=1.5|after", "/v1/ledger/entries?limit=0|limit", "/v1/ledger/entries?limit=-1|limit", "/v1/ledger/entries?limit=1001|limit",
        "/v1/ledger/entries?limit=2147483648|limit", "/v1/ledger/entries?limit=|limit", "/v1/ledger/entries?order=up|order", "/v1/ledger/entries?order=ASC|order",
        "/v1/ledger/entries?order=|order", "/v1/ledger/entries?type=consent.eaten|type", "/v1/ledger/entries?type=|type",
        "/v1/ledger/entries?type=consent.granted,|type", "/v1/ledger/entries?type=consent.granted%00|type", "/v1/ledger/entries?from=yesterday|from",
        "/v1/ledger/entries?from=2026-11-22|from", "/v1/ledger/entries?from=2026-11-22T00:00:00|from", "/v1/ledger/entries?to=9999-12-31T23:59:59-14:00|to",
        "/v1/ledger/entries?to=|to", "/v1/ledger/entries?from=0001-01-01T00:00:00%2B14:00|from", "/v1/ledger/entries?member=%ED%99%8D|member",
        "/v1/ledger/entries?member=|member", "/v1/ledger/entries?partner=CJ|partner", "/v1/ledger/entries?partner=%00|partner",
        "/v1/deliveries?status=lost|status", "/v1/deliveries?status=Pending|status", "/v1/deliveries?status=1|status", "/v1/deliveries?partner=CJ%20GLS|partner",
        "/v1/obligations?status=lost|status", "/v1/obligations?kind=1|kind", "/v1/obligations?kind=erasure,|kind", "/v1/obligations?dueBefore=soon|dueBefore",
        "/v1/obligations?after=-1|after", "/v1/obligations?limit=0|limit", "/v1/obligations?partner=CJ|partner", "/v1/obligations?member=%00|member",
        "/v1/deliveries?after=-1|after", "/v1/deliveries?limit=0|limit", "/v1/deliveries?position=x|position", "/v1/deliveries?type=%00|type",
        "/v1/members/m-paging/provisions?limit=1001|limit", "/v1/members/m-paging/provisions?after=-5|after", "/v1/members/m-paging/provisions?denied=maybe|denied",
        "/v1/members/m-paging/consents?at=yesterday|at", "/v1/members/m-paging/consents?at=2026-11-22T00:00:00|at",
        "/v1/members/m-paging/consents?at=2999-01-01T00:00:00Z|at", "/v1/members/m-paging/consents?at=|at",
        "/v1/partners/inicis/events?after=-1|after", "/v1/partners/inicis/events?limit=0|limit", "/v1/partners/inicis/events?after=x|after",
        "/v1/partners/inicis/events/stream?after=-1|after", "/v1/partners/inicis/events/stream?after=x|after")]
    public async Task A_query_that_is_none_is_named(Store store, string query)
    {
        var ledger = await ledgers.On(store);
        var (path, field) = (query.Split('|')[0], query.Split('|')[1]);
        var client = path.StartsWith("/v1/partners", StringComparison.Ordinal) ? ledger.Partner("inicis") : ledger.Client();
        if (path.Contains("m-paging", StringComparison.Ordinal))
            (await client.ConsentAsync("m-paging", ("sms_marketing", true))).Is(HttpStatusCode.Created);
        (await client.GetReplyAsync(path)).Names(HttpStatusCode.BadRequest, field);
        foreach (var accept in (string[])["application/x-ndjson", "text/csv"])
        {
            if (path.Contains("entries", StringComparison.Ordinal))
                (await client.GetReplyAsync(path, accept)).Names(HttpStatusCode.BadRequest, field);
        }
    }

    [Theory]
    [BothStores("x", "-1", "9223372036854775808", "1,2")]
    public async Task A_Last_Event_ID_that_is_none_is_named(Store store, string id)
    {
        var ledger = await ledgers.On(store);
        using var client = ledger.Partner("inicis");
        client.DefaultRequestHeaders.TryAddWithoutValidation("Last-Event-ID", id);
        var reply = (await client.GetReplyAsync("/v1/partners/inicis/events/stream")).IsProblem(HttpStatusCode.BadRequest);
        Assert.Contains(Assert.Single(reply.Fields), (string[])["Last-Event-ID", "after"]);
    }

    [Theory]
    [BothStores(
        "/v1/ledger/entries/0", "/v1/ledger/entries/-1", "/v1/ledger/entries/99999999", "/v1/ledger/entries/9223372036854775808", "/v1/ledger/entries/one",
        "/v1/notices/third-party-provision/versions/0", "/v1/notices/third-party-provision/versions/2147483648", "/v1/notices/never/versions/1",
        "/v1/members/m-never-seen/consents", "/v1/members/m-never-seen/provisions", "/v1/ledger/entries?member=m-never-seen", "/v1/nowhere", "/v2/contacts")]
    public async Task What_does_not_exist_is_not_found(Store store, string path) =>
        (await (await ledgers.On(store)).Client().GetReplyAsync(path)).IsProblem(HttpStatusCode.NotFound);

    [Theory, BothStores]
    public async Task Extreme_instants_in_a_query_are_only_far_away(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        (await client.ConsentAsync("m-extreme", ("sms_marketing", true))).Recorded("consent.granted");
        Assert.NotEmpty((await client.GetReplyAsync("/v1/ledger/entries?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59.9999999Z")).List("entries"));
        Assert.Empty((await client.GetReplyAsync("/v1/ledger/entries?from=9999-12-31T23:59:59Z")).List("entries"));
        Assert.Empty((await client.GetReplyAsync("/v1/ledger/entries?to=0001-01-01T00:00:00Z")).List("entries"));
        Assert.Empty((await client.GetReplyAsync("/v1/members/m-extreme/consents?at=0001-01-01T00:00:00Z")).List("consents"));
        Assert.Empty((await client.GetReplyAsync($"/v1/ledger/entries?after={long.MaxValue}")).List("entries"));
    }

    private static string Message(Reply reply, string field) => string.Concat(reply.Json["errors"]![field].Strings());

    // 4xx, a problem, and either the place itself, a place within it or one around it is named.
    private static string? Complaint(Reply reply, string? at)
    {
        if ((int)reply.Status is < 400 or >= 500)
            return $"{(int)reply.Status} {reply.Text}";
        if (reply.ContentHeaders.ContentType?.MediaType != "application/problem+json")
            return $"{(int)reply.Status} as {reply.ContentHeaders.ContentType}";
        if (reply.Fields.Count == 0)
            return $"no field: {reply.Text}";
        if (reply.Text.Contains("System.", StringComparison.Ordinal) || reply.Text.Contains("Exception", StringComparison.Ordinal))
            return $"names of .NET: {reply.Text}";
        if (reply.Text.Length > 4000)
            return $"an answer of {reply.Text.Length} characters";
        return at is null || reply.Fields.Any(f => f.StartsWith(at, StringComparison.Ordinal) || at.StartsWith(f, StringComparison.Ordinal))
            ? null
            : $"names {string.Join(", ", reply.Fields)}";
    }

    private static string ConsentBody(string notice, int version, string choices) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"notice":{"id":"{{notice}}","version":{{version}}},"choices":[{{choices}}],"actor":{"kind":"member"},"channel":"web"}""");

    private static (string, string, string) Consents(string actor, string channel, string field) => (
        "/v1/members/m-1/consents",
        $$"""{"notice":{"id":"third-party-provision","version":1},"choices":[{"purpose":"sms_marketing","granted":true}],"actor":{{actor}},"channel":{{channel}}}""",
        field);

    private static (string, string, string) Choices(string choices, string field) =>
        ("/v1/members/m-1/consents", ConsentBody("third-party-provision", 1, choices), field);

    private static (string, string, string) Evidence(string evidence, string field) => (
        "/v1/members/m-1/consents",
        ConsentBody("third-party-provision", 1, """{"purpose":"sms_marketing","granted":true}""")[..^1] + $",\"evidence\":{evidence}}}",
        field);

    private static (string, string, string) OccurredAt(string instant) => (
        "/v1/members/m-1/consents",
        ConsentBody("third-party-provision", 1, """{"purpose":"sms_marketing","granted":true}""")[..^1] + $",\"occurredAt\":\"{instant}\"}}",
        "occurredAt");

    /// <summary>A good body for each operation that takes one, and what must be there for it to be accepted.</summary>
    private static async Task<(HttpClient Client, HttpMethod Method, string Path, JsonNode Good)> PrepareAsync(LedgerService ledger, string write)
    {
        var client = ledger.Client();
        var member = $"m-bad-{write.Replace(' ', '-')}";
        string Of(string operation) => $"/v1/members/{member}/{operation}";
        string OfVisitor(string operation) => $"/v1/visitors/v-bad-{write.Replace(' ', '-')}/{operation}";
        const string Actor = """ "actor":{"kind":"member"},"channel":"web" """;
        const string Verified = """ "verification":{"method":"callback","reference":"call-1"} """;
        const string Proof = """ "evidence":{"ip":"203.0.113.9","userAgent":"Browser/1","documentSha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"} """;
        const string Named = """{"ko":"name","en":"name"}""";
        const string Chosen = $$"""
            {"notice":{"id":"third-party-provision","version":1},"choices":[{"purpose":"sms_marketing","granted":true},{"purpose":"email_marketing","granted":false}],
             {{Actor}},"occurredAt":"2026-01-02T03:04:05+09:00",{{Proof}},{{Verified}}}
            """;
        const string Given = """{"partner":"inicis","purpose":"payment","items":["name","mobile"],"reference":{"order":"20261122-0001"}}""";
        var (path, body) = write switch
        {
            "consents" => (Of("consents"), Chosen),
            "withdrawals" => (Of("withdrawals"), $$"""{"purposes":["sms_marketing"],{{Actor}},"occurredAt":"2026-01-02T03:04:05Z",{{Proof}},{{Verified}}}"""),
            "provisions" => (Of("provisions"), Given),
            "checkouts" => (Of("checkouts"), $$"""{"consents":{{Chosen}},"provisions":[{{Given}}]}"""),
            "corrections" => (Of("corrections"), $$"""{"items":["mobile"],{{Actor}},{{Verified}}}"""),
            "completion" => ($"/v1/corrections/{await CorrectionAsync()}/completion", """{"values":{"mobile":"010-1234-5678"}}"""),
            "rejection" => ($"/v1/corrections/{await CorrectionAsync()}/rejection", """{"reason":"the data is right"}"""),
            "guardian" => (Of("guardian"), """{"under14Until":"2039-01-01","verification":{"method":"phone","reference":"call-1"},"channel":"phone","guardian":{"name":"guardian"}}"""),
            "deletions" => (Of("deletions"), $$"""{"items":["mobile"],{{Actor}},{{Verified}}}"""),
            "deletion rejection" => ($"/v1/deletions/{await AskAsync("deletions", """ "items":["mobile"], """)}/rejection", """{"reason":"another law wants it"}"""),
            "suspensions" => (Of("suspensions"), $$"""{ {{Actor}},{{Verified}} }"""),
            "suspension rejection" => ($"/v1/suspensions/{await AskAsync("suspensions", "")}/rejection", """{"reason":"the law"}"""),
            "lifting" => ($"/v1/suspensions/{await AskAsync("suspensions", "")}/lifting", $$"""{ {{Actor}},{{Verified}} }"""),
            "termination" => (Of("termination"), $$"""{ {{Actor}},{{Verified}} }"""),
            "complaints" => (Of("complaints"), $$"""{"text":"too many letters",{{Actor}},{{Verified}}}"""),
            "answer" => ($"/v1/complaints/{await AskAsync("complaints", """ "text":"too many", """)}/answer", """{"text":"no more letters"}"""),
            "reconfirmations" => (await AgreeAsync("reconfirmations"), $$"""{"purposes":["sms_marketing"],{{Actor}},"occurredAt":"2026-01-02T03:04:05Z",{{Proof}},{{Verified}}}"""),
            "result notices" => (await AgreeAsync("result-notices"), """{"purposes":["sms_marketing"],"channel":"email"}"""),
            "individual notices" => (Of("notices"), """{"notice":{"id":"third-party-provision","version":1},"channel":"email"}"""),
            "business transfers" => ("/v1/business-transfers", $$"""
                {"transferee":{{Named}},"contact":{{Named}},"reason":{{Named}},"howToObject":{{Named}},"effectiveAt":"2998-01-01T00:00:00Z"}
                """),
            "transfer objections" => (Of("transfer-objections"), $$"""{"transferId":"{{await TransferAsync()}}",{{Actor}},{{Verified}}}"""),
            "partners" => ("/v1/partners/bad-input", """
                {"kind":"processor","name":{"ko":"partner","en":"partner"},"standing":false,"subscriptions":["consent.granted"],
                 "purposes":[{"purpose":"delivery","legalBasis":"contract","items":["name"]}]}
                """),
            "acknowledgements" => ("/v1/partners/cj-gls/acknowledgements", $$"""{"acknowledgements":[{"eventId":"{{await EventAsync()}}","outcome":"done","note":"done today"}]}"""),
            "notices" => ("/v1/notices", NoticeOf()),
            "cookie choice" => (OfVisitor("cookie-choices"), $$"""{"choice":"ask","occurredAt":"2026-01-02T03:04:05Z",{{Proof}}}"""),
            "cookie choices" => (OfVisitor("cookie-choices"), """{"choices":[{"purpose":"visit_analytics","granted":true},{"purpose":"personalisation","granted":false}]}"""),
            "cookie decisions" => (OfVisitor("cookie-decisions"), """{"purposes":["visit_analytics","personalisation"]}"""),
            "links" => (OfVisitor("link"), """{"member":"m-bad-links"}"""),
            "decisions" => (Of("decisions"), """{"partner":"cj-gls","purpose":"delivery","items":["name"]}"""),
            _ => ("/v1/decisions", """{"members":["m-1"],"partner":"cj-gls","purpose":"delivery","items":["name"]}"""),
        };
        return (write == "acknowledgements" ? ledger.Partner("cj-gls") : client, write is "partners" or "guardian" ? HttpMethod.Put : HttpMethod.Post, path, JsonNode.Parse(body)!);

        async Task<string> CorrectionAsync() => (string)(await client.CorrectAsync(member, "mobile")).Json["id"]!;

        async Task<string> AskAsync(string operation, string first) =>
            (string)(await client.PostReplyAsync(Of(operation), $$"""{ {{first}} {{Actor}} }""")).Is(HttpStatusCode.Created).Json["id"]!;

        async Task<string> AgreeAsync(string operation)
        {
            (await client.ConsentAsync(member, ("sms_marketing", true))).Recorded("consent.granted");
            return Of(operation);
        }

        async Task<string> TransferAsync() => (string)(await client.PostReplyAsync("/v1/business-transfers", $$"""
            {"transferee":{{Named}},"contact":{{Named}},"reason":{{Named}},"howToObject":{{Named}},"effectiveAt":"2999-01-01T00:00:00Z"}
            """)).Is(HttpStatusCode.Created).Json["id"]!;

        async Task<string> EventAsync()
        {
            (await client.ProvideAsync(member, "cj-gls", "delivery", "mobile")).Recorded("provision.recorded");
            await client.CompleteAsync(await CorrectionAsync(), ("mobile", "010-0000-0000"));
            return (string)(await ledger.Partner("cj-gls").EventsAsync("cj-gls"))[^1]["id"]!;
        }

        static string NoticeOf()
        {
            var notice = Expect.NoticeBody("bad-input-notice", Expect.Disclosure("sms_marketing", "iheart", "name"));
            notice["effectiveAt"] = "2999-01-01T00:00:00Z";
            return notice.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.Default });
        }
    }
}
