using System.Net;
using ConsentLedger.Ledger;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using ConsentLedger.Transparency;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ConsentLedger.Tests.Transparency;

/// <summary>The keys that sign: made once, shared by replicas, changed one after the other; and the tree they sign for.</summary>
public sealed class KeysTests(PostgresServer postgres)
{
    [Fact]
    public async Task Replicas_share_a_key_and_sign_one_tree_in_turn()
    {
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var first = LedgerService.Start(database);
        await using var second = LedgerService.Start(database);
        Assert.Equal(await first.KeyAsync(), await second.KeyAsync());
        List<Checkpoint> signed = [];
        for (var i = 0; i < 6; i++)
        {
            var (writer, signer) = i % 2 == 0 ? (first, second) : (second, first);
            var written = (await writer.Client().ConsentAsync("m-1", ("sms_marketing", true))).Positions[^1];
            Assert.True(await signer.PublishAsync() >= written);
            var read = (await writer.CheckpointAsync()).Checkpoint;
            Assert.True(read.Size >= written);
            signed.Add(read);
        }

        foreach (var (earlier, later) in signed.Zip(signed.Skip(1)))
            await first.Client("").ExtendsAsync(earlier.Size, earlier.Root, later.Size, later.Root);
        // At the same moment too there is one checkpoint of a size.
        await first.FillAsync(50);
        Assert.Equal([50L, 50L], await Task.WhenAll(first.PublishAsync(), second.PublishAsync()));
        Assert.Equal(1, await first.QueryAsync(c => c.Checkpoints.CountAsync(p => p.Size == 50)));
        Assert.Equal((await first.CheckpointAsync()).Note.ToString(), (await second.CheckpointAsync()).Note.ToString());
    }

