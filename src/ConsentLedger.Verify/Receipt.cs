using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Verify;

/// <summary>Verifies a receipt with nothing else at hand: that an entry is in the log that a key speaks for, and what the entry says.</summary>
/// <remarks>What is told is read from the entry's own bytes. Whatever else the receipt says must be in them, or it is refused.</remarks>
internal sealed class Receipt(IReadOnlyList<VerifierKey> trusted, Screen screen)
{
    public const int MaxLength = 8 * 1024 * 1024;

    /// <summary>Verifies a JSON receipt, as the service gives it.</summary>
    public void VerifyJson(byte[] receipt)
    {
        using var json = ParseJson(receipt, "the receipt");
        var root = json.RootElement;
        var leaf = Base64(root, "leaf");
        var text = String(root, "checkpoint");
        if (!SignedNote.TryParse(text, out var note) || note.ToString() != text)
            throw VerifyException.Tampered("checkpoint: not a signed note (C2SP signed-note).");
        var vkey = root.TryGetProperty("vkey", out _) ? Key(String(root, "vkey"), "vkey") : null;
        var (tree, signer) = Signed(note, vkey);
        if (vkey is not null && !vkey.Verify(note))
            throw VerifyException.Tampered("vkey: this key has not signed the checkpoint.");
        var index = Included(root, leaf, tree, "proof");
        if (root.TryGetProperty("tlogProof", out _))
            CheckSame(String(root, "tlogProof"), leaf, index, signer);
        using var entry = ParseJson(leaf, "the entry");
        CheckPosition(entry.RootElement, index, "the entry");
        var words = root.TryGetProperty("notice", out var notice) ? Notice(notice, entry.RootElement, tree, signer) : null;
        new Restated(entry.RootElement, leaf).Check(root, ["leaf", "checkpoint", "vkey", "proof", "tlogProof", "notice", "memberId"]);
        if (root.TryGetProperty("memberId", out _))
            screen.Say($"not proven: that the subject is the member {String(root, "memberId")}; this is the word of whoever made the receipt");
        Tell(entry.RootElement, index, tree, words);
    }

    /// <summary>Verifies a C2SP tlog-proof for the bytes of an entry.</summary>
    public void VerifyProof(string text, byte[] leaf)
    {
        if (!TlogProof.TryParse(text, out var proof))
            throw VerifyException.Tampered("not a proof (C2SP tlog-proof).");
        var (tree, signer) = Signed(proof.Checkpoint, own: null);
        // A line of an export has a line feed at its end that is not the entry's.
        if (!proof.Verify(TreeHash.OfLeaf(leaf), signer) && leaf is [.., (byte)'\n'])
            leaf = leaf[..^1];
        if (!proof.Verify(TreeHash.OfLeaf(leaf), signer))
            throw VerifyException.Tampered($"the entry is not at position {proof.Index + 1} of the signed tree.");
        using var entry = ParseJson(leaf, "the entry");
        CheckPosition(entry.RootElement, proof.Index, "the entry");
        Tell(entry.RootElement, proof.Index, tree, notice: null);
    }

    private (Checkpoint Tree, VerifierKey Signer) Signed(SignedNote note, VerifierKey? own)
    {
        if (!Checkpoint.TryParse(note.Text, out var tree))
            throw VerifyException.Tampered("checkpoint: not a checkpoint (C2SP tlog-checkpoint).");
        var keys = trusted;
        if (keys.Count == 0)
        {
            keys = own is not null ? [own] : throw VerifyException.Usage("There is no key to verify with: give the log's with --vkey.");
            screen.Warn($"verified with the key in the receipt itself, {own}. It proves as much as that key is the operator's: compare it, or give the one you know with --vkey.");
        }

        var signer = keys.FirstOrDefault(k => k.Verify(note)) ?? throw VerifyException.Tampered("checkpoint: not signed by a key that is trusted, or not what was signed.");
        return tree.Origin == signer.Name ? (tree, signer) : throw VerifyException.Tampered($"checkpoint: of the log {tree.Origin}, its key of {signer.Name}.");
    }

