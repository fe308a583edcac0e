using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using ConsentLedger.Transparency;
using ConsentLedger.TransparencyLog;
using Microsoft.Extensions.DependencyInjection;

namespace ConsentLedger.Tests.Transparency;

/// <summary>What a member takes home: a receipt that proves what was agreed to, without the service.</summary>
public sealed partial class ReceiptsTests(Ledgers ledgers, PostgresServer postgres) : IClassFixture<Ledgers>
{
    // Nothing is signed but what is asked for.
    private static readonly (string, string?) NoTimer = ("Ledger:CheckpointInterval", "1.00:00:00");

    [Theory, BothStores]
    public async Task What_was_agreed_to_is_proved_by_the_receipt_alone(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var recorded = (await client.PostReplyAsync("/v1/members/m-proof/consents", new
        {
            notice = Requests.Notice,
            choices = new[] { new { purpose = "email_marketing", granted = true }, new { purpose = "sms_marketing", granted = false } },
            actor = Requests.Member,
            channel = "web",
            occurredAt = "2026-01-05T09:00:00+09:00",
            evidence = new { ip = "203.0.113.66", userAgent = "SecretAgent/6.6" },
            verification = new { method = "mobile_carrier", reference = "carrier-proof-66" },
        })).Recorded("consent.granted", "consent.refused");
        var reply = await client.GetReplyAsync($"/v1/members/m-proof/receipts/{recorded.Positions[0]}");
        var receipt = Verified(reply.Is(HttpStatusCode.OK).Json);
        Assert.Equal(("m-proof", recorded.Positions[0], "consent.granted"), ((string)receipt["memberId"]!, (long)receipt["position"]!, (string)receipt["type"]!));
        Assert.Equal(("2026-01-05T00:00:00Z", "member", "web"), ((string)receipt["occurredAt"]!, (string)receipt["actor"]!["kind"]!, (string)receipt["channel"]!));
        Assert.Equal("""[{"purpose":"email_marketing","granted":true}]""", receipt["choices"]!.ToJsonString());
        Assert.Equal("mobile_carrier", (string)receipt["data"]!["verificationMethod"]!);
        // Evidence and references stay sealed.
        foreach (var secret in (string[])["203.0.113.66", "SecretAgent", "carrier-proof-66"])
            Assert.DoesNotContain(secret, reply.Text, StringComparison.Ordinal);
        Assert.Equal("no-store", reply.Headers.CacheControl?.ToString());

        // The notice, as the ledger published it: with the facts that the member was shown.
        var notice = receipt["notice"]!;
        Assert.Equal(("third-party-provision", 1), ((string)notice["id"]!, (int)notice["version"]!));
        var published = JsonNode.Parse((string)notice["text"]!)!;
        var fact = Assert.Single(published["disclosures"]!.AsArray(), d => (string)d!["purpose"]! == "email_marketing")!;
        Assert.Equal("㈜아름넷닷컴", (string)fact["recipientName"]!["ko"]!);
        Assert.Equal(published["title"]!.ToJsonString(), (await client.GetReplyAsync("/v1/notices/third-party-provision/versions/1")).Json["title"]!.ToJsonString());

        // The other choice of the same request has a receipt of its own.
        var refused = Verified((await client.GetReplyAsync($"/v1/members/m-proof/receipts/{recorded.Positions[1]}")).Json);
        Assert.Equal("""[{"purpose":"sms_marketing","granted":false}]""", refused["choices"]!.ToJsonString());
        // The checkpoint is the log's own.
        Assert.Equal((await client.GetReplyAsync("/v1/ledger/vkey")).Text.TrimEnd(), (string)receipt["vkey"]!);
        Assert.Equal((await client.GetReplyAsync("/v1/ledger/entries/" + recorded.Positions[0])).Json["leaf"]!.ToString(), (string)receipt["leaf"]!);
    }

