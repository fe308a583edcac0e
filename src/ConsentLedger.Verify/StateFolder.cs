using System.Globalization;
using System.Text;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Verify;

/// <summary>A checkpoint with its signatures.</summary>
internal sealed record SignedCheckpoint(SignedNote Note, Checkpoint Tree);

/// <summary>What an auditor keeps of one log: its keys, the last checkpoint that was verified, earlier ones, and a mirror of its tiles.</summary>
/// <remarks>
/// The tiles of the kept checkpoint are never written over. Others in the folder are what a run that failed has left:
/// they count for nothing and are fetched again. So a crash at any time leaves the checkpoint before or the one after.
/// </remarks>
internal sealed class StateFolder : IDisposable
{
    private const string KeysFile = "vkeys";
    private const string CheckpointFile = "checkpoint";
    private const int MaxLength = 64 * 1024;

    private readonly string folder;
    private readonly FileStream turn;

    private StateFolder(string folder, FileStream turn) => (this.folder, this.turn, Mirror) = (folder, turn, new(folder));

    /// <summary>The tiles.</summary>
    public TileMirror Mirror { get; }

    /// <summary>The keys that were trusted before; none on the first run.</summary>
    public IReadOnlyList<VerifierKey> Keys { get; private set; } = [];

    /// <summary>The last checkpoint that was verified.</summary>
    public SignedCheckpoint? Kept { get; private set; }

    /// <summary>When it was.</summary>
    public DateTimeOffset KeptAt { get; private set; }

    /// <summary>Opens the folder for this run alone, and makes it on the first.</summary>
    public static StateFolder Open(string folder)
    {
        Directory.CreateDirectory(folder);
        FileStream turn;
        try
        {
            turn = new(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw VerifyException.Usage($"{folder} is in use by another run.");
        }

        var state = new StateFolder(folder, turn);
        try
        {
            state.Read();
            return state;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>Keeps what was verified. The checkpoint comes last: it makes the rest count.</summary>
    public void Keep(IReadOnlyList<VerifierKey> keys, SignedCheckpoint verified, DateTimeOffset now)
    {
        if (Kept is { } before && before.Tree.Size != verified.Tree.Size)
        {
            Directory.CreateDirectory(Path.Combine(folder, "checkpoints"));
            Replace(Path.Combine("checkpoints", $"{before.Tree.Size.ToString("D12", CultureInfo.InvariantCulture)}-{Stamp(KeptAt)}"), before.Note.ToString(), KeptAt);
        }

        Replace(KeysFile, string.Concat(keys.Select(k => k + "\n")), now);
        Replace(CheckpointFile, verified.Note.ToString(), now);
        Mirror.RemovePartial(Kept?.Tree.Size ?? 0, verified.Tree.Size);
        (Keys, Kept, KeptAt) = (keys, verified, now);
    }

    /// <summary>A folder for what proves a failure, with the kept checkpoint in it; nothing in it is ever written over.</summary>
    public string NewEvidence(DateTimeOffset now)
    {
        var name = Path.Combine(folder, "evidence", Stamp(now));
        var path = name;
        for (var i = 2; Directory.Exists(path); i++)
            path = $"{name}-{i.ToString(CultureInfo.InvariantCulture)}";
        Directory.CreateDirectory(path);
        if (Kept is { } kept)
            File.WriteAllText(Path.Combine(path, "kept-checkpoint"), kept.Note.ToString());
        return path;
    }

    public void Dispose() => turn.Dispose();

    private void Read()
    {
        if (ReadFile(KeysFile) is { } keys)
        {
            Keys = [.. keys.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => VerifierKey.TryParse(line, out var key)
                ? key
                : throw VerifyException.Usage($"{Path.Combine(folder, KeysFile)}: '{line}' is not a verifier key."))];
        }

        if (ReadFile(CheckpointFile) is not { } text)
            return;
        KeptAt = File.GetLastWriteTimeUtc(Path.Combine(folder, CheckpointFile));
        Kept = SignedNote.TryParse(text, out var note) && Checkpoint.TryParse(note.Text, out var tree) && Keys.Any(k => k.Name == tree.Origin && k.Verify(note))
            ? new(note, tree)
            : throw VerifyException.Usage($"{Path.Combine(folder, CheckpointFile)} is not a checkpoint that a key in {KeysFile} has signed: the folder is damaged.");
    }

    private string? ReadFile(string name)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
            return null;
        return new FileInfo(path).Length <= MaxLength ? File.ReadAllText(path) : throw VerifyException.Usage($"{path} is too long.");
    }

    // Complete before it has its name, and on the disk before it replaces the one before.
    private void Replace(string name, string text, DateTimeOffset at)
    {
        var path = Path.Combine(folder, name);
        var temporary = path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.SetLastWriteTimeUtc(temporary, at.UtcDateTime);
        File.Move(temporary, path, overwrite: true);
    }

    private static string Stamp(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
}
