using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ConsentLedger.TransparencyLog;

/// <summary>One signature line of a note: <c>— name base64(key id ‖ signature)</c>.</summary>
/// <param name="Name">The key's name.</param>
/// <param name="KeyId">The key's id, which with the name says which key signed.</param>
/// <param name="Signature">What follows the id: 64 bytes of Ed25519, or a cosignature's time and 64 bytes.</param>
public sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Signature)
{
    public override string ToString()
    {
        var bytes = new byte[sizeof(uint) + Signature.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Signature.Span.CopyTo(bytes.AsSpan(sizeof(uint)));
        return $"{SignedNote.Dash}{Name} {Convert.ToBase64String(bytes)}\n";
    }
}

/// <summary>A text with signatures (C2SP signed-note). The text means nothing until <see cref="VerifierKey.Verify"/> says that a key one trusts has signed it.</summary>
/// <param name="Text">Ends with a line feed.</param>
/// <param name="Signatures">At least one.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>Longer notes are refused; C2SP asks for a limit.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>More signatures are refused; C2SP asks for at least 16.</summary>
    public const int MaxSignatures = 100;

    internal const string Dash = "— ";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the bytes of a note.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedNote? note)
    {
        note = null;
        if (bytes.Length > MaxLength)
            return false;
        try
        {
            return TryParse(Utf8.GetString(bytes), out note);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>Reads a note. Nothing is verified.</summary>
    public static bool TryParse([NotNullWhen(true)] string? note, [NotNullWhen(true)] out SignedNote? parsed)
    {
        parsed = null;
        if (note is null || note.Length > MaxLength || note.Any(c => c < ' ' && c != '\n'))
            return false;
        // The text may have empty lines itself: the last one ends it.
        var end = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || !note.EndsWith('\n'))
            return false;
        var lines = note[(end + 2)..].Split('\n')[..^1];
        if (lines.Length is 0 or > MaxSignatures)
            return false;
        List<NoteSignature> signatures = [];
        foreach (var line in lines)
        {
            if (ParseSignature(line) is not { } signature)
                return false;
            signatures.Add(signature);
        }

        parsed = new(note[..(end + 1)], signatures);
        return true;
    }

    /// <summary>The note as it is served and kept.</summary>
    public override string ToString() => Text + "\n" + string.Concat(Signatures);

    public SignedNote With(IEnumerable<NoteSignature> more) => this with { Signatures = [.. Signatures, .. more] };

    private static NoteSignature? ParseSignature(string line)
    {
        if (!line.StartsWith(Dash, StringComparison.Ordinal) || line[Dash.Length..].Split(' ') is not [var name, var base64] || !VerifierKey.IsName(name))
            return null;
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length) || length <= sizeof(uint))
            return null;
        return new(name, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(sizeof(uint)..length));
    }
}
