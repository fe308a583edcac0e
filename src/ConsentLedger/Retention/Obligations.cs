using System.Globalization;
using ConsentLedger.BusinessTransfers;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Rights;
using ConsentLedger.Storage;

namespace ConsentLedger.Retention;

/// <summary>의무의 종류 / what is owed.</summary>
public enum ObligationKind
{
    /// <summary>정정 결과 통지 / to tell the result of a correction.</summary>
    CorrectionResult,

    /// <summary>삭제 결과 통지 / to tell the result of a deletion.</summary>
    DeletionResult,

    /// <summary>처리정지 결과 통지 / to tell the result of a suspension.</summary>
    SuspensionResult,

    /// <summary>민원 답변 / to answer a complaint.</summary>
    ComplaintAnswer,

    /// <summary>광고 수신동의 처리결과 통지 / to tell how a choice on advertising was handled.</summary>
    MarketingResultNotice,

    /// <summary>2년마다 수신동의 확인 / to reconfirm a consent to advertising.</summary>
    MarketingReconfirmation,

    /// <summary>제공처의 처리 결과 회신 / a partner's answer to an event.</summary>
    Acknowledgement,

    /// <summary>보존기간 만료 / to end what was retained on a ground.</summary>
    RetentionEnd,

    /// <summary>파기 / to erase a member.</summary>
    Erasure,

    /// <summary>영업양도 시행 / to carry out a business transfer.</summary>
    BusinessTransfer,

    /// <summary>양수인의 고지 / the successor's own notice.</summary>
    SuccessorNotice,
}

/// <summary>Ends what is owed under a key, or everything of some kinds that is owed to a subject.</summary>
public readonly record struct Settlement(string? Key, Guid? Subject, IReadOnlyList<ObligationKind> Kinds);

/// <summary>What entries open and settle. Everything owed by a date follows from the entries alone.</summary>
public static class Obligations
{
    /// <summary>Room for the place in the entry: more than an entry has recipients.</summary>
    private const int Ordinal = 16;

    /// <summary>Kinds that the service itself acts on when they fall due.</summary>
    public static readonly IReadOnlyList<ObligationKind> Acted =
        [ObligationKind.MarketingReconfirmation, ObligationKind.RetentionEnd, ObligationKind.Erasure, ObligationKind.BusinessTransfer];

    // A terminated member has nothing left to correct, suspend or reconfirm.
    private static readonly ObligationKind[] OvertakenByTermination =
        [ObligationKind.CorrectionResult, ObligationKind.DeletionResult, ObligationKind.SuspensionResult, ObligationKind.MarketingReconfirmation];

    // Once erased there is nobody left to tell; partners still owe their answers.
    private static readonly ObligationKind[] OvertakenByErasure = [.. Enum.GetValues<ObligationKind>().Except([ObligationKind.Acknowledgement])];

    /// <summary>What an entry opens, in a fixed order: the id of each is made of the entry's position and its place in this order.</summary>
    public static IReadOnlyList<ObligationRow> Opened(LedgerEntry entry)
    {
        if (entry.Recipients.IsEmpty && !ShopOwes(entry))
            return [];
        List<ObligationRow> rows = [];
        foreach (var (kind, key, due, partner) in Owed(entry))
        {
            rows.Add(new ObligationRow
            {
                Id = (entry.Position << Ordinal) + rows.Count,
                Kind = kind,
                Key = key,
                SubjectId = entry.Subject,
                Partner = partner,
                Position = entry.Position,
                OpenedAt = entry.RecordedAt,
                DueAt = due,
            });
        }

        return rows;
    }

    /// <summary>What an entry settles of that which earlier entries opened.</summary>
    public static IEnumerable<Settlement> Settled(LedgerEntry entry) => entry.Data switch
    {
        CorrectionCompleted or CorrectionRejected => [Of(Key(ObligationKind.CorrectionResult, ((CorrectionEntry)entry.Data).CorrectionId))],
        DeletionResult deletion => [Of(Key(ObligationKind.DeletionResult, deletion.DeletionId))],
        SuspensionConfirmed { SuspensionId: var id } => [Of(Key(ObligationKind.SuspensionResult, id))],
        SuspensionRejected { SuspensionId: var id } => [Of(Key(ObligationKind.SuspensionResult, id))],
        ProcessingResumed resumed => [Of(Key(ObligationKind.SuspensionResult, resumed.SuspensionId))],
        ComplaintReceived { Extended: not null } => Overtaken(entry),
        ComplaintAnswered { ComplaintId: var id, Extended: var extended } => [Of(Key(ObligationKind.ComplaintAnswer, id)), .. extended is null ? [] : Overtaken(entry)],
        // A partner that could not act still owes it.
        DeliveryAcknowledged { Outcome: not AcknowledgementOutcome.Failed } answer => [Of(Key(ObligationKind.Acknowledgement, answer.EventId))],
        ConsentReconfirmed again => [Of(Reconfirmation(entry, again.Purpose))],
        ConsentExpired expired => [Of(Reconfirmation(entry, expired.Purpose))],
        ConsentResultNotified told => [Of(ResultNotice(entry, told.Purpose))],
        // A later choice takes the place of the one before it.
        ConsentEntry { ResultNoticeBy: not null } choice => [Of(Reconfirmation(entry, choice.Purpose)), Of(ResultNotice(entry, choice.Purpose))],
        MemberTerminated => [new(null, entry.Subject, OvertakenByTermination)],
        RetentionEnded ended => [Of(RetentionEnd(entry, ended.Ground))],
        SubjectErased => [new(null, entry.Subject, OvertakenByErasure)],
        BusinessTransferEffected effected => [Of(Key(ObligationKind.BusinessTransfer, effected.TransferId))],
        NoticePublished { Notice.BusinessTransferId: { } transfer } => [Of(Key(ObligationKind.SuccessorNotice, transfer))],
        _ => [],
    };