    [Fact]
    public async Task Services_that_start_at_once_make_one_key_that_only_its_owner_reads()
    {
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        var services = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => LedgerService.Start(database))));
        try
        {
            var keys = await Task.WhenAll(services.Select(s => s.KeyAsync()));
            Assert.Single(keys.Distinct());
            Assert.All(await Task.WhenAll(services.Select(s => s.KeysAsync())), all => Assert.Single(all));
            Assert.Equal(database.SigningKeyFile, Assert.Single(Directory.GetFiles(Path.GetDirectoryName(database.SigningKeyFile)!)));
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(database.SigningKeyFile));
            Assert.All(services, s => Assert.Single(s.Services.GetRequiredService<LogKeys>().Signing));
        }
        finally
        {
            foreach (var service in services)
                await service.DisposeAsync();
        }
    }

    private static readonly (string Key, string? Value)[] Production = [("environment", "Production")];

    [Theory, BothStores]
    public async Task A_second_key_in_the_file_signs_beside_the_first_and_is_the_one_to_verify_with_from_then_on(Store store)
    {
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        string old;
        VerifierKey oldKey;
        await using (var before = LedgerService.Start(database))
        {
            await before.FillAsync(20);
            await before.PublishAsync();
            (old, oldKey) = ((await before.CheckpointAsync()).Note.ToString(), await before.KeyAsync());
        }

        await File.AppendAllTextAsync(database.SigningKeyFile, SigningKey.NewPem(), TestContext.Current.CancellationToken);
        await using (var both = LedgerService.Start(database))
        {
            var newKey = await both.KeyAsync();
            Assert.NotEqual(oldKey, newKey);
            Assert.Equal(oldKey.Name, newKey.Name);
            Assert.Equal([oldKey, newKey], await both.KeysAsync());
            await both.FillAsync(30);
            await both.PublishAsync();
            var (note, _) = await both.CheckpointAsync();
            Assert.Equal(2, note.Signatures.Count);
            Assert.True(oldKey.Verify(note) && newKey.Verify(note));
            Assert.Contains(await both.KeysAsync(), k => k.Verify(old.AsNote()));
            oldKey.Opened(old, out var earlier);
            newKey.Opened(note.ToString(), out var later);
            await both.Client("").ExtendsAsync(earlier.Size, earlier.Root, later.Size, later.Root);
        }

        // The old one is taken out once everybody has the new.
        var pem = await File.ReadAllTextAsync(database.SigningKeyFile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(database.SigningKeyFile, pem[pem.LastIndexOf("-----BEGIN", StringComparison.Ordinal)..], TestContext.Current.CancellationToken);
        await using var after = LedgerService.Start(database);
        await after.FillAsync(40);
        await after.PublishAsync();
        Assert.Single((await after.CheckpointAsync()).Note.Signatures);
        Assert.Equal(2, (await after.KeysAsync()).Length);
    }

    [Theory, BothStores]
    public async Task On_a_developers_machine_a_ledger_that_is_started_from_another_place_is_signed_by_that_places_key_too(Store store)
    {
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        VerifierKey first;
        await using (var here = LedgerService.Start(database))
        {
            await here.FillAsync(20);
            await here.PublishAsync();
            first = await here.KeyAsync();
        }

        File.Delete(database.SigningKeyFile);
        await using var there = LedgerService.Start(database);
        var key = await there.KeyAsync();
        Assert.NotEqual(first, key);
        Assert.Equal(first.Name, key.Name);
        var (note, _) = await there.CheckpointAsync();
        Assert.True(first.Verify(note) && key.Verify(note));
        await there.FillAsync(25);
        Assert.Equal(25, await there.PublishAsync());
        Assert.True(key.Verify((await there.CheckpointAsync()).Note));
    }

    [Theory, BothStores]
    public async Task A_file_with_an_unknown_key_alone_does_not_sign_and_the_service_goes_on(Store store)
    {
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        VerifierKey key;
        await using (var before = LedgerService.Start(database))
        {
            await before.FillAsync(20);
            Assert.Equal(20, await before.PublishAsync());
            key = await before.KeyAsync();
        }

        var right = await File.ReadAllTextAsync(database.SigningKeyFile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(database.SigningKeyFile, SigningKey.NewPem(), TestContext.Current.CancellationToken);
        await using (var strange = LedgerService.Start(database, settings: Production))
        {
            Assert.Equal(key, Assert.Single(await strange.KeysAsync()));
            await strange.FillAsync(25);
            Assert.Equal(20, await strange.PublishAsync());
            Assert.Equal(20, (await strange.CheckpointAsync()).Checkpoint.Size);
            await strange.Client().IncludesAsync(25, 25, (await strange.LeavesAsync()).RootOf());
            // What needs a checkpoint that nobody signs is answered later.
            (await strange.Client().GetReplyAsync("/v1/ledger/entries/25/proof")).IsProblem(HttpStatusCode.ServiceUnavailable);
        }

        File.Delete(database.SigningKeyFile);
        await using (var without = LedgerService.Start(database, settings: Production))
        {
            Assert.Equal(20, await without.PublishAsync());
            Assert.False(File.Exists(database.SigningKeyFile), "a ledger that has a key must not be given another one by itself");
        }

        await File.WriteAllTextAsync(database.SigningKeyFile, right, TestContext.Current.CancellationToken);
        await using var again = LedgerService.Start(database);
        Assert.Equal(25, await again.PublishAsync());
        Assert.Equal(key, await again.KeyAsync());
    }

    [Theory]
    [InlineData("no key")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public void A_file_that_holds_no_key_stops_the_start_and_is_left_alone(string text)
    {
        using var database = LedgerDatabase.CreateSqlite();
        File.WriteAllText(database.SigningKeyFile, text);
        var refused = Assert.ThrowsAny<Exception>(() => LedgerService.Start(database));
        Assert.Contains(database.SigningKeyFile, refused.ToString(), StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(database.SigningKeyFile));
    }

    [Theory, BothStores]
    public async Task The_erasure_of_a_member_leaves_every_proof_valid(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        var client = ledger.Client();
        var granted = (await client.ConsentAsync("m-gone", ("telemarketing", true))).Positions[^1];
        await ledger.PublishAsync();
        var before = (await ledger.CheckpointAsync()).Checkpoint;
        var entry = (await client.GetReplyAsync($"/v1/ledger/entries/{granted}")).Text;
        var proof = await client.IncludesAsync(granted, before.Size, before.Root);
        (await client.TerminateAsync("m-gone")).Recorded("consent.withdrawn", "member.terminated");
        await ledger.WorkAsync();
        (await client.GetReplyAsync("/v1/members/m-gone/consents")).Names(HttpStatusCode.NotFound, "memberId");

        Assert.Equal(proof.ToJsonString(), (await client.IncludesAsync(granted, before.Size, before.Root)).ToJsonString());
        Assert.Equal(entry, (await client.GetReplyAsync($"/v1/ledger/entries/{granted}")).Text);
        await ledger.PublishAsync();
        var after = (await ledger.CheckpointAsync()).Checkpoint;
        Assert.True(after.Size > before.Size);
        await client.ExtendsAsync(before.Size, before.Root, after.Size, after.Root);
    }

    [Theory, BothStores]
    public async Task A_ledger_that_is_older_than_the_tree_gets_its_tree_at_the_start(Store store)
    {
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        Checkpoint before;
        await using (var first = LedgerService.Start(database))
        {
            await first.FillAsync(530);
            await first.PublishAsync();
            before = (await first.CheckpointAsync()).Checkpoint;
        }

        await ForgetTreeAsync(database);
        await using var after = LedgerService.Start(database);
        Assert.Equal(2, await after.QueryAsync(c => c.TreeTiles.CountAsync()));
        await after.Client().IncludesAsync(17, before.Size, before.Root);
        await after.FillAsync(800);
        await after.PublishAsync();
        var now = (await after.CheckpointAsync()).Checkpoint;
        await after.Client().ExtendsAsync(before.Size, before.Root, now.Size, now.Root);
        Assert.Equal((await after.LeavesAsync()).RootOf(), now.Root);
    }

    [Theory, BothStores]
    public async Task A_tree_that_was_changed_under_the_service_is_neither_grown_nor_signed(Store store)
    {
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        var ledger = LedgerService.Start(database, null, ("Ledger:CheckpointInterval", "1.00:00:00"));
        await ledger.FillAsync(20);
        Assert.Equal(20, await ledger.PublishAsync());
        var right = await ledger.QueryAsync(c => c.Head.Select(h => h.Frontier).SingleAsync());
        byte[] wrong = [.. right];
        wrong[5] ^= 1;
        await SetFrontierAsync(ledger, wrong);

        Assert.True((await ledger.Client().ConsentAsync("m-1", ("sms_marketing", true))).Status >= HttpStatusCode.InternalServerError);
        Assert.Equal(20, await ledger.HeadAsync());
        Assert.Equal(20, await ledger.PublishAsync());

        await SetFrontierAsync(ledger, right);
        (await ledger.Client().ConsentAsync("m-1", ("sms_marketing", true))).Recorded("consent.granted");
        await ledger.DisposeAsync();
    }

    [Theory, BothStores]
    public async Task A_tree_that_does_not_extend_the_last_checkpoint_is_not_signed(Store store)
    {
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        await using (var before = LedgerService.Start(database, null, ("Ledger:CheckpointInterval", "1.00:00:00")))
        {
            await before.FillAsync(20);
            Assert.Equal(20, await before.PublishAsync());
        }

        // Spoilt before the service starts, whose worker looks at once.
        var spoiling = LedgerService.Start(database, null, ("Ledger:CheckpointInterval", "1.00:00:00"));
        var root = await spoiling.QueryAsync(c => c.Checkpoints.Where(p => p.Size == 20).Select(p => p.Root).SingleAsync());
        await SetRootAsync(spoiling, new byte[32]);
        await spoiling.EndAsync();
        var ledger = LedgerService.Start(database, null, ("Ledger:CheckpointInterval", "1.00:00:00"));
        await ledger.FillAsync(25);
        await Assert.ThrowsAsync<LedgerCorruptException>(() => ledger.PublishAsync());
        Assert.Equal(20, await ledger.QueryAsync(c => c.Checkpoints.MaxAsync(p => p.Size)));
        await SetRootAsync(ledger, root);
        Assert.Equal(25, await ledger.PublishAsync());
        await ledger.DisposeAsync();
    }

    private static Task<int> SetFrontierAsync(LedgerService ledger, byte[] frontier) =>
        ledger.QueryAsync(c => c.Head.ExecuteUpdateAsync(h => h.SetProperty(r => r.Frontier, frontier)));

    private static Task<int> SetRootAsync(LedgerService ledger, byte[] root) =>
        ledger.QueryAsync(c => c.Checkpoints.Where(p => p.Size == 20).ExecuteUpdateAsync(p => p.SetProperty(r => r.Root, root)));

    // As it was before there was a tree. Not verified in between: it is not whole.
    private static async Task ForgetTreeAsync(LedgerDatabase database)
    {
        var ledger = LedgerService.Start(database, null, ("Ledger:CheckpointInterval", "1.00:00:00"));
        await SetFrontierAsync(ledger, []);
        await ledger.QueryAsync(c => c.TreeTiles.ExecuteDeleteAsync());
        await ledger.EndAsync();
    }
}
