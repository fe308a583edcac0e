using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ConsentLedger.Catalog;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Transparency;

/// <summary>A receipt to read and to print: all that it takes to verify it stands on the paper. Pure; nothing is loaded from anywhere.</summary>
internal sealed class ReceiptPage(Receipt receipt, LedgerEntry entry, CatalogState catalog, Language language)
{
    private const string Style = """

        @page { size: A4; margin: 16mm 15mm }
        * { box-sizing: border-box }
        body { margin: 0; background: #f2f3f5; color: #1c2024; font: 15px/1.55 "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", system-ui, sans-serif; overflow-wrap: anywhere }
        main { max-width: 52rem; margin: 2rem auto; padding: 2.5rem 3rem; background: #fff; border-radius: 8px; box-shadow: 0 1px 4px rgb(0 0 0 / .12) }
        header { border-bottom: 2px solid #1c2024; padding-bottom: .75rem }
        header p { margin: 0; color: #5b6470 }
        h1 { margin: .15rem 0 .35rem; font-size: 1.6rem; line-height: 1.3 }
        h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; break-after: avoid }
        h3 { margin: 1.25rem 0 .35rem; font-size: .95rem; break-after: avoid }
        p, ol { margin: .35rem 0 }
        ol { padding-left: 1.4rem }
        table { width: 100%; border-collapse: collapse; break-inside: avoid }
        th, td { padding: .4rem .6rem; border-bottom: 1px solid #dfe3e8; text-align: left; vertical-align: top; font-weight: normal }
        th { width: 30%; color: #5b6470 }
        code, pre { font: .8rem/1.5 "Noto Sans Mono CJK KR", Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; word-break: break-all }
        pre { margin: .35rem 0; padding: .7rem .8rem; background: #f6f7f9; border: 1px solid #dfe3e8; border-radius: 4px; white-space: pre-wrap }
        .appendix { break-before: page }
        @media print {
          body { background: none; font-size: 9.5pt }
          main { max-width: none; margin: 0; padding: 0; box-shadow: none }
          code, pre { font-size: 7.5pt }
          pre { background: none; border-color: #aab2bd; border-radius: 0; padding: 4pt 5pt }
          .appendix pre { font-size: 6.5pt }
        }

        """;

    private readonly ReceiptWords words = new(catalog, language);

    /// <summary>Nothing but this style sheet, by its hash: neither scripts nor anything from elsewhere, even if some text were to become markup.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public override string ToString()
    {
        var title = Say("확인서", "Receipt");
        var what = words.Type(receipt.Type);
        return Html.Of($"""
            <!doctype html>
            <html lang="{Say("ko", "en")}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex">
            <title>{title} {receipt.Position} · {what}</title>
            <style>{Html.Verbatim(Style)}</style>
            </head>
            <body>
            <main>
            <header>
            <p>{Issuer()} · {title}</p>
            <h1>{what}{Subject()}</h1>
            <p>{Say("회원", "Member")} {receipt.MemberId} · {Say("원장 위치", "ledger position")} {receipt.Position}</p>
            </header>
            {Facts()}
            {Notice()}
            {Proof()}
            {Verification()}
            {Appendix()}
            </main>
            </body>
            </html>

            """).ToString();
    }

    private string Say(string korean, string english) => language == Language.English ? english : korean;

    private string Issuer() => catalog.Definitions is { } definitions ? words.In(definitions.Controller) : "ConsentLedger";

    private string Subject() => receipt.Data.TryGetProperty("purpose", out var purpose) && catalog.FindPurpose(purpose.GetString()!) is { } named
        ? $": {words.In(named.Name)}"
        : "";

    private Html Facts()
    {
        List<(string Label, string Value)> facts = [(Say("내용", "What"), $"{words.Type(receipt.Type)} ({receipt.Type})")];
        if (receipt.Partner is { } partner)
            facts.Add((Say("제공처", "Partner"), words.Partner(partner)));
        facts.AddRange(words.Of(receipt.Data));
        facts.Add((Say("원장에 기록된 시각", "Recorded at"), words.Time(receipt.RecordedAt)));
        if (!entry.Recipients.IsEmpty)
            facts.Add((Say("통지 대상 제공처", "Partners told of it"), string.Join(", ", entry.Recipients.Select(r => words.Partner(r.Partner)))));
        return Html.Of($"""
            <section>
            <h2>{Say("기록된 내용", "What was recorded")}</h2>
            {Table(facts)}
            </section>
            """);
    }

    private Html Notice()
    {
        if (receipt.Notice is not { } named)
            return default;
        var notice = JsonSerializer.Deserialize<Notice>(named.Text, LedgerJson.Options)!;
        return Html.Of($"""
            <section>
            <h2>{Say("고지된 내용", "What the member was told")}</h2>
            {Table(
            [
                (Say("고지", "Notice"), words.In(notice.Title)),
                (Say("식별자와 버전", "Id and version"), $"{notice.Id} · {notice.Version}"),
                (Say("시행 시각", "In force from"), words.Time(notice.EffectiveAt)),
            ])}
            {Disclosures(notice).Select(Disclosure)}
            </section>
            """);
    }

    // On what the entry is about, or on everything where it is about the notice as a whole.
    private IEnumerable<Disclosure> Disclosures(Notice notice)
    {
        var purpose = receipt.Data.TryGetProperty("purpose", out var code) ? code.GetString() : null;
        var partner = receipt.Partner is { } named ? catalog.FindPartner(named)?.Partner : null;
        return notice.Disclosures.Where(d => (purpose is null || d.Purpose == purpose) && (partner is null || d.Names(partner)));
    }

