using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Verify;

/// <summary>What a run was asked for.</summary>
/// <param name="Service">The service's base address.</param>
/// <param name="Keys">Keys to trust beside those that are kept.</param>
/// <param name="Witnesses">Whose cosignatures are required.</param>
/// <param name="WitnessAge">How old those may be.</param>
/// <param name="Token">For reading entries; null to verify hashes only.</param>
internal sealed record LogOptions(Uri Service, IReadOnlyList<VerifierKey> Keys, IReadOnlyList<VerifierKey> Witnesses, TimeSpan WitnessAge, string? Token);

/// <summary>Verifies a log against itself and against what was kept of it. What is kept changes only after all of it holds.</summary>
internal sealed class LogVerification(LogOptions options, LogClient client, StateFolder state, Screen screen)
{
    private const string CheckpointPath = "v1/ledger/checkpoint";

    private readonly List<(string Name, byte[] Bytes)> served = [];
    private string? evidence;

    /// <returns>The checkpoint that everything led to.</returns>
    public async Task<SignedCheckpoint> RunAsync(CancellationToken ct)
    {
        try
        {
            return await VerifyAsync(ct);
        }
        catch (VerifyException e) when (e.ExitCode == ExitCodes.Tampered)
        {
            foreach (var (name, bytes) in served)
                await File.WriteAllBytesAsync(Path.Combine(Evidence(), name), bytes, CancellationToken.None);
            if (e.Entry is { } entry)
                await File.WriteAllBytesAsync(Path.Combine(Evidence(), "entry"), entry, CancellationToken.None);
            screen.Say($"evidence: {Evidence()}");
            throw;
        }
    }

    private async Task<SignedCheckpoint> VerifyAsync(CancellationToken ct)
    {
        var keys = await TrustAsync(ct);
        // The cosigned one first: the latest is not older then.
        var cosigned = options.Witnesses.Count > 0 ? await ReadCosignedAsync(keys, ct) : null;
        var latest = Read("checkpoint", await client.GetAsync(CheckpointPath, SignedNote.MaxLength, ct), keys);
        var (before, size) = (state.Kept?.Tree, latest.Tree.Size);
        if (size < Math.Max(before?.Size ?? 0, cosigned?.Tree.Size ?? 0))
            throw await DisputeAsync(latest.Tree, ct);
        var fetched = await FetchAsync(before?.Size ?? 0, size, ct);
        var fold = TreeFold.Of(state.Mirror, size, [.. Sizes(before, cosigned?.Tree)], upper: true, ct);
        if (fold.Roots[size] != latest.Tree.Root || (before is not null && fold.Roots[before.Size] != before.Root))
            throw await DisputeAsync(latest.Tree, ct);
        if (cosigned is not null && fold.Roots[cosigned.Tree.Size] != cosigned.Tree.Root)
            throw VerifyException.Tampered($"the witnesses have cosigned another tree of {cosigned.Tree.Size} entries than this: not everybody is served the same.");
        if (fold.Wrong is { } wrong)
            throw VerifyException.Tampered($"{wrong.Path} ({TileMirror.Covers(wrong)}): as served it is not what the tiles below it make.");
        screen.Say($"tiles: {fetched} fetched, every hash computed anew");
        if (options.Token is not null)
        {
            using var progress = screen.Start("entries", size);
            await new EntryAudit(client, state.Mirror, size, progress).RunAsync(ct);
        }

        var since = before is null ? "the first checkpoint that is kept" : $"consistent with {before.Size} of {Screen.Text(state.KeptAt)}";
        state.Keep(keys, latest, screen.Time.GetUtcNow());
        screen.Say($"ok: {size} entries, root {latest.Tree.Root}, {since}; {(options.Token is null ? "hashes only, no entry was read" : "every entry was read")}");
        return latest;
    }

