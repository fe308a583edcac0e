using System.Diagnostics;
using System.Net;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using ConsentLedger.Transparency;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ConsentLedger.Tests.Transparency;

/// <summary>Checkpoints, proofs and tiles as outsiders read them.</summary>
public sealed class CheckpointsTests(Ledgers ledgers, PostgresServer postgres) : IClassFixture<Ledgers>
{
    [Theory, BothStores]
    public async Task A_checkpoint_covers_every_write_that_was_answered_before(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        for (var i = 0; i < 5; i++)
        {
            var written = await Task.WhenAll(Enumerable.Range(0, 4).Select(m => client.ConsentAsync($"m-covered-{m}", ("sms_marketing", true))));
            var last = written.Max(w => w.Positions[^1]);
            Assert.True(await ledger.PublishAsync() >= last);
            var (_, checkpoint) = await ledger.CheckpointAsync();
            Assert.True(checkpoint.Size >= last);
            Assert.Equal((await ledger.LeavesAsync()).Take((int)checkpoint.Size).RootOf(), checkpoint.Root);
        }
    }

    [Theory, BothStores]
    public async Task The_service_signs_by_itself_soon_after_a_write_and_only_then(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres, time: null, ("Ledger:CheckpointInterval", "00:00:00.1"));
        var position = (await ledger.Client().ConsentAsync("m-1", ("sms_marketing", true))).Positions[^1];
        var since = Stopwatch.GetTimestamp();
        while (await ledger.QueryAsync(c => c.Checkpoints.MaxAsync(p => (long?)p.Size)) is not { } size || size < position)
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(20), "nothing is signed");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        var count = await ledger.QueryAsync(c => c.Checkpoints.CountAsync());
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.Equal(position, await ledger.PublishAsync());
        Assert.Equal(count, await ledger.QueryAsync(c => c.Checkpoints.CountAsync()));
    }

    [Theory, BothStores]
    public async Task After_an_hour_one_checkpoint_of_each_hour_is_kept_and_what_a_witness_has_cosigned(Store store)
    {
        using var witness = Assert.Single(SigningKey.ReadPem("witness.example/w1", SigningKey.NewPem()));
        var clock = new TestClock();
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock, ("Ledger:Witnesses:0", witness.CosignatureVerifier.ToString()));
        var publisher = ledger.Services.GetRequiredService<CheckpointPublisher>();
        var start = clock.MoveTo(new DateTimeOffset(clock.Now.UtcDateTime.Date, TimeSpan.Zero).AddDays(1));
        List<long> sizes = [];
        // Four in each of three hours; the second of the first hour is cosigned.
        for (var i = 0; i < 12; i++)
        {
            clock.MoveTo(start.AddMinutes(15 * i));
            await ledger.Client().ConsentAsync("m-1", ("sms_marketing", i % 2 == 0));
            sizes.Add(await ledger.PublishAsync() ?? 0);
            if (i == 1)
            {
                var (note, _) = await ledger.CheckpointAsync();
                using var body = new StringContent(note.With([witness.Cosign(note.Text, clock.Now)]).ToString(), System.Text.Encoding.UTF8, "text/plain");
                Assert.Equal(HttpStatusCode.OK, (await ledger.Client("").PostAsync("/v1/ledger/cosignatures", body, TestContext.Current.CancellationToken)).StatusCode);
            }
        }

        clock.MoveTo(start.AddHours(3));
        Assert.Equal(3 + 3 - 1, await publisher.ThinOnceAsync(TestContext.Current.CancellationToken));
        long[] kept = [sizes[1], sizes[3], sizes[7], .. sizes[8..]];
        Assert.Equal(kept, await ledger.QueryAsync(c => c.Checkpoints.Where(p => p.Size >= sizes[0]).OrderBy(p => p.Size).Select(p => p.Size).ToArrayAsync()));
        Assert.Equal(0, await publisher.ThinOnceAsync(TestContext.Current.CancellationToken));
    }

    [Theory, BothStores]
    public async Task A_checkpoint_and_the_keys_are_plain_text_for_anybody(Store store)
    {
        var ledger = await ledgers.On(store);
        using var anybody = ledger.Client("");
        foreach (var path in (string[])["checkpoint", "vkey", "vkeys"])
        {
            var reply = (await anybody.GetReplyAsync($"/v1/ledger/{path}")).Is(HttpStatusCode.OK);
            Assert.Equal("text/plain; charset=utf-8", reply.ContentHeaders.ContentType?.ToString());
            Assert.EndsWith("\n", reply.Text, StringComparison.Ordinal);
        }

        Assert.True((await anybody.GetReplyAsync("/v1/ledger/checkpoint")).Headers.CacheControl?.NoCache);
        Assert.Equal(await ledger.KeyAsync(), Assert.Single(await ledger.KeysAsync()));
        Assert.Equal((await ledger.KeyAsync()).Name, (await ledger.CheckpointAsync()).Checkpoint.Origin);
    }

    [Theory, BothStores]
    public async Task The_origin_is_the_configured_one_or_one_made_with_the_ledger(Store store)
    {
        await using var named = await LedgerService.StartAsync(store, postgres, time: null, ("Ledger:Origin", "shop.example/consents"));
        Assert.Equal("shop.example/consents", (await named.CheckpointAsync()).Checkpoint.Origin);
        Assert.Matches(@"\Aconsent-ledger/[0-9a-f]{8}\z", (await (await ledgers.On(store)).CheckpointAsync()).Checkpoint.Origin);
    }

    [Theory, BothStores]
    public async Task Every_proof_of_inclusion_and_consistency_verifies(Store store)
    {
        var ledger = await ledgers.On(store);
        await ledger.FillAsync(600);
        var leaves = await ledger.LeavesAsync();
        var client = ledger.Client();
        using var anybody = ledger.Client("");
        var random = new Random(42);
        int[] sizes = [1, 2, 3, 255, 256, 257, 511, 512, 513, 600, leaves.Length, .. Enumerable.Range(0, 12).Select(_ => random.Next(1, leaves.Length + 1))];
        foreach (var size in sizes)
        {
            var root = leaves.Take(size).RootOf();
            foreach (var position in (int[])[1, size, random.Next(1, size + 1)])
            {
                var proof = await client.IncludesAsync(position, size, root);
                Assert.Equal(leaves[position - 1], proof["leafHash"].AsHash());
                await anybody.ExtendsAsync(position, leaves.Take(position).RootOf(), size, root);
            }
        }
    }

    [Theory, BothStores]
    public async Task Without_a_size_a_proof_is_for_the_latest_checkpoint_which_covers_what_was_just_written(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        for (var i = 0; i < 3; i++)
        {
            var position = (await client.ConsentAsync("m-latest", ("sms_marketing", true))).Positions[^1];
            var proof = (await client.GetReplyAsync($"/v1/ledger/entries/{position}/proof")).Is(HttpStatusCode.OK).Json;
            var consistency = (await client.GetReplyAsync($"/v1/ledger/consistency?from={position}")).Is(HttpStatusCode.OK).Json;
            foreach (var size in (long[])[(long)proof["treeSize"]!, (long)consistency["to"]!])
            {
                Assert.True(size >= position);
                Assert.Equal(1, await ledger.QueryAsync(c => c.Checkpoints.CountAsync(p => p.Size == size)));
            }

            var entry = (await client.GetReplyAsync($"/v1/ledger/entries/{position}")).Is(HttpStatusCode.OK).Json;
            Assert.Equal(TreeHash.OfLeaf(Convert.FromBase64String((string)entry["leaf"]!)), proof["leafHash"].AsHash());
            Assert.Equal((string)entry["leafHash"]!, (string)proof["leafHash"]!);
        }
    }

    [Theory]
    [BothStores(
        "entries/{head+1}/proof|404|position", "entries/0/proof|404|position", "entries/-1/proof|404|position", "entries/9223372036854775807/proof|404|position",
        "entries/2/proof?treeSize=1|400|treeSize", "entries/1/proof?treeSize=0|400|treeSize", "entries/1/proof?treeSize=-1|400|treeSize",
        "entries/1/proof?treeSize={head+1}|400|treeSize", "entries/1/proof?treeSize=one|400|treeSize", "entries/1/proof?treeSize=9223372036854775808|400|treeSize",
        "entries/1/proof?treeSize=|400|treeSize",
        "consistency|400|from", "consistency?from=|400|from", "consistency?from=0|400|from", "consistency?from=-1|400|from", "consistency?from={head+1}|400|from",
        "consistency?from=3&to=2|400|from", "consistency?from=x|400|from", "consistency?from=1&to=0|400|to", "consistency?from=1&to={head+1}|400|to",
        "consistency?from=1&to=x|400|to", "consistency?from=1&to=9223372036854775807|400|to",
        "checkpoint?cosignatures=-1|400|cosignatures", "checkpoint?cosignatures=101|400|cosignatures", "checkpoint?cosignatures=x|400|cosignatures",
        "checkpoint?cosignatures=1|404|cosignatures")]
    public async Task What_cannot_be_proved_is_refused_by_the_name_of_the_field(Store store, string asked)
    {
        var ledger = await ledgers.On(store);
        await ledger.FillAsync(10);
        var head = await ledger.HeadAsync();
        var (path, status, field) = asked.Split('|') is [var p, var s, var f] ? (p, Enum.Parse<HttpStatusCode>(s), f) : throw new ArgumentException(asked);
        path = path.Replace("{head+1}", $"{head + 1000}", StringComparison.Ordinal);
        (await ledger.Client().GetReplyAsync($"/v1/ledger/{path}")).Names(status, field);
        (await ledger.Client().GetReplyAsync($"/v1/ledger/{path}", language: "en")).Names(status, field);
    }

    [Theory, BothStores]
    public async Task Every_tile_of_the_tree_is_served_for_ever_and_none_beyond_it(Store store)
    {
        var ledger = await ledgers.On(store);
        await ledger.FillAsync(520);
        var leaves = await ledger.LeavesAsync();
        using var anybody = ledger.Client("");
        var full = leaves.Chunk(256).Where(c => c.Length == 256).ToArray();
        foreach (var (i, tile) in full.Index())
            Assert.Equal(Bytes(tile), await TileAsync(anybody, $"0/{i:D3}"));
        Assert.Equal(Bytes(full.Select(t => t.RootOf())), await TileAsync(anybody, $"1/000.p/{full.Length}"));
        foreach (var width in (int[])[1, 7, 255])
            Assert.Equal(Bytes(leaves.Skip(256).Take(width)), await TileAsync(anybody, $"0/001.p/{width}"));
        var last = leaves.Skip(full.Length * 256).ToArray();
        if (last.Length > 0)
            Assert.Equal(Bytes(last), await TileAsync(anybody, $"0/{full.Length:D3}.p/{last.Length}"));

        foreach (var beyond in (string[])[$"0/{full.Length:D3}", $"0/{full.Length + 1:D3}.p/1", "1/000", "1/001.p/1", "2/000.p/1", "7/000.p/1", "0/x001/x234/067", "0/x009/x223/x372/x036/x854/x775/807", "entries/000", "entries/000.p/1"])
            (await anybody.GetReplyAsync($"/v1/ledger/tile/{beyond}")).Names(HttpStatusCode.NotFound, "path");
    }

    [Theory]
    [BothStores(
        "0", "0/", "0/0", "0/00", "0/0000", "0/x000/000", "0/1000", "0/000.p", "0/000.p/0", "0/000.p/01", "0/000.p/256", "0/000.p/-1", "8/000", "63/000", "64/000", "00/000", "-1/000",
        "a/000", "0/abc", "0//000", "0/000/", "0%2F000", "0/000.p%2F1", "0/%30%30%30x", "0/000%00", "0/000%0A", "0/%D9%A0%D9%A0%D9%A0", "0/x009/x223/x372/x036/x854/x775/808", "data/000")]
    public async Task Another_spelling_of_a_tile_is_refused(Store store, string path)
    {
        var ledger = await ledgers.On(store);
        var reply = await ledger.Client("").GetReplyAsync($"/v1/ledger/tile/{path}");
        // NUL does not get as far as the service.
        if (path.Contains("%00", StringComparison.Ordinal))
            Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        else
            reply.Names(HttpStatusCode.BadRequest, "path");
        Assert.Null(reply.Headers.CacheControl?.MaxAge);
    }

    private static async Task<byte[]> TileAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri($"/v1/ledger/tile/{path}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal("public, max-age=31536000, immutable", answer.Headers.CacheControl?.ToString());
        return await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
    }

    private static byte[] Bytes(IEnumerable<TreeHash> hashes) => [.. hashes.SelectMany(h => h.ToArray())];
}
