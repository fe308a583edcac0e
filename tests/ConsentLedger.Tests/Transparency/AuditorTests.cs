using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ConsentLedger.Storage;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using ConsentLedger.TransparencyLog;
using ConsentLedger.Verify;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Tests.Transparency;

/// <summary>Whoever verifies the ledger over HTTP, and remembers what it was, finds what its owner has changed.</summary>
public sealed class AuditorTests(PostgresServer postgres)
{
    private static readonly (string, bool)[] Choices = [("telemarketing", true), ("email_marketing", true), ("sms_marketing", false), ("night_marketing", false)];

    [Theory, BothStores]
    public async Task A_ledger_is_verified_and_again_after_it_grew_with_only_the_new_tiles_fetched(Store store)
    {
        await using var ledger = await StartAsync(store);
        await FillAsync(ledger, "m", 72);
        await using var between = await Between.StartAsync(ledger.Address());
        using var auditor = new Auditor();

        var head = await ledger.HeadAsync();
        Assert.True(head > 256);
        var first = (await auditor.LogAsync(between.Address)).IsOk();
        Assert.Contains("first run: trusting the key that the service itself gives", first.Error, StringComparison.Ordinal);
        Assert.Contains($"ok: {head} entries, root ", first.Last, StringComparison.Ordinal);
        Assert.Equal(["tile/0/000", $"tile/0/001.p/{head - 256}", "tile/1/000.p/1"], between.Tiles.Order(StringComparer.Ordinal));

        between.Tiles.Clear();
        Assert.Contains($"consistent with {head} of 20", (await auditor.LogAsync(between.Address)).IsOk().Last, StringComparison.Ordinal);
        Assert.Empty(between.Tiles);

        await FillAsync(ledger, "n", 1);
        var again = (await auditor.HashesAsync(between.Address)).IsOk();
        Assert.Equal([$"tile/0/001.p/{head - 252}"], between.Tiles);
        Assert.Contains($"ok: {head + 4} entries, root ", again.Last, StringComparison.Ordinal);
        Assert.Contains($"consistent with {head} of 20", again.Last, StringComparison.Ordinal);
        Assert.Contains("no entry was read", again.Last, StringComparison.Ordinal);
        Assert.Empty(again.Error);
        Assert.DoesNotContain($"tile/0/001.p/{head - 256}", auditor.Kept().Keys.Select(k => k.Replace('\\', '/')));
        Assert.Single(auditor.Kept().Keys, k => k.StartsWith("checkpoints", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Store.Sqlite, "UPDATE ledger_entries SET data = replace(data, '\"web\"', '\"wev\"') WHERE position = {0}", "position {0}: changed.")]
    [InlineData(Store.Postgres, "UPDATE ledger_entries SET data = replace(data, '\"web\"', '\"wev\"') WHERE position = {0}", "position {0}: changed.")]
    [InlineData(Store.Sqlite, "DELETE FROM ledger_entries WHERE position = {0}", "position {0}: missing: the entry that follows")]
    [InlineData(Store.Postgres, "DELETE FROM ledger_entries WHERE position = {0}", "position {0}: missing: the entry that follows")]
    [InlineData(Store.Sqlite, "DELETE FROM ledger_entries WHERE position = {2}", "position {2}: missing: the entries end at")]
    [InlineData(Store.Postgres, "DELETE FROM ledger_entries WHERE position = {2}", "position {2}: missing: the entries end at")]
    [InlineData(Store.Sqlite, Swap, "position {0}: missing: the entry that follows says that it is at {1}")]
    [InlineData(Store.Postgres, Swap, "position {0}: missing: the entry that follows says that it is at {1}")]
    public async Task What_the_owner_of_the_database_changes_is_found_at_its_position_even_on_the_first_run(Store store, string sql, string finding)
    {
        var ledger = await StartAsync(store);
        var client = ledger.Client();
        var positions = (await client.ConsentAsync("m-1", Choices)).Positions;
        await FillAsync(ledger, "m", 3);
        using Auditor before = new(), fresh = new();
        (await before.LogAsync(ledger.Address())).IsOk();
        var kept = before.Kept();
        object[] places = [positions[0], positions[2], await ledger.HeadAsync()];

        await ledger.ForgeAsync(string.Format(CultureInfo.InvariantCulture, sql, places));

        var expected = string.Format(CultureInfo.InvariantCulture, finding, places);
        (await before.LogAsync(ledger.Address())).Fails(expected);
        (await fresh.LogAsync(ledger.Address())).Fails(expected);
        AssertStillKept(kept, before);
        Assert.DoesNotContain(fresh.Kept().Keys, k => !k.StartsWith("tile", StringComparison.Ordinal));
        await ledger.EndAsync();
    }

    [Theory, BothStores(false, true)]
    public async Task A_history_that_was_rewritten_in_every_table_and_signed_anew_contradicts_the_checkpoint_that_was_kept(Store store, bool grows)
    {
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        var ledger = LedgerService.Start(database);
        await FillAsync(ledger, "m", 2);
        var victim = (await ledger.Client().ConsentAsync("m-victim", Choices)).Positions[0];
        await ledger.Client().WithdrawAsync("m-victim", "email_marketing");
        await FillAsync(ledger, "n", 2);
        await ledger.SignAsync();
        using var auditor = new Auditor();
        (await auditor.LogAsync(ledger.Address())).IsOk();
        var (kept, head, subject) = (auditor.Kept(), await ledger.HeadAsync(), await ledger.SubjectAsync("m-victim"));

        await ledger.RewriteAsync(entries => entries.Where(e => e.Subject != subject).Renumber());
        await ledger.EndAsync();
        // The ledger's own verification knows only what is there.
        await using var rewritten = LedgerService.Start(database);
        if (grows)
            await FillAsync(rewritten, "o", 4);
        await rewritten.SignAsync();
        await rewritten.VerifyAsync();
        // With what the auditor kept it knows more.
        Assert.True(SignedNote.TryParse(Convert.FromBase64String(kept["checkpoint"]), out var signed));
        Assert.True(Checkpoint.TryParse(signed.Text, out var checkpoint));
        var shown = new CheckpointRow { Size = checkpoint.Size, Root = checkpoint.Root.ToArray(), Note = signed.ToString(), SignedAt = default };
        var found = Assert.Single(await rewritten.Verifier().VerifyAsync(progress: null, TestContext.Current.CancellationToken, shown));
        Assert.Contains(grows ? $"an entry from 1 to {checkpoint.Size} was another one then" : $"signed for {checkpoint.Size} entries", found.What, StringComparison.Ordinal);

        foreach (var result in (AuditResult[])[await auditor.LogAsync(rewritten.Address()), await auditor.HashesAsync(rewritten.Address())])
            result.Fails($"position {victim}: the history was rewritten");
        AssertStillKept(kept, auditor);
        // Two signed notes that contradict each other.
        Assert.Equal(Convert.FromBase64String(kept["checkpoint"]), Encoding.UTF8.GetBytes(auditor.Evidence("kept-checkpoint")));
        Assert.True(Checkpoint.TryParse(SignedNote.TryParse(auditor.Evidence("checkpoint"), out var note) ? note.Text : "", out var tree));
        Assert.Equal(await rewritten.HeadAsync(), tree.Size);
        Assert.Equal(grows, tree.Size >= head);
        using var fresh = new Auditor();
        (await fresh.LogAsync(rewritten.Address())).IsOk();
    }

    [Theory, BothStores]
    public async Task A_ledger_that_is_cut_short_and_signed_anew_lacks_the_position_after_its_end(Store store)
    {
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        var ledger = LedgerService.Start(database);
        await FillAsync(ledger, "m", 2);
        await ledger.SignAsync();
        using var auditor = new Auditor();
        (await auditor.LogAsync(ledger.Address())).IsOk();
        var head = await ledger.HeadAsync();
        await ledger.RewriteAsync(entries => entries.SkipLast(1));
        await ledger.EndAsync();
        await using var cut = LedgerService.Start(database);
        await cut.SignAsync();
        (await auditor.HashesAsync(cut.Address())).Fails($"position {head}: missing: the ledger had {head} entries");
    }

    [Theory, BothStores]
    public async Task A_signed_entry_with_a_wrong_position_or_sequence_of_its_own_is_named(Store store)
    {
        foreach (var (position, expected) in ((bool, string)[])[(true, "position 2: the entry there says that it is at 7."), (false, ": sequence 2 to inicis follows 0.")])
        {
            using var database = await LedgerDatabase.CreateAsync(store, postgres);
            var ledger = LedgerService.Start(database);
            await ledger.Client().ProvideAsync("m-1", "inicis", "payment", "mobile");
            await ledger.Client().CorrectAsync("m-1", "mobile");
            await ledger.RewriteAsync(entries => entries.Select(e => position
                ? e with { Position = e.Position == 2 ? 7 : e.Position }
                : e with { Recipients = [.. e.Recipients.Select(r => r with { Sequence = r.Sequence + 1 })] }));
            await ledger.EndAsync();
            var wrong = LedgerService.Start(database);
            await wrong.SignAsync();
            using var auditor = new Auditor();
            Assert.Contains(expected, (await auditor.LogAsync(wrong.Address())).Fails("position ").Last, StringComparison.Ordinal);
            (await auditor.HashesAsync(wrong.Address())).IsOk();
            await wrong.EndAsync();
        }
    }

    [Theory, BothStores]
    public async Task A_checkpoint_by_another_key_is_refused_until_the_auditor_is_told_of_the_key(Store store)
    {
        await using var ledger = await StartAsync(store);
        await using var between = await Between.StartAsync(ledger.Address());
        using var auditor = new Auditor();
        (await auditor.LogAsync(between.Address)).IsOk();
        var kept = auditor.Kept();
        var origin = Encoding.UTF8.GetString(Convert.FromBase64String(kept["checkpoint"])).Split('\n')[0];
        using var other = Assert.Single(SigningKey.ReadPem(origin, SigningKey.NewPem()));
        between.Spoil = (path, body) => path == "checkpoint" ? Encoding.UTF8.GetBytes(Resign(body, other)) : body;
        await FillAsync(ledger, "m", 1);

        var refused = (await auditor.LogAsync(between.Address)).Fails("the checkpoint of ");
        Assert.Contains("--vkey", refused.Last, StringComparison.Ordinal);
        AssertStillKept(kept, auditor);
        Assert.Contains(origin, auditor.Evidence("checkpoint"), StringComparison.Ordinal);

        (await auditor.LogAsync(between.Address, "--vkey", other.CosignatureVerifier.ToString())).Stops(ExitCodes.Usage, "is not the verifier key of a log");
        using var stranger = Assert.Single(SigningKey.ReadPem("another.example", SigningKey.NewPem()));
        (await auditor.LogAsync(between.Address, "--vkey", stranger.Verifier.ToString())).Stops(ExitCodes.Usage, "keys of several logs");
        var told = (await auditor.LogAsync(between.Address, "--vkey", other.Verifier.ToString())).IsOk();
        Assert.Contains("trusted from now on", told.Error, StringComparison.Ordinal);
        // Both keys are kept: the one before still counts.
        (await auditor.LogAsync(between.Address)).IsOk();
        (await auditor.LogAsync(ledger.Address())).IsOk();
    }

    [Theory, BothStores("tile/0/000", "tile/0/001.p/", "tile/1/000.p/1")]
    public async Task A_tile_that_is_not_what_was_signed_is_named_and_what_was_kept_survives(Store store, string spoilt)
    {
        await using var ledger = await StartAsync(store);
        await FillAsync(ledger, "m", 72);
        await using var between = await Between.StartAsync(ledger.Address());
        using Auditor auditor = new(), fresh = new();
        (await auditor.HashesAsync(between.Address)).IsOk();
        await FillAsync(ledger, "n", 1);
        between.Spoil = (path, body) => path.StartsWith(spoilt, StringComparison.Ordinal) ? [.. body[..40], (byte)~body[40], .. body[41..]] : body;
        if (spoilt == "tile/1/000.p/1")
            between.Spoil = (path, body) => path == spoilt ? [(byte)~body[0], .. body[1..]] : body;

        (await fresh.HashesAsync(between.Address)).Fails(spoilt);
        if (spoilt == "tile/0/001.p/")
            Assert.Contains("at position 258", (await auditor.LogAsync(between.Address)).Fails(spoilt).Last, StringComparison.Ordinal);
        else // It has these, and needs them no more.
            (await auditor.LogAsync(ledger.Address())).IsOk();

        var kept = auditor.Kept();
        between.Spoil = (path, body) => path.StartsWith("tile", StringComparison.Ordinal) ? body[..^1] : body;
        await FillAsync(ledger, "o", 1);
        (await auditor.HashesAsync(between.Address)).Fails("tile/0/001.p/");
        AssertStillKept(kept, auditor);
        between.Spoil = (_, body) => body;
        (await auditor.LogAsync(between.Address)).IsOk();
        (await fresh.LogAsync(between.Address)).IsOk();
    }

    [Fact]
    public async Task A_mirror_that_was_damaged_is_not_taken_for_a_rewritten_ledger_and_is_fetched_anew_when_removed()
    {
        await using var ledger = await StartAsync(Store.Sqlite);
        using var auditor = new Auditor();
        (await auditor.LogAsync(ledger.Address())).IsOk();
        var tile = Directory.GetFiles(auditor.State, "*", SearchOption.AllDirectories).Single(f => f.Contains("000.p", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(tile, TestContext.Current.CancellationToken);
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(tile, bytes, TestContext.Current.CancellationToken);
        (await auditor.LogAsync(ledger.Address())).Stops(ExitCodes.Usage, "the mirror in the state folder is damaged");
        Directory.Delete(Path.Combine(auditor.State, "tile"), recursive: true);
        Assert.Contains("consistent with", (await auditor.LogAsync(ledger.Address())).IsOk().Last, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(auditor.State, "checkpoint"), "something else", TestContext.Current.CancellationToken);
        (await auditor.LogAsync(ledger.Address())).Stops(ExitCodes.Usage, "the folder is damaged");
    }

    [Theory, BothStores]
    public async Task An_erasure_leaves_everything_verified(Store store)
    {
        var clock = new TestClock();
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        await client.ConsentAsync("m-1", ("telemarketing", true));
        using var auditor = new Auditor();
        (await auditor.LogAsync(ledger.Address())).IsOk();
        clock.Advance(TimeSpan.FromSeconds(1));
        (await client.TerminateAsync("m-1")).Recorded("consent.withdrawn", "member.terminated");
        await ledger.WorkAsync();
        await ledger.SignAsync();
        Assert.Equal("subject.erased", await ledger.QueryAsync(c => c.Entries.OrderByDescending(e => e.Position).Select(e => e.Type).FirstAsync()));
        Assert.Contains("consistent with", (await auditor.LogAsync(ledger.Address())).IsOk().Last, StringComparison.Ordinal);
    }

    [Theory, BothStores]
    public async Task A_receipt_is_verified_with_nothing_else_at_hand_and_no_byte_of_it_can_be_changed(Store store)
    {
        await using var ledger = await StartAsync(store);
        await FillAsync(ledger, "m", 2);
        var position = (await ledger.Client().ConsentAsync("m-1", ("email_marketing", true))).Positions[0];
        var text = Encoding.UTF8.GetBytes(await ReceiptAsync(ledger, "m-1", position));
        var receipt = JsonNode.Parse(text)!;
        var (vkey, leaf) = ((string)receipt["vkey"]!, Convert.FromBase64String((string)receipt["leaf"]!));
        using var auditor = new Auditor();
        var file = auditor.Path("receipt.json");
        await File.WriteAllBytesAsync(file, text, TestContext.Current.CancellationToken);

        var verified = (await Auditor.RunAsync("receipt", file, "--vkey", vkey)).IsOk();
        foreach (var line in (string[])[$"entry {position}: consent.granted", "purpose: email_marketing", "granted: yes", "notice: third-party-provision version 1", "notice as it was published: {", "not proven: that the subject is the member m-1"])
            Assert.Contains(line, verified.Output, StringComparison.Ordinal);
        Assert.Contains("warning: verified with the key in the receipt itself", (await Auditor.RunAsync("receipt", file)).IsOk().Error, StringComparison.Ordinal);
        if (store == Store.Sqlite)
            await AssertNoByteCanChangeAsync(file, text, vkey);

        await File.WriteAllTextAsync(auditor.Path("proof"), (string)receipt["tlogProof"]!, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(auditor.Path("leaf"), [.. leaf, (byte)'\n'], TestContext.Current.CancellationToken);
        (await Auditor.RunAsync("receipt", auditor.Path("proof"), "--vkey", vkey, "--leaf", auditor.Path("leaf"))).IsOk();
        (await Auditor.RunAsync("receipt", auditor.Path("proof"), "--vkey", vkey)).Stops(ExitCodes.Usage, "--leaf");
        await File.WriteAllBytesAsync(auditor.Path("leaf"), [.. leaf, (byte)' '], TestContext.Current.CancellationToken);
        (await Auditor.RunAsync("receipt", auditor.Path("proof"), "--vkey", vkey, "--leaf", auditor.Path("leaf"))).Fails("the entry is not at position");
    }

    [Theory, BothStores]
    public async Task What_a_receipt_says_beside_its_proof_must_be_what_the_entry_says(Store store)
    {
        await using var ledger = await StartAsync(store);
        var position = (await ledger.Client().ConsentAsync("m-1", ("email_marketing", true))).Positions[0];
        var receipt = JsonNode.Parse(await ReceiptAsync(ledger, "m-1", position))!;
        using var auditor = new Auditor();
        foreach (var (member, value) in ((string, JsonNode)[])
            [("granted", false), ("purpose", "sms_marketing"), ("type", "consent.refused"), ("position", position + 1), ("anything", "else"), ("choices", JsonNode.Parse("[{\"purpose\":\"email_marketing\",\"granted\":false}]")!)])
        {
            var lying = receipt.DeepClone();
            lying[member] = value;
            await File.WriteAllTextAsync(auditor.Path("receipt"), lying.ToJsonString(), TestContext.Current.CancellationToken);
            (await Auditor.RunAsync("receipt", auditor.Path("receipt"))).Fails(member);
        }
    }

    [Theory, BothStores]
    public async Task A_witness_cosigns_what_it_has_verified_and_an_auditor_can_insist_on_it(Store store)
    {
        using Auditor witness = new(), auditor = new();
        var vkey = (await Auditor.RunAsync("keygen", "witness.example", witness.Path("key.pem"))).Is(ExitCodes.Verified, "witness.example+").Last;
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(witness.Path("key.pem")));
        (await Auditor.RunAsync("keygen", "witness.example", witness.Path("key.pem"))).Stops(ExitCodes.Usage, "is there already");
        await using var ledger = await LedgerService.StartAsync(store, postgres, settings: ("Ledger:Witnesses:0", vkey));
        var address = ledger.Address();

        (await auditor.HashesAsync(address, "--witness", vkey)).Fails("no checkpoint has 1 cosignatures");
        string[] cosign = ["cosign", address.ToString(), "--state", witness.State, "--key", witness.Path("key.pem"), "--name"];
        (await Auditor.RunAsync([.. cosign, "witness.example"])).Is(ExitCodes.Verified, "cosigned: ");
        await FillAsync(ledger, "m", 2);
        Assert.Contains("every entry was read", (await auditor.LogAsync(address, "--witness", vkey)).IsOk().Last, StringComparison.Ordinal);
        (await auditor.HashesAsync(address, "--witness", vkey, "--witness-age", "0.00000001")).Fails("the last checkpoint that witness.example has cosigned is of ");
        (await Auditor.RunAsync([.. cosign, "other.example"])).Stops(ExitCodes.Unreachable, "Ledger__Witnesses");
        using var other = Assert.Single(SigningKey.ReadPem("other.example", SigningKey.NewPem()));
        (await auditor.HashesAsync(address, "--witness", other.CosignatureVerifier.ToString())).Fails("the checkpoint of ");
    }

    [Fact]
    public async Task What_is_neither_verified_nor_wrong_ends_with_its_own_exit_code()
    {
        await using var ledger = await StartAsync(Store.Sqlite);
        using var auditor = new Auditor();
        (await Auditor.RunAsync()).Stops(ExitCodes.Usage, "error: ");
        (await Auditor.RunAsync("log", "ledger.example")).Stops(ExitCodes.Usage, "--state");
        (await Auditor.RunAsync("log", "ledger.example", "--state", auditor.State)).Stops(ExitCodes.Usage, "is not the address of a service");
        (await Auditor.RunAsync("receipt", auditor.Path("nothing"))).Stops(ExitCodes.Usage, "nothing");
        (await auditor.HashesAsync(ledger.Address(), "--vkey", "no-key")).Stops(ExitCodes.Usage, "'no-key' is not the verifier key of a log");
        (await auditor.HashesAsync(new($"http://127.0.0.1:{ThrowAwayServer.FreePorts(1)[0]}"))).Stops(ExitCodes.Unreachable, "/v1/ledger/vkey: ");
        await File.WriteAllTextAsync(auditor.Path("token"), Tokens.Create("consents:read"), TestContext.Current.CancellationToken);
        (await auditor.LogAsync(ledger.Address())).Stops(ExitCodes.Unreachable, "the token is not accepted (403)");
        await using var between = await Between.StartAsync(ledger.Address());
        between.Statuses.Enqueue(302);
        (await auditor.HashesAsync(between.Address)).Stops(ExitCodes.Unreachable, "redirected");
        between.Statuses.Enqueue(500);
        (await auditor.HashesAsync(between.Address)).Stops(ExitCodes.Unreachable, "answered 500");
        between.Statuses.Enqueue(503);
        (await auditor.HashesAsync(between.Address)).IsOk();
        between.Spoil = (_, _) => new byte[100_000];
        (await auditor.HashesAsync(between.Address)).Stops(ExitCodes.Unreachable, "longer than");
    }

    private const string Swap =
        "UPDATE ledger_entries SET data = o.text FROM (SELECT position AS place, data AS text FROM ledger_entries WHERE position IN ({0}, {1})) AS o WHERE position IN ({0}, {1}) AND o.place <> position";

    private Task<LedgerService> StartAsync(Store store) => LedgerService.StartAsync(store, postgres);

    // Four entries each.
    private static async Task FillAsync(LedgerService ledger, string prefix, int members)
    {
        var client = ledger.Client();
        await Parallel.ForAsync(0, members, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            (await client.ConsentAsync($"{prefix}-{i}", Choices)).Recorded("consent.granted", "consent.granted", "consent.refused", "consent.refused"));
        await ledger.SignAsync();
    }

    // A run that failed may have left tiles beside; it has changed none.
    private static void AssertStillKept(SortedDictionary<string, string> kept, Auditor auditor) => Assert.Equal(
        kept, new SortedDictionary<string, string>(
            auditor.Kept().Where(f => kept.ContainsKey(f.Key) || !f.Key.StartsWith("tile", StringComparison.Ordinal)).ToDictionary(), StringComparer.Ordinal));

    private static string Resign(byte[] note, SigningKey key)
    {
        Assert.True(SignedNote.TryParse(note, out var parsed));
        return new SignedNote(parsed.Text, [key.Sign(parsed.Text)]).ToString();
    }

    private static async Task<string> ReceiptAsync(LedgerService ledger, string member, long position) =>
        (await ledger.Client().GetReplyAsync($"/v1/members/{member}/receipts/{position}")).Is(HttpStatusCode.OK).Text;

    // One of three bytes, in the long notice one of 53, each with one of its bits turned; what is still the same JSON is the same receipt.
    private static async Task AssertNoByteCanChangeAsync(string file, byte[] receipt, string vkey)
    {
        var original = Proven(receipt);
        var (notice, afterwards) = (receipt.AsSpan().IndexOf("\"notice\":{\"id\":\"third-party-provision\",\"version\":1,\"sha256\""u8), receipt.AsSpan().LastIndexOf("\"leafHash\""u8));
        Assert.True(notice > 0);
        for (var i = 0; i < receipt.Length; i += i > notice && i < afterwards ? 53 : 3)
        {
            var changed = receipt.ToArray();
            changed[i] ^= (byte)(1 << (i % 7));
            if (Proven(changed) is { } same && JsonNode.DeepEquals(same, original))
                continue;
            await File.WriteAllBytesAsync(file, changed, TestContext.Current.CancellationToken);
            var result = await Auditor.RunAsync("receipt", file, "--vkey", vkey);
            Assert.True(result.ExitCode == ExitCodes.Tampered, $"byte {i} turned, after {Encoding.UTF8.GetString(receipt.AsSpan(0, i)[^Math.Min(i, 40)..])}: {result.ExitCode}");
        }
    }

    // A receipt without what it says itself that it does not prove; null where it can be read by nobody.
    private static JsonNode? Proven(byte[] receipt)
    {
        try
        {
            var json = JsonNode.Parse(receipt)!;
            if (json["memberId"] is JsonValue member && member.TryGetValue<string>(out _))
                json["memberId"] = "";
            return json.ToJsonString().Length > 0 ? json : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }
}
