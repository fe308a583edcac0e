using System.Globalization;
using System.Text;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Tests.TransparencyLog;

/// <summary>Signed notes, verifier keys, checkpoints, cosignatures and proofs as the C2SP documents of these names have them.</summary>
public sealed class NotesTests
{
    // C2SP signed-note, "Verifier keys", example.
    private const string ExampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    private const string Example =
        "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    // C2SP signed-note, at its beginning: a text with an empty line of its own.
    private const string Poem =
        "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
        + "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    // C2SP tlog-cosignature, its example.
    private const string Cosigned =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        + "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        + "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

    private const string Root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    private static readonly DateTimeOffset Instant = DateTimeOffset.FromUnixTimeSeconds(1679315147);

    [Fact]
    public void The_example_key_verifies_the_example_note_and_nothing_else()
    {
        var key = Key(ExampleKey);
        Assert.Equal(("example.com/foo", 0x530d903au, SignatureType.Ed25519, ExampleKey), (key.Name, key.KeyId, key.Type, key.ToString()));
        var note = Note(Example);
        Assert.True(key.Verify(note));
        Assert.Equal("This is an example message.\n", note.Text);
        Assert.False(key.Verify(note with { Text = "This is an example message!\n" }));
        Assert.False(key.Verify(note with { Text = "This is an example message." }));
        Assert.False(key.Verify(note with { Signatures = [note.Signatures[0] with { Name = "example.com/bar" }] }));
        Assert.False(key.Verify(note with { Signatures = [note.Signatures[0] with { KeyId = 1 }] }));
        Assert.Null(key.VerifyCosignature(note));
        for (var i = 0; i < 64; i++)
        {
            var changed = note.Signatures[0].Signature.ToArray();
            changed[i] ^= (byte)(1 << (i % 8));
            Assert.False(key.Verify(note with { Signatures = [note.Signatures[0] with { Signature = changed }] }), $"byte {i}");
        }

        Assert.False(key.Verify(note with { Signatures = [note.Signatures[0] with { Signature = note.Signatures[0].Signature[..^1] }] }));
    }

