using System.Buffers;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Transparency;

/// <summary>POST /v1/ledger/cosignatures: a witness has verified that a checkpoint extends all that it saw before.</summary>
public static partial class CosignCheckpoint
{
    // A witness's clock may be ahead by this much.
    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(5);

    private static readonly Text NotANote = new(
        "서명된 체크포인트 노트(C2SP signed-note, tlog-checkpoint)가 아닙니다.", "It is not the signed note of a checkpoint (C2SP signed-note, tlog-checkpoint).");

    private static readonly Text OtherLog = new("다른 원장의 체크포인트입니다.", "It is the checkpoint of another log.");

    private static readonly Text InTheFuture = new("공동서명의 시각이 미래입니다.", "The cosignature is of the future.");

    private static readonly Text Invalid = new("설정된 증인의 이름이지만 서명이 맞지 않습니다.", "It is in the name of a configured witness, and does not verify.");

    private static readonly Problem MediaType = Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType) with
    {
        Detail = new("본문은 UTF-8로 된 text/plain이어야 합니다.", "The body must be text/plain in UTF-8."),
        Errors = [new("Content-Type", new("UTF-8로 된 text/plain이어야 합니다.", "It must be text/plain in UTF-8."))],
    };

    private static readonly Problem UnknownWitness = new(
        StatusCodes.Status403Forbidden, "unknown-witness", new("알 수 없는 증인", "Unknown witness"),
        new("설정된 증인의 공동서명이 없습니다.", "No cosignature is of a configured witness."));

    private static readonly Problem SplitView = Problems.Conflict(
        "split-view", "body", new("이 크기에서 이 원장의 트리와 뿌리 해시가 다릅니다.", "This log's tree of that size has another root: somebody was shown a different ledger."));

    public static async Task<IResult> Handle(
        HttpContext http, LogKeys keys, LedgerReplica replica, TileSource tiles, CheckpointPublisher publisher, IDbContextFactory<LedgerDbContext> contexts,
        TimeProvider time, ILogger<CheckpointPublisher> log, CancellationToken ct)
    {
        if (http.Request.GetTypedHeaders().ContentType?.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase) is not true)
            return new ProblemResult(MediaType);
        if (await ReadAsync(http.Request, ct) is not { } body)
            return new ProblemResult(Problems.OfStatus(StatusCodes.Status413PayloadTooLarge));
        if (!SignedNote.TryParse(body, out var note) || !Checkpoint.TryParse(note.Text, out var checkpoint) || checkpoint.Extensions.Count > 0)
            return new ProblemResult(Problems.Invalid("body", NotANote));
        if (keys.Verifiers.All(v => v.Name != checkpoint.Origin))
            return new ProblemResult(Problems.Invalid("body", OtherLog));
        if (Cosigned(note, keys.Witnesses, out var problem) is not { Count: > 0 } cosigned)
            return new ProblemResult(problem);
        if (cosigned.Any(c => c.Time > time.GetUtcNow() + MaxSkew))
            return new ProblemResult(Problems.Invalid("body", InTheFuture));
        // Only a witness that is known gets this far: it is worth reading the tree for.
        if (checkpoint.Size > await replica.SyncAsync(ct) || await tiles.Tree(checkpoint.Size).RootAsync(ct) != checkpoint.Root)
        {
            var own = keys.Verifiers.Any(v => v.Verify(note));
            LogSplitView(log, checkpoint.Size, own);
            return new ProblemResult(SplitView);
        }

        return ReadCheckpoint.Text(await publisher.CosignAsync(checkpoint, cosigned, ct));
    }

    private static List<(VerifierKey Witness, NoteSignature Signature, DateTimeOffset Time)> Cosigned(
        SignedNote note, IReadOnlyList<VerifierKey> witnesses, out Problem problem)
    {
        List<(VerifierKey, NoteSignature, DateTimeOffset)> found = [];
        problem = UnknownWitness;
        foreach (var witness in witnesses)
        {
            if (note.Signatures.FirstOrDefault(witness.IsMakerOf) is not { } signature)
                continue;
            if (witness.VerifyCosignature(note) is not { } at)
            {
                problem = Problems.Invalid("body", Invalid);
                return [];
            }

            found.Add((witness, signature, at));
        }

        return found;
    }

    private static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(ct);
            var tooLong = read.Buffer.Length > SignedNote.MaxLength;
            if (tooLong || read.IsCompleted)
            {
                // The server reads what is left before the next request, which it cannot while this read is open.
                var body = tooLong ? null : read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "A witness has cosigned a checkpoint at {Size} that is not of this tree; this ledger's own signature is on it: {Signed}")]
    private static partial void LogSplitView(ILogger log, long size, bool signed);
}
