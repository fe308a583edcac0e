using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Transparency;

/// <summary>GET /v1/ledger/tile/{L}/{N}[.p/{W}] (C2SP tlog-tiles)</summary>
public static class ReadTile
{
    // A year, the longest that caches take seriously: tiles never change.
    private const string Forever = "public, max-age=31536000, immutable";

    private static readonly Text NotATile = new(
        "타일의 경로가 아닙니다. 예: 0/x001/234, 0/000.p/7", "It is not the path of a tile, such as 0/x001/234 or 0/000.p/7.");

    private static readonly Text NotThere = new("트리가 아직 이 타일에 이르지 않았습니다.", "The tree does not reach this tile yet.");

    private static readonly Text NoEntries = new("항목의 내용은 공개하지 않습니다. 타일은 해시뿐입니다.", "The contents of entries are not public: tiles are hashes only.");

    /// <param name="path" example="0/000">단계, 번호, 부분 타일이면 <c>.p/</c>와 너비 / level, index, and the width of a partial tile.</param>
    public static async Task<IResult> Handle(string path, LedgerReplica replica, TileSource tiles, HttpContext http, CancellationToken ct)
    {
        if (path.StartsWith("entries/", StringComparison.Ordinal))
            return new ProblemResult(Problems.NotFound("path", NoEntries));
        if (!TileId.TryParse("tile/" + path, out var tile))
            return new ProblemResult(Problems.Invalid("path", NotATile));
        if (!Reaches(replica.Edge.Size, tile) && !Reaches(await replica.SyncAsync(ct), tile))
            return new ProblemResult(Problems.NotFound("path", NotThere));
        var contents = await tiles.ReadAsync([tile], ct);
        http.Response.Headers.CacheControl = Forever;
        // Tiles only grow: a narrower one is the beginning of today's.
        return TypedResults.Bytes(contents[0].Bytes[..(tile.Width * TreeHash.Length)], "application/octet-stream");
    }

    private static bool Reaches(long size, TileId tile) => TileId.InTree(tile.Level, tile.Index, size).Width >= tile.Width;
}
