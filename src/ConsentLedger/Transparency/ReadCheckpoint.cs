using System.Text;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Transparency;

/// <summary>GET /v1/ledger/checkpoint, /vkey, /vkeys</summary>
public static class ReadCheckpoint
{
    private static readonly Text NotCosigned = new("그만큼 공동서명된 체크포인트가 없습니다.", "No checkpoint has that many cosignatures.");

    /// <param name="cosignatures" example="1">적어도 이만큼의 증인이 공동서명한 것 / cosigned by at least this many witnesses.</param>
    public static async Task<IResult> Handle(
        int? cosignatures, LedgerReplica replica, CheckpointPublisher publisher, LogKeys keys, IDbContextFactory<LedgerDbContext> contexts, HttpContext http,
        CancellationToken ct)
    {
        if (cosignatures is < 0 or > SignedNote.MaxSignatures)
            return new ProblemResult(Problems.Invalid("cosignatures", Texts.Range(0, SignedNote.MaxSignatures)));
        var witnesses = Known(keys);
        await using var context = await contexts.CreateDbContextAsync(ct);
        var latest = await context.Checkpoints.AsNoTracking()
            .Where(c => cosignatures == null || context.Cosignatures.Count(s => s.Size == c.Size && witnesses.Contains(s.Witness)) >= cosignatures)
            .OrderByDescending(c => c.Size).FirstOrDefaultAsync(ct);
        if (latest is null && cosignatures > 0)
            return new ProblemResult(Problems.NotFound("cosignatures", NotCosigned));
        latest ??= await publisher.CoverAsync(replica.Applied, ct);
        // A newer one may be there any second.
        http.Response.Headers.CacheControl = "no-cache";
        return Text(await NoteAsync(latest, keys, context, ct));
    }

    public static IResult VerifierKey(LogKeys keys) => Text(keys.Verifiers[^1] + "\n");

    public static IResult VerifierKeys(LogKeys keys) => Text(string.Concat(keys.Verifiers.Select(k => k + "\n")));

    /// <summary>The signed note, with the signature of a key that is newer than it, and the cosignatures of the witnesses that are configured today.</summary>
    internal static async Task<string> NoteAsync(CheckpointRow checkpoint, LogKeys keys, LedgerDbContext context, CancellationToken ct)
    {
        var witnesses = Known(keys);
        var lines = await context.Cosignatures.AsNoTracking().Where(c => c.Size == checkpoint.Size && witnesses.Contains(c.Witness))
            .OrderBy(c => c.Witness).Select(c => c.Line).ToListAsync(ct);
        return checkpoint.Note + NewKeys(checkpoint.Note, keys) + string.Concat(lines);
    }

    // After a rotation the last checkpoint may be older than the key that /vkey gives to who comes now.
    private static string NewKeys(string note, LogKeys keys) =>
        SignedNote.TryParse(note, out var signed) && Checkpoint.TryParse(signed.Text, out var checkpoint) && checkpoint.Origin == keys.Origin
            ? string.Concat(keys.Signing.Where(k => !signed.Signatures.Any(k.Verifier.IsMakerOf)).Select(k => k.Sign(signed.Text)))
            : "";

    /// <summary>The witnesses that are configured today, as cosignatures name them.</summary>
    internal static List<string> Known(LogKeys keys) => [.. keys.Witnesses.Select(w => w.ToString())];

    internal static IResult Text(string text) => TypedResults.Text(text, "text/plain", Encoding.UTF8);
}
