using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ConsentLedger.TransparencyLog;

/// <summary>That an entry is in a log, in one text that can be checked with nothing else at hand (C2SP tlog-proof).</summary>
/// <param name="Index">The leaf, from 0.</param>
/// <param name="Path">Audit path, from the leaf's sibling up.</param>
/// <param name="Checkpoint">The log's checkpoint with its signatures.</param>
public sealed record TlogProof(long Index, IReadOnlyList<TreeHash> Path, SignedNote Checkpoint)
{
    private const string Header = "c2sp.org/tlog-proof@v1\n";
    private const int MaxPath = 63;

    /// <summary>Reads a proof. Nothing is verified; what stands in a line <c>extra</c> is passed over.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out TlogProof? proof)
    {
        proof = null;
        if (text is null || !text.StartsWith(Header, StringComparison.Ordinal) || text.IndexOf("\n\n", Header.Length, StringComparison.Ordinal) is not (> 0 and var end))
            return false;
        var lines = text[Header.Length..end].Split('\n').AsSpan();
        if (lines is [var extra, ..] && extra.StartsWith("extra ", StringComparison.Ordinal))
            lines = lines[1..];
        if (lines is not [var first, ..] || !first.StartsWith("index ", StringComparison.Ordinal) || lines.Length > MaxPath + 1
            || !long.TryParse(first["index ".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            || first != string.Create(CultureInfo.InvariantCulture, $"index {index}")
            || !SignedNote.TryParse(text[(end + 2)..], out var checkpoint))
            return false;
        List<TreeHash> path = [];
        foreach (var line in lines[1..])
        {
            if (!TreeHash.TryParse(line, out var hash))
                return false;
            path.Add(hash);
        }

        proof = new(index, path, checkpoint);
        return true;
    }

    /// <summary>Whether this leaf is in the log that this key speaks for.</summary>
    /// <param name="leaf">The leaf's hash, computed from the entry's bytes.</param>
    /// <param name="log">The log's key; its name is the origin.</param>
    public bool Verify(TreeHash leaf, VerifierKey log) =>
        log.Verify(Checkpoint) && TransparencyLog.Checkpoint.TryParse(Checkpoint.Text, out var tree) && tree.Origin == log.Name
        && Proofs.VerifyInclusion(leaf, Index, tree.Size, [.. Path], tree.Root);

    public override string ToString()
    {
        var text = new StringBuilder(Header).Append(CultureInfo.InvariantCulture, $"index {Index}\n");
        foreach (var hash in Path)
            text.Append(hash.ToString()).Append('\n');
        return text.Append('\n').Append(Checkpoint).ToString();
    }
}
