using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using NSec.Cryptography;

namespace ConsentLedger.TransparencyLog;

/// <summary>An Ed25519 key (RFC 8032) that signs notes under a name.</summary>
public sealed class SigningKey : IDisposable
{
    private const string Header = "-----BEGIN PRIVATE KEY-----";
    private const string Footer = "-----END PRIVATE KEY-----";

    private readonly Key key;

    private SigningKey(string name, Key key)
    {
        if (!VerifierKey.IsName(name))
            throw new ArgumentException($"'{name}' cannot name a key: it must not be empty nor have white space or a plus.", nameof(name));
        this.key = key;
        Verifier = new(name, SignatureType.Ed25519, key.PublicKey);
        CosignatureVerifier = new(name, SignatureType.Cosignature, key.PublicKey);
    }

    /// <summary>Verifies what <see cref="Sign"/> makes.</summary>
    public VerifierKey Verifier { get; }

    /// <summary>Verifies what <see cref="Cosign"/> makes.</summary>
    public VerifierKey CosignatureVerifier { get; }

    /// <summary>A new key as PEM (PKCS #8, RFC 8410), as <c>openssl genpkey -algorithm ed25519</c> makes it.</summary>
    public static string NewPem()
    {
        using var created = Key.Create(SignatureAlgorithm.Ed25519, new() { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        return Encoding.ASCII.GetString(created.Export(KeyBlobFormat.PkixPrivateKeyText)).ReplaceLineEndings("\n").TrimEnd() + "\n";
    }

    /// <summary>Reads every private key of a PEM text, in its order.</summary>
    /// <param name="name">What the keys sign as: a log's origin.</param>
    /// <param name="pem">PKCS #8 blocks; text between them is passed over.</param>
    /// <exception cref="FormatException">A block is not an Ed25519 key, or there is none.</exception>
    public static IReadOnlyList<SigningKey> ReadPem(string name, string pem)
    {
        List<SigningKey> keys = [];
        for (var at = pem.IndexOf(Header, StringComparison.Ordinal); at >= 0; at = pem.IndexOf(Header, at + 1, StringComparison.Ordinal))
        {
            var end = pem.IndexOf(Footer, at, StringComparison.Ordinal);
            if (end < 0 || !Key.TryImport(
                    SignatureAlgorithm.Ed25519, Encoding.ASCII.GetBytes(pem[at..(end + Footer.Length)]), KeyBlobFormat.PkixPrivateKeyText, out var key))
                throw new FormatException("A private key in it is not Ed25519 in PKCS #8 (RFC 8410).");
            keys.Add(new(name, key!));
        }

        return keys.Count > 0 ? keys : throw new FormatException("There is no private key in it.");
    }

    /// <summary>Signs a note's text, which ends with a line feed.</summary>
    public NoteSignature Sign(string text) =>
        new(Verifier.Name, Verifier.KeyId, SignatureAlgorithm.Ed25519.Sign(key, Encoding.UTF8.GetBytes(text)));

    /// <summary>Cosigns a checkpoint as a witness (C2SP tlog-cosignature, v1): it extends all that this key has cosigned before.</summary>
    public NoteSignature Cosign(string checkpoint, DateTimeOffset time)
    {
        var seconds = (ulong)time.ToUnixTimeSeconds();
        var signature = new byte[sizeof(ulong) + SignatureAlgorithm.Ed25519.SignatureSize];
        BinaryPrimitives.WriteUInt64BigEndian(signature, seconds);
        SignatureAlgorithm.Ed25519.Sign(key, Cosignature.Message(seconds, checkpoint), signature.AsSpan(sizeof(ulong)));
        return new(CosignatureVerifier.Name, CosignatureVerifier.KeyId, signature);
    }

    public void Dispose() => key.Dispose();
}

/// <summary>The parts of a witness's cosignature (C2SP tlog-cosignature, Ed25519): eight bytes of time, then the signature.</summary>
internal static class Cosignature
{
    // The last second that DateTimeOffset can tell; C2SP allows more than time will bring.
    private static readonly ulong Latest = (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    public static byte[] Message(ulong time, string checkpoint) =>
        Encoding.UTF8.GetBytes($"cosignature/v1\ntime {time.ToString(CultureInfo.InvariantCulture)}\n{checkpoint}");

    public static bool TryReadTime(NoteSignature signature, out ulong time) =>
        BinaryPrimitives.TryReadUInt64BigEndian(signature.Signature.Span, out time) && time <= Latest
        && signature.Signature.Length == sizeof(ulong) + SignatureAlgorithm.Ed25519.SignatureSize;

    public static DateTimeOffset TimeOf(NoteSignature signature) =>
        DateTimeOffset.FromUnixTimeSeconds((long)BinaryPrimitives.ReadUInt64BigEndian(signature.Signature.Span));
}