    private Html Disclosure(Disclosure disclosure) => Html.Of($"""
        <h3>{words.Purpose(disclosure.Purpose)}</h3>
        {Table(
        [
            (Say("1. 제공받는 자", "1. Who receives"), words.In(disclosure.RecipientName)),
            (Say("2. 이용 목적", "2. What for"), words.In(disclosure.PurposeOfUse)),
            (Say("3. 항목", "3. Which items"), words.Items(disclosure.Items)),
            (Say("4. 보유·이용 기간", "4. How long"), words.In(disclosure.Retention)),
            (Say("5. 거부할 권리와 불이익", "5. The right to refuse"), words.In(disclosure.RightToRefuse)),
        ])}
        """);

    private Html Proof()
    {
        List<(string Label, Html Value)> hashes =
        [
            (Say("원장", "Ledger"), Html.Of($"{receipt.Vkey.Split('+')[0]}")),
            (Say("검증 키", "Verifier key"), Code(receipt.Vkey)),
            (Say("정보주체의 무작위 식별자", "Random id in the entry"), Code(receipt.Subject.ToString())),
            (Say("리프 해시", "Leaf hash"), Code(receipt.LeafHash)),
        ];
        if (receipt.Notice is { } notice)
        {
            hashes.Add((Say("고지 전문의 SHA-256", "SHA-256 of the notice"), Code(notice.Sha256)));
            hashes.Add((Say("고지가 게시된 원장 위치", "Notice published at position"), Html.Of($"{notice.Position}")));
            hashes.Add((Say("고지 게시 항목의 리프 해시", "Leaf hash of its publication"), Code(notice.Proof.LeafHash)));
        }

        return Html.Of($"""
            <section>
            <h2>{Say("증명", "Proof")}</h2>
            {Table(hashes)}
            <h3>{Say("항목의 바이트(UTF-8)", "The entry's bytes (UTF-8)")}</h3>
            <pre id="leaf">{LeafText(receipt.Leaf)}</pre>
            <h3>{Say("이 항목이 원장에 있다는 증명(C2SP tlog-proof)", "That the entry is in the ledger (C2SP tlog-proof)")}</h3>
            <pre id="proof">{receipt.TlogProof}</pre>
            </section>
            """);
    }

    private Html Verification() => Html.Of($"""
        <section>
        <h2>{Say("이 서비스 없이 검증하는 방법", "How to verify this without the service")}</h2>
        <ol>
        <li>{Say("항목의 바이트 앞에 0x00 한 바이트를 붙인 것의 SHA-256(base64)이 리프 해시와 같아야 합니다.", "SHA-256 of one byte 0x00 followed by the entry's bytes, in base64, is the leaf hash.")}</li>
        <li>{Say("리프 해시와 증명의 해시들을 차례로 합하면(RFC 6962, 번호 index) 체크포인트 셋째 줄의 뿌리 해시가 됩니다.", "The leaf hash, joined with the proof's hashes in turn (RFC 6962, leaf number index), gives the root in the third line of the checkpoint.")}</li>
        <li>{Say("체크포인트의 서명(Ed25519)이 검증 키로 맞아야 합니다. 검증 키는 다른 경로로 얻은 것과 비교하십시오. 증인의 서명이 있으면 증인의 키로 확인합니다.", "The checkpoint's signature (Ed25519) verifies with the verifier key; compare that key with one from elsewhere. Signatures of witnesses verify with theirs.")}</li>
        {NoticeStep()}
        </ol>
        <p>{Say("증명되는 것: 이 항목이 이 바이트 그대로 원장에 있고, 나중의 원장도 이것을 지우거나 바꾸지 못한다는 것. 증명되지 않는 것: 항목의 무작위 식별자가 위 회원이라는 것(발급자의 진술), 항목에 적힌 사실이 실제로 일어났다는 것.", "What this proves: the entry stands in the ledger with exactly these bytes, and no later ledger can drop or change it. What it does not: that the random id in the entry is this member (the issuer says so), and that what the entry says has happened.")}</p>
        </section>
        """);

    private Html NoticeStep() => receipt.Notice is null ? default : Html.Of($"""
        <li>{Say("고지도 같습니다: 별지의 바이트와 증명으로 확인하며, 그 안의 notice 값(JSON 그대로)의 SHA-256이 위의 값과 같아야 합니다.", "The same for the notice, with the bytes and the proof in the annex; the SHA-256 of its notice member, as the JSON stands there, is the one above.")}</li>
        """);

    private Html Appendix() => receipt.Notice is not { } notice ? default : Html.Of($"""
        <section class="appendix">
        <h2>{Say("별지: 고지의 게시 항목", "Annex: the publication of the notice")}</h2>
        <h3>{Say("게시 항목의 바이트(UTF-8)", "The publication's bytes (UTF-8)")}</h3>
        <pre id="notice-leaf">{LeafText(notice.Leaf)}</pre>
        <h3>{Say("이 게시 항목이 원장에 있다는 증명(C2SP tlog-proof)", "That the publication is in the ledger (C2SP tlog-proof)")}</h3>
        <pre id="notice-proof">{notice.TlogProof}</pre>
        </section>
        """);

    private static string LeafText(string leaf) => Encoding.UTF8.GetString(Convert.FromBase64String(leaf));

    private static Html Code(string text) => Html.Of($"<code>{text}</code>");

    private static Html Table(IEnumerable<(string Label, string Value)> rows) => Table(rows.Select(r => (r.Label, Html.Of($"{r.Value}"))));

    private static Html Table(IEnumerable<(string Label, Html Value)> rows) => Html.Of($"""
        <table>
        {rows.Select(r => Html.Of($"<tr><th scope=\"row\">{r.Label}</th><td>{r.Value}</td></tr>\n"))}
        </table>
        """);
}
