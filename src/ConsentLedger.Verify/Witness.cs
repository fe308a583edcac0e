using System.Net;
using System.Text;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Verify;

/// <summary>Signs that a checkpoint extends everything that this witness has seen of the log (C2SP tlog-cosignature).</summary>
internal static class Witness
{
    private const int MaxKeyLength = 64 * 1024;

    /// <summary>Makes a key that only its owner can read.</summary>
    /// <returns>The verifier key that the operator needs.</returns>
    public static VerifierKey NewKey(string name, string file)
    {
        if (!VerifierKey.IsName(name))
            throw VerifyException.Usage($"'{name}' cannot name a key: no white space and no plus.");
        if (File.Exists(file))
            throw VerifyException.Usage($"{file} is there already.");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(file, options))
            writer.Write(SigningKey.NewPem());
        using var key = ReadKey(name, file);
        return key.CosignatureVerifier;
    }

    /// <summary>Reads the one key of a file.</summary>
    public static SigningKey ReadKey(string name, string file)
    {
        if (!VerifierKey.IsName(name))
            throw VerifyException.Usage($"'{name}' cannot name a key: no white space and no plus.");
        try
        {
            var keys = SigningKey.ReadPem(name, new FileInfo(file).Length <= MaxKeyLength ? File.ReadAllText(file) : throw VerifyException.Usage($"{file} is no key file: it is too long."));
            return keys is [var one] ? one : throw VerifyException.Usage($"{file} holds {keys.Count} keys: a witness has one.");
        }
        catch (FormatException e)
        {
            throw VerifyException.Usage($"{file}: {e.Message}");
        }
    }

    /// <summary>Cosigns a checkpoint that was verified, and is kept: before this, or a crash could make the witness contradict itself.</summary>
    public static async Task CosignAsync(SignedCheckpoint verified, SigningKey key, LogClient client, Screen screen, CancellationToken ct)
    {
        var cosigned = verified.Note with
        {
            // Other witnesses' lines would be taken for what this one brings.
            Signatures = [.. verified.Note.Signatures.Where(s => s.Name == verified.Tree.Origin), key.Cosign(verified.Note.Text, screen.Time.GetUtcNow())],
        };
        var (status, body) = await client.PostAsync("v1/ledger/cosignatures", cosigned.ToString(), SignedNote.MaxLength, ct);
        switch (status)
        {
            case HttpStatusCode.OK when SignedNote.TryParse(body, out var kept) && key.CosignatureVerifier.VerifyCosignature(kept) is not null:
                screen.Say($"cosigned: {verified.Tree.Size} entries, by {key.CosignatureVerifier}");
                return;
            case HttpStatusCode.Conflict:
                throw VerifyException.Tampered($"the service says that its tree of {verified.Tree.Size} entries has another root than the checkpoint that it served and signed.");
            case HttpStatusCode.Forbidden:
                throw VerifyException.Unreachable($"the service does not know this witness: its operator has to add {key.CosignatureVerifier} to Ledger__Witnesses.");
            default:
                throw VerifyException.Unreachable($"v1/ledger/cosignatures: answered {(int)status}: {Encoding.UTF8.GetString(body)}");
        }
    }
}
