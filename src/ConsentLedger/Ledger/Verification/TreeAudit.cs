using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Ledger.Verification;

/// <summary>Grows the tree anew from the entries' bytes and compares it with what is stored: tiles, frontier, and every checkpoint that was signed.</summary>
internal sealed class TreeAudit
{
    private readonly List<TreeHash> leaves = [];
    private readonly Queue<(CheckpointRow Row, bool Kept)> checkpoints;
    private readonly IReadOnlyList<VerifierKey> keys;
    private readonly Findings findings;
    private TreeEdge edge = TreeEdge.Empty;
    private long storedUpTo, keptUpTo; // sizes up to which the checkpoints of either kind agree with the entries

    private TreeAudit(IEnumerable<(CheckpointRow Row, bool Kept)> checkpoints, IReadOnlyList<VerifierKey> keys, Findings findings) =>
        (this.checkpoints, this.keys, this.findings) = (new(checkpoints), keys, findings);

    public static async Task<TreeAudit> StartAsync(LedgerDbContext snapshot, IEnumerable<CheckpointRow> kept, Findings findings, CancellationToken ct)
    {
        var keys = new List<VerifierKey>();
        foreach (var vkey in await snapshot.SigningKeys.OrderBy(k => k.Id).Select(k => k.VerifierKey).ToListAsync(ct))
        {
            if (VerifierKey.TryParse(vkey, out var key))
                keys.Add(key);
            else
                findings.Report(null, $"the stored verifier key '{vkey}' is not readable");
        }

        // As many as the hours of the ledger, and those of the last hour.
        var stored = await snapshot.Checkpoints.AsNoTracking().OrderBy(c => c.Size).ToListAsync(ct);
        return new(stored.Select(c => (c, false)).Concat(kept.Select(c => (c, true))).OrderBy(c => c.Item1.Size), keys, findings);
    }

    /// <summary>Takes the next leaf.</summary>
    public void Add(TreeHash leaf) => leaves.Add(leaf);

    /// <summary>Compares what the leaves since the last call have filled.</summary>
    /// <param name="contexts">Tiles never change: they are read beside the snapshot, whose connection is busy.</param>
    /// <param name="ct">Stops it.</param>
    public async Task CompareAsync(IDbContextFactory<LedgerDbContext> contexts, CancellationToken ct)
    {
        List<FullTile> filled = [];
        var done = 0;
        while (done < leaves.Count)
        {
            var until = (int)Math.Min(leaves.Count, checkpoints.TryPeek(out var next) ? Math.Max(next.Row.Size - edge.Size, 0) + done : leaves.Count);
            (edge, var tiles) = edge.Grow(leaves[done..until]);
            filled.AddRange(tiles);
            done = until;
            while (checkpoints.TryPeek(out var due) && due.Row.Size <= edge.Size)
                Compare(checkpoints.Dequeue());
        }

        leaves.Clear();
        await CompareAsync(filled, contexts, ct);
    }

    /// <summary>Compares the end of the tree with the head.</summary>
    public async Task EndAsync(LedgerDbContext snapshot, HeadRow head, CancellationToken ct)
    {
        foreach (var (beyond, _) in checkpoints)
            findings.Report(edge.Size + 1, $"a checkpoint was signed for {beyond.Size} entries, there are {edge.Size}");
        if (head.Position == edge.Size && !head.Frontier.AsSpan().SequenceEqual(edge.FrontierBytes()))
            findings.Report(storedUpTo + 1, "the frontier in the head is not that of the entries");
        var full = Enumerable.Range(1, TileId.MaxLevel).Sum(level => edge.Size >> (level * TileId.Height));
        var stored = await snapshot.TreeTiles.LongCountAsync(ct);
        if (stored != full)
            findings.Report(null, $"there are {stored} tiles instead of {full}");
    }

    private void Compare((CheckpointRow Row, bool Kept) signed)
    {
        var (checkpoint, kept) = signed;
        // Who rewrites a history signs it anew: a stored checkpoint vouches for nothing against one that was kept elsewhere.
        var first = (kept ? keptUpTo : Math.Max(storedUpTo, keptUpTo)) + 1;
        if (!SignedNote.TryParse(checkpoint.Note, out var note) || !Checkpoint.TryParse(note.Text, out var tree) || tree.Size != checkpoint.Size
            || !tree.Root.Bytes.SequenceEqual(checkpoint.Root))
            findings.Report(checkpoint.Size, $"the note of the checkpoint at {checkpoint.Size} does not say what stands beside it");
        else if (!keys.Any(k => k.Verify(note)))
            findings.Report(checkpoint.Size, $"the checkpoint at {checkpoint.Size} is not signed by a key of this ledger");
        else if (tree.Root != edge.Root())
            findings.Report(first, $"the checkpoint signed at {checkpoint.Size} has another root: an entry from {first} to {checkpoint.Size} was another one then");
        else if (kept)
            keptUpTo = checkpoint.Size;
        else
            storedUpTo = checkpoint.Size;
    }

    private async Task CompareAsync(List<FullTile> filled, IDbContextFactory<LedgerDbContext> contexts, CancellationToken ct)
    {
        if (filled.Count == 0)
            return;
        await using var context = await contexts.CreateDbContextAsync(ct);
        foreach (var level in filled.GroupBy(t => t.Id.Level))
        {
            var stored = await TreeTiles.ReadAsync(context, level.Key, [.. level.Select(t => t.Id.Index)], ct);
            foreach (var tile in level)
            {
                if (!stored.TryGetValue(tile.Id.Index, out var hashes))
                    findings.Report(First(tile.Id, 0), $"{tile.Id.Path} is not stored");
                else if (!hashes.AsSpan().SequenceEqual(tile.Hashes))
                    findings.Report(First(tile.Id, hashes.AsSpan().CommonPrefixLength(tile.Hashes) / TreeHash.Length), $"{tile.Id.Path} does not have the hashes of the entries");
            }
        }
    }

    // The first entry below a hash of a tile.
    private static long First(TileId tile, int hash) => (((tile.Index << TileId.Height) + hash) << (tile.Level * TileId.Height)) + 1;
}

/// <summary>What is wrong, as it is found.</summary>
internal sealed class Findings
{
    public const int Most = 100;

    private readonly Lock one = new();
    private readonly List<Finding> list = [];

    public bool AreEnough
    {
        get
        {
            lock (one)
                return list.Count >= Most;
        }
    }

    public void Report(long? position, string what)
    {
        lock (one)
        {
            if (list.Count < Most)
                list.Add(new(position, what));
        }
    }

    public IReadOnlyList<Finding> InOrder() => [.. list.OrderBy(f => f.Position ?? long.MaxValue)];
}
