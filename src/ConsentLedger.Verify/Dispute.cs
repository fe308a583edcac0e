using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Verify;

/// <summary>Finds out what is wrong where tiles do not lead to the signed roots, from the service's tiles fetched anew.</summary>
/// <param name="client">The service.</param>
/// <param name="mirror">The tiles that were verified before.</param>
/// <param name="kept">The checkpoint that they lead to; null on the first run.</param>
/// <param name="served">The checkpoint that the service serves today.</param>
/// <param name="evidence">Where its tiles of today go.</param>
internal sealed class Dispute(LogClient client, TileMirror mirror, Checkpoint? kept, Checkpoint served, TileMirror evidence)
{
    public async Task<VerifyException> ExplainAsync(Screen screen, CancellationToken ct)
    {
        using (var progress = screen.Start("tiles, fetched again to compare", TileMirror.TilesOf(served.Size).LongCount()))
            await evidence.FetchAsync(client, TileMirror.TilesOf(served.Size), kept: 0, progress, ct);
        var today = TreeFold.Of(evidence, served.Size, kept is not null && kept.Size <= served.Size ? [kept.Size] : [], upper: false, ct);
        if (today.Roots[served.Size] != served.Root)
            return await WrongTileAsync(ct);
        if (kept is null)
            return VerifyException.Tampered("the tiles did not lead to the signed checkpoint, and fetched once more they do: not everybody is served the same.");
        if (kept.Size <= served.Size && today.Roots[kept.Size] == kept.Root)
            return VerifyException.Usage("the mirror in the state folder is damaged: remove its folder tile and run again. The kept checkpoint still counts, and the service agrees with it.");
        return Rewritten(ct);
    }

    private VerifyException Rewritten(CancellationToken ct)
    {
        const string Proof = "The two signed checkpoints contradict each other.";
        if (FirstDifference(ct) is { } position)
        {
            return VerifyException.Tampered(
                $"position {position}: the history was rewritten: the entry there had the leaf hash {Leaf(mirror, position, kept!.Size)}, now it has {Leaf(evidence, position, served.Size)}. {Proof}");
        }

        return served.Size < kept!.Size
            ? VerifyException.Tampered($"position {served.Size + 1}: missing: the ledger had {kept.Size} entries and now says it has {served.Size}. {Proof}")
            : VerifyException.Tampered($"the tree of the first {kept.Size} entries is another than the one signed before, and there is no mirror to tell which. {Proof}");
    }

    // The tiles of today do not lead to the checkpoint of today. The root follows from the right edge, and each tile from the one above it.
    private async Task<VerifyException> WrongTileAsync(CancellationToken ct)
    {
        const string Why = "as served it does not lead to the checkpoint that the service itself has signed";
        var beside = FirstDifference(ct) is { } position ? $"; the first leaf hash that is not as it was before is at position {position}" : "";
        var asServed = new TiledTree(served.Size, (tiles, _) => new([.. tiles.Select(t => new TileHashes(evidence.Read(t)))]));
        if (await asServed.RootAsync(ct) != served.Root)
        {
            var suspects = TileId.RightEdge(served.Size).Where(t => t.Level == 0 || !FollowsFromBelow(t)).ToList();
            return VerifyException.Tampered($"{string.Join(" or ", suspects.Select(t => $"{t.Path} ({TileMirror.Covers(t)})"))}: {Why}{beside}.");
        }

        for (var level = TileId.MaxLevel - 1; level >= 0; level--)
        {
            foreach (var tile in TileMirror.TilesOf(served.Size, level, level).Where(t => t.IsFull))
            {
                if (Tiles.Root(evidence.Read(tile)) != HashAbove(tile))
                    return VerifyException.Tampered($"{tile.Path} ({TileMirror.Covers(tile)}): {Why}{beside}.");
            }
        }

        return VerifyException.Tampered($"the tiles do not lead to the checkpoint of {served.Size} entries{beside}.");
    }

    private bool FollowsFromBelow(TileId tile)
    {
        for (var i = 0; i < tile.Width; i++)
        {
            var below = new TileId(tile.Level - 1, (tile.Index * TileId.FullWidth) + i);
            if (Tiles.Root(evidence.Read(below)) != HashAbove(below))
                return false;
        }

        return true;
    }

    // What the level above says that a full tile hashes to.
    private TreeHash HashAbove(TileId tile) => HashAt(evidence.Read(TileId.InTree(tile.Level + 1, tile.Index / TileId.FullWidth, served.Size)), tile.Index);

    // The first leaf of both trees whose hash is not as it was; only where what was kept is sound.
    private long? FirstDifference(CancellationToken ct)
    {
        if (kept is null || !mirror.HasLeaves(kept.Size) || TreeFold.Of(mirror, kept.Size, [], upper: false, ct).Roots[kept.Size] != kept.Root)
            return null;
        foreach (var tile in TileMirror.TilesOf(Math.Min(kept.Size, served.Size), lastLevel: 0))
        {
            var before = mirror.Read(TileId.InTree(0, tile.Index, kept.Size)).AsSpan(0, tile.Width * TreeHash.Length);
            var same = before.CommonPrefixLength(evidence.Read(TileId.InTree(0, tile.Index, served.Size)));
            if (same < before.Length)
                return (tile.Index * TileId.FullWidth) + (same / TreeHash.Length) + 1;
        }

        return null;
    }

    private static TreeHash Leaf(TileMirror tiles, long position, long size) =>
        HashAt(tiles.Read(TileId.InTree(0, (position - 1) / TileId.FullWidth, size)), position - 1);

    private static TreeHash HashAt(byte[] tile, long index) => TreeHash.Read(tile.AsSpan((int)(index % TileId.FullWidth) * TreeHash.Length, TreeHash.Length));
}
