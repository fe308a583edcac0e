using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Rights;

/// <summary>정정 완료 / the corrected values.</summary>
public sealed record CompletionRequest
{
    /// <summary>정정된 값: 요구된 항목마다 하나 / one value for each item of the correction. Stored encrypted; told only to partners that hold the item.</summary>
    [TextMap(32, 1000)]
    public required IReadOnlyDictionary<string, string> Values { get; init; }
}

/// <summary>거절 / why what was asked is not done.</summary>
public sealed record RejectionRequest
{
    /// <summary>거절 사유, 암호화 보관 / the reason, stored encrypted and not told to partners.</summary>
    [PlainText(2000)]
    public required string Reason { get; init; }
}

/// <summary>정정 결과 / the result of a correction.</summary>
public sealed record CorrectionSettled
{
    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>결과를 통지받는 제공처 / the partners that are told.</summary>
    public required IReadOnlyList<string> Notified { get; init; }
}

/// <summary>POST /v1/corrections/{id}/completion and …/rejection</summary>
public static class SettleCorrection
{
    private static readonly Text NotAsked = new("정정 요구에 없는 항목입니다.", "The item is not part of the correction.");
    private static readonly Text Missing = new("정정된 값이 필요합니다.", "The corrected value is needed.");

    /// <param name="id">정정 식별자(접수할 때 받은 <c>id</c>) / id of the correction, as it was answered.</param>
    public static Task<IResult> Complete(
        Guid id, CompletionRequest request, CommandSender commands, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct) =>
        SendAsync(id, request, (member, hold, catalog, now) => Decide(member, hold, request, catalog, now), commands, contexts, http, ct);

    /// <param name="id">정정 식별자(접수할 때 받은 <c>id</c>) / id of the correction, as it was answered.</param>
    public static Task<IResult> Reject(
        Guid id, RejectionRequest request, CommandSender commands, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct) =>
        SendAsync(id, request, (member, hold, catalog, now) => Decide(member, hold, request, catalog, now), commands, contexts, http, ct);

    public static Decision Decide(SubjectState member, Hold hold, CompletionRequest request, CatalogState catalog, DateTimeOffset now)
    {
        FieldError[] errors =
        [
            .. request.Values.Keys.Where(item => !hold.Items.Contains(item)).Select(item => new FieldError($"values.{item}", NotAsked)),
            .. hold.Items.Where(item => !request.Values.ContainsKey(item)).Select(item => new FieldError($"values.{item}", Missing)),
        ];
        if (errors.Length > 0)
            return Decision.Refuse(Problems.Invalid(errors));
        return Settle(
            member,
            new CorrectionCompleted { CorrectionId = hold.Id, Items = hold.Items },
            new Sealable { Values = request.Values.ToImmutableSortedDictionary(StringComparer.Ordinal) },
            HolderRecipients.Of(member, hold.Items, EventTypes.CorrectionCompleted, catalog, now));
    }

    public static Decision Decide(SubjectState member, Hold hold, RejectionRequest request, CatalogState catalog, DateTimeOffset now) => Settle(
        member,
        new CorrectionRejected { CorrectionId = hold.Id, Items = hold.Items },
        new Sealable { Text = request.Reason },
        HolderRecipients.Of(member, hold.Items, EventTypes.CorrectionRejected, catalog, now));

    private static Decision Settle(SubjectState member, CorrectionEntry result, Sealable content, ImmutableArray<NewRecipient> recipients) => new(
        [new(result) { Subject = member.Subject, Sealed = content, Recipients = recipients }],
        entries => new(StatusCodes.Status201Created, new CorrectionSettled
        {
            Entries = EntryReference.Of(entries),
            Notified = [.. recipients.Select(r => r.Partner)],
        }));

    private static Task<IResult> SendAsync(
        Guid id, object request, Func<SubjectState, Hold, CatalogState, DateTimeOffset, Decision> decide,
        CommandSender commands, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct) =>
        OpenRequests.SettleAsync(id, request, "correction.requested", (member, c) => member.Holds.FirstOrDefault(h => h.Id == id && h.Kind == HoldKind.Correction) is { } hold
            ? decide(member, hold, c.Catalog, c.Now)
            : null, commands, contexts, http, ct);
}
