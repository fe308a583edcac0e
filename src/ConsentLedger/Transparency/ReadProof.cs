using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Transparency;

/// <summary>포함 증명 / that a leaf is in a tree (RFC 6962 section 2.1.1).</summary>
public sealed record InclusionProof
{
    /// <summary>리프 번호(0부터): 원장 위치보다 1 작습니다 / the leaf's index from 0: one less than the position.</summary>
    public required long LeafIndex { get; init; }

    /// <summary>트리의 항목 수 / number of entries of the tree.</summary>
    public required long TreeSize { get; init; }

    /// <summary>저장된 바이트의 리프 해시(base64) / leaf hash over the exact stored bytes.</summary>
    public required string LeafHash { get; init; }

    /// <summary>리프에서 뿌리까지의 형제 해시(base64) / sibling hashes from the leaf to the root.</summary>
    public required IReadOnlyList<string> Hashes { get; init; }
}

/// <summary>일관성 증명 / that a tree extends an earlier one (RFC 6962 section 2.1.2).</summary>
public sealed record ConsistencyProof
{
    /// <summary>이전 트리의 항목 수 / number of entries of the earlier tree.</summary>
    public required long From { get; init; }

    /// <summary>이후 트리의 항목 수 / number of entries of the later tree.</summary>
    public required long To { get; init; }

    /// <summary>증명의 해시(base64) / the proof's hashes.</summary>
    public required IReadOnlyList<string> Hashes { get; init; }
}

/// <summary>GET /v1/ledger/entries/{position}/proof and /v1/ledger/consistency</summary>
public static class ReadProof
{
    /// <param name="position" example="1">원장 위치(1부터) / position in the ledger, from 1.</param>
    /// <param name="treeSize" example="2">트리의 항목 수. 생략하면 최신 체크포인트 / number of entries of the tree; that of the latest checkpoint by default.</param>
    public static async Task<IResult> Inclusion(
        long position, long? treeSize, LedgerReplica replica, TileSource tiles, CheckpointPublisher publisher, CancellationToken ct)
    {
        var head = await replica.SyncAsync(ct);
        if (position < 1 || position > head)
            return new ProblemResult(Problems.NotFound("position", new("해당 위치의 항목이 없습니다.", "There is no entry at this position.")));
        if (treeSize < position || treeSize > head)
            return new ProblemResult(Problems.Invalid("treeSize", Texts.Range(position, head)));
        var size = treeSize ?? (await publisher.CoverAsync(position, ct)).Size;
        return TypedResults.Ok(await InclusionAsync(position, size, await tiles.ReadLeafAsync(position, ct), tiles, ct));
    }

    /// <param name="from" example="1">이전 트리의 항목 수 / number of entries of the earlier tree.</param>
    /// <param name="to" example="2">이후 트리의 항목 수. 생략하면 최신 체크포인트 / number of entries of the later tree; that of the latest checkpoint by default.</param>
    public static async Task<IResult> Consistency(
        long from, long? to, LedgerReplica replica, TileSource tiles, CheckpointPublisher publisher, CancellationToken ct)
    {
        var head = await replica.SyncAsync(ct);
        if (to < 1 || to > head)
            return new ProblemResult(Problems.Invalid("to", Texts.Range(1, head)));
        if (from < 1 || from > (to ?? head))
            return new ProblemResult(Problems.Invalid("from", Texts.Range(1, to ?? head)));
        var size = to ?? (await publisher.CoverAsync(from, ct)).Size;
        var hashes = await tiles.Tree(size).ConsistencyProofAsync(from, ct);
        return TypedResults.Ok(new ConsistencyProof { From = from, To = size, Hashes = [.. hashes.Select(h => h.ToString())] });
    }

    internal static async Task<InclusionProof> InclusionAsync(long position, long size, byte[] leafHash, TileSource tiles, CancellationToken ct)
    {
        var hashes = await tiles.Tree(size).InclusionProofAsync(position - 1, ct);
        return new() { LeafIndex = position - 1, TreeSize = size, LeafHash = Convert.ToBase64String(leafHash), Hashes = [.. hashes.Select(h => h.ToString())] };
    }
}