    [Theory]
    [InlineData(Example, 1)]
    [InlineData(Poem, 1)]
    [InlineData(Cosigned, 2)]
    public void The_documents_notes_are_read_and_written_to_the_byte(string text, int signatures)
    {
        Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes(text), out var note));
        Assert.Equal(signatures, note.Signatures.Count);
        Assert.Equal(text, note.ToString());
        Assert.EndsWith("\n", note.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cosigned_checkpoint_of_the_document_is_read()
    {
        var note = Note(Cosigned);
        Assert.True(Checkpoint.TryParse(note.Text, out var checkpoint));
        Assert.Equal(("example.com/behind-the-sofa", 20852163L, Root), (checkpoint.Origin, checkpoint.Size, checkpoint.Root.ToString()));
        Assert.Equal(note.Text, checkpoint.Text);
        Assert.Equal([(0x033de0aeu, 64), (0x8d66cf3fu, 72)], note.Signatures.Select(s => (s.KeyId, s.Signature.Length)));
        Assert.Equal(Instant.ToUnixTimeSeconds(), System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(note.Signatures[1].Signature.Span));
    }

    [Theory]
    [InlineData("no signature", "text\n")]
    [InlineData("nothing after the empty line", "text\n\n")]
    [InlineData("no line end", "text\n\n— n AAAAAAA=")]
    [InlineData("an empty line after the signature", "text\n\n— n AAAAAAA=\n\n")]
    [InlineData("no empty line", "text\n— n AAAAAAA=\n")]
    [InlineData("a hyphen for the dash", "text\n\n- n AAAAAAA=\n")]
    [InlineData("an en dash", "text\n\n– n AAAAAAA=\n")]
    [InlineData("no blank after the dash", "text\n\n—n AAAAAAA=\n")]
    [InlineData("two blanks", "text\n\n— n  AAAAAAA=\n")]
    [InlineData("a blank at the end", "text\n\n— n AAAAAAA= \n")]
    [InlineData("no name", "text\n\n—  AAAAAAA=\n")]
    [InlineData("a plus in the name", "text\n\n— n+ AAAAAAA=\n")]
    [InlineData("a wide blank in the name", "text\n\n— n\u3000n AAAAAAA=\n")]
    [InlineData("no base64", "text\n\n— n AAAA!AA=\n")]
    [InlineData("base64 without padding", "text\n\n— n AAAAAAA\n")]
    [InlineData("the other alphabet", "text\n\n— n AAAA_-A=\n")]
    [InlineData("an id and no signature", "text\n\n— n AAAAAA==\n")]
    [InlineData("a tab", "te\txt\n\n— n AAAAAAA=\n")]
    [InlineData("a carriage return", "text\r\n\r\n— n AAAAAAA=\r\n")]
    [InlineData("NUL", "te\0xt\n\n— n AAAAAAA=\n")]
    [InlineData("nothing", "")]
    public void What_is_no_signed_note_is_refused(string what, string text)
    {
        Assert.False(SignedNote.TryParse(text, out _), what);
        Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes(text), out _), what);
    }

    [Fact]
    public void A_note_must_be_UTF_8_of_bounded_length_with_a_bounded_number_of_signatures()
    {
        Assert.False(SignedNote.TryParse([.. "te"u8, 0xFF, .. "xt\n\n— n AAAAAAA=\n"u8], out _));
        var line = "— n AAAAAAA=\n";
        Assert.True(SignedNote.TryParse($"text\n\n{Repeat(line, 16)}", out var sixteen));
        Assert.Equal(16, sixteen.Signatures.Count);
        Assert.True(SignedNote.TryParse($"text\n\n{Repeat(line, SignedNote.MaxSignatures)}", out _));
        Assert.False(SignedNote.TryParse($"text\n\n{Repeat(line, SignedNote.MaxSignatures + 1)}", out _));
        var end = "\n\n" + line;
        Assert.True(SignedNote.TryParse(new string('x', SignedNote.MaxLength - end.Length) + end, out _));
        Assert.False(SignedNote.TryParse(new string('x', SignedNote.MaxLength - end.Length + 1) + end, out _));
        Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes(new string('x', SignedNote.MaxLength) + end), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("example.com/foo")]
    [InlineData("example.com/foo+530d903a")]
    [InlineData("example.com/foo+530d903a+")]
    [InlineData("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l")]
    [InlineData("example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/foo+0x530d90+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=")]
    [InlineData("example.com/foo +530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    public void What_is_no_verifier_key_is_refused(string vkey) => Assert.False(VerifierKey.TryParse(vkey, out _), vkey);

    // RFC 8032 section 7.1, tests 1 to 3, whose messages are no notes: Ed25519 itself is tried by its seeds and public keys.
    [Theory]
    [InlineData("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    public void A_key_signs_as_RFC_8032_has_it(string seed, string publicKey, string message, string signature)
    {
        using var key = KeyOf("n", seed);
        var text = Encoding.UTF8.GetString(Convert.FromHexString(message));
        Assert.Equal(signature, Convert.ToHexStringLower(key.Sign(text).Signature.Span));
        Assert.EndsWith(Convert.ToBase64String([1, .. Convert.FromHexString(publicKey)]), key.Verifier.ToString(), StringComparison.Ordinal);
        Assert.True(key.Verifier.Verify(new(text, [key.Sign(text)])));
    }

    [Fact]
    public void A_new_key_is_PKCS_8_and_several_are_read_in_their_order()
    {
        string[] pems = [SigningKey.NewPem(), SigningKey.NewPem(), SigningKey.NewPem()];
        Assert.Equal(3, pems.Distinct().Count());
        Assert.All(pems, pem => Assert.Matches(@"\A-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/=]{64}\n-----END PRIVATE KEY-----\n\z", pem));
        var alone = pems.Select(pem => Assert.Single(SigningKey.ReadPem("n", pem)).Verifier.ToString());
        Assert.Equal(alone, SigningKey.ReadPem("n", string.Join("# between them\n", pems)).Select(k => k.Verifier.ToString()));
        // As they come from a file of another system.
        Assert.Equal(alone, SigningKey.ReadPem("n", string.Concat(pems).ReplaceLineEndings("\r\n")).Select(k => k.Verifier.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no key")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n")]
    public void What_is_no_key_is_refused(string pem) => Assert.Throws<FormatException>(() => SigningKey.ReadPem("n", pem));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a+b")]
    [InlineData("a\nb")]
    [InlineData("a\u2028b")]
    public void A_name_without_which_no_note_could_be_read_names_no_key(string name) =>
        Assert.Throws<ArgumentException>(() => SigningKey.ReadPem(name, SigningKey.NewPem()));

    [Fact]
    public void A_key_has_another_id_for_each_use()
    {
        using var key = KeyOf("witness.example/w1", new string('0', 64));
        Assert.NotEqual(key.Verifier.KeyId, key.CosignatureVerifier.KeyId);
        Assert.True(key.Verifier.HasSameKey(key.CosignatureVerifier));
        Assert.Equal(key.CosignatureVerifier, Key(key.CosignatureVerifier.ToString()));
        Assert.Equal(SignatureType.Cosignature, Key(key.CosignatureVerifier.ToString()).Type);
    }

    [Fact]
    public void A_cosignature_is_one_of_its_checkpoint_at_its_time_by_its_key()
    {
        using var witness = KeyOf("witness.example/w1", new string('1', 64));
        using var other = KeyOf("witness.example/w1", new string('2', 64));
        var text = Note(Cosigned).Text;
        var line = witness.Cosign(text, Instant.AddMilliseconds(999));
        var note = Note($"{text}\n{line}");
        Assert.Equal(Instant, witness.CosignatureVerifier.VerifyCosignature(note));
        Assert.True(witness.CosignatureVerifier.Verify(note));
        // What it signs, C2SP tlog-cosignature, "Ed25519 signed message", is what the key would sign as a note of that text.
        Assert.Equal(
            line.Signature[8..].ToArray(),
            witness.Sign($"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n{Root}\n").Signature.ToArray());
        Assert.Null(other.CosignatureVerifier.VerifyCosignature(note));
        Assert.False(witness.Verifier.Verify(note));
        Assert.Null(witness.Verifier.VerifyCosignature(note));
        Assert.Null(witness.CosignatureVerifier.VerifyCosignature(note with { Text = text.Replace("20852163", "20852164", StringComparison.Ordinal) }));
        for (var i = 0; i < line.Signature.Length; i++)
        {
            var changed = line.Signature.ToArray();
            changed[i] ^= 1;
            Assert.Null(witness.CosignatureVerifier.VerifyCosignature(note with { Signatures = [line with { Signature = changed }] }));
        }

        for (var length = 0; length < line.Signature.Length; length++)
            Assert.Null(witness.CosignatureVerifier.VerifyCosignature(note with { Signatures = [line with { Signature = line.Signature[..length] }] }));
    }

    [Theory]
    [InlineData("o\n0\n" + Root + "\n")]
    [InlineData("o\n9223372036854775807\n" + Root + "\n")]
    [InlineData("o\n1\n" + Root + "\nan extension\nanother\n")]
    [InlineData("an origin with blanks\n1\n" + Root + "\n")]
    public void A_checkpoint_is_read_and_written_to_the_byte(string text)
    {
        Assert.True(Checkpoint.TryParse(text, out var checkpoint));
        Assert.Equal(text, checkpoint.Text);
    }

    [Theory]
    [InlineData("no origin", "\n1\n" + Root + "\n")]
    [InlineData("a leading zero", "o\n01\n" + Root + "\n")]
    [InlineData("a sign", "o\n+1\n" + Root + "\n")]
    [InlineData("a negative size", "o\n-1\n" + Root + "\n")]
    [InlineData("no size", "o\n\n" + Root + "\n")]
    [InlineData("a size beyond 63 bits", "o\n9223372036854775808\n" + Root + "\n")]
    [InlineData("a blank before the size", "o\n 1\n" + Root + "\n")]
    [InlineData("digits of another script", "o\n١\n" + Root + "\n")]
    [InlineData("no root", "o\n1\n")]
    [InlineData("a root of 31 bytes", "o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n")]
    [InlineData("a root of 33 bytes", "o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")]
    [InlineData("a root in hex", "o\n1\n0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62\n")]
    [InlineData("a root with stray bits", "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n")]
    [InlineData("an empty extension", "o\n1\n" + Root + "\n\n")]
    [InlineData("no line end", "o\n1\n" + Root)]
    [InlineData("nothing", "")]
    public void What_is_no_checkpoint_is_refused(string what, string text) => Assert.False(Checkpoint.TryParse(text, out _), what);

    [Fact]
    public void A_log_with_two_keys_signs_with_both()
    {
        var keys = SigningKey.ReadPem("shop.example/consents", SigningKey.NewPem() + SigningKey.NewPem());
        var note = Note(new Checkpoint("shop.example/consents", 7, TreeHash.OfNothing).Sign(keys).ToString());
        Assert.Equal(2, note.Signatures.Count);
        Assert.All(keys, k => Assert.True(k.Verifier.Verify(note)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("extra YW55dGhpbmc=\n")]
    public void A_proof_is_one_text_that_the_logs_key_verifies(string extra)
    {
        using var log = KeyOf("example.com/fancylog", new string('3', 64));
        using var other = KeyOf("example.com/otherlog", new string('3', 64));
        var tree = ReferenceTree.OfNumbers(100);
        var checkpoint = new Checkpoint("example.com/fancylog", 100, tree.Root(100)).Sign([log]);
        var text = new TlogProof(42, tree.Path(42, 100), checkpoint).ToString();
        Assert.StartsWith("c2sp.org/tlog-proof@v1\nindex 42\n", text, StringComparison.Ordinal);
        Assert.EndsWith($"\n\n{checkpoint}", text, StringComparison.Ordinal);
        Assert.True(TlogProof.TryParse(text.Replace("@v1\n", $"@v1\n{extra}", StringComparison.Ordinal), out var proof));
        Assert.Equal(text, proof.ToString());
        Assert.True(proof.Verify(tree.Leaf(42), log.Verifier));
        Assert.False(proof.Verify(tree.Leaf(41), log.Verifier));
        Assert.False(proof.Verify(tree.Leaf(42), other.Verifier));
        Assert.False((proof with { Index = 41 }).Verify(tree.Leaf(42), log.Verifier));
        Assert.False((proof with { Path = [.. proof.Path.Skip(1)] }).Verify(tree.Leaf(42), log.Verifier));
        // Another log's checkpoint, though the log's own key has signed that too.
        var foreign = new Checkpoint("example.com/otherlog", 100, tree.Root(100)).Text;
        Assert.False((proof with { Checkpoint = new(foreign, [log.Sign(foreign)]) }).Verify(tree.Leaf(42), log.Verifier));
    }

    [Fact]
    public void The_only_leaf_of_a_log_needs_no_path()
    {
        using var log = KeyOf("n", new string('4', 64));
        var leaf = TreeHash.OfLeaf("only"u8);
        var text = new TlogProof(0, [], new Checkpoint("n", 1, leaf).Sign([log])).ToString();
        Assert.StartsWith("c2sp.org/tlog-proof@v1\nindex 0\n\nn\n1\n", text, StringComparison.Ordinal);
        Assert.True(TlogProof.TryParse(text, out var proof) && proof.Verify(leaf, log.Verifier));
    }

    [Theory]
    [InlineData("c2sp.org/tlog-proof@v2\nindex 1\n")]
    [InlineData("index 1\n")]
    [InlineData("c2sp.org/tlog-proof@v1\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 01\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex -1\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 9223372036854775808\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 1\nextra AAAA\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nextra AAAA\nextra AAAA\nindex 1\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 1\nindex 1\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 1\n" + Root + " \n")]
    [InlineData("c2sp.org/tlog-proof@v1\r\nindex 1\r\n")]
    public void What_is_no_proof_is_refused(string beginning)
    {
        Assert.False(TlogProof.TryParse($"{beginning}\n{Cosigned}", out _));
        Assert.True(TlogProof.TryParse($"c2sp.org/tlog-proof@v1\nindex 1\n{Root}\n\n{Cosigned}", out _));
        Assert.False(TlogProof.TryParse($"c2sp.org/tlog-proof@v1\nindex 1\n{Root}\n{Cosigned}", out _));
        Assert.False(TlogProof.TryParse($"c2sp.org/tlog-proof@v1\nindex 1\n{Root}\n\n", out _));
        Assert.False(TlogProof.TryParse($"c2sp.org/tlog-proof@v1\nindex 1\n{Repeat(Root + "\n", 64)}\n{Cosigned}", out _));
        Assert.True(TlogProof.TryParse($"c2sp.org/tlog-proof@v1\nindex 1\n{Repeat(Root + "\n", 63)}\n{Cosigned}", out _));
    }

    [Fact]
    public void A_proof_that_says_nothing_after_its_first_line_is_refused()
    {
        Assert.False(TlogProof.TryParse("c2sp.org/tlog-proof@v1\n\n", out _));
        Assert.False(TlogProof.TryParse($"c2sp.org/tlog-proof@v1\n\n{Cosigned}", out _));
    }

    // RFC 8410 section 7: the seed after the 16 bytes that say that it is one.
    private static SigningKey KeyOf(string name, string seed)
    {
        byte[] pkcs8 = [.. Convert.FromHexString("302e020100300506032b657004220420"), .. Convert.FromHexString(seed)];
        return SigningKey.ReadPem(name, $"-----BEGIN PRIVATE KEY-----\n{Convert.ToBase64String(pkcs8)}\n-----END PRIVATE KEY-----\n")[0];
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static VerifierKey Key(string vkey) => VerifierKey.TryParse(vkey, out var key) ? key : throw new FormatException(vkey);

    private static SignedNote Note(string text) => SignedNote.TryParse(text, out var note) ? note : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"not a note: {text}"));
}
