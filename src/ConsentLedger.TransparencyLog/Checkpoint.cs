using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ConsentLedger.TransparencyLog;

/// <summary>What a log says about itself at one size (C2SP tlog-checkpoint): the text of a signed note.</summary>
/// <param name="Origin">The log.</param>
/// <param name="Size">Number of leaves.</param>
/// <param name="Root">Merkle Tree Hash over them (RFC 6962 section 2.1).</param>
public sealed record Checkpoint(string Origin, long Size, TreeHash Root)
{
    /// <summary>Lines that the log added; this library writes none.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [];

    /// <summary>The note's text: origin, size and root, a line each.</summary>
    public string Text => $"{Origin}\n{Size.ToString(CultureInfo.InvariantCulture)}\n{Root}\n{string.Concat(Extensions.Select(e => e + "\n"))}";

    /// <summary>Reads the text of a note. Nothing is verified.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Checkpoint? checkpoint)
    {
        checkpoint = null;
        if (text.Split('\n') is not [{ Length: > 0 } origin, var size, var root, .. var extensions, ""] || extensions.Any(e => e.Length == 0)
            || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var leaves) || leaves.ToString(CultureInfo.InvariantCulture) != size
            || !TreeHash.TryParse(root, out var hash))
            return false;
        checkpoint = new(origin, leaves, hash) { Extensions = extensions };
        return true;
    }

    /// <summary>Signs it with every key, for which its origin is the name.</summary>
    public SignedNote Sign(IEnumerable<SigningKey> keys) => new(Text, [.. keys.Select(k => k.Sign(Text))]);
}
