using System.Text;
using ConsentLedger.TransparencyLog;
using CsCheck;

namespace ConsentLedger.Tests.TransparencyLog;

/// <summary>What comes from outside: any text is read or refused, and what was read is written the same.</summary>
public sealed class ParsersTests
{
    private const string Hash = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    private const string Note = "shop.example\n300\n" + Hash + "\n\n— shop.example AAAAAAA=\n— w jWbPPwAAAABkGFDLEZMHwQ==\n";

    private const string Proof = "c2sp.org/tlog-proof@v1\nindex 7\n" + Hash + "\n\n" + Note;

    private const string Key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    // Anything; what is right but for a few characters; and pieces of what is right in any order.
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.String,
        Gen.Select(Gen.OneOf(Note, Proof, Key), Gen.Select(Gen.Int[0, 400], Gen.Int[0, 3], Gen.OneOf(Gen.Char, Gen.OneOf('\n', ' ', '=', '+', '0', '\r', '\uD800'))).Array[0, 3], Change),
        Gen.OneOf("\n", "\n\n", "— ", "n", " ", "+", "530d903a", "AAAAAAA=", Hash, "0", "12", "index ", "extra ", "c2sp.org/tlog-proof@v1", "\0").Array[0, 14].Select(string.Concat));

    [Fact]
    public void Any_text_is_a_note_or_refused() => Texts.Sample(text =>
    {
        if (SignedNote.TryParse(text, out var note))
            Assert.True(SignedNote.TryParse(note.ToString(), out var again) && again.ToString() == note.ToString() && note.Text == again.Text);
        if (SignedNote.TryParse(Encoding.UTF8.GetBytes(text), out var fromBytes))
            Assert.True(SignedNote.TryParse(fromBytes.ToString(), out _));
    }, iter: 5000);

    [Fact]
    public void Any_text_is_a_checkpoint_to_the_byte_or_refused() => Texts.Sample(
        text => Checkpoint.TryParse(text, out var checkpoint) ? checkpoint.Text == text : true, iter: 5000);

    [Fact]
    public void Any_text_is_a_proof_or_refused() => Texts.Sample(text =>
    {
        if (!TlogProof.TryParse(text, out var proof))
            return;
        Assert.True(TlogProof.TryParse(proof.ToString(), out var again) && again.ToString() == proof.ToString());
        Assert.True(VerifierKey.TryParse(Key, out var key) && !proof.Verify(TreeHash.OfNothing, key));
    }, iter: 5000);

    [Fact]
    public void Any_text_is_a_verifier_key_or_refused() => Texts.Sample(
        text => !VerifierKey.TryParse(text, out var key) || (VerifierKey.TryParse(key.ToString(), out var again) && again.Equals(key)), iter: 5000);

    [Fact]
    public void Any_text_is_a_hash_to_the_character_or_refused() => Texts.Sample(
        text => !TreeHash.TryParse(text, out var hash) || hash.ToString() == text, iter: 2000);

    [Fact]
    public void Any_bytes_are_a_note_or_refused() => Gen.Byte.Array.Sample(bytes =>
    {
        _ = SignedNote.TryParse(bytes, out _);
    });

    private static string Change(string text, (int At, int Length, char With)[] changes)
    {
        foreach (var (at, length, with) in changes)
        {
            var start = Math.Min(at, text.Length);
            text = text[..start] + with + text[Math.Min(start + length, text.Length)..];
        }

        return text;
    }
}
