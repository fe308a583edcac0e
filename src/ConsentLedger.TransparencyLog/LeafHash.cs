using System.Security.Cryptography;

namespace ConsentLedger.TransparencyLog;

/// <summary>Hashing of a log's leaves, RFC 6962 section 2.1: <c>SHA-256(0x00 ‖ entry)</c>.</summary>
public static class LeafHash
{
    /// <summary>Length of every hash of the tree, in bytes.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    // The prefix sets leaves apart from inner nodes (0x01), or a node could be passed off as an entry.
    private static readonly byte[] Prefix = [0x00];

    /// <summary>Hashes the exact bytes of one entry.</summary>
    /// <param name="entry">The entry as stored; may be empty.</param>
    /// <returns>The leaf hash, <see cref="Size"/> bytes.</returns>
    public static byte[] Compute(ReadOnlySpan<byte> entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Prefix);
        hash.AppendData(entry);
        return hash.GetHashAndReset();
    }
}
