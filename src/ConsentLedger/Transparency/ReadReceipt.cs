using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Transparency;

/// <summary>항목 하나의 확인서 / the receipt of one entry.</summary>
/// <remarks>It states nothing that its leaves do not say, but for <see cref="MemberId"/>: entries name a member by a random id only.</remarks>
public sealed record Receipt
{
    /// <summary>회원 식별자. 항목에는 무작위 식별자(<c>subject</c>)만 있으므로 이 연결은 발급자의 진술입니다 / member id. The entry has the random <c>subject</c> only: that the two are one is the issuer's word.</summary>
    public required string MemberId { get; init; }

    /// <summary>항목에 있는 정보주체의 무작위 식별자 / the random id of the data subject in the entry.</summary>
    public required Guid Subject { get; init; }

    /// <summary>원장 위치(1부터) / position in the ledger, from 1.</summary>
    public required long Position { get; init; }

    /// <summary>항목 종류(예: <c>consent.granted</c>) / entry type.</summary>
    public required string Type { get; init; }

    /// <summary>원장에 기록된 시각(UTC) / when the ledger recorded it (UTC).</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>정보주체가 선택한 시각. 선택이 아니면 생략 / when the person chose; absent where the entry is no choice.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>행위자. 사람이 하지 않은 일이면 생략 / who acted; absent where nobody did.</summary>
    public Actor? Actor { get; init; }

    /// <summary>접수 경로 / how it came in.</summary>
    public Channel? Channel { get; init; }

    /// <summary>관련된 제공처의 코드 / the partner that the entry is about.</summary>
    public string? Partner { get; init; }

    /// <summary>이 항목의 선택. 철회는 <c>false</c>, 재확인은 <c>true</c>이며, 선택이 아니면 생략 / the choice of this entry: false where consent was withdrawn, true where it was confirmed again; absent where the entry is no choice.</summary>
    public IReadOnlyList<Choice>? Choices { get; init; }

    /// <summary>항목에 기록된 사실 그대로. 구성은 항목 종류에 따릅니다 / the facts as they stand in the entry; their members depend on the type.</summary>
    public required JsonElement Data { get; init; }

    /// <summary>항목이 가리키는 고지. 없으면 생략 / the notice that the entry names; absent where it names none.</summary>
    public ReceiptNotice? Notice { get; init; }

    /// <summary>저장된 바이트 그대로(base64): 머클 트리의 리프 / the exact stored bytes, the leaf of the Merkle tree.</summary>
    public required string Leaf { get; init; }

    /// <summary>리프 해시(base64): SHA-256(0x00 ‖ 리프) / leaf hash.</summary>
    public required string LeafHash { get; init; }

    /// <summary>체크포인트의 트리에 대한 포함 증명 / that the leaf is in the checkpoint's tree.</summary>
    public required InclusionProof Proof { get; init; }

    /// <summary>서명된 체크포인트(C2SP tlog-checkpoint). 이 확인서의 모든 증명이 이것에 대한 것입니다 / the signed checkpoint (C2SP tlog-checkpoint) that every proof of this receipt leads to.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>체크포인트의 서명을 검증하는 공개 키(C2SP vkey) / the verifier key of the checkpoint's signature (C2SP vkey).</summary>
    public required string Vkey { get; init; }

    /// <summary>증명과 체크포인트를 한 문서로(C2SP tlog-proof) / proof and checkpoint in one text (C2SP tlog-proof).</summary>
    public required string TlogProof { get; init; }
}

/// <summary>무엇에 동의하였는가: 고지와 그 게시의 증명 / what was agreed to: the notice, and the proof of its publication.</summary>
public sealed record ReceiptNotice
{
    /// <summary>고지 식별자 / the notice's id.</summary>
    public required string Id { get; init; }

    /// <summary>버전 번호(1부터) / version, from 1.</summary>
    public required int Version { get; init; }

    /// <summary><c>text</c>의 UTF-8 바이트의 SHA-256(16진수) / SHA-256 of the UTF-8 bytes of <c>text</c>, in hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>고지의 전문: 게시 항목의 리프 안에 있는 JSON 그대로 / the notice itself: the JSON text exactly as it stands inside the leaf that published it.</summary>
    public required string Text { get; init; }

    /// <summary>게시 항목의 원장 위치(1부터) / position of its publication, from 1.</summary>
    public required long Position { get; init; }