    // The audit path leads from the leaf's own bytes to the signed root.
    private static long Included(JsonElement owner, byte[] leaf, Checkpoint tree, string what)
    {
        var proof = owner.TryGetProperty("proof", out var found) && found.ValueKind == JsonValueKind.Object
            ? found
            : throw VerifyException.Tampered($"{what}: missing.");
        if (proof.EnumerateObject().FirstOrDefault(m => m.Name is not ("leafIndex" or "treeSize" or "leafHash" or "hashes")) is { Value.ValueKind: not JsonValueKind.Undefined } unknown)
            throw VerifyException.Tampered($"{what}: '{unknown.Name}' is not known.");
        var hash = TreeHash.OfLeaf(leaf);
        if (Number(proof, "treeSize") != tree.Size)
            throw VerifyException.Tampered($"{what}: for another tree than the signed one of {tree.Size} entries.");
        if (String(proof, "leafHash") != hash.ToString())
            throw VerifyException.Tampered($"{what}: the entry's bytes have the leaf hash {hash}, not the one given.");
        var index = Number(proof, "leafIndex");
        if (!proof.TryGetProperty("hashes", out var hashes) || hashes.ValueKind != JsonValueKind.Array)
            throw VerifyException.Tampered($"{what}: without hashes.");
        TreeHash[] path = [.. hashes.EnumerateArray().Select(h => h.ValueKind == JsonValueKind.String && TreeHash.TryParse(h.GetString(), out var step)
            ? step
            : throw VerifyException.Tampered($"{what}: one of its hashes is not a hash."))];
        return Proofs.VerifyInclusion(hash, index, tree.Size, path, tree.Root)
            ? index
            : throw VerifyException.Tampered($"{what}: the entry is not at position {index + 1} of the signed tree.");
    }

    private static void CheckSame(string text, byte[] leaf, long index, VerifierKey signer)
    {
        if (!TlogProof.TryParse(text, out var proof) || proof.ToString() != text || proof.Index != index || !proof.Verify(TreeHash.OfLeaf(leaf), signer))
            throw VerifyException.Tampered("tlogProof: it does not prove the same.");
    }

    // The words that were agreed to are an entry of the same log, and the consent names them.
    private static string Notice(JsonElement notice, JsonElement entry, Checkpoint tree, VerifierKey signer)
    {
        if (notice.ValueKind != JsonValueKind.Object)
            throw VerifyException.Tampered("notice: not an object.");
        var leaf = Base64(notice, "leaf");
        var index = Included(notice, leaf, tree, "notice.proof");
        if (notice.TryGetProperty("tlogProof", out _))
            CheckSame(String(notice, "tlogProof"), leaf, index, signer);
        using var published = ParseJson(leaf, "notice.leaf");
        CheckPosition(published.RootElement, index, "notice.leaf");
        var text = String(notice, "text");
        if (!IsHashOf(String(notice, "sha256"), text))
            throw VerifyException.Tampered("notice.sha256: not that of notice.text.");
        if (Member(published.RootElement, "type") is not { ValueKind: JsonValueKind.String } type || type.GetString() != "notice.published"
            || Data(published.RootElement, "notice") is not { ValueKind: JsonValueKind.Object } words)
            throw VerifyException.Tampered("notice.leaf: not the publication of a notice.");
        if (Data(entry, "notice") is not { ValueKind: JsonValueKind.Object } named || !Same(named, words, "id") || !Same(named, words, "version"))
            throw VerifyException.Tampered("notice: not the one that the entry names.");
        if (words.GetRawText() != text)
            throw VerifyException.Tampered("notice.text: not what the published notice says.");
        new Restated(published.RootElement, leaf, words).Check(notice, ["leaf", "proof", "tlogProof", "text", "sha256"]);
        return text;
    }

    private void Tell(JsonElement entry, long index, Checkpoint tree, string? notice)
    {
        foreach (var line in EntryWords.Of(entry))
            screen.Say(line);
        if (notice is not null)
            screen.Say($"notice as it was published: {notice}");
        screen.Say($"ok: entry {index + 1} of {tree.Origin}, in the signed tree of {tree.Size} entries with root {tree.Root}");
    }

