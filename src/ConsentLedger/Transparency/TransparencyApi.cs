using ConsentLedger.Hosting;

namespace ConsentLedger.Transparency;

/// <summary>What outsiders need to verify the ledger. Hashes and signatures only: nothing here tells what an entry says.</summary>
public static class TransparencyApi
{
    public static void MapTransparency(this IEndpointRouteBuilder api)
    {
        var log = api.MapGroup("/ledger").WithTags("Transparency").AllowAnonymous();
        log.MapGet("/checkpoint", ReadCheckpoint.Handle)
            .Describe("체크포인트", "read the latest checkpoint",
                "서명된 트리 헤드(C2SP tlog-checkpoint)입니다. 항목이 기록된 뒤 늦어도 1초 안에 서명됩니다. 알려진 증인의 공동서명이 함께 옵니다. `cosignatures=1`은 증인 한 곳 이상이 공동서명한 최신 체크포인트를 줍니다.",
                "The signed tree head (C2SP tlog-checkpoint), at most a second behind the last entry, with the cosignatures of known witnesses. `cosignatures=1` asks for the latest that at least one witness has cosigned.")
            .ProducesText("text/plain", "서명된 노트(C2SP signed-note)", "a signed note (C2SP signed-note)", TransparencyExamples.Checkpoint)
            .ProducesProblems(400, 404);
        log.MapGet("/vkey", ReadCheckpoint.VerifierKey)
            .Describe("검증 키", "read the verifier key",
                "체크포인트의 서명을 검증하는 현재 공개 키(C2SP vkey)입니다. 처음 한 번 다른 경로로 확인하고 보관하십시오.",
                "The current public key that checkpoints are verified with (C2SP vkey). Compare it once by another way, and keep it.")
            .ProducesText("text/plain", "이름, 키 id, 공개 키", "name, key id, public key", TransparencyExamples.VerifierKey);
        log.MapGet("/vkeys", ReadCheckpoint.VerifierKeys)
            .Describe("모든 검증 키", "read all verifier keys",
                "이 원장이 사용한 모든 검증 키를 오래된 것부터 한 줄에 하나씩 줍니다. 예전 체크포인트는 예전 키로 검증됩니다.",
                "Every verifier key that this ledger has ever had, oldest first, one a line: old checkpoints verify with old keys.")
            .ProducesText("text/plain", "한 줄에 키 하나", "one key a line", TransparencyExamples.VerifierKey);
        log.MapGet("/consistency", ReadProof.Consistency)
            .Describe("일관성 증명", "prove consistency",
                "`to`개 항목의 트리가 `from`개 항목의 트리를 그대로 포함한다는 증명(RFC 6962 2.1.2)입니다. 과거가 바뀌지 않았음을 보입니다.",
                "Proves that the tree of `to` entries extends that of `from` entries (RFC 6962 section 2.1.2): the past was not rewritten.")
            .Produces<ConsistencyProof>().ProducesProblems(400)
            .Examples(answer: TransparencyExamples.Consistency);
        log.MapGet("/tile/{**path}", ReadTile.Handle)
            .Describe("타일", "read a tile",
                "트리의 타일(C2SP tlog-tiles): `tile/<L>/<N>`, 부분 타일은 `.p/<W>`를 붙입니다. 32바이트 해시가 이어진 것이며 변하지 않습니다. 항목의 내용은 없습니다.",
                "A tile of the tree (C2SP tlog-tiles): `tile/<L>/<N>`, with `.p/<W>` for a partial one. Hashes of 32 bytes, one after the other, that never change; nothing of an entry's contents.")
            .ProducesBinary("해시 1–256개", "1 to 256 hashes")
            .ProducesProblems(400, 404);
        log.MapPost("/cosignatures", CosignCheckpoint.Handle)
            .Describe("공동서명 등록", "add a cosignature",
                "증인이 체크포인트의 일관성을 확인하고 붙인 공동서명(C2SP tlog-cosignature)을 등록합니다. 본문은 공동서명이 붙은 체크포인트 노트입니다. 설정된 증인의 서명만 받으며, 서명이 곧 인증입니다.",
                "Adds what a witness has signed after it verified consistency (C2SP tlog-cosignature). The body is the checkpoint's note with the cosignature. Only configured witnesses count, and their signature is their authentication.")
            .AcceptsText("공동서명이 붙은 체크포인트 노트", "the checkpoint's note with the cosignature", TransparencyExamples.Cosigned)
            .ProducesText("text/plain", "공동서명이 모두 붙은 체크포인트", "the checkpoint with all its cosignatures", TransparencyExamples.Cosigned)
            .ProducesProblems(400, 403, 409, 413, 415);
        api.MapGroup("/ledger").WithTags("Transparency").RequireScope(Scopes.LedgerRead).MapGet("/entries/{position:long}/proof", ReadProof.Inclusion)
            .Describe("포함 증명", "prove inclusion",
                "항목이 `treeSize`개 항목의 트리에 있다는 증명(RFC 6962 2.1.1)입니다. `treeSize`를 생략하면 최신 체크포인트의 크기입니다.",
                "Proves that an entry is in the tree of `treeSize` entries (RFC 6962 section 2.1.1); by default that of the latest checkpoint.")
            .Produces<InclusionProof>().ProducesProblems(400, 404)
            .Examples(answer: TransparencyExamples.Inclusion);
        api.MapGroup("/members/{memberId}").WithTags("Transparency").RequireScope(Scopes.ConsentsRead).MapGet("/receipts/{position:long}", ReadReceipt.Handle)
            .Describe("확인서", "read a receipt",
                "회원에 관한 항목 하나의 확인서입니다. 항목의 정확한 바이트, 동의의 근거가 된 고지의 전문, 포함 증명, 서명된 체크포인트가 함께 있어 훗날 이 서비스 없이도 검증할 수 있습니다. `Accept: text/html`이면 회원이 인쇄할 수 있는 문서입니다. 암호화된 부분(증거, 값)은 열지 않습니다.",
                "The receipt of one entry about the member: its exact bytes, the text of the notice that it names, inclusion proofs and a signed checkpoint, so that it can be verified years later without this service. With `Accept: text/html` it is a page that the member can print. What is encrypted (evidence, values) is not opened.")
            .Produces<Receipt>().ProducesText("text/html", "인쇄할 수 있는 문서(한국어 또는 영어), 외부 자원과 스크립트 없음", "a page to print, in Korean or English, without scripts and with nothing from elsewhere", ReceiptExamples.Page)
            .ProducesProblems(400, 404).IsDeniable()
            .Examples(answer: ReceiptExamples.Receipt);
    }
}