    /// <summary>게시 항목의 바이트 그대로(base64) / the exact stored bytes of its publication.</summary>
    public required string Leaf { get; init; }

    /// <summary>게시 항목의 포함 증명 / that the publication is in the checkpoint's tree.</summary>
    public required InclusionProof Proof { get; init; }

    /// <summary>그 증명과 체크포인트를 한 문서로(C2SP tlog-proof) / that proof and the checkpoint in one text (C2SP tlog-proof).</summary>
    public required string TlogProof { get; init; }
}

/// <summary>GET /v1/members/{memberId}/receipts/{position}</summary>
public static class ReadReceipt
{
    // Another member's entry, nobody's, a partner's own, none at all: who asks learns no more than that there is nothing for this member.
    private static readonly Text NotTheirs = new("이 위치에 이 회원에 관한 항목이 없습니다.", "There is no entry about this member at this position.");

    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    /// <param name="position" example="10">원장 위치(1부터) / position in the ledger, from 1.</param>
    public static async Task<IResult> Handle(
        [SubjectId] string memberId, long position, LedgerReplica replica, TileSource tiles, CheckpointPublisher publisher, LogKeys keys,
        IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct)
    {
        await replica.SyncAsync(ct);
        if (await replica.FindAsync(SubjectRef.Member(memberId), ct) is not { State: { ErasedAt: null } state } subject)
            return new ProblemResult(Problems.NotFound("memberId", Texts.NoRecord));
        // Policy, members' rights clause 4: no other viewing. The access record is there for the member.
        if (state.Termination is not null)
            return new ProblemResult(Problems.MemberRestricted);
        await using var context = await contexts.CreateDbContextAsync(ct);
        if (await context.Entries.AsNoTracking().SingleOrDefaultAsync(e => e.Position == position && e.SubjectId == subject.Id, ct) is not { } row
            || ReadRecord.LeftOut.Contains(row.Type))
            return new ProblemResult(Problems.NotFound("position", NotTheirs));
        var published = await FindNoticeAsync(row, replica.Catalog, context, ct);
        // A notice is published before anybody answers it: the checkpoint that covers the entry covers both.
        var checkpoint = await CheckpointAsync(position, publisher, keys, context, ct);
        // Another process may have signed it, over entries that this one has not applied yet.
        await replica.CatchUpAsync(checkpoint.Size, ct);
        var prover = await Prover.CreateAsync(checkpoint, tiles, keys, context, ct);
        var receipt = Of(memberId, row, await prover.ProveAsync(row, ct), prover.Checkpoint.ToString());
        if (published is not null)
            receipt = receipt with { Notice = NoticeOf(published, await prover.ProveAsync(published, ct)) };
        return Answer(receipt, row, replica.Catalog, http);
    }

    private static IResult Answer(Receipt receipt, EntryRow row, CatalogState catalog, HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Vary = "Accept, Accept-Language";
        if (!WantsPage(http.Request))
            return TypedResults.Ok(receipt);
        http.Response.Headers.ContentSecurityPolicy = ReceiptPage.ContentSecurityPolicy;
        return TypedResults.Content(new ReceiptPage(receipt, EntryCodec.Decode(row.Data), catalog, http.Language()).ToString(), "text/html", Encoding.UTF8);
    }

    private static bool WantsPage(HttpRequest request) => request.GetTypedHeaders().Accept
        .Where(a => a.Quality is not 0)
        .OrderByDescending(a => a.Quality ?? 1)
        .Select(a => a.MediaType.Value)
        .FirstOrDefault(a => a is "text/html" or "application/json" or "*/*") == "text/html";

    private static async Task<EntryRow?> FindNoticeAsync(EntryRow row, CatalogState catalog, LedgerDbContext context, CancellationToken ct)
    {
        using var entry = JsonDocument.Parse(row.Data);
        if (!entry.RootElement.GetProperty("data").TryGetProperty("notice", out var named))
            return null;
        var notice = named.Deserialize<NoticeReference>(LedgerJson.Options)!;
        var position = catalog.FindNotice(notice.Id, notice.Version)?.Position
            ?? throw new LedgerCorruptException($"entry {row.Position} names a notice that was not published");
        return await context.Entries.AsNoTracking().SingleAsync(e => e.Position == position, ct);
    }

