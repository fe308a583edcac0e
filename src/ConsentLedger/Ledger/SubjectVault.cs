using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using ConsentLedger.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace ConsentLedger.Ledger;

/// <summary>
/// Encrypts the personal part of entries, each subject with a key of its own (AES-256-GCM), the key wrapped by Data Protection.
/// Destroying the wrapped key makes every sealed part of that subject unreadable, while the hashes over it stay true.
/// </summary>
public sealed class SubjectVault(IDataProtectionProvider provider)
{
    private const int KeySize = 32;
    internal const int NonceSize = 12;
    internal const int TagSize = 16;

    private readonly IDataProtector protector = provider.CreateProtector("ConsentLedger.SubjectKey.v1");

    /// <summary>A fresh key, wrapped.</summary>
    public byte[] NewKey()
    {
        Span<byte> key = stackalloc byte[KeySize];
        RandomNumberGenerator.Fill(key);
        try
        {
            return protector.Protect(key.ToArray());
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>A key as <see cref="NewKey"/> made it.</summary>
    public byte[] Unwrap(byte[] wrappedKey) => protector.Unprotect(wrappedKey);

    /// <summary>Seals for one subject: its key is unwrapped once, however much is sealed.</summary>
    public SubjectSealer SealerOf(StoredSubject subject)
    {
        var key = protector.Unprotect(subject.WrappedKey);
        try
        {
            return new(subject.Id, new AesGcm(key, TagSize));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Opens the sealed part of an entry, or null where there is none or the key has been destroyed.</summary>
    public Sealable? Open(LedgerEntry entry, byte[]? wrappedKey)
    {
        if (entry.Sealed is not { } content || wrappedKey is null || entry.Subject is not { } subject)
            return null;
        var key = protector.Unprotect(wrappedKey);
        try
        {
            var plain = new byte[content.Length - NonceSize - TagSize];
            using var aes = new AesGcm(key, TagSize);
            aes.Decrypt(
                content.AsSpan(0, NonceSize),
                content.AsSpan(NonceSize, plain.Length),
                content.AsSpan(NonceSize + plain.Length),
                plain,
                Binding(subject, entry.Position));
            return JsonSerializer.Deserialize<Sealable>(plain, LedgerJson.Options);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    internal static byte[] Binding(Guid subject, long position)
    {
        var binding = new byte[24];
        subject.TryWriteBytes(binding);
        BinaryPrimitives.WriteInt64BigEndian(binding.AsSpan(16), position);
        return binding;
    }
}

/// <summary>A subject's key at work. Not kept longer than an append takes.</summary>
public sealed class SubjectSealer(Guid subject, AesGcm aes) : IDisposable
{
    /// <summary>nonce ‖ ciphertext ‖ tag; bound to the subject and the position, so that it proves nothing anywhere else.</summary>
    public byte[] Seal(long position, Sealable content)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(content, LedgerJson.Options);
        var result = new byte[SubjectVault.NonceSize + plain.Length + SubjectVault.TagSize];
        var nonce = result.AsSpan(0, SubjectVault.NonceSize);
        RandomNumberGenerator.Fill(nonce);
        aes.Encrypt(
            nonce, plain, result.AsSpan(SubjectVault.NonceSize, plain.Length), result.AsSpan(SubjectVault.NonceSize + plain.Length), SubjectVault.Binding(subject, position));
        CryptographicOperations.ZeroMemory(plain);
        return result;
    }

    public void Dispose() => aes.Dispose();
}
