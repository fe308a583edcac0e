using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;
using ConsentLedger.Storage;
using CsCheck;
using Microsoft.AspNetCore.DataProtection;

namespace ConsentLedger.Tests.Ledger;

public sealed class SubjectVaultTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);

    private static readonly Sealable Content = new()
    {
        Values = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, [KeyValuePair.Create("mobile", "010-9876-5432"), KeyValuePair.Create("name", "홍길동")]),
        Reference = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, [KeyValuePair.Create("order", "20261122-0007")]),
        Evidence = new() { Ip = "203.0.113.77", UserAgent = "SecretBrowser/9", DocumentSha256 = new string('a', 64) },
        Verification = new() { Method = "callback", Reference = "call-recording-4711" },
        Text = "자유 의견",
    };

    private readonly SubjectVault vault = new(new EphemeralDataProtectionProvider());

    [Fact]
    public void What_was_sealed_for_a_subject_at_a_position_opens_there_unchanged()
    {
        var subject = NewSubject();
        var opened = vault.Open(Entry(subject.Id, 7, Seal(subject, 7, Content)), subject.WrappedKey)!;
        Assert.Equal(Content.Values, opened.Values);
        Assert.Equal(Content.Reference, opened.Reference);
        Assert.Equal(Content.Evidence, opened.Evidence);
        Assert.Equal(Content.Verification, opened.Verification);
        Assert.Equal(Content.Text, opened.Text);
    }

    [Fact]
    public void It_opens_with_no_other_subjects_key_and_under_no_other_subjects_id()
    {
        var (owner, other) = (NewSubject(), NewSubject());
        var sealedPart = Seal(owner, 7, Content);
        Assert.ThrowsAny<CryptographicException>(() => vault.Open(Entry(owner.Id, 7, sealedPart), other.WrappedKey));
        Assert.ThrowsAny<CryptographicException>(() => vault.Open(Entry(other.Id, 7, sealedPart), owner.WrappedKey));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(long.MaxValue)]
    public void It_opens_at_no_other_position(long position)
    {
        var subject = NewSubject();
        Assert.ThrowsAny<CryptographicException>(() => vault.Open(Entry(subject.Id, position, Seal(subject, 7, Content)), subject.WrappedKey));
    }

    [Fact]
    public void A_changed_bit_anywhere_keeps_it_shut()
    {
        var subject = NewSubject();
        var sealedPart = Seal(subject, 7, Content);
        Gen.Int[0, (sealedPart.Length * 8) - 1].Sample(bit =>
        {
            var changed = (byte[])sealedPart.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.ThrowsAny<CryptographicException>(() => vault.Open(Entry(subject.Id, 7, changed), subject.WrappedKey));
        });
        Assert.ThrowsAny<CryptographicException>(() => vault.Open(Entry(subject.Id, 7, sealedPart[..^1]), subject.WrappedKey));
    }

    [Fact]
    public void Without_the_key_there_is_nothing_to_read()
    {
        var subject = NewSubject();
        Assert.Null(vault.Open(Entry(subject.Id, 7, Seal(subject, 7, Content)), null));
        Assert.Null(vault.Open(Entry(subject.Id, 7, null), subject.WrappedKey));
    }

    [Fact]
    public void The_same_content_sealed_twice_looks_different_and_every_key_is_another()
    {
        var subject = NewSubject();
        Assert.NotEqual(Seal(subject, 7, Content), Seal(subject, 7, Content));
        var keys = Enumerable.Range(0, 50).Select(_ => Convert.ToBase64String(vault.NewKey())).ToHashSet();
        Assert.Equal(50, keys.Count);
    }

    [Fact]
    public void A_key_wrapped_by_another_installation_opens_nothing()
    {
        var subject = NewSubject();
        var sealedPart = Seal(subject, 7, Content);
        var elsewhere = new SubjectVault(new EphemeralDataProtectionProvider());
        Assert.ThrowsAny<CryptographicException>(() => elsewhere.Open(Entry(subject.Id, 7, sealedPart), subject.WrappedKey));
    }

    [Fact]
    public void Nothing_personal_stands_in_the_clear_in_the_bytes_of_the_entry()
    {
        var subject = NewSubject();
        var json = EntryCodec.Encode(Entry(subject.Id, 7, Seal(subject, 7, Content))).Json;
        string[] secrets = ["010-9876-5432", "홍길동", "20261122-0007", "203.0.113.77", "SecretBrowser", new string('a', 64), "call-recording", "자유 의견", subject.Key.ExternalId];
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, json, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))[..8], json, StringComparison.Ordinal);
        }
    }

    private static LedgerEntry Entry(Guid subject, long position, byte[]? content) => new()
    {
        Position = position,
        Type = "correction.completed",
        RecordedAt = Now,
        Subject = subject,
        Data = new CorrectionCompleted { CorrectionId = Guid.CreateVersion7(Now), Items = ["mobile", "name"] },
        Sealed = content,
    };

    private StoredSubject NewSubject()
    {
        var id = Guid.CreateVersion7(Now);
        return new(id, new SubjectKey(SubjectKind.Member, "m-secret-member"), vault.NewKey(), SubjectState.New(id));
    }

    private byte[] Seal(StoredSubject subject, long position, Sealable content)
    {
        using var sealer = vault.SealerOf(subject);
        return sealer.Seal(position, content);
    }
}
