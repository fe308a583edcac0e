using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Verify;

/// <summary>Tiles in a folder, named as they are served (C2SP tlog-tiles).</summary>
internal sealed class TileMirror(string folder)
{
    /// <summary>The tiles of a tree, lower levels first.</summary>
    public static IEnumerable<TileId> TilesOf(long size, int firstLevel = 0, int lastLevel = TileId.MaxLevel)
    {
        for (var level = firstLevel; level <= lastLevel && size >> (level * TileId.Height) > 0; level++)
        {
            for (long index = 0; TileId.InTree(level, index, size) is { Width: > 0 } tile; index++)
                yield return tile;
        }
    }

    /// <summary>The entries under a tile, in words.</summary>
    public static string Covers(TileId tile)
    {
        var leaves = 1L << (tile.Level * TileId.Height);
        return $"positions {(tile.Index * TileId.FullWidth * leaves) + 1} to {((tile.Index * TileId.FullWidth) + tile.Width) * leaves}";
    }

    /// <summary>Fetches tiles of a tree, all but those that are here and belong to the tree that was verified before.</summary>
    /// <param name="client">The service.</param>
    /// <param name="tiles">The tiles; a large tree has many, so they are not listed in memory.</param>
    /// <param name="kept">Leaves of the tree that was verified before.</param>
    /// <param name="progress">Counts tiles.</param>
    /// <returns>How many were fetched.</returns>
    public async Task<long> FetchAsync(LogClient client, IEnumerable<TileId> tiles, long kept, Progress progress, CancellationToken ct)
    {
        long fetched = 0;
        await Parallel.ForEachAsync(tiles, new ParallelOptions { MaxDegreeOfParallelism = LogClient.Parallel, CancellationToken = ct }, async (tile, stop) =>
        {
            if (TileId.InTree(tile.Level, tile.Index, kept).Width != tile.Width || !Has(tile))
            {
                await FetchAsync(client, tile, stop);
                Interlocked.Increment(ref fetched);
            }

            progress.Add(1);
        });
        return fetched;
    }

    /// <summary>Whether the leaf hashes of a tree are all here.</summary>
    public bool HasLeaves(long size) => TilesOf(size, lastLevel: 0).All(Has);

    /// <summary>A tile that was fetched.</summary>
    public byte[] Read(TileId tile) => File.ReadAllBytes(PathOf(tile));

    /// <summary>Removes the partial tiles that a tree has grown over, and what runs that failed have left beside them.</summary>
    /// <param name="before">Leaves of the tree that was kept.</param>
    /// <param name="after">Leaves of the one that is kept now.</param>
    public void RemovePartial(long before, long after)
    {
        for (var level = 0; level <= TileId.MaxLevel && after >> (level * TileId.Height) > 0; level++)
        {
            var upper = (level + 1) * TileId.Height;
            for (var index = before >> upper; index <= after >> upper; index++)
            {
                var current = TileId.InTree(level, index, after);
                var partial = new DirectoryInfo(PathOf(new(level, index)) + ".p");
                if (!partial.Exists)
                    continue;
                foreach (var file in partial.GetFiles().Where(f => current.IsFull || f.FullName != Path.GetFullPath(PathOf(current))))
                    file.Delete();
                if (current.IsFull)
                    partial.Delete();
            }
        }
    }

    private async Task FetchAsync(LogClient client, TileId tile, CancellationToken ct)
    {
        var length = tile.Width * TreeHash.Length;
        var hashes = await client.FindAsync("v1/ledger/" + tile.Path, TileId.FullWidth * TreeHash.Length, ct)
            ?? throw VerifyException.Tampered($"{tile.Path}: not served, although the signed tree has it ({Covers(tile)}).");
        if (hashes.Length != length)
            throw VerifyException.Tampered($"{tile.Path}: served with {hashes.Length} bytes instead of {length} ({Covers(tile)}).");
        var path = PathOf(tile);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, hashes, ct);
    }

    private bool Has(TileId tile) => new FileInfo(PathOf(tile)) is { Exists: true } file && file.Length == tile.Width * TreeHash.Length;

    private string PathOf(TileId tile) => Path.Combine(folder, tile.Path.Replace('/', Path.DirectorySeparatorChar));
}
