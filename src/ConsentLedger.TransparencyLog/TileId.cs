using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ConsentLedger.TransparencyLog;

/// <summary>A tile of 256 hashes (C2SP tlog-tiles): at level 0 leaves, above it the roots of full tiles of the level below.</summary>
/// <param name="Level">0 to 7: a position has 63 bits.</param>
/// <param name="Index">Place among the tiles of this level, from 0.</param>
/// <param name="Width">How many hashes: 256, or fewer at the right edge of a tree.</param>
public readonly record struct TileId(int Level, long Index, int Width = TileId.FullWidth)
{
    /// <summary>Hashes in a full tile.</summary>
    public const int FullWidth = 256;

    /// <summary>Levels of the tree's own inside one tile.</summary>
    public const int Height = 8;

    /// <summary>The highest level that a tree of 2^63 leaves has.</summary>
    public const int MaxLevel = 7;

    public bool IsFull => Width == FullWidth;

    /// <summary><c>tile/&lt;L&gt;/&lt;N&gt;[.p/&lt;W&gt;]</c>; index 1234067 is <c>x001/x234/067</c>.</summary>
    public string Path
    {
        get
        {
            var path = new StringBuilder("tile/").Append(Level.ToString(CultureInfo.InvariantCulture));
            var digits = Index.ToString("D3", CultureInfo.InvariantCulture);
            digits = digits.PadLeft((digits.Length + 2) / 3 * 3, '0');
            for (var at = 0; at < digits.Length; at += 3)
                path.Append(at + 3 < digits.Length ? "/x" : "/").Append(digits, at, 3);
            if (!IsFull)
                path.Append(CultureInfo.InvariantCulture, $".p/{Width}");
            return path.ToString();
        }
    }

    /// <summary>Reads a path; only the one spelling that <see cref="Path"/> writes.</summary>
    public static bool TryParse([NotNullWhen(true)] string? path, out TileId tile)
    {
        tile = default;
        if (path?.Split('/') is not ["tile", var level, .. var rest] || rest.Length is 0 or > 9)
            return false;
        var width = FullWidth;
        if (rest is [.., var last, var partial] && last.EndsWith(".p", StringComparison.Ordinal))
        {
            if (!int.TryParse(partial, NumberStyles.None, CultureInfo.InvariantCulture, out width) || width is 0 or >= FullWidth)
                return false;
            rest = [.. rest[..^2], last[..^2]];
        }

        var digits = string.Concat(rest.Select((part, i) => i < rest.Length - 1 && part.StartsWith('x') ? part[1..] : part));
        if (!int.TryParse(level, NumberStyles.None, CultureInfo.InvariantCulture, out var l) || l > MaxLevel
            || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            return false;
        tile = new(l, index, width);
        return tile.Path == path;
    }

    /// <summary>The tile that holds a complete subtree, as wide as it is in a tree of this size.</summary>
    public static TileId Holding(Subtree subtree, long treeSize)
    {
        var level = subtree.Height / Height;
        return InTree(level, subtree.Index >> (Height - (subtree.Height % Height)), treeSize);
    }

    /// <summary>A tile as wide as it is in a tree of this size; width 0 where the tree does not reach it.</summary>
    public static TileId InTree(int level, long index, long treeSize)
    {
        var hashes = treeSize >> (level * Height); // complete subtrees of this level in the tree
        // An index far beyond the tree, times 256, would come round to one within it.
        return new(level, index, index > hashes >> Height ? 0 : (int)Math.Min(hashes - (index << Height), FullWidth));
    }

    /// <summary>The partial tiles at the right edge of a tree of this size, from the lowest level up; empty ones are left out.</summary>
    public static IEnumerable<TileId> RightEdge(long treeSize)
    {
        for (var level = 0; treeSize >> (level * Height) > 0 && level <= MaxLevel; level++)
        {
            var hashes = treeSize >> (level * Height);
            if ((hashes & (FullWidth - 1)) is var width and > 0)
                yield return new(level, hashes >> Height, (int)width);
        }
    }
}
