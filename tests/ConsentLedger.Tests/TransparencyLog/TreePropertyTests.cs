using System.Globalization;
using ConsentLedger.TransparencyLog;
using CsCheck;

namespace ConsentLedger.Tests.TransparencyLog;

/// <summary>The library against RFC 6962 read out word for word: every small tree, and random large ones.</summary>
public sealed class TreePropertyTests
{
    private const int Small = 300;
    private const int Large = 1_000_000;

    private static readonly ReferenceTree Tree = ReferenceTree.OfNumbers(Large);

    [Fact]
    public void Every_inclusion_proof_of_every_tree_up_to_300_holds_and_no_changed_one_does()
    {
        var hits = new int[256];
        for (var size = 1; size <= Small; size++)
        {
            var root = Tree.Root(size);
            for (var index = 0; index < size; index++)
            {
                var leaf = Tree.Leaf(index);
                var path = Tree.Path(index, size);
                Assert.True(Proofs.VerifyInclusion(leaf, index, size, path, root), $"{index} in {size}");
                // A different bit each time: every hash of every proof is hit, and every bit somewhere.
                var bit = ((index * 7) + size) % 256;
                hits[bit]++;
                for (var i = 0; i < path.Length; i++)
                {
                    var right = path[i];
                    path[i] = Flip(right, (bit + i) % 256);
                    Refused(Proofs.VerifyInclusion(leaf, index, size, path, root), index, size, i);
                    path[i] = right;
                }

                Refused(Proofs.VerifyInclusion(Flip(leaf, bit), index, size, path, root), index, size, "leaf");
                Refused(Proofs.VerifyInclusion(leaf, index, size, path, Flip(root, bit)), index, size, "root");
                Refused(Proofs.VerifyInclusion(leaf, index ^ (1 << (bit % 10)), size, path, root), index, size, "index");
                Refused(Proofs.VerifyInclusion(leaf, (long)index + (1L << (10 + (bit % 53))), size, path, root), index, size, "index");
                Refused(Proofs.VerifyInclusion(leaf, index, size, [.. path, root], root), index, size, "longer");
                if (path.Length > 0)
                    Refused(Proofs.VerifyInclusion(leaf, index, size, path.AsSpan(1), root), index, size, "shorter");
            }
        }

        Assert.All(hits, h => Assert.True(h > 0));
    }

    [Fact]
    public void Every_consistency_proof_between_trees_up_to_300_holds_and_no_changed_one_does()
    {
        for (var to = 1; to <= Small; to++)
        {
            var toRoot = Tree.Root(to);
            for (var from = 1; from <= to; from++)
            {
                var fromRoot = Tree.Root(from);
                var proof = Tree.Proof(from, to);
                Assert.True(Proofs.VerifyConsistency(from, to, proof, fromRoot, toRoot), $"{from} to {to}");
                var bit = ((from * 7) + to) % 256;
                for (var i = 0; i < proof.Length; i++)
                {
                    var right = proof[i];
                    proof[i] = Flip(right, (bit + i) % 256);
                    Refused(Proofs.VerifyConsistency(from, to, proof, fromRoot, toRoot), from, to, i);
                    proof[i] = right;
                }

                Refused(Proofs.VerifyConsistency(from, to, proof, Flip(fromRoot, bit), toRoot), from, to, "from");
                Refused(Proofs.VerifyConsistency(from, to, proof, fromRoot, Flip(toRoot, bit)), from, to, "to");
                Refused(Proofs.VerifyConsistency(from, to, [.. proof, toRoot], fromRoot, toRoot), from, to, "longer");
                if (proof.Length > 0)
                    Refused(Proofs.VerifyConsistency(from, to, proof.AsSpan(1), fromRoot, toRoot), from, to, "shorter");
                if (from < to)
                    Refused(Proofs.VerifyConsistency(to, from, proof, toRoot, fromRoot), from, to, "the other way");
            }
        }
    }

