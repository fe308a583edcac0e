using System.Security.Cryptography;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Transparency;

/// <summary>The keys that sign this ledger's checkpoints: private in a file, public in <c>signing_keys</c>, where every replica finds them.</summary>
/// <remarks>
/// The file is made at the first start of a ledger. A key that comes into the file beside a known one is thereby vouched for and
/// signs too: so keys are rotated. A file with unknown keys only does not sign, or whoever restores a database beside
/// another file would split the log.
/// </remarks>
public sealed partial class LogKeys(
    LedgerOptions options, IDbContextFactory<LedgerDbContext> contexts, ILedgerStore store, TimeProvider time, IHostEnvironment environment, ILogger<LogKeys> log)
    : IDisposable
{
    private const int MaxFileLength = 64 * 1024;

    private IReadOnlyList<SigningKey> keys = [];

    /// <summary>The log's name.</summary>
    public string Origin { get; private set; } = "";

    /// <summary>What signs here; empty where this process has no key of this ledger's.</summary>
    public IReadOnlyList<SigningKey> Signing => keys;

    /// <summary>All verifier keys that the ledger ever had, the current one last.</summary>
    public IReadOnlyList<VerifierKey> Verifiers { get; private set; } = [];

    /// <summary>Whose cosignatures are taken.</summary>
    public IReadOnlyList<VerifierKey> Witnesses { get; } = [.. options.Witnesses.Select(vkey =>
        VerifierKey.TryParse(vkey, out var key) && key.Type == SignatureType.Cosignature
            ? key
            : throw new InvalidOperationException($"Ledger:Witnesses: '{vkey}' is not the verifier key of a witness (C2SP vkey of type 4)."))];

    /// <summary>Reads the file or makes it, and makes its keys known.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var known = await ReadKnownAsync(ct);
        if (known.Count == 0)
        {
            Open(options.Origin ?? $"consent-ledger/{RandomNumberGenerator.GetHexString(8, lowercase: true)}", SigningKeyFile.ReadOrCreate(options.SigningKeyFile));
            await RegisterAsync(1, ct);
            // A replica that started at the same moment may have been first: then its origin and key are the ledger's.
            known = await ReadKnownAsync(ct);
        }

        Open(options.Origin ?? known[^1].Name, SigningKeyFile.Read(options.SigningKeyFile));
        var ours = keys.Any(key => known.Any(k => k.HasSameKey(key.Verifier)));
        if (!ours && environment.IsDevelopment())
        {
            // On a developer's machine a ledger is started from here and from there: each place's key is taken for one of the ledger's.
            LogJoined(log, options.SigningKeyFile, known[^1].ToString());
            Open(Origin, SigningKeyFile.ReadOrCreate(options.SigningKeyFile));
            ours = true;
        }

        if (ours)
        {
            await RegisterAsync(known.Count + 1, ct);
            known = await ReadKnownAsync(ct);
        }
        else
        {
            LogNoKey(log, options.SigningKeyFile, known[^1].ToString());
            Close();
            Origin = known[^1].Name;
        }

        Verifiers = known;
    }

    /// <summary>Adds a new key to the file and to the ledger; replicas that are started from now on sign with it too.</summary>
    /// <returns>Its verifier key.</returns>
    public async Task<VerifierKey> RotateAsync(CancellationToken ct)
    {
        var known = await ReadKnownAsync(ct);
        SigningKeyFile.Append(options.SigningKeyFile, SigningKey.NewPem());
        Open(options.Origin ?? (known.Count > 0 ? known[^1].Name : throw new InvalidOperationException("The ledger has no key yet: start the service once.")), SigningKeyFile.Read(options.SigningKeyFile));
        await RegisterAsync(known.Count + 1, ct);
        return keys[^1].Verifier;
    }

    public void Dispose() => Close();

    private void Open(string origin, string? pem)
    {
        Close();
        Origin = origin;
        if (pem is null)
            return;
        try
        {
            keys = SigningKey.ReadPem(origin, pem);
        }
        catch (FormatException e)
        {
            throw new InvalidOperationException($"{options.SigningKeyFile}: {e.Message}", e);
        }
    }

    private void Close()
    {
        foreach (var key in keys)
            key.Dispose();
        keys = [];
    }

    /// <summary>The ledger's keys as they are stored now: another process may have added one since this one started.</summary>
    public async Task<IReadOnlyList<VerifierKey>> ReadKnownAsync(CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        var rows = await context.SigningKeys.OrderBy(k => k.Id).Select(k => k.VerifierKey).ToListAsync(ct);
        return rows.ConvertAll(vkey => VerifierKey.TryParse(vkey, out var key) ? key : throw new LedgerCorruptException("a stored verifier key is not readable"));
    }

    // In the order of the file: the last key in it becomes the current one.
    private async Task RegisterAsync(int nextId, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        foreach (var vkey in keys.Select(k => k.Verifier.ToString()))
        {
            if (!await context.SigningKeys.AnyAsync(k => k.VerifierKey == vkey, ct))
                context.SigningKeys.Add(new() { Id = nextId++, VerifierKey = vkey, AddedAt = time.GetUtcNow() });
        }

        try
        {
            await context.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (!store.IsTransient(e))
        {
            // Another replica has just taken this id: what it wrote counts, and is read next.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{File} holds no key of this ledger: checkpoints are not signed here. Its key is {VerifierKey}; bring its file, or run the command rotate-key if it is lost")]
    private static partial void LogNoKey(ILogger log, string file, string verifierKey);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} holds no key of this ledger, whose key was {VerifierKey}: in development its key signs too; elsewhere nothing would be signed")]
    private static partial void LogJoined(ILogger log, string file, string verifierKey);

    /// <summary>The private keys' file: PEM, readable by its owner alone.</summary>
    private static class SigningKeyFile
    {
        public static string? Read(string path)
        {
            if (!File.Exists(path))
                return null;
            return new FileInfo(path).Length <= MaxFileLength ? File.ReadAllText(path) : throw new InvalidOperationException($"{path} is no key file: it is too long.");
        }

        public static string ReadOrCreate(string path)
        {
            if (Read(path) is { } existing)
                return existing;
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
                Directory.CreateDirectory(folder);
            // Complete before it has its name: another process must not read half a key, nor make a second one.
            var temporary = $"{path}.{Environment.ProcessId}.{RandomNumberGenerator.GetHexString(8)}";
            Write(temporary, SigningKey.NewPem(), FileMode.CreateNew);
            try
            {
                File.Move(temporary, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(temporary);
            }

            return File.ReadAllText(path);
        }

        public static void Append(string path, string pem)
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
                Directory.CreateDirectory(folder);
            Write(path, pem, FileMode.Append);
        }

        private static void Write(string path, string text, FileMode mode)
        {
            var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var writer = new StreamWriter(new FileStream(path, options));
            writer.Write(text);
        }
    }
}
