using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Tests.Transparency;

/// <summary>An auditor whose code is not ours accepts the ledger, and refuses one that was spoilt on the way or is another.</summary>
[Trait("Category", "Servers")]
public sealed class ForeignAuditorTests(ForeignAuditor auditor, AuditedLedgers ledgers, PostgresServer postgres) : IClassFixture<AuditedLedgers>
{
    private const int Now = AuditedLedgers.Now;

    [Theory, BothStores]
    public async Task Checkpoints_tiles_and_proofs_are_accepted(Store store)
    {
        var (ledger, kept, latest) = await ledgers.On(store);
        var (status, output) = await CheckAsync(ledger, ledger.Client().BaseAddress!, kept);
        Assert.True(status == 0, output);
        (await ledger.KeyAsync()).Opened(latest, out var checkpoint);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{Now} {checkpoint.Root}\n"), output);
        Assert.Equal(Now, checkpoint.Size);
    }

    [Theory]
    [BothStores(
        "the checkpoint's size|checkpoint:", "the checkpoint's root|checkpoint:", "a checkpoint by another key of that name|checkpoint:", "no signature|checkpoint:",
        "the partial tile of leaves|tiles:", "the tile above the leaves|tiles:", "a full tile of leaves|consistency:", "a shorter tile|tiles:",
        "the entry's bytes|entry ", "the entry's bytes and hash|by tiles:", "the inclusion proof|by the ledger's proof:", "a longer inclusion proof|by the ledger's proof:",
        "the consistency proof|consistency: by the ledger's proof:", "an older checkpoint than the one that was kept|consistency:")]
    public async Task What_is_spoilt_on_the_way_is_refused(Store store, string fault)
    {
        var (ledger, kept, latest) = await ledgers.On(store);
        var (what, complaint) = (fault.Split('|')[0], fault.Split('|')[1]);
        var touched = false;
        await using var proxy = await SpoilingProxy.StartAsync(ledger.Client(), (path, body) =>
        {
            var spoilt = Spoil(what, path, body, kept);
            touched |= !spoilt.AsSpan().SequenceEqual(body);
            return spoilt;
        });
        var (status, output) = await CheckAsync(ledger, proxy.Address, what.StartsWith("an older", StringComparison.Ordinal) ? latest : kept);
        Assert.True(touched, "nothing was spoilt");
        Assert.True(status == 1 && output.Contains(complaint, StringComparison.Ordinal), $"{status} {output}");
    }

    [Theory, BothStores]
    public async Task Another_ledger_under_the_same_key_and_name_is_refused(Store store)
    {
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        using var twinDatabase = await LedgerDatabase.CreateAsync(store, postgres);
        (string, string?)[] settings = [("Ledger:Origin", "shop.example/consents"), ("Ledger:SigningKeyFile", database.SigningKeyFile)];
        await using var ledger = LedgerService.Start(database, null, settings);
        await using var twin = LedgerService.Start(twinDatabase, null, settings);
        await ledger.FillAsync(30);
        await ledger.PublishAsync();
        await twin.FillAsync(300);
        await twin.PublishAsync();
        Assert.Equal(await ledger.KeyAsync(), await twin.KeyAsync());
        var kept = (await ledger.CheckpointAsync()).Note.ToString();
        Assert.Equal(0, (await CheckAsync(ledger, ledger.Client().BaseAddress!, kept)).Status);

        var (status, output) = await CheckAsync(twin, twin.Client().BaseAddress!, kept);

        Assert.True(status == 1 && output.StartsWith("consistency: by tiles:", StringComparison.Ordinal), $"{status} {output}");
    }

    private async Task<(int Status, string Output)> CheckAsync(LedgerService ledger, Uri address, string kept) =>
        await auditor.CheckAsync(new Uri(address, "/v1/ledger"), Tokens.Create("ledger:read"), (await ledger.KeyAsync()).ToString(), kept);