    [Theory, BothStores]
    public async Task Whoever_changes_a_byte_has_no_receipt_any_more(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        var position = (await client.ConsentAsync("m-tamper", ("email_marketing", true))).Positions[0];
        var receipt = Verified((await client.GetReplyAsync($"/v1/members/m-tamper/receipts/{position}")).Json);
        var leaf = Convert.FromBase64String((string)receipt["leaf"]!);
        var key = KeyOf(receipt);
        Assert.True(TlogProof.TryParse((string)receipt["tlogProof"]!, out var proof));
        for (var at = 0; at < leaf.Length; at++)
        {
            leaf[at] ^= 1;
            Assert.False(proof.Verify(TreeHash.OfLeaf(leaf), key), $"byte {at}");
            leaf[at] ^= 1;
        }

        var hash = TreeHash.OfLeaf(leaf);
        Assert.False((proof with { Index = proof.Index - 1 }).Verify(hash, key));
        Assert.False((proof with { Path = [.. proof.Path.Skip(1)] }).Verify(hash, key));
        for (var step = 0; step < proof.Path.Count; step++)
            Assert.False((proof with { Path = [.. proof.Path.Select((h, i) => i == step ? TreeHash.OfNothing : h)] }).Verify(hash, key));
        Assert.False((proof with { Checkpoint = proof.Checkpoint with { Text = proof.Checkpoint.Text.Replace("consent-ledger/", "consent-ledger-", StringComparison.Ordinal) } }).Verify(hash, key));
        using var another = SigningKey.ReadPem(key.Name, SigningKey.NewPem())[0];
        Assert.False(proof.Verify(hash, another.Verifier));
        // A notice that says something else has another hash.
        var text = ((string)receipt["notice"]!["text"]!).Replace("㈜아름넷닷컴", "㈜누구나", StringComparison.Ordinal);
        Assert.NotEqual((string)receipt["notice"]!["sha256"]!, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    [Theory, BothStores]
    public async Task Every_entry_that_a_member_may_see_has_a_receipt_and_a_page_in_words(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        var client = ledger.Client();
        await LiveAsync(ledger, client, "m-life");
        var entries = await client.EntriesAsync("m-life");
        Assert.Equal(
            (string[])
            [
                "business_transfer.objected", "complaint.answered", "complaint.received", "consent.granted", "consent.reconfirmed", "consent.refused",
                "consent.result_notified", "consent.withdrawn", "correction.completed", "correction.rejected", "correction.requested", "deletion.completed", "deletion.rejected",
                "deletion.requested", "delivery.acknowledged", "guardian.registered", "notice.given", "processing.resumed", "processing.suspended", "provision.denied",
                "provision.recorded", "suspension.confirmed", "suspension.rejected", "visitor.linked",
            ],
            entries.TypesOf().Distinct().Order(StringComparer.Ordinal));
        foreach (var entry in entries)
        {
            var path = $"/v1/members/m-life/receipts/{entry["position"]}";
            if ((string)entry["type"]! == "delivery.acknowledged")
            {
                // As on the access record: how a partner answered is the partner's.
                (await client.GetReplyAsync(path)).Names(HttpStatusCode.NotFound, "position");
                continue;
            }

            var json = await client.GetReplyAsync(path);
            var receipt = Verified(json.Is(HttpStatusCode.OK).Json);
            Assert.Equal(entry["data"]!.ToJsonString(), receipt["data"]!.ToJsonString());
            Assert.Equal((string?)entry["partner"], (string?)receipt["partner"]);
            Assert.Equal(((string)entry["type"]!).StartsWith("consent.", StringComparison.Ordinal) && (string)entry["type"]! != "consent.result_notified", receipt["choices"] is not null);
            Assert.Equal(entry["data"]!["notice"] is not null, receipt["notice"] is not null);
            foreach (var (language, words) in ((string, Regex)[])[("ko", Hangul()), ("en", Latin())])
            {
                var page = (await client.GetReplyAsync(path, "text/html", language)).Is(HttpStatusCode.OK);
                CheckPage(page, receipt);
                Assert.Matches(words, Heading().Match(page.Text).Groups[1].Value);
                // No name of a member of the entry is left without a word.
                Assert.All(Labels().Matches(page.Text), label => Assert.Matches(words, label.Groups[1].Value));
                Assert.DoesNotContain("{&quot;", TableCells(page.Text), StringComparison.Ordinal);
                foreach (var secret in (string[])["010-5555-0101", "비밀 민원", "비밀 답변", "비밀 사유", "비밀 메모", "김보호"])
                    Assert.DoesNotContain(secret, page.Text + json.Text, StringComparison.Ordinal);
            }
        }
    }

    [Theory, BothStores]
    public async Task What_is_not_the_members_is_not_there_whatever_it_is(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var own = (await client.ConsentAsync("m-own", ("email_marketing", true))).Positions[0];
        var others = (await client.ConsentAsync("m-other", ("email_marketing", true))).Positions[0];
        var visitors = (await client.ChooseCookiesAsync("v-receipt", "ask")).Positions[0];
        (await client.GetReplyAsync($"/v1/members/m-own/receipts/{own}")).Is(HttpStatusCode.OK);
        var head = await ledger.HeadAsync();
        // Another's, a browser's, the catalog's, before the first, behind the last: the same answer to the byte.
        var answers = await Task.WhenAll(((long[])[others, visitors, 1, 0, -1, long.MinValue, head + 1, long.MaxValue]).Select(p => client.GetReplyAsync($"/v1/members/m-own/receipts/{p}")));
        Assert.Single(answers.Select(a => a.Names(HttpStatusCode.NotFound, "position").Text).Distinct());
        (await client.GetReplyAsync($"/v1/members/m-own/receipts/{others}", "text/html")).Names(HttpStatusCode.NotFound, "position");
        foreach (var nobody in (string[])["m-nobody", "v-receipt"])
            (await client.GetReplyAsync($"/v1/members/{nobody}/receipts/{own}")).Names(HttpStatusCode.NotFound, "memberId");
        (await client.GetReplyAsync($"/v1/members/m%20own/receipts/{own}")).Names(HttpStatusCode.BadRequest, "memberId");
        (await client.GetReplyAsync("/v1/members/m-own/receipts/first")).IsProblem(HttpStatusCode.NotFound);
        using var desk = ledger.Client("rights:write ledger:read consents:write");
        (await desk.GetReplyAsync($"/v1/members/m-own/receipts/{own}")).IsProblem(HttpStatusCode.Forbidden);
    }

    [Theory, BothStores]
    public async Task A_receipt_outlives_the_member_in_the_ledger(Store store)
    {
        var clock = new TestClock();
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        var position = (await client.ConsentAsync("m-gone", ("email_marketing", true))).Positions[0];
        var path = $"/v1/members/m-gone/receipts/{position}";
        var receipt = Verified((await client.GetReplyAsync(path)).Is(HttpStatusCode.OK).Json);
        await client.ProvideAsync("m-gone", "areumnet", "email_marketing", "name");
        var eraseAt = (await client.TerminateAsync("m-gone")).Json["eraseAt"].Instant();
        Assert.Equal(["member_restricted"], (await client.GetReplyAsync(path)).IsProblem(HttpStatusCode.Forbidden).Reasons);
        clock.MoveTo(eraseAt.AddSeconds(1));
        await ledger.WorkAsync();
        (await client.GetReplyAsync(path)).Names(HttpStatusCode.NotFound, "memberId");
        List<long> later = [];
        for (var i = 0; i < 300; i++)
            later.AddRange((await client.ConsentAsync($"m-later-{i % 7}", ("sms_marketing", i % 2 == 0))).Positions);
        // Of a leaf whose tile is full by now, and of the last.
        Verified((await client.GetReplyAsync($"/v1/members/m-later-0/receipts/{later[0]}")).Is(HttpStatusCode.OK).Json);
        Verified((await client.GetReplyAsync($"/v1/members/m-later-{299 % 7}/receipts/{later[^1]}")).Is(HttpStatusCode.OK).Json);

        // The receipt holds as it did, and the ledger of today extends the one that it is of.
        Verified(receipt);
        Assert.True(SignedNote.TryParse((string)receipt["checkpoint"]!, out var note) && Checkpoint.TryParse(note.Text, out _));
        var then = CheckpointOf((string)receipt["checkpoint"]!, KeyOf(receipt));
        // Signed at the latest a second behind the last entry; asked for at once here.
        await ledger.Services.GetRequiredService<CheckpointPublisher>().PublishOnceAsync(TestContext.Current.CancellationToken);
        var now = CheckpointOf((await client.GetReplyAsync("/v1/ledger/checkpoint")).Text, KeyOf(receipt));
        Assert.True(now.Size >= then.Size + 300);
        var consistency = (await client.GetReplyAsync($"/v1/ledger/consistency?from={then.Size}&to={now.Size}")).Is(HttpStatusCode.OK).Json;
        Assert.True(Proofs.VerifyConsistency(then.Size, now.Size, Hashes(consistency["hashes"]), then.Root, now.Root));
    }

    [Theory, BothStores]
    public async Task Who_has_just_been_answered_has_a_receipt_and_waits_for_no_timer(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres, settings: NoTimer);
        var client = ledger.Client();
        for (var i = 0; i < 20; i++)
        {
            var position = (await client.ConsentAsync("m-now", ("email_marketing", i % 2 == 0))).Positions[0];
            var receipt = Verified((await client.GetReplyAsync($"/v1/members/m-now/receipts/{position}")).Is(HttpStatusCode.OK).Json);
            Assert.True((long)receipt["proof"]!["treeSize"]! >= position);
        }

        // And so do many at once.
        var members = await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            var position = (await client.ConsentAsync($"m-now-{i}", ("sms_marketing", true))).Positions[0];
            return Verified((await client.GetReplyAsync($"/v1/members/m-now-{i}/receipts/{position}")).Is(HttpStatusCode.OK).Json);
        }));
        Assert.Equal(12, members.Select(m => (long)m["position"]!).Distinct().Count());
    }

    [Fact]
    public async Task A_process_proves_to_a_checkpoint_that_another_has_signed_over_entries_it_has_not_seen()
    {
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var one = LedgerService.Start(database, settings: NoTimer);
        await using var other = LedgerService.Start(database, settings: NoTimer);
        var position = (await one.Client().ConsentAsync("m-two", ("email_marketing", true))).Positions[0];
        for (var i = 0; i < 10; i++)
        {
            var receipt = other.Client().GetReplyAsync($"/v1/members/m-two/receipts/{position}");
            for (var k = 0; k < 5; k++)
            {
                await one.Client().ConsentAsync("m-two-more", ("sms_marketing", k % 2 == 0));
                await one.Services.GetRequiredService<CheckpointPublisher>().PublishOnceAsync(TestContext.Current.CancellationToken);
            }

            Verified((await receipt).Is(HttpStatusCode.OK).Json);
        }
    }

    [Theory, BothStores]
    public async Task After_the_key_was_changed_a_receipt_names_a_key_that_has_signed_it(Store store)
    {
        var keys = Directory.CreateTempSubdirectory("consent-ledger-key-");
        try
        {
            using var database = await LedgerDatabase.CreateAsync(store, postgres);
            (string, string?)[] settings = [NoTimer, ("Ledger:SigningKeyFile", Path.Combine(keys.FullName, "key.pem")), ("Ledger:Origin", "shop.example/receipts")];
            JsonNode before;
            long position;
            await using (var ledger = LedgerService.Start(database, settings: settings))
            {
                position = (await ledger.Client().ConsentAsync("m-key", ("email_marketing", true))).Positions[0];
                before = Verified((await ledger.Client().GetReplyAsync($"/v1/members/m-key/receipts/{position}")).Json);
                await ledger.Services.GetRequiredService<LogKeys>().RotateAsync(TestContext.Current.CancellationToken);
            }

            await using var after = LedgerService.Start(database, settings: settings);
            // No checkpoint is newer than the change yet: the old one is signed with the new key too, for who comes now and knows only that.
            var same = Verified((await after.Client().GetReplyAsync($"/v1/members/m-key/receipts/{position}")).Json);
            Assert.NotEqual((string)before["vkey"]!, (string)same["vkey"]!);
            Assert.True(SignedNote.TryParse((string)same["checkpoint"]!, out var both));
            Assert.All([(string)before["vkey"]!, (string)same["vkey"]!], vkey => Assert.True(VerifierKey.TryParse(vkey, out var key) && key.Verify(both)));
            var next = (await after.Client().ConsentAsync("m-key", ("sms_marketing", true))).Positions[0];
            var changed = Verified((await after.Client().GetReplyAsync($"/v1/members/m-key/receipts/{next}")).Json);
            Assert.NotEqual((string)before["vkey"]!, (string)changed["vkey"]!);
            Assert.Equal((await after.Client().GetReplyAsync("/v1/ledger/vkey")).Text.TrimEnd(), (string)changed["vkey"]!);
        }
        finally
        {
            keys.Delete(recursive: true);
        }
    }

    [Theory, BothStores]
    public async Task A_checkpoint_that_a_witness_has_cosigned_is_preferred_where_it_covers_the_entry(Store store)
    {
        using var witness = SigningKey.ReadPem("witness.example/w1", SigningKey.NewPem())[0];
        await using var ledger = await LedgerService.StartAsync(
            store, postgres, settings: [NoTimer, ("Ledger:Witnesses:0", witness.CosignatureVerifier.ToString())]);
        var client = ledger.Client();
        var early = (await client.ConsentAsync("m-witness", ("email_marketing", true))).Positions[0];
        var first = Verified((await client.GetReplyAsync($"/v1/members/m-witness/receipts/{early}")).Json);
        Assert.True(SignedNote.TryParse((string)first["checkpoint"]!, out var note));
        var cosigned = note.With([witness.Cosign(note.Text, DaytimeClock.Instance.GetUtcNow())]).ToString();
        (await client.SendReplyAsync(HttpMethod.Post, "/v1/ledger/cosignatures", Encoding.UTF8.GetBytes(cosigned), contentType: "text/plain")).Is(HttpStatusCode.OK);
        var late = (await client.ConsentAsync("m-witness", ("sms_marketing", true))).Positions[0];
        // Behind what the witness has seen the log's own word is all there is.
        var second = Verified((await client.GetReplyAsync($"/v1/members/m-witness/receipts/{late}")).Json);
        Assert.True(SignedNote.TryParse((string)second["checkpoint"]!, out var bare));
        Assert.Null(witness.CosignatureVerifier.VerifyCosignature(bare));
        var witnessed = Verified((await client.GetReplyAsync($"/v1/members/m-witness/receipts/{early}")).Json);
        Assert.True(SignedNote.TryParse((string)witnessed["checkpoint"]!, out var seen));
        Assert.NotNull(witness.CosignatureVerifier.VerifyCosignature(seen));
    }

    [Theory, BothStores]
    public async Task The_page_is_enough_to_verify_and_no_text_of_a_notice_becomes_markup(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        const string Nasty = "<script>alert('x')</script> & \"two  spaces\" </pre></style> +";
        var body = Expect.NoticeBody("nasty-notice", Expect.Disclosure("telemarketing", null, "name", "mobile"));
        body["title"] = new JsonObject { ["ko"] = $"고지 {Nasty}", ["en"] = $"notice {Nasty}" };
        body["disclosures"]![0]!["retention"] = new JsonObject { ["ko"] = $"{Nasty}\n둘째 줄", ["en"] = Nasty };
        (await client.PublishAsync(body)).Is(HttpStatusCode.Created);
        var position = (await client.ConsentOnAsync("m-page", "nasty-notice", 1, ("telemarketing", true))).Positions[0];
        var path = $"/v1/members/m-page/receipts/{position}";
        var receipt = Verified((await client.GetReplyAsync(path)).Json);

        var korean = (await client.GetReplyAsync(path, "text/html", "ko-KR,ko;q=0.9")).Is(HttpStatusCode.OK);
        CheckPage(korean, receipt);
        Assert.Contains("<html lang=\"ko\">", korean.Text, StringComparison.Ordinal);
        foreach (var words in (string[])["오피스디포", "콜센터 텔레마케팅", "성명, 핸드폰번호", "고지 &lt;script&gt;", "m-page", "정보주체 본인", "홈페이지", "1. 제공받는 자", "5. 거부할 권리와 불이익", "한국 시각"])
            Assert.Contains(words, korean.Text, StringComparison.Ordinal);
        var english = (await client.GetReplyAsync(path, "text/html", "en")).Is(HttpStatusCode.OK);
        CheckPage(english, receipt);
        Assert.Contains("<html lang=\"en\">", english.Text, StringComparison.Ordinal);
        foreach (var words in (string[])["Office Depot", "Telemarketing by the shop", "Name, Mobile number", "notice &lt;script&gt;", "the member", "the web site", "5. The right to refuse", "Consent given"])
            Assert.Contains(words, english.Text, StringComparison.Ordinal);
        Assert.DoesNotMatch(Hangul(), TableCells(english.Text));
    }

    [Theory, BothStores]
    public async Task A_page_is_for_who_asks_for_one(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        var position = (await client.ConsentAsync("m-accept", ("email_marketing", true))).Positions[0];
        foreach (var (accept, type) in ((string?, string)[])
        [
            (null, "application/json"), ("*/*", "application/json"), ("application/json", "application/json"), ("text/csv", "application/json"),
            ("text/html;q=0", "application/json"), ("text/html;q=0.5, application/json", "application/json"), ("text/html;q=0.5, */*;q=0.8", "application/json"),
            ("text/html", "text/html"), ("text/html, application/json;q=0.9", "text/html"), ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ])
        {
            var reply = (await client.GetReplyAsync($"/v1/members/m-accept/receipts/{position}", accept)).Is(HttpStatusCode.OK);
            Assert.True(reply.ContentHeaders.ContentType?.MediaType == type, $"{accept}: {reply.ContentHeaders.ContentType}");
            Assert.Equal("Accept, Accept-Language", string.Join(", ", reply.Headers.Vary));
        }
    }

    [Fact]
    public async Task The_receipt_that_the_description_shows_verifies()
    {
        using var anybody = (await ledgers.On(Store.Sqlite)).Client("");
        var document = (await anybody.GetReplyAsync("/openapi/v1.json")).Json;
        Verified(document["paths"]!["/v1/members/{memberId}/receipts/{position}"]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["example"]!);
    }

    // With the library and the receipt, and nothing else.
    private static JsonNode Verified(JsonNode receipt)
    {
        var leaf = Convert.FromBase64String((string)receipt["leaf"]!);
        var hash = TreeHash.OfLeaf(leaf);
        var key = KeyOf(receipt);
        Assert.Equal(hash.ToString(), (string)receipt["leafHash"]!);
        CheckProof(receipt, hash, (long)receipt["position"]!, (string)receipt["checkpoint"]!, key);
        // It states what the leaf says.
        var entry = JsonNode.Parse(leaf)!;
        foreach (var member in (string[])["position", "type", "recordedAt", "subject", "partner", "data"])
            Assert.True(JsonNode.DeepEquals(entry[member], receipt[member]), $"{member}: {receipt[member]?.ToJsonString()} instead of {entry[member]?.ToJsonString()}");
        foreach (var member in (string[])["occurredAt", "actor", "channel"])
            Assert.True(JsonNode.DeepEquals(entry["data"]![member], receipt[member]), member);
        if (receipt["notice"] is not { } notice)
            return receipt;
        Assert.True(JsonNode.DeepEquals(entry["data"]!["notice"], new JsonObject { ["id"] = notice["id"]!.DeepClone(), ["version"] = notice["version"]!.DeepClone() }));
        var publication = Convert.FromBase64String((string)notice["leaf"]!);
        CheckProof(notice, TreeHash.OfLeaf(publication), (long)notice["position"]!, (string)receipt["checkpoint"]!, key);
        var text = (string)notice["text"]!;
        Assert.Equal((string)notice["sha256"]!, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
        // A literal piece of the leaf that published it, and the whole notice of it.
        Assert.True(publication.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\"data\":{{\"notice\":{text}}}")) > 0);
        Assert.Equal("notice.published", (string)JsonNode.Parse(publication)!["type"]!);
        return receipt;
    }

    private static void CheckProof(JsonNode proven, TreeHash leaf, long position, string checkpoint, VerifierKey key)
    {
        Assert.True(TlogProof.TryParse((string)proven["tlogProof"]!, out var proof));
        Assert.True(proof.Verify(leaf, key));
        Assert.Equal((position - 1, checkpoint), (proof.Index, proof.Checkpoint.ToString()));
        var json = proven["proof"]!;
        Assert.Equal((position - 1, leaf.ToString()), ((long)json["leafIndex"]!, (string)json["leafHash"]!));
        var tree = CheckpointOf(checkpoint, key);
        Assert.Equal(tree.Size, (long)json["treeSize"]!);
        Assert.True(Proofs.VerifyInclusion(leaf, position - 1, tree.Size, Hashes(json["hashes"]), tree.Root));
    }

    private static VerifierKey KeyOf(JsonNode receipt)
    {
        Assert.True(VerifierKey.TryParse((string)receipt["vkey"]!, out var key));
        return key;
    }

    private static Checkpoint CheckpointOf(string note, VerifierKey key)
    {
        Assert.True(SignedNote.TryParse(note, out var signed) && key.Verify(signed));
        Assert.True(Checkpoint.TryParse(signed.Text, out var checkpoint));
        return checkpoint;
    }

    private static TreeHash[] Hashes(JsonNode? hashes) => [.. hashes.Strings().Select(h => TreeHash.TryParse(h, out var hash) ? hash : throw new FormatException(h))];

    // What is printed says the same as the JSON, and suffices without it.
    private static void CheckPage(Reply page, JsonNode receipt)
    {
        Assert.Equal("text/html; charset=utf-8", page.ContentHeaders.ContentType?.ToString());
        var style = Style().Match(page.Text).Groups[1].Value;
        Assert.Equal(
            $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            page.Headers.GetValues("Content-Security-Policy").Single());
        Assert.DoesNotMatch("(?i)<script|<link|<img|<iframe|javascript:|url\\(|@import|\\son[a-z]+=|https?:", page.Text);
        Assert.Equal((string)receipt["leaf"]!, Convert.ToBase64String(Encoding.UTF8.GetBytes(Block(page, "leaf"))));
        Assert.True(TlogProof.TryParse(Block(page, "proof"), out var proof));
        Assert.True(proof.Verify(TreeHash.OfLeaf(Encoding.UTF8.GetBytes(Block(page, "leaf"))), KeyOf(receipt)));
        Assert.Contains($"<code>{WebUtility.HtmlEncode((string)receipt["vkey"]!).Replace("+", "&#x2B;", StringComparison.Ordinal)}</code>", page.Text, StringComparison.Ordinal);
        if (receipt["notice"] is not { } notice)
            return;
        var publication = Encoding.UTF8.GetBytes(Block(page, "notice-leaf"));
        Assert.Equal((string)notice["leaf"]!, Convert.ToBase64String(publication));
        Assert.True(TlogProof.TryParse(Block(page, "notice-proof"), out var published));
        Assert.True(published.Verify(TreeHash.OfLeaf(publication), KeyOf(receipt)));
        Assert.Contains((string)notice["sha256"]!, page.Text, StringComparison.Ordinal);
    }

    private static string Block(Reply page, string id) =>
        WebUtility.HtmlDecode(Assert.Single(Regex.Matches(page.Text, $"""<pre id="{id}">([^<]*)</pre>""")).Groups[1].Value);

    private static string TableCells(string page) => string.Join('\n', Cells().Matches(page).Select(c => c.Groups[1].Value));

    private static async Task LiveAsync(LedgerService ledger, HttpClient client, string member)
    {
        var path = $"/v1/members/{member}";
        (await client.SendReplyAsync(HttpMethod.Put, $"{path}/guardian", new
        {
            under14Until = "2039-01-01",
            verification = new { method = "phone" },
            channel = "phone",
            guardian = new { name = "김보호" },
        })).Recorded("guardian.registered");
        (await client.ConsentAsAsync("legal_guardian", member, ("email_marketing", true), ("sms_marketing", false))).Recorded("consent.granted", "consent.refused");
        (await client.PostReplyAsync($"{path}/reconfirmations", new { purposes = (string[])["email_marketing"], actor = new { kind = "legal_guardian" }, channel = "web" })).Recorded("consent.reconfirmed");
        (await client.PostReplyAsync($"{path}/result-notices", new { purposes = (string[])["email_marketing"], channel = "email" })).Recorded("consent.result_notified");
        (await client.PostReplyAsync($"{path}/notices", new { notice = Requests.Notice, channel = "email" })).Recorded("notice.given");
        (await client.ProvideAsync(member, "areumnet", "email_marketing", "name", "mobile")).Recorded("provision.recorded");
        (await client.PostReplyAsync($"{path}/provisions", new { partner = "cj-gls", purpose = "delivery", items = (string[])["name", "mobile"], reference = new { memo = "비밀 메모" } })).Recorded("provision.recorded");
        (await client.ProvideAsync(member, "cj-gls", "delivery", "email")).IsProblem(HttpStatusCode.Forbidden);
        (await client.WithdrawAsync(member, "email_marketing")).Recorded("consent.withdrawn");
        (await client.CompleteAsync((await client.CorrectAsync(member, "mobile")).Id(), ("mobile", "010-5555-0101"))).Recorded("correction.completed");
        await SettleAsync("corrections", (await client.CorrectAsync(member, "name")).Id(), "rejection", new { reason = "비밀 사유" });
        await SettleAsync("deletions", (await client.RequestDeletionAsync(member, "phone")).Id(), "completion", null);
        await SettleAsync("deletions", (await client.RequestDeletionAsync(member, "payment_info")).Id(), "rejection", new { reason = "비밀 사유" });
        var suspended = (await client.SuspendAsync(member)).Id();
        await SettleAsync("suspensions", suspended, "completion", null);
        await SettleAsync("suspensions", suspended, "lifting", RightsRequests.Asked);
        await SettleAsync("suspensions", (await client.SuspendAsync(member)).Id(), "rejection", new { reason = "비밀 사유" });
        await SettleAsync("complaints", (await client.ComplainAsync(member, "비밀 민원")).Id(), "answer", new { text = "비밀 답변" });
        await client.ChooseCookiesAsync($"v-{member}", "ask");
        (await client.LinkAsync($"v-{member}", member)).Recorded("visitor.linked", "visitor.linked");
        (await client.AnnounceAsync(DaytimeClock.Instance.GetUtcNow().AddDays(40))).Is(HttpStatusCode.Created);
        (await client.ObjectAsync(member)).Recorded("business_transfer.objected");
        using var courier = ledger.Partner("cj-gls");
        (await courier.AcknowledgeAsync("cj-gls", ((string)(await courier.EventsAsync("cj-gls"))[0]["id"]!, "done", "비밀 메모"))).Recorded("delivery.acknowledged");

        async Task SettleAsync(string kind, string id, string result, object? answer) =>
            (await client.PostReplyAsync($"/v1/{kind}/{id}/{result}", answer)).Is(HttpStatusCode.Created);
    }

    [GeneratedRegex("<style>([^<]*)</style>")]
    private static partial Regex Style();

    [GeneratedRegex("<h1>([^<]*)</h1>")]
    private static partial Regex Heading();

    [GeneratedRegex("<th scope=\"row\">([^<]*)</th>")]
    private static partial Regex Labels();

    [GeneratedRegex("<td>([^<]*)</td>")]
    private static partial Regex Cells();

    [GeneratedRegex("[가-힣]")]
    private static partial Regex Hangul();

    [GeneratedRegex("^[A-Z0-9]")]
    private static partial Regex Latin();
}