    // Who is trusted is said by the auditor; only the very first time, and loudly, by the service.
    private async Task<IReadOnlyList<VerifierKey>> TrustAsync(CancellationToken ct)
    {
        List<VerifierKey> keys = [.. state.Keys, .. options.Keys.Except(state.Keys)];
        if (keys.Select(k => k.Name).Distinct().Count() > 1)
            throw VerifyException.Usage($"keys of several logs: {string.Join(", ", keys.Select(k => k.Name).Distinct())}. Each log needs a state folder of its own.");
        if (keys.Count > 0)
        {
            if (state.Keys.Count > 0 && keys.Count > state.Keys.Count)
                screen.Warn("trusted from now on beside the kept keys: " + string.Join(", ", keys.Skip(state.Keys.Count)));
            return keys;
        }

        var text = System.Text.Encoding.UTF8.GetString(await client.GetAsync("v1/ledger/vkey", 1024, ct)).TrimEnd('\n');
        if (!VerifierKey.TryParse(text, out var first) || first.Type != SignatureType.Ed25519)
            throw VerifyException.Unreachable("v1/ledger/vkey: not the verifier key of a log.");
        screen.Warn($"first run: trusting the key that the service itself gives, {first}. Compare it with what the operator says by another way.");
        return [first];
    }

    private async Task<SignedCheckpoint> ReadCosignedAsync(IReadOnlyList<VerifierKey> keys, CancellationToken ct)
    {
        var bytes = await client.FindAsync($"{CheckpointPath}?cosignatures={options.Witnesses.Count}", SignedNote.MaxLength, ct)
            ?? throw VerifyException.Tampered($"no checkpoint has {options.Witnesses.Count} cosignatures.");
        var checkpoint = Read("cosigned-checkpoint", bytes, keys);
        foreach (var witness in options.Witnesses)
        {
            if (witness.VerifyCosignature(checkpoint.Note) is not { } at)
                throw VerifyException.Tampered($"the checkpoint of {checkpoint.Tree.Size} entries is not cosigned by {witness.Name}.");
            if (screen.Time.GetUtcNow() - at > options.WitnessAge)
                throw VerifyException.Tampered($"the last checkpoint that {witness.Name} has cosigned is of {Screen.Text(at)}: longer ago than {options.WitnessAge.TotalHours:0.##} hours.");
        }

        return checkpoint;
    }

    private SignedCheckpoint Read(string name, byte[] bytes, IReadOnlyList<VerifierKey> keys)
    {
        served.Add((name, bytes));
        if (!SignedNote.TryParse(bytes, out var note) || !Checkpoint.TryParse(note.Text, out var tree))
            throw VerifyException.Unreachable($"{CheckpointPath}: not a signed checkpoint (C2SP tlog-checkpoint).");
        if (keys.FirstOrDefault(k => k.Verify(note)) is not { } signer)
        {
            throw VerifyException.Tampered(
                $"the checkpoint of {tree.Size} entries is signed by {string.Join(", ", note.Signatures.Select(s => $"{s.Name}+{s.KeyId:x8}"))}, and not by {string.Join(", ", keys.Select(k => $"{k.Name}+{k.KeyId:x8}"))}. "
                + "If the key was rotated, ask the operator for the new one by another way than this service and give it with --vkey; otherwise somebody else has signed.");
        }

        if (tree.Origin != signer.Name)
            throw VerifyException.Tampered($"the checkpoint is of the log {tree.Origin}, its key of {signer.Name}.");
        return new(note, tree);
    }

    private async Task<long> FetchAsync(long before, long size, CancellationToken ct)
    {
        using var progress = screen.Start("tiles", TileMirror.TilesOf(size).LongCount());
        return await state.Mirror.FetchAsync(client, TileMirror.TilesOf(size), before, progress, ct);
    }

    private async Task<VerifyException> DisputeAsync(Checkpoint latest, CancellationToken ct)
    {
        try
        {
            return await new Dispute(client, state.Mirror, state.Kept?.Tree, latest, new(Evidence())).ExplainAsync(screen, ct);
        }
        catch (VerifyException e) when (e.ExitCode == ExitCodes.Unreachable && latest.Size <= state.Kept?.Tree.Size)
        {
            // The two signatures are proof enough: a service that now falls silent does not get away with it.
            return VerifyException.Tampered($"the signed tree of {latest.Size} entries contradicts the kept one of {state.Kept.Tree.Size}; its tiles could not be fetched to say where ({e.Message})");
        }
    }

    private static IEnumerable<long> Sizes(params Checkpoint?[] checkpoints) => checkpoints.OfType<Checkpoint>().Select(c => c.Size);

    private string Evidence() => evidence ??= state.NewEvidence(screen.Time.GetUtcNow());
}