    // A proof does not bind the sizes of the trees, which the checkpoint does: where another size splits the leaves alike on the way
    // to this one, it proves the same. So the verdict is held against a verifier that goes down from the root.
    [Fact]
    public void With_another_size_or_index_a_proof_holds_only_where_it_would_be_the_same_proof()
    {
        for (var size = 1; size <= 130; size++)
        {
            for (var index = 0; index < size; index++)
            {
                var bit = (index + size) % 8;
                var (leaf, path, root) = (Tree.Leaf(index), Tree.Path(index, size), Tree.Root(size));
                foreach (var (i, n) in ((int, int)[])[(index, size ^ (1 << bit)), (index ^ (1 << bit), size), (index ^ (1 << bit), size ^ (1 << bit)), (index, size + 1)])
                    Assert.Equal(ReferenceTree.Includes(leaf, i, n, path, root), Proofs.VerifyInclusion(leaf, i, n, path, root));
                if (index == 0)
                    continue;
                var (proof, fromRoot) = (Tree.Proof(index, size), Tree.Root(index));
                foreach (var (from, to) in ((int, int)[])[(index ^ (1 << bit), size), (index, size ^ (1 << bit)), (index + 1, size), (index, size + 1)])
                {
                    if (from > 0 && from != to)
                        Assert.Equal(ReferenceTree.Extends(from, to, proof, fromRoot, root), Proofs.VerifyConsistency(from, to, proof, fromRoot, root));
                }
            }
        }
    }

    [Fact]
    public async Task Proofs_and_roots_made_from_the_tiles_of_small_trees_are_those_of_the_RFC()
    {
        for (var size = 1; size <= 40; size++)
        {
            for (var index = 0; index < size; index++)
                await CheckTilesAsync(index, size);
        }
    }

    [Fact]
    public async Task Proofs_and_roots_made_from_the_tiles_of_large_trees_are_those_of_the_RFC()
    {
        // Around the edges of tiles at each level, and anywhere.
        foreach (var size in (int[])[255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_792, 70_000, 131_072, Large])
        {
            foreach (var index in (int[])[0, 1, 255, 256, size / 2, size - 2, size - 1])
            {
                if (index < size)
                    await CheckTilesAsync(index, size);
            }
        }

        await Gen.Int[1, Large].SelectMany(size => Gen.Int[0, size - 1].Select(index => (index, size))).SampleAsync(
            async pair => await CheckTilesAsync(pair.index, pair.size), iter: 400);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(768)]
    [InlineData(1024)]
    [InlineData(65_536)]
    [InlineData(131_072)]
    public void A_leaf_that_ends_a_tile_and_a_larger_subtree_at_once_fills_the_tile(int size) => Grow([size - 1, 1, 1]);

    [Fact]
    public void A_tree_grown_in_any_batches_is_the_same_tree() =>
        Gen.Int[0, 3000].Array[1, 6].Sample(batches => Grow(batches), iter: 25);

    [Fact]
    public void A_tree_grown_past_a_tile_of_the_second_level_is_the_same_tree() => Grow([1, 255, 1, 65_279, 1, 300, 65_500, 4000]);

    [Fact]
    public void The_edge_of_every_tree_is_put_together_again_from_its_tiles()
    {
        int[] sizes = [.. Enumerable.Range(0, 800), .. Enumerable.Range(65_530, 12), .. Enumerable.Range(65_536 + 250, 12), 70_000, 131_071, 999_999];
        foreach (var size in sizes)
        {
            var ids = TileId.RightEdge(size).ToList();
            var edge = TreeEdge.Restore(size, [.. ids.Select(id => (ReadOnlyMemory<byte>)Tree.Tile(id))]);
            Assert.Equal((size, Tree.Root(size)), (edge.Size, edge.Root()));
            Assert.Equal(Tree.Root(size), Frontier.Read(size, edge.FrontierBytes()).Root());
            foreach (var id in ids)
            {
                Assert.Equal(Tree.Tile(id), edge.Partial(id.Level, id.Index)!.Value.ToArray());
                // The tiles before it are full, and those after it are not there.
                Assert.Null(edge.Partial(id.Level, id.Index - 1));
                Assert.Null(edge.Partial(id.Level, id.Index + 1));
            }

            Assert.Null(edge.Partial(3, 0));
            // And it grows on as if it had never been away.
            if (size < Large - 1)
                Assert.Equal(Tree.Root(size + 2), edge.Grow(Tree.Leaves(size, 2)).Edge.Root());
        }
    }