    private static void CheckPosition(JsonElement entry, long index, string what)
    {
        if (Member(entry, "position") is not { ValueKind: JsonValueKind.Number } position
            || !position.TryGetInt64(out var own) || own != index + 1)
            throw VerifyException.Tampered($"{what}: it does not say that it is at position {index + 1}, where it is.");
    }

    private static JsonDocument ParseJson(byte[] bytes, string what) =>
        StrictJson.Parse(bytes) is { RootElement.ValueKind: JsonValueKind.Object } json ? json : throw VerifyException.Tampered($"{what} is not a JSON object.");

    private static VerifierKey Key(string text, string what) => VerifierKey.TryParse(text.TrimEnd('\n'), out var key) && key.ToString() == text.TrimEnd('\n')
        ? key
        : throw VerifyException.Tampered($"{what}: not a verifier key (C2SP vkey).");

    private static string String(JsonElement owner, string name) => Member(owner, name) is { ValueKind: JsonValueKind.String } value
        ? value.GetString()!
        : throw VerifyException.Tampered($"{name}: missing.");

    private static long Number(JsonElement owner, string name) => Member(owner, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number)
        ? number
        : throw VerifyException.Tampered($"{name}: missing.");

    // Only the canonical spelling, so that a receipt has one form.
    private static byte[] Base64(JsonElement owner, string name)
    {
        var text = String(owner, name);
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) && Convert.ToBase64String(bytes, 0, length) == text
            ? bytes[..length]
            : throw VerifyException.Tampered($"{name}: not base64.");
    }

    private static bool IsHashOf(string hash, string text)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return hash == Convert.ToHexStringLower(bytes) || hash == Convert.ToBase64String(bytes);
    }

    private static bool Same(JsonElement a, JsonElement b, string name) => Member(a, name) is { } x && Member(b, name) is { } y && JsonElement.DeepEquals(x, y);

    private static JsonElement? Data(JsonElement entry, string name) => Member(entry, "data") is { } data ? Member(data, name) : null;

    private static JsonElement? Member(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) ? value : null;
}

/// <summary>What a receipt repeats of an entry in members of its own, for reading: each must say what the entry's bytes say.</summary>
internal sealed class Restated(JsonElement entry, byte[] leaf, JsonElement? within = null)
{
    /// <param name="members">The object whose members are compared.</param>
    /// <param name="proven">Members that were verified otherwise.</param>
    public void Check(JsonElement members, IReadOnlyCollection<string> proven)
    {
        foreach (var member in members.EnumerateObject().Where(m => !proven.Contains(m.Name)))
        {
            if (member is { Name: "entry" or "data", Value.ValueKind: JsonValueKind.Object } && !Is(member))
                Check(member.Value, []);
            else if (!Is(member))
                throw VerifyException.Tampered($"{member.Name}: the receipt says {member.Value.GetRawText()}, and the entry does not.");
        }
    }

    private bool Is(JsonProperty member) => member.Name switch
    {
        "leafHash" => member.Value.ValueKind == JsonValueKind.String && member.Value.GetString() == TreeHash.OfLeaf(leaf).ToString(),
        "leaf" => member.Value.ValueKind == JsonValueKind.String && member.Value.GetString() == Convert.ToBase64String(leaf),
        "choices" => member.Value.ValueKind == JsonValueKind.Array && member.Value.EnumerateArray().All(IsChoice),
        "granted" => EntryWords.Granted(entry) is { } granted && member.Value.ValueKind == (granted ? JsonValueKind.True : JsonValueKind.False),
        _ => Says(entry, member) || (entry.TryGetProperty("data", out var data) && Says(data, member)) || (within is { } facts && Says(facts, member)),
    };

    // An entry is one choice.
    private bool IsChoice(JsonElement choice) => choice.ValueKind == JsonValueKind.Object && choice.EnumerateObject().All(m => m.Name is "purpose" or "granted" && Is(m));

    private static bool Says(JsonElement facts, JsonProperty member) =>
        facts.ValueKind == JsonValueKind.Object && facts.TryGetProperty(member.Name, out var fact) && JsonElement.DeepEquals(fact, member.Value);
}