    private static byte[] Spoil(string what, string path, byte[] body, string kept)
    {
        var at = path.Replace("/v1/ledger", "", StringComparison.Ordinal);
        var proof = at.Contains("/proof", StringComparison.Ordinal);
        return (what, at) switch
        {
            ("the checkpoint's size", "/checkpoint") => Replace(body, $"\n{Now}\n", $"\n{Now - 1}\n"),
            ("the checkpoint's root", "/checkpoint") => Encoding.UTF8.GetBytes(WithOtherRoot(body).ToString()),
            ("a checkpoint by another key of that name", "/checkpoint") => Resigned(body),
            ("no signature", "/checkpoint") => Replace(body, "— ", "- "),
            ("an older checkpoint than the one that was kept", "/checkpoint") => Encoding.UTF8.GetBytes(kept),
            ("the partial tile of leaves", var p) when p.StartsWith("/tile/0/002.p/", StringComparison.Ordinal) => Flip(body),
            ("the tile above the leaves", var p) when p.StartsWith("/tile/1/", StringComparison.Ordinal) => Flip(body),
            ("a full tile of leaves", "/tile/0/000") => Flip(body),
            ("a shorter tile", var p) when p.StartsWith("/tile/0/002.p/", StringComparison.Ordinal) => body[32..],
            ("the entry's bytes", var p) when p.StartsWith("/entries/", StringComparison.Ordinal) && !proof => Json(body, entry => entry["leaf"] = Convert.ToBase64String("{}"u8)),
            ("the entry's bytes and hash", var p) when p.StartsWith("/entries/", StringComparison.Ordinal) && !proof => Json(body, entry =>
            {
                entry["leaf"] = Convert.ToBase64String("{}"u8);
                entry["leafHash"] = TreeHash.OfLeaf("{}"u8).ToString();
            }),
            ("the inclusion proof", _) when proof => Json(body, p => p["hashes"]![0] = TreeHash.OfNothing.ToString()),
            ("a longer inclusion proof", _) when proof => Json(body, p => p["hashes"]!.AsArray().Add(TreeHash.OfNothing.ToString())),
            ("the consistency proof", var p) when p.StartsWith("/consistency", StringComparison.Ordinal) => Json(body, c => c["hashes"]![0] = TreeHash.OfNothing.ToString()),
            _ => body,
        };
    }

    private static SignedNote WithOtherRoot(byte[] body)
    {
        var note = Encoding.UTF8.GetString(body).AsNote();
        Assert.True(Checkpoint.TryParse(note.Text, out var checkpoint));
        return note with { Text = (checkpoint with { Root = TreeHash.OfNothing }).Text };
    }

    private static byte[] Resigned(byte[] body)
    {
        var note = WithOtherRoot(body);
        using var key = SigningKey.ReadPem(note.Signatures[0].Name, SigningKey.NewPem())[0];
        return Encoding.UTF8.GetBytes((note with { Signatures = [key.Sign(note.Text)] }).ToString());
    }

    private static byte[] Replace(byte[] body, string old, string with) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body).Replace(old, with, StringComparison.Ordinal));

    private static byte[] Flip(byte[] body) => [(byte)(body[0] ^ 1), .. body[1..]];

    private static byte[] Json(byte[] body, Action<JsonNode> edit)
    {
        var json = JsonNode.Parse(body)!;
        edit(json);
        // As the service writes it: the auditor's hashes are not to be escaped.
        return Encoding.UTF8.GetBytes(json.ToJsonString(new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }
}

/// <summary>A ledger on each store that an auditor has looked at before.</summary>
public sealed class AuditedLedgers : IAsyncDisposable
{
    public const int Now = 603; // entries in three tiles
    private const int Kept = 131; // entries under the checkpoint that the auditor kept

    private readonly Dictionary<Store, Lazy<Task<(LedgerService Ledger, string Kept, string Latest)>>> ledgers;

    public AuditedLedgers(PostgresServer postgres) => ledgers = Enum.GetValues<Store>().ToDictionary(
        store => store, store => new Lazy<Task<(LedgerService, string, string)>>(() => FillAsync(store, postgres)));

    public Task<(LedgerService Ledger, string Kept, string Latest)> On(Store store) => ledgers[store].Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var ledger in ledgers.Values.Where(l => l.IsValueCreated))
            await (await ledger.Value).Ledger.DisposeAsync();
    }

    private static async Task<(LedgerService, string, string)> FillAsync(Store store, PostgresServer postgres)
    {
        var ledger = await LedgerService.StartAsync(store, postgres);
        await ledger.FillAsync(Kept);
        await ledger.PublishAsync();
        var kept = (await ledger.CheckpointAsync()).Note.ToString();
        await ledger.FillAsync(Now);
        await ledger.PublishAsync();
        return (ledger, kept, (await ledger.CheckpointAsync()).Note.ToString());
    }
}
