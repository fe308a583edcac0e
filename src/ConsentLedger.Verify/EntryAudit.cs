using System.Text.Json;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Verify;

/// <summary>Reads every entry and compares its hash with the verified tiles; then its own position, and the sequences of whom it is told to.</summary>
/// <remarks>One entry and one tile in memory at a time, whatever the size of the ledger.</remarks>
internal sealed class EntryAudit(LogClient client, TileMirror mirror, long size, Progress progress)
{
    private const string Path = "v1/ledger/entries";
    private const int MaxPartners = 1_000_000;

    private readonly Dictionary<string, long> sequences = new(StringComparer.Ordinal);
    private byte[] tile = [];
    private long done;

    /// <summary>Reads the entries of the tree and none beyond; goes on where a connection broke.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var attempt = 0;
        while (done < size)
        {
            var before = done;
            try
            {
                await foreach (var entry in client.EntriesAsync(done, ct))
                {
                    Check(entry);
                    done++;
                    progress.Add(1);
                    if (done == size)
                        return;
                }

                // An answer that ends well and brings nothing: there is nothing more.
                if (done == before)
                    throw VerifyException.Tampered($"position {done + 1}: missing: the entries end at {done}, the signed tree has {size}.");
            }
            catch (Exception e) when (LogClient.IsTransient(e, ct))
            {
                attempt = done > before ? 1 : attempt + 1;
                await client.PauseAsync(attempt, Path, e, ct);
            }
            catch (HttpRequestException e)
            {
                throw VerifyException.Unreachable($"{Path}: {e.Message}");
            }
        }
    }

    private void Check(ReadOnlyMemory<byte> entry)
    {
        var position = done + 1;
        var signed = Signed();
        var hash = TreeHash.OfLeaf(entry.Span);
        using var json = StrictJson.Parse(entry);
        var own = json is null ? null : PositionOf(json.RootElement);
        if (hash != signed)
        {
            var what = own > position ? $"missing: the entry that follows says that it is at {own}" : own == position ? "changed" : $"changed: {SaysOf(own)}";
            throw VerifyException.Tampered($"position {position}: {what}. Its bytes have the leaf hash {hash}, signed is {signed}.", entry.ToArray());
        }

        if (own != position)
            throw VerifyException.Tampered($"position {position}: {SaysOf(own)}.", entry.ToArray());
        foreach (var (partner, sequence) in Recipients(json!.RootElement))
        {
            var last = sequences.GetValueOrDefault(partner);
            if (sequence != last + 1)
                throw VerifyException.Tampered($"position {position}: sequence {sequence} to {partner} follows {last}.", entry.ToArray());
            sequences[partner] = sequence;
        }

        if (sequences.Count > MaxPartners)
            throw VerifyException.Tampered($"position {position}: more than {MaxPartners} partners.");
    }

    private static string SaysOf(long? own) => own is { } position ? $"the entry there says that it is at {position}" : "what is there does not say where it is";

    private TreeHash Signed()
    {
        var inTile = (int)(done % TileId.FullWidth);
        if (inTile == 0 || tile.Length == 0)
            tile = mirror.Read(TileId.InTree(0, done / TileId.FullWidth, size));
        return TreeHash.Read(tile.AsSpan(inTile * TreeHash.Length, TreeHash.Length));
    }

    private static long? PositionOf(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("position", out var position)
        && position.ValueKind == JsonValueKind.Number && position.TryGetInt64(out var value) ? value : null;

    // A recipient without a partner or a sequence counts as one with sequence 0, which follows nothing.
    private static IEnumerable<(string Partner, long Sequence)> Recipients(JsonElement entry)
    {
        if (!entry.TryGetProperty("recipients", out var recipients) || recipients.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (var recipient in recipients.EnumerateArray().Where(r => r.ValueKind == JsonValueKind.Object))
        {
            yield return (
                recipient.TryGetProperty("partner", out var partner) && partner.ValueKind == JsonValueKind.String ? partner.GetString()! : "nobody",
                recipient.TryGetProperty("sequence", out var sequence) && sequence.ValueKind == JsonValueKind.Number && sequence.TryGetInt64(out var value) ? value : 0);
        }
    }
}
