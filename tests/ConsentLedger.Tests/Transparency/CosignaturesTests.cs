using System.Net;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Tests.Transparency;

/// <summary>What witnesses sign under a checkpoint is kept and served; what is not a known witness's, or not of this tree, is refused.</summary>
public sealed class CosignaturesTests(PostgresServer postgres) : IAsyncDisposable
{
    private const string Origin = "shop.example/consents";

    private readonly SigningKey first = SigningKey.ReadPem("witness.example/w1", SigningKey.NewPem())[0];
    private readonly SigningKey second = SigningKey.ReadPem("witness.example/w2", SigningKey.NewPem())[0];
    private readonly SigningKey stranger = SigningKey.ReadPem("witness.example/w1", SigningKey.NewPem())[0];
    private LedgerService? service;

    private static DateTimeOffset Now => DaytimeClock.Instance.GetUtcNow();

    public async ValueTask DisposeAsync()
    {
        if (service is not null)
            await service.DisposeAsync();
        foreach (var key in (SigningKey[])[first, second, stranger])
            key.Dispose();
    }

    [Theory, BothStores]
    public async Task A_cosignature_of_a_known_witness_is_kept_and_served_with_its_checkpoint(Store store)
    {
        var ledger = await StartAsync(store);
        var (note, checkpoint) = await ledger.CheckpointAsync();
        (await ledger.Client("").GetReplyAsync("/v1/ledger/checkpoint?cosignatures=1")).Names(HttpStatusCode.NotFound, "cosignatures");

        var answer = (await CosignAsync(ledger, note.With([first.Cosign(note.Text, Now)]).ToString())).Is(HttpStatusCode.OK);

        Assert.Equal("text/plain; charset=utf-8", answer.ContentHeaders.ContentType?.ToString());
        Assert.NotNull(first.CosignatureVerifier.VerifyCosignature(answer.Text.AsNote()));
        var served = await ledger.CheckpointAsync();
        Assert.Equal(answer.Text, served.Note.ToString());
        Assert.Equal(2, served.Note.Signatures.Count);

        // A newer checkpoint has none yet; who wants one gets the older.
        await ledger.FillAsync(checkpoint.Size + 3);
        await ledger.PublishAsync();
        Assert.Single((await ledger.CheckpointAsync()).Note.Signatures);
        Assert.Equal(answer.Text, (await ledger.CheckpointAsync("?cosignatures=1")).Note.ToString());
        Assert.Equal((await ledger.CheckpointAsync()).Note.ToString(), (await ledger.CheckpointAsync("?cosignatures=0")).Note.ToString());
        (await ledger.Client("").GetReplyAsync("/v1/ledger/checkpoint?cosignatures=2")).Names(HttpStatusCode.NotFound, "cosignatures");

        // Another witness on the same one, beside a signature that nobody here knows.
        var both = (await CosignAsync(ledger, note.With([stranger.Cosign(note.Text, Now), second.Cosign(note.Text, Now)]).ToString())).Is(HttpStatusCode.OK).Text.AsNote();
        Assert.Equal(3, both.Signatures.Count);
        Assert.All((SigningKey[])[first, second], w => Assert.NotNull(w.CosignatureVerifier.VerifyCosignature(both)));
        Assert.Equal(both.ToString(), (await ledger.CheckpointAsync("?cosignatures=2")).Note.ToString());
    }

    [Theory, BothStores]
    public async Task A_later_word_of_a_witness_replaces_its_earlier_one_and_never_the_other_way(Store store)
    {
        var ledger = await StartAsync(store);
        var (note, _) = await ledger.CheckpointAsync();
        var at = DateTimeOffset.FromUnixTimeSeconds(Now.ToUnixTimeSeconds());
        foreach (var (time, expected) in ((DateTimeOffset, DateTimeOffset)[])[(at.AddHours(-2), at.AddHours(-2)), (at, at), (at.AddHours(-1), at), (at, at), (at.AddMinutes(4), at.AddMinutes(4))])
        {
            var answer = (await CosignAsync(ledger, note.With([first.Cosign(note.Text, time)]).ToString())).Is(HttpStatusCode.OK).Text.AsNote();
            Assert.Equal(2, answer.Signatures.Count);
            Assert.Equal(expected, first.CosignatureVerifier.VerifyCosignature(answer));
        }
    }

