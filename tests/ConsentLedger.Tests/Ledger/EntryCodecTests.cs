using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using CsCheck;

namespace ConsentLedger.Tests.Ledger;

public sealed class EntryCodecTests
{
    public static TheoryData<string> Types { get; } = [.. EntryTypes.Names];

    [Theory]
    [MemberData(nameof(Types))]
    public void An_entry_read_back_and_written_again_is_the_same_to_the_byte(string type) => Entries.Of(type).Sample(
        entry =>
        {
            var first = EntryCodec.Encode(entry);
            var again = EntryCodec.Encode(EntryCodec.Decode(first.Json));
            Assert.Equal(first.Json, again.Json);
            Assert.Equal(first.LeafHash, again.LeafHash);
        },
        iter: 300);

    [Theory]
    [MemberData(nameof(Types))]
    public void The_leaf_hash_is_over_exactly_the_stored_bytes(string type) => Entries.Of(type).Sample(
        entry =>
        {
            var encoded = EntryCodec.Encode(entry);
            Assert.Equal(SHA256.HashData([0, .. Encoding.UTF8.GetBytes(encoded.Json)]), encoded.LeafHash.ToArray());
        },
        iter: 100);

    [Theory]
    [MemberData(nameof(Types))]
    public void An_entry_is_one_line_of_JSON_whose_members_come_in_a_fixed_order(string type) => Entries.Of(type).Sample(
        entry =>
        {
            var json = EntryCodec.Encode(entry).Json;
            Assert.DoesNotContain('\n', json);
            using var document = JsonDocument.Parse(json);
            string[] order = ["position", "type", "recordedAt", "subject", "partner", "data", "sealed", "recipients"];
            var members = document.RootElement.EnumerateObject().Select(m => m.Name).ToArray();
            Assert.Equal(order.Where(members.Contains), members);
            Assert.Equal(entry.Position, document.RootElement.GetProperty("position").GetInt64());
            Assert.Equal(type, document.RootElement.GetProperty("type").GetString());
        },
        iter: 100);

    // As a verification reads: the columns beside the bytes, and what is said again and again read once.
    [Theory]
    [MemberData(nameof(Types))]
    public void What_is_read_with_its_columns_and_from_memory_is_what_the_bytes_say(string type)
    {
        Entries.Of(type).Sample(
            entry =>
            {
                var cache = new DecodeCache();
                foreach (var one in (LedgerEntry[])[entry, entry with { Position = entry.Position + 1, Partner = entry.Partner is null ? "a" : null, Sealed = [1, 2, 3] }])
                {
                    var row = Stored(one);
                    var prefix = EntryCodec.WritePrefix(in row, new byte[EntryCodec.MaxPrefix]);
                    var read = EntryCodec.Decode(in row, prefix, cache);
                    Assert.Null(read.Sealed);
                    Assert.Equal(EntryCodec.Encode(one with { Sealed = null }).Json, EntryCodec.Encode(read).Json);
                    foreach (var broken in (string[])["", "}", " ", "\u0000"])
                    {
                        var other = row with { Data = Encoding.UTF8.GetBytes(broken.Length == 0 ? EntryCodec.Encode(one).Json[..^1] : EntryCodec.Encode(one).Json[..^2] + broken) };
                        Assert.Throws<LedgerCorruptException>(() => EntryCodec.Decode(in other, prefix, cache));
                    }
                }
            },
            iter: 50);
    }

    private static StoredEntry Stored(LedgerEntry entry) => new(
        entry.Position,
        Encoding.UTF8.GetBytes(entry.Type),
        entry.Subject,
        Encoding.UTF8.GetBytes(entry.Partner ?? ""),
        (entry.RecordedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond,
        default,
        Encoding.UTF8.GetBytes(EntryCodec.Encode(entry).Json));

    [Fact]
    public void Every_type_of_entry_is_among_these_tests() => Assert.Equal(EntryTypes.Names, Entries.Data.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"position":1,"type":"no.such_type","recordedAt":"2026-11-22T00:00:00Z","data":{}}""")]
    [InlineData("""{"position":"1","type":"partner.ended","recordedAt":"2026-11-22T00:00:00Z","data":{"code":"inicis"}}""")]
    [InlineData("""{"position":1,"type":"partner.ended","recordedAt":"yesterday","data":{"code":"inicis"}}""")]
    [InlineData("""{"position":1,"type":"partner.ended","recordedAt":"2026-11-22T00:00:00Z","data":{"code":7}}""")]
    [InlineData("""{"position":1,"type":"partner.ended","recordedAt":"2026-11-22T00:00:00Z","data":{"code":"inicis"}""")]
    [InlineData("""{"position":1,"type":"partner.ended","recordedAt":"2026-11-22T00:00:00Z","data":{"code":"inicis"},"sealed":"not base64!"}""")]
    public void What_is_not_an_entry_is_called_corrupt(string stored) =>
        Assert.Throws<LedgerCorruptException>(() => EntryCodec.Decode(stored));
}