    [Fact]
    public void Bytes_that_are_not_an_edges_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => TreeEdge.Restore(3, [new byte[2 * 32]]));
        Assert.Throws<ArgumentException>(() => Frontier.Read(3, new byte[32]));
        Assert.Throws<ArgumentException>(() => Frontier.Read(4, new byte[64]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Frontier.Read(-1, []));
        foreach (var length in (int[])[0, 31, 3 * 32, 257 * 32, 512 * 32])
            Assert.Throws<ArgumentException>(() => Tiles.Root(new byte[length]));
    }

    [Fact]
    public async Task A_tile_that_is_too_narrow_is_refused()
    {
        var tree = new TiledTree(300, (tiles, _) => ValueTask.FromResult<IReadOnlyList<TileHashes>>([.. tiles.Select(t => new TileHashes(Tree.Tile(t).AsMemory(32)))]));
        await Assert.ThrowsAsync<InvalidDataException>(() => tree.RootAsync(TestContext.Current.CancellationToken).AsTask());
        foreach (var length in (int[])[0, 31, 33, 257 * 32])
            Assert.Throws<InvalidDataException>(() => new TileHashes(new byte[length]));
    }

    private static void Grow(int[] batches)
    {
        var edge = TreeEdge.Empty;
        foreach (var count in batches)
        {
            var (before, size) = (edge.FrontierBytes(), (int)edge.Size);
            var (grown, filled) = edge.Grow(Tree.Leaves(size, count));
            // What it grew from has not changed.
            Assert.Equal(size, edge.Size);
            Assert.Equal(before, edge.FrontierBytes());
            Assert.Equal(Tree.Root(size + count), grown.Root());
            Assert.All(filled, tile => Assert.Equal(Tree.Tile(tile.Id), tile.Hashes));
            Assert.All(filled, tile => Assert.Equal(Tree.Tile(new(tile.Id.Level + 1, tile.Id.Index / 256, (int)(tile.Id.Index % 256) + 1))[^32..], tile.Root.ToArray()));
            Assert.Equal(
                from level in Enumerable.Range(0, 3)
                from index in Enumerable.Range(0, 1000)
                where TileId.InTree(level, index, size + count).IsFull && !TileId.InTree(level, index, size).IsFull
                select new TileId(level, index),
                filled.Select(t => t.Id).OrderBy(t => t.Level).ThenBy(t => t.Index));
            edge = grown;
        }
    }

    private static async Task CheckTilesAsync(int index, int size)
    {
        var ct = CancellationToken.None;
        var asked = 0;
        var tree = new TiledTree(size, (tiles, _) =>
        {
            asked++;
            // Two of a level at most, each as wide as the tree has it, and none twice.
            Assert.True(tiles.GroupBy(t => t.Level).All(l => l.Count() <= 2) && tiles.Distinct().Count() == tiles.Count);
            Assert.All(tiles, t => Assert.Equal(TileId.InTree(t.Level, t.Index, size), t));
            // Every other one with the nodes above its hashes; neither may make a difference.
            return ValueTask.FromResult<IReadOnlyList<TileHashes>>([.. tiles.Select((t, i) => i % 2 == index % 2 ? new TileHashes(Tree.Tile(t)).WithNodes() : new TileHashes(Tree.Tile(t)))]);
        });
        var what = string.Create(CultureInfo.InvariantCulture, $"{index} in {size}");
        var root = await tree.RootAsync(ct);
        Assert.True(Tree.Root(size) == root, what);
        var path = await tree.InclusionProofAsync(index, ct);
        Assert.True(Tree.Path(index, size).SequenceEqual(path), what);
        Assert.True(Proofs.VerifyInclusion(Tree.Leaf(index), index, size, path, root), what);
        var proof = await tree.ConsistencyProofAsync(index + 1, ct);
        Assert.True(Tree.Proof(index + 1, size).SequenceEqual(proof), what);
        Assert.True(Proofs.VerifyConsistency(index + 1, size, proof, Tree.Root(index + 1), root), what);
        Assert.Equal(3, asked);
    }

    private static void Refused(bool holds, int a, int b, object what)
    {
        if (holds)
            Assert.Fail($"{a}, {b}: holds with another {what}");
    }

    private static TreeHash Flip(TreeHash hash, int bit)
    {
        var bytes = hash.ToArray();
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        return TreeHash.Read(bytes);
    }
}