    [Theory, BothStores]
    public async Task A_checkpoint_of_any_size_of_this_tree_can_be_cosigned(Store store)
    {
        var ledger = await StartAsync(store);
        await ledger.FillAsync(300);
        await ledger.PublishAsync();
        // One that was signed and forgotten since.
        var text = new Checkpoint(Origin, 257, (await ledger.LeavesAsync()).Take(257).RootOf()).Text;
        Assert.Equal(0, await ledger.QueryAsync(c => c.Checkpoints.CountAsync(p => p.Size == 257)));
        var answer = (await CosignAsync(ledger, $"{text}\n{first.Cosign(text, Now)}")).Is(HttpStatusCode.OK).Text;
        (await ledger.KeyAsync()).Opened(answer, out var checkpoint);
        Assert.Equal(257, checkpoint.Size);
        Assert.NotNull(first.CosignatureVerifier.VerifyCosignature(answer.AsNote()));
    }

    [Theory, BothStores]
    public async Task What_is_no_cosignature_of_a_known_witness_on_this_log_is_refused_and_nothing_is_kept(Store store)
    {
        var ledger = await StartAsync(store);
        var (note, checkpoint) = await ledger.CheckpointAsync();
        var cosigned = note.With([first.Cosign(note.Text, Now)]);
        (await CosignAsync(ledger, note.ToString())).IsProblem(HttpStatusCode.Forbidden);
        (await CosignAsync(ledger, note.With([stranger.Cosign(note.Text, Now)]).ToString())).IsProblem(HttpStatusCode.Forbidden);
        // As a note's own signature it does not count.
        (await CosignAsync(ledger, note.With([first.Sign(note.Text)]).ToString())).IsProblem(HttpStatusCode.Forbidden);
        foreach (var wrong in (NoteSignature[])
        [
            first.Cosign(note.Text + "more\n", Now), first.CosignatureVerifier is var known ? stranger.Cosign(note.Text, Now) with { KeyId = known.KeyId } : null!,
            first.Sign(note.Text) with { KeyId = known.KeyId }, new(known.Name, known.KeyId, new byte[1]),
        ])
            (await CosignAsync(ledger, note.With([wrong]).ToString())).Names(HttpStatusCode.BadRequest, "body");
        // One that is wrong spoils the others that came with it.
        (await CosignAsync(ledger, cosigned.With([new(second.CosignatureVerifier.Name, second.CosignatureVerifier.KeyId, new byte[72])]).ToString())).Names(HttpStatusCode.BadRequest, "body");

        (await CosignAsync(ledger, Cosigned("other.example/log", checkpoint.Size, checkpoint.Root))).Names(HttpStatusCode.BadRequest, "body");
        (await CosignAsync(ledger, Cosigned(Origin, checkpoint.Size, checkpoint.Root, Now.AddMinutes(6)))).Names(HttpStatusCode.BadRequest, "body");
        (await CosignAsync(ledger, Cosigned(Origin, checkpoint.Size, checkpoint.Root, DateTimeOffset.MaxValue))).Names(HttpStatusCode.BadRequest, "body");
        (await CosignAsync(ledger, Cosigned(Origin, checkpoint.Size, TreeHash.OfNothing))).Names(HttpStatusCode.Conflict, "body");
        (await CosignAsync(ledger, Cosigned(Origin, checkpoint.Size - 1, checkpoint.Root))).Names(HttpStatusCode.Conflict, "body");
        (await CosignAsync(ledger, Cosigned(Origin, checkpoint.Size + 1000, checkpoint.Root))).Names(HttpStatusCode.Conflict, "body");
        (await CosignAsync(ledger, Cosigned(Origin, long.MaxValue, checkpoint.Root))).Names(HttpStatusCode.Conflict, "body");

        foreach (var nothing in (string[])["", "\n", "hello", note.Text, "hello\n\n— n AAAAAAA=\n", cosigned.ToString().Replace("\n", "\r\n", StringComparison.Ordinal), cosigned + "\n", cosigned.ToString()[..^1]])
            (await CosignAsync(ledger, nothing)).Names(HttpStatusCode.BadRequest, "body");
        var extended = note.Text + "an extension\n";
        (await CosignAsync(ledger, $"{extended}\n{first.Cosign(extended, Now)}")).Names(HttpStatusCode.BadRequest, "body");
        (await CosignAsync(ledger, (byte[])[0xFF, .. System.Text.Encoding.UTF8.GetBytes(cosigned.ToString())])).Names(HttpStatusCode.BadRequest, "body");

        Assert.Equal(0, await ledger.QueryAsync(c => c.Cosignatures.CountAsync()));
        Assert.All(await ledger.QueryAsync(c => c.Checkpoints.Select(p => p.Size).ToListAsync()), size => Assert.True(size <= checkpoint.Size));
        (await CosignAsync(ledger, cosigned.ToString())).Is(HttpStatusCode.OK);
    }

