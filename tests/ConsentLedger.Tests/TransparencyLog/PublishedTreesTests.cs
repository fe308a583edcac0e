using System.Globalization;
using System.Runtime.CompilerServices;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Tests.TransparencyLog;

/// <summary>Trees and proofs that others have published.</summary>
public sealed class PublishedTreesTests
{
    // The tree that the Certificate Transparency projects share: its leaves and the root after each.
    private static readonly (string Entry, string Root)[] Shared =
    [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ];

    // The example of RFC 6962 section 2.1.3 and RFC 9162 section 2.1.5: seven leaves, and what its letters stand for.
    private static readonly Dictionary<char, (long Start, long End)> Letters = new()
    {
        ['a'] = (0, 1),
        ['b'] = (1, 2),
        ['c'] = (2, 3),
        ['d'] = (3, 4),
        ['e'] = (4, 5),
        ['f'] = (5, 6),
        ['j'] = (6, 7),
        ['g'] = (0, 2),
        ['h'] = (2, 4),
        ['i'] = (4, 6),
        ['k'] = (0, 4),
        ['l'] = (4, 7),
    };

    [Fact]
    public void The_tree_without_leaves_has_the_hash_of_nothing()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Hex(TreeHash.OfNothing));
        Assert.Equal(TreeHash.OfNothing, new Frontier().Root());
        Assert.Equal(TreeHash.OfNothing, TreeEdge.Empty.Root());
    }

    [Fact]
    public async Task The_shared_tree_has_its_root_after_each_leaf()
    {
        var leaves = Shared.Select(l => TreeHash.OfLeaf(Convert.FromHexString(l.Entry))).ToArray();
        var frontier = new Frontier();
        foreach (var (i, leaf) in leaves.Index())
        {
            frontier.Add(leaf);
            Assert.Equal(Shared[i].Root, Hex(frontier.Root()));
            Assert.Equal(Shared[i].Root, Hex(TreeEdge.Empty.Grow(leaves[..(i + 1)]).Edge.Root()));
            Assert.Equal(Shared[i].Root, Hex(await Tree(leaves, i + 1).RootAsync(TestContext.Current.CancellationToken)));
        }
    }

    [Theory]
    // Leaf, size, the audit path from the leaf up.
    [InlineData(0, 1)]
    [InlineData(0, 8, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(5, 8, "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 3, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(1, 5, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public async Task Inclusion_in_the_shared_tree_is_proved_by_the_known_hashes(int index, int size, params string[] path)
    {
        var leaves = Shared.Select(l => TreeHash.OfLeaf(Convert.FromHexString(l.Entry))).ToArray();
        Assert.Equal(path, (await Tree(leaves, size).InclusionProofAsync(index, TestContext.Current.CancellationToken)).Select(Hex));
        Assert.True(Proofs.VerifyInclusion(leaves[index], index, size, Hashes(path), Hash(Shared[size - 1].Root)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 8, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(6, 8, "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 5, "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    [InlineData(6, 7, "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    public async Task Consistency_of_the_shared_tree_is_proved_by_the_known_hashes(int from, int to, params string[] proof)
    {
        var leaves = Shared.Select(l => TreeHash.OfLeaf(Convert.FromHexString(l.Entry))).ToArray();
        Assert.Equal(proof, (await Tree(leaves, to).ConsistencyProofAsync(from, TestContext.Current.CancellationToken)).Select(Hex));
        Assert.True(Proofs.VerifyConsistency(from, to, Hashes(proof), Hash(Shared[from - 1].Root), Hash(Shared[to - 1].Root)));
    }

    [Theory]
    [InlineData(0, "bhl")]
    [InlineData(3, "cgl")]
    [InlineData(4, "fjk")]
    [InlineData(6, "ik")]
    public void The_audit_paths_of_the_RFCs_example_are_its_own(int index, string letters) =>
        Assert.Equal(letters.Select(l => Letters[l]), Proofs.Inclusion(index, 7).Select(r => (r.Start, r.End)));

    [Theory]
    [InlineData(3, "cdgl")]
    [InlineData(4, "l")]
    [InlineData(6, "ijk")]
    public void The_consistency_proofs_of_the_RFCs_example_are_its_own(int from, string letters) =>
        Assert.Equal(letters.Select(l => Letters[l]), Proofs.Consistency(from, 7).Select(r => (r.Start, r.End)));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 1)]
    [InlineData(1, 1)]
    [InlineData(8, 7)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void There_is_no_audit_path_of_a_leaf_that_is_not_there(long index, long size)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Proofs.Inclusion(index, size));
        Assert.False(Proofs.VerifyInclusion(TreeHash.OfNothing, index, size, [], TreeHash.OfNothing));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(2, 1)]
    public void There_is_no_proof_that_a_tree_extends_none_or_a_larger_one(long from, long to) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Proofs.Consistency(from, to));

    [Fact]
    public void The_largest_tree_has_proofs_too()
    {
        Assert.Equal(63, Proofs.Inclusion(0, long.MaxValue).Count);
        Assert.Equal(new LeafRange(0, 1L << 62), Proofs.Inclusion(long.MaxValue - 1, long.MaxValue)[^1]);
        Assert.Equal(new LeafRange(1L << 62, long.MaxValue), Assert.Single(Proofs.Consistency(1L << 62, long.MaxValue)));
    }

    [Fact]
    public void The_published_proofs_hold_and_those_that_were_changed_do_not()
    {
        var counts = (Holds: 0, Refused: 0);
        foreach (var line in File.ReadLines(Beside("proof-vectors.txt")).Where(l => l[0] != '#'))
        {
            Assert.True(Verdict(line.Split(' ')) == line.EndsWith(" holds", StringComparison.Ordinal), line);
            if (line.EndsWith(" holds", StringComparison.Ordinal))
                counts.Holds++;
            else
                counts.Refused++;
        }

        Assert.Equal((11, 182), counts);
    }

    // What cannot even be read as hashes and numbers is refused by those who read it.
    private static bool Verdict(string[] vector)
    {
        if (vector is not [var kind, var first, var second, var left, var right, var proof, _])
            throw new FormatException(string.Join(' ', vector));
        if (!long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var a) || !long.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out var b)
            || !TreeHash.TryParse(left, out var leaf) || !TreeHash.TryParse(right, out var root))
            return false;
        List<TreeHash> hashes = [];
        foreach (var text in proof == "-" ? [] : proof.Split(','))
        {
            if (!TreeHash.TryParse(text, out var hash))
                return false;
            hashes.Add(hash);
        }

        return kind == "inclusion"
            ? Proofs.VerifyInclusion(leaf, a, b, [.. hashes], root)
            : Proofs.VerifyConsistency(a, b, [.. hashes], leaf, root);
    }

    private static TiledTree Tree(TreeHash[] leaves, int size) => new(size, (tiles, _) =>
    {
        // Fewer than 256 leaves are one tile.
        Assert.All(tiles, t => Assert.Equal(new TileId(0, 0, size), t));
        return ValueTask.FromResult<IReadOnlyList<TileHashes>>([.. tiles.Select(t => new TileHashes(leaves[..t.Width].SelectMany(l => l.ToArray()).ToArray()))]);
    });

    private static TreeHash[] Hashes(string[] hex) => [.. hex.Select(Hash)];

    private static TreeHash Hash(string hex) => TreeHash.Read(Convert.FromHexString(hex));

    private static string Hex(TreeHash hash) => Convert.ToHexStringLower(hash.Bytes);

    private static string Beside(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);
}