    // Most entries open nothing, and cost nothing here.
    private static bool ShopOwes(LedgerEntry entry) => entry.Data is not (Provisions.ProvisionRecorded or Provisions.ProvisionDenied);

    private static IEnumerable<(ObligationKind Kind, string Key, DateTimeOffset Due, string? Partner)> Owed(LedgerEntry entry) =>
        OwedByShop(entry).Select(o => (o.Kind, o.Key, o.Due, (string?)null)).Concat(entry.Recipients.Where(r => r.AcknowledgeBy is not null).Select(r =>
            (ObligationKind.Acknowledgement, Key(ObligationKind.Acknowledgement, r.EventId), r.AcknowledgeBy!.Value, (string?)r.Partner)));

    private static IEnumerable<(ObligationKind Kind, string Key, DateTimeOffset Due)> OwedByShop(LedgerEntry entry) => entry.Data switch
    {
        CorrectionRequested asked => [Keyed(ObligationKind.CorrectionResult, asked.CorrectionId, asked.DueAt)],
        DeletionRequested asked => [Keyed(ObligationKind.DeletionResult, asked.DeletionId, asked.DueAt)],
        // A suspension that follows from a business transfer is the shop's own doing: nobody waits for its result.
        ProcessingSuspended { BusinessTransferId: null } asked => [Keyed(ObligationKind.SuspensionResult, asked.SuspensionId, asked.DueAt)],
        ComplaintReceived asked => [Keyed(ObligationKind.ComplaintAnswer, asked.ComplaintId, asked.DueAt), .. Kept(entry, asked.Extended)],
        ComplaintAnswered answered => Kept(entry, answered.Extended),
        ConsentReconfirmed again => [(ObligationKind.MarketingReconfirmation, Reconfirmation(entry, again.Purpose), again.ReconfirmBy)],
        ConsentEntry { ResultNoticeBy: { } by } choice =>
        [
            (ObligationKind.MarketingResultNotice, ResultNotice(entry, choice.Purpose), by),
            .. choice is ConsentGranted { ReconfirmBy: { } again }
                ? [(ObligationKind.MarketingReconfirmation, Reconfirmation(entry, choice.Purpose), again)]
                : Array.Empty<(ObligationKind, string, DateTimeOffset)>(),
        ],
        MemberTerminated terminated =>
        [
            .. terminated.Retentions.Select(r => (ObligationKind.RetentionEnd, RetentionEnd(entry, r.Ground), r.Until)),
            Keyed(ObligationKind.Erasure, entry.Subject!.Value, terminated.EraseAt),
        ],
        BusinessTransferAnnounced announced => [Keyed(ObligationKind.BusinessTransfer, announced.TransferId, announced.EffectiveAt)],
        BusinessTransferEffected effected =>
            [Keyed(ObligationKind.SuccessorNotice, effected.TransferId, Clocks.Due(entry.RecordedAt, Periods.SuccessorNotice))],
        _ => [],
    };

    // A complaint of one who has left puts later dates in the place of those before.
    private static Settlement[] Overtaken(LedgerEntry entry) =>
        [Of(RetentionEnd(entry, RetentionGround.Complaints)), Of(Key(ObligationKind.Erasure, entry.Subject!.Value))];

    private static IEnumerable<(ObligationKind, string, DateTimeOffset)> Kept(LedgerEntry entry, RetentionExtended? extended) => extended is null
        ? []
        :
        [
            (ObligationKind.RetentionEnd, RetentionEnd(entry, RetentionGround.Complaints), extended.Until),
            Keyed(ObligationKind.Erasure, entry.Subject!.Value, extended.EraseAt),
        ];

    private static Settlement Of(string key) => new(key, null, []);

    private static (ObligationKind, string, DateTimeOffset) Keyed(ObligationKind kind, Guid id, DateTimeOffset due) => (kind, Key(kind, id), due);

    private static string Key(ObligationKind kind, Guid id) => $"{(int)kind}:{id}";

    // Of one whose key is a kind and an id alone.
    internal static Guid IdOf(ObligationRow row) => Guid.Parse(row.Key.AsSpan(row.Key.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);

    private static string Reconfirmation(LedgerEntry entry, string purpose) => $"{Key(ObligationKind.MarketingReconfirmation, entry.Subject!.Value)}:{purpose}";

    private static string ResultNotice(LedgerEntry entry, string purpose) => $"{Key(ObligationKind.MarketingResultNotice, entry.Subject!.Value)}:{purpose}";

    private static string RetentionEnd(LedgerEntry entry, RetentionGround ground) => $"{Key(ObligationKind.RetentionEnd, entry.Subject!.Value)}:{(int)ground}";
}
