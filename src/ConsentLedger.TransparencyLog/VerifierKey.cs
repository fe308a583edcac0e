using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace ConsentLedger.TransparencyLog;

/// <summary>What a key signs (C2SP signed-note, signature types).</summary>
public enum SignatureType : byte
{
    /// <summary>The text of a note: a log's own signature.</summary>
    Ed25519 = 0x01,

    /// <summary>A time and a checkpoint: a witness's cosignature (C2SP tlog-cosignature).</summary>
    Cosignature = 0x04,
}

/// <summary>A public key with a name (C2SP vkey): <c>name+hex(key id)+base64(type ‖ public key)</c>.</summary>
public sealed class VerifierKey : IEquatable<VerifierKey>
{
    private const int KeyLength = 32;
    private const int MaxNameLength = 255;

    private readonly PublicKey key;

    internal VerifierKey(string name, SignatureType type, PublicKey key)
    {
        (Name, Type, this.key) = (name, type, key);
        KeyId = IdOf(name, type, key.Export(KeyBlobFormat.RawPublicKey));
    }

    public string Name { get; }

    public SignatureType Type { get; }

    /// <summary>First four bytes of <c>SHA-256(name ‖ 0x0A ‖ type ‖ public key)</c>.</summary>
    public uint KeyId { get; }

    /// <summary>Not empty, no white space, no plus.</summary>
    public static bool IsName([NotNullWhen(true)] string? name) =>
        name is { Length: > 0 and <= MaxNameLength } && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+');

    public static bool TryParse([NotNullWhen(true)] string? vkey, [NotNullWhen(true)] out VerifierKey? parsed)
    {
        parsed = null;
        // The base64 may have pluses itself.
        if (vkey?.Split('+', 3) is not [var name, { Length: 8 } id, var base64] || !IsName(name)
            || !uint.TryParse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var keyId))
            return false;
        Span<byte> bytes = stackalloc byte[1 + KeyLength];
        if (!Convert.TryFromBase64String(base64, bytes, out var length) || length != bytes.Length
            || (SignatureType)bytes[0] is not (SignatureType.Ed25519 or SignatureType.Cosignature)
            || !PublicKey.TryImport(SignatureAlgorithm.Ed25519, bytes[1..], KeyBlobFormat.RawPublicKey, out var key))
            return false;
        parsed = new(name, (SignatureType)bytes[0], key!);
        return parsed.KeyId == keyId;
    }

    /// <summary>Whether this key has signed the note; false also where it has signed something else.</summary>
    public bool Verify(SignedNote note) => Find(note, out _);

    /// <summary>The time of this witness's cosignature on a checkpoint; null when there is none that holds.</summary>
    public DateTimeOffset? VerifyCosignature(SignedNote note) =>
        Type == SignatureType.Cosignature && Find(note, out var signature) ? Cosignature.TimeOf(signature) : null;

    public bool IsMakerOf(NoteSignature signature) => signature.Name == Name && signature.KeyId == KeyId;

    /// <summary>Whether the public key is the same, whatever its name and use.</summary>
    public bool HasSameKey(VerifierKey other) => key.Equals(other.key);

    public bool Equals(VerifierKey? other) => other is not null && ToString() == other.ToString();

    public override bool Equals(object? obj) => Equals(obj as VerifierKey);

    public override int GetHashCode() => (int)KeyId;

    /// <summary>The vkey text.</summary>
    public override string ToString() =>
        $"{Name}+{KeyId.ToString("x8", CultureInfo.InvariantCulture)}+{Convert.ToBase64String([(byte)Type, .. key.Export(KeyBlobFormat.RawPublicKey)])}";

    private bool Find(SignedNote note, [NotNullWhen(true)] out NoteSignature? signature)
    {
        signature = note.Signatures.FirstOrDefault(IsMakerOf);
        if (signature is null)
            return false;
        if (Type == SignatureType.Ed25519)
            return SignatureAlgorithm.Ed25519.Verify(key, Encoding.UTF8.GetBytes(note.Text), signature.Signature.Span);
        return Cosignature.TryReadTime(signature, out var time)
            && SignatureAlgorithm.Ed25519.Verify(key, Cosignature.Message(time, note.Text), signature.Signature.Span[sizeof(ulong)..]);
    }

    private static uint IdOf(string name, SignatureType type, ReadOnlySpan<byte> publicKey) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)type, .. publicKey]));
}