    [Theory, BothStores]
    public async Task Another_kind_of_body_and_one_that_is_too_long_are_refused_before_they_are_read(Store store)
    {
        var ledger = await StartAsync(store);
        var (note, _) = await ledger.CheckpointAsync();
        var body = note.With([first.Cosign(note.Text, Now)]).ToString();
        foreach (var contentType in (string[])["application/json", "text/html", "application/octet-stream", "text/plainx", "text/plain; charset=euc-kr"])
            (await ledger.Client("").SendReplyAsync(HttpMethod.Post, "/v1/ledger/cosignatures", body, contentType: contentType)).Names(HttpStatusCode.UnsupportedMediaType, "Content-Type");
        (await ledger.Client("").SendReplyAsync(HttpMethod.Post, "/v1/ledger/cosignatures", null)).Names(HttpStatusCode.UnsupportedMediaType, "Content-Type");
        (await CosignAsync(ledger, new string('x', SignedNote.MaxLength + 1))).IsProblem(HttpStatusCode.RequestEntityTooLarge);
        using var patient = ledger.Client("");
        patient.DefaultRequestHeaders.ExpectContinue = true;
        (await patient.SendReplyAsync(HttpMethod.Post, "/v1/ledger/cosignatures", new string('x', 5 * 1024 * 1024), contentType: "text/plain")).IsProblem(HttpStatusCode.RequestEntityTooLarge);
        (await CosignAsync(ledger, new string('x', SignedNote.MaxLength))).Names(HttpStatusCode.BadRequest, "body");
        (await ledger.Client("").SendReplyAsync(HttpMethod.Post, "/v1/ledger/cosignatures", body, contentType: "Text/Plain")).Is(HttpStatusCode.OK);
    }

    [Theory, BothStores]
    public async Task A_witness_that_is_no_longer_configured_counts_no_more(Store store)
    {
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        await using (var ledger = LedgerService.Start(database, null, Settings))
        {
            await ledger.PublishAsync();
            var (note, _) = await ledger.CheckpointAsync();
            (await CosignAsync(ledger, note.With([first.Cosign(note.Text, Now)]).ToString())).Is(HttpStatusCode.OK);
            await ledger.CheckpointAsync("?cosignatures=1");
        }

        await using var without = LedgerService.Start(database, null, ("Ledger:Origin", Origin), ("Ledger:Witnesses:0", second.CosignatureVerifier.ToString()));
        Assert.Single((await without.CheckpointAsync()).Note.Signatures);
        (await without.Client("").GetReplyAsync("/v1/ledger/checkpoint?cosignatures=1")).Names(HttpStatusCode.NotFound, "cosignatures");
    }

    [Theory]
    [InlineData("witness.example/w1")]
    [InlineData("the log's own kind of key")]
    public void A_witness_that_is_none_stops_the_start(string vkey)
    {
        using var database = LedgerDatabase.CreateSqlite();
        var configured = vkey.StartsWith("the", StringComparison.Ordinal) ? first.Verifier.ToString() : vkey;
        var refused = Assert.ThrowsAny<Exception>(() => LedgerService.Start(database, null, ("Ledger:Witnesses:0", configured)));
        Assert.Contains("Ledger:Witnesses", refused.ToString(), StringComparison.Ordinal);
    }

    private (string, string?)[] Settings =>
    [
        ("Ledger:Origin", Origin), ("Ledger:Witnesses:0", first.CosignatureVerifier.ToString()), ("Ledger:Witnesses:1", second.CosignatureVerifier.ToString()),
        // No checkpoint but those that the test takes.
        ("Ledger:CheckpointInterval", "1.00:00:00"),
    ];

    private async Task<LedgerService> StartAsync(Store store)
    {
        service = await LedgerService.StartAsync(store, postgres, time: null, Settings);
        await service.FillAsync(7);
        await service.PublishAsync();
        return service;
    }

    private string Cosigned(string origin, long size, TreeHash root, DateTimeOffset? at = null)
    {
        var text = new Checkpoint(origin, size, root).Text;
        return $"{text}\n{first.Cosign(text, at ?? Now)}";
    }

    private static Task<Reply> CosignAsync(LedgerService ledger, object body) =>
        ledger.Client("").SendReplyAsync(HttpMethod.Post, "/v1/ledger/cosignatures", body, contentType: "text/plain; charset=utf-8");
}
