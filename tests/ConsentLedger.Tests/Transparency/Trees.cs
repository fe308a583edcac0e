using System.Net;
using System.Text.Json.Nodes;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Transparency;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ConsentLedger.Tests.Transparency;

/// <summary>What tests of the tree do again and again.</summary>
public static class Trees
{
    private const int AtOnce = 100; // provisions of one checkout at most

    /// <summary>Signs what is not signed yet, and returns the size of the last checkpoint.</summary>
    public static Task<long?> PublishAsync(this LedgerService ledger) =>
        ledger.Services.GetRequiredService<CheckpointPublisher>().PublishOnceAsync(TestContext.Current.CancellationToken);

    /// <summary>Writes entries until the ledger has so many, in few requests.</summary>
    public static async Task FillAsync(this LedgerService ledger, long size)
    {
        var client = ledger.Client();
        for (var head = await ledger.HeadAsync(); head < size; head = await ledger.HeadAsync())
        {
            var provisions = Enumerable.Range(0, (int)Math.Min(AtOnce, size - head)).Select(i => new { partner = "inicis", purpose = "payment", items = (string[])["name"] });
            (await client.PostReplyAsync("/v1/members/m-fill/checkouts", new { provisions })).Is(HttpStatusCode.Created);
        }
    }

    /// <summary>The checkpoint that anybody reads, verified by the key that anybody reads.</summary>
    public static async Task<(SignedNote Note, Checkpoint Checkpoint)> CheckpointAsync(this LedgerService ledger, string query = "")
    {
        var text = (await ledger.Client("").GetReplyAsync($"/v1/ledger/checkpoint{query}")).Is(HttpStatusCode.OK).Text;
        return ((await ledger.KeyAsync()).Opened(text, out var checkpoint), checkpoint);
    }

    public static async Task<VerifierKey> KeyAsync(this LedgerService ledger) => (await ledger.Client("").GetReplyAsync("/v1/ledger/vkey")).Is(HttpStatusCode.OK).Text.AsKey();

    /// <summary>All keys that the ledger ever had, oldest first.</summary>
    public static async Task<VerifierKey[]> KeysAsync(this LedgerService ledger) =>
        [.. (await ledger.Client("").GetReplyAsync("/v1/ledger/vkeys")).Is(HttpStatusCode.OK).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(k => k.AsKey())];

    public static VerifierKey AsKey(this string vkey) => VerifierKey.TryParse(vkey.TrimEnd('\n'), out var key) ? key : throw new FormatException(vkey);

    public static SignedNote AsNote(this string text) => SignedNote.TryParse(text, out var note) ? note : throw new FormatException(text);

    /// <summary>Asserts that the key's log has signed this checkpoint.</summary>
    public static SignedNote Opened(this VerifierKey key, string text, out Checkpoint checkpoint)
    {
        var note = text.AsNote();
        Assert.True(key.Verify(note), $"{key} has not signed\n{text}");
        Assert.True(Checkpoint.TryParse(note.Text, out var read), text);
        Assert.Equal(key.Name, read.Origin);
        checkpoint = read;
        return note;
    }

    /// <summary>The leaf hashes, from the entries' bytes as they are stored.</summary>
    public static async Task<TreeHash[]> LeavesAsync(this LedgerService ledger) =>
        [.. (await ledger.QueryAsync(c => c.Entries.OrderBy(e => e.Position).Select(e => e.Data).ToListAsync())).Select(d => TreeHash.OfLeaf(System.Text.Encoding.UTF8.GetBytes(d)))];

    public static TreeHash RootOf(this IEnumerable<TreeHash> leaves) => TreeEdge.Empty.Grow([.. leaves]).Edge.Root();

    public static TreeHash AsHash(this JsonNode? node) => TreeHash.TryParse((string)node!, out var hash) ? hash : throw new FormatException(node?.ToJsonString());

    public static TreeHash[] HashesOf(this JsonNode proof) => [.. proof["hashes"]!.AsArray().Select(h => h.AsHash())];

    /// <summary>Asserts that the service proves the entry to be in the tree with this root.</summary>
    public static async Task<JsonNode> IncludesAsync(this HttpClient client, long position, long size, TreeHash root)
    {
        var proof = (await client.GetReplyAsync($"/v1/ledger/entries/{position}/proof?treeSize={size}")).Is(HttpStatusCode.OK).Json;
        Assert.Equal((position - 1, size), ((long)proof["leafIndex"]!, (long)proof["treeSize"]!));
        Assert.True(Proofs.VerifyInclusion(proof["leafHash"].AsHash(), position - 1, size, proof.HashesOf(), root), $"{position} in {size}");
        return proof;
    }

    /// <summary>Asserts that the service proves the one tree to extend the other.</summary>
    public static async Task ExtendsAsync(this HttpClient client, long from, TreeHash fromRoot, long to, TreeHash toRoot)
    {
        var proof = (await client.GetReplyAsync($"/v1/ledger/consistency?from={from}&to={to}")).Is(HttpStatusCode.OK).Json;
        Assert.Equal((from, to), ((long)proof["from"]!, (long)proof["to"]!));
        Assert.True(Proofs.VerifyConsistency(from, to, proof.HashesOf(), fromRoot, toRoot), $"{from} to {to}");
    }
}