    // Years later the word of a witness is worth more than the latest entries: the last cosigned checkpoint, where it covers the entry.
    private static async Task<CheckpointRow> CheckpointAsync(
        long position, CheckpointPublisher publisher, LogKeys keys, LedgerDbContext context, CancellationToken ct)
    {
        var witnesses = ReadCheckpoint.Known(keys);
        var cosigned = witnesses.Count == 0
            ? 0
            : await context.Cosignatures.Where(c => c.Size >= position && witnesses.Contains(c.Witness)).MaxAsync(c => (long?)c.Size, ct) ?? 0;
        return cosigned == 0
            ? await publisher.CoverAsync(position, ct)
            : await context.Checkpoints.AsNoTracking().SingleAsync(c => c.Size == cosigned, ct);
    }

    private static Receipt Of(string memberId, EntryRow row, Proven proven, string checkpoint)
    {
        using var document = JsonDocument.Parse(row.Data);
        var data = document.RootElement.GetProperty("data").Clone();
        return new()
        {
            MemberId = memberId,
            Subject = row.SubjectId!.Value,
            Position = row.Position,
            Type = row.Type,
            RecordedAt = row.RecordedAt,
            OccurredAt = Find<DateTimeOffset?>(data, "occurredAt"),
            Actor = Find<Actor>(data, "actor"),
            Channel = Find<Channel?>(data, "channel"),
            Partner = row.Partner,
            Choices = EntryCodec.Decode(row.Data).Data is ConsentEntry choice
                ? [new() { Purpose = choice.Purpose, Granted = choice is ConsentGranted or ConsentReconfirmed }]
                : null,
            Data = data,
            Leaf = proven.Leaf,
            LeafHash = proven.Proof.LeafHash,
            Proof = proven.Proof,
            Checkpoint = checkpoint,
            Vkey = proven.Key.ToString(),
            TlogProof = proven.Text.ToString(),
        };
    }

    private static ReceiptNotice NoticeOf(EntryRow row, Proven proven)
    {
        using var document = JsonDocument.Parse(row.Data);
        var notice = document.RootElement.GetProperty("data").GetProperty("notice");
        // A piece of the stored bytes, not written anew: so its hash is of what was published, and anybody finds it in the leaf.
        var text = notice.GetRawText();
        return new()
        {
            Id = notice.GetProperty("id").GetString()!,
            Version = notice.GetProperty("version").GetInt32(),
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))),
            Text = text,
            Position = row.Position,
            Leaf = proven.Leaf,
            Proof = proven.Proof,
            TlogProof = proven.Text.ToString(),
        };
    }

    private static T? Find<T>(JsonElement data, string member) => data.TryGetProperty(member, out var value) ? value.Deserialize<T>(LedgerJson.Options) : default;

    private sealed record Proven(string Leaf, InclusionProof Proof, TlogProof Text, VerifierKey Key);

    /// <summary>Proves leaves to one checkpoint.</summary>
    private sealed class Prover(long size, SignedNote checkpoint, IReadOnlyList<VerifierKey> verifiers, TileSource tiles)
    {
        public SignedNote Checkpoint => checkpoint;

        public static async Task<Prover> CreateAsync(CheckpointRow row, TileSource tiles, LogKeys keys, LedgerDbContext context, CancellationToken ct)
        {
            var note = await ReadCheckpoint.NoteAsync(row, keys, context, ct);
            // As stored, not as this process knew them when it started: another may sign with a newer key.
            return SignedNote.TryParse(note, out var parsed)
                ? new(row.Size, parsed, await keys.ReadKnownAsync(ct), tiles)
                : throw new LedgerCorruptException($"the checkpoint at {row.Size} is no signed note");
        }

        public async Task<Proven> ProveAsync(EntryRow row, CancellationToken ct)
        {
            var bytes = Encoding.UTF8.GetBytes(row.Data);
            var hash = TreeHash.OfLeaf(bytes);
            var path = await tiles.Tree(size).InclusionProofAsync(row.Position - 1, ct);
            var proof = new TlogProof(row.Position - 1, path, checkpoint);
            // The newest key that has signed. A receipt that does not verify is not handed out.
            var key = verifiers.LastOrDefault(v => proof.Verify(hash, v))
                ?? throw new LedgerCorruptException($"the receipt of entry {row.Position} does not verify against the checkpoint at {size}");
            return new(
                Convert.ToBase64String(bytes),
                new() { LeafIndex = row.Position - 1, TreeSize = size, LeafHash = hash.ToString(), Hashes = [.. path.Select(h => h.ToString())] },
                proof,
                key);
        }
    }
}
