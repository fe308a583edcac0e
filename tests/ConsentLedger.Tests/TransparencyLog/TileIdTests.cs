using ConsentLedger.TransparencyLog;
using CsCheck;

namespace ConsentLedger.Tests.TransparencyLog;

/// <summary>Paths and widths of tiles as C2SP tlog-tiles has them.</summary>
public sealed class TileIdTests
{
    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(0, 0, 1, "tile/0/000.p/1")]
    [InlineData(1, 7, 255, "tile/1/007.p/255")]
    [InlineData(0, 999, 256, "tile/0/999")]
    [InlineData(0, 1000, 256, "tile/0/x001/000")]
    [InlineData(0, 1234067, 256, "tile/0/x001/x234/067")] // the example of C2SP tlog-tiles
    [InlineData(0, 1234067, 8, "tile/0/x001/x234/067.p/8")]
    [InlineData(2, 123456789, 256, "tile/2/x123/x456/789")]
    [InlineData(0, 1000000000, 256, "tile/0/x001/x000/x000/000")]
    [InlineData(7, 9007199254740993, 3, "tile/7/x009/x007/x199/x254/x740/993.p/3")]
    [InlineData(0, long.MaxValue, 256, "tile/0/x009/x223/x372/x036/x854/x775/807")]
    public void A_tile_has_one_path(int level, long index, int width, string path)
    {
        var tile = new TileId(level, index, width);
        Assert.Equal(path, tile.Path);
        Assert.True(TileId.TryParse(path, out var read), path);
        Assert.Equal(tile, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("tile")]
    [InlineData("tile/0")]
    [InlineData("tile/0/")]
    [InlineData("tile//000")]
    [InlineData("/tile/0/000")]
    [InlineData("tile/0/000/")]
    [InlineData("tile/0/0")]
    [InlineData("tile/0/00")]
    [InlineData("tile/0/0000")]
    [InlineData("tile/0/1000")]
    [InlineData("tile/0/001/000")]
    [InlineData("tile/0/x000/001")]
    [InlineData("tile/0/x001")]
    [InlineData("tile/0/xx001/000")]
    [InlineData("tile/0/x001/x000")]
    [InlineData("tile/0/x1/000")]
    [InlineData("tile/0/-01")]
    [InlineData("tile/0/+01")]
    [InlineData("tile/0/ 01")]
    [InlineData("tile/0/0x1")]
    [InlineData("tile/00/000")]
    [InlineData("tile/01/000")]
    [InlineData("tile/-1/000")]
    [InlineData("tile/8/000")]
    [InlineData("tile/63/000")]
    [InlineData("tile/data/000")]
    [InlineData("tile/entries/000")]
    [InlineData("TILE/0/000")]
    [InlineData("tile/0/000.p")]
    [InlineData("tile/0/000.p/")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/000.p/01")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/0/000.p/257")]
    [InlineData("tile/0/000.p/-1")]
    [InlineData("tile/0/000.P/1")]
    [InlineData("tile/0/000/1")]
    [InlineData("tile/0/.p/1")]
    [InlineData("tile/0/x001.p/000")]
    [InlineData("tile/0/000.p/1/1")]
    [InlineData("tile/0/٠٠٠")]
    [InlineData("tile/0/000\n")]
    [InlineData("tile/0/x009/x223/x372/x036/x854/x775/808")]
    [InlineData("tile/0/x001/x000/x000/x000/x000/x000/x000/x000/000")]
    [InlineData("tile/0/x000/x000/x000/x000/x000/x000/x000/x000/x000/000")]
    public void Any_other_spelling_is_refused(string? path) => Assert.False(TileId.TryParse(path, out _), path);

    [Fact]
    public void Every_tile_is_found_again_by_its_path() =>
        Gen.Select(Gen.Int[0, TileId.MaxLevel], Gen.OneOf(Gen.Long[0, 3000], Gen.Long[0, long.MaxValue]), Gen.Int[1, 256]).Sample((level, index, width) =>
        {
            var tile = new TileId(level, index, width);
            return TileId.TryParse(tile.Path, out var read) && read == tile;
        });

    [Fact]
    public void Arbitrary_text_is_a_tile_only_where_it_is_that_tiles_path() =>
        Gen.OneOf(Gen.String, Gen.OneOf("/", "/x", "0", "001", "12", ".p", ".p/1", "256", "\u0663", "-").Array[0, 8].Select(parts => "tile/0/" + string.Concat(parts)))
            .Sample(text => !TileId.TryParse(text, out var tile) || tile.Path == text, iter: 2000);

    // The examples of C2SP tlog-tiles, "Partial Tiles".
    [Theory]
    [InlineData(70_000, "tile/0/273.p/112 tile/1/001.p/17 tile/2/000.p/1")]
    [InlineData(256, "tile/1/000.p/1")]
    [InlineData(0, "")]
    [InlineData(1, "tile/0/000.p/1")]
    [InlineData(255, "tile/0/000.p/255")]
    [InlineData(257, "tile/0/001.p/1 tile/1/000.p/1")]
    [InlineData(65_536, "tile/2/000.p/1")]
    [InlineData(long.MaxValue, "tile/0/x036/x028/x797/x018/x963/967.p/255 tile/1/x140/x737/x488/x355/327.p/255 tile/2/x549/x755/x813/887.p/255 "
        + "tile/3/x002/x147/x483/647.p/255 tile/4/x008/x388/607.p/255 tile/5/x032/767.p/255 tile/6/127.p/255 tile/7/000.p/127")]
    public void The_right_edge_of_a_tree_is_its_partial_tiles(long size, string tiles) =>
        Assert.Equal(tiles, string.Join(' ', TileId.RightEdge(size).Select(t => t.Path)));

    [Fact]
    public void A_tree_of_70_000_leaves_has_273_full_tiles_one_above_them_and_no_other()
    {
        static int Full(int level) => Enumerable.Range(0, 1000).Count(i => TileId.InTree(level, i, 70_000).IsFull);
        Assert.Equal((273, 1, 0), (Full(0), Full(1), Full(2)));
        Assert.Equal(0, TileId.InTree(0, 274, 70_000).Width);
        Assert.Equal(0, TileId.InTree(3, 0, 70_000).Width);
    }

    [Theory]
    [InlineData(0, 274)]
    [InlineData(0, long.MaxValue)]
    [InlineData(0, long.MaxValue >> 8)]
    [InlineData(0, 1L << 55)]
    [InlineData(0, 1L << 56)]
    [InlineData(7, 0)]
    [InlineData(7, long.MaxValue)]
    public void A_tree_does_not_reach_a_tile_however_far_it_is(int level, long index) => Assert.Equal(0, TileId.InTree(level, index, 70_000).Width);
}
