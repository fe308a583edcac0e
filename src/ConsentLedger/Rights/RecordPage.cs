using ConsentLedger.BusinessTransfers;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Ledger;
using ConsentLedger.Provisions;

namespace ConsentLedger.Rights;

/// <summary>Who the controller was, from a position on.</summary>
internal readonly record struct ControllerSince(long Position, LocalText Name);

/// <summary>What every page of the record says alike.</summary>
internal sealed record RecordHead(
    string Member, MemberStatus Status, GuardianView? Guardian, IReadOnlyList<LinkedVisitorCookies> Cookies, long AsOfPosition, long? TruncatedAfter);

/// <summary>Puts the entries of one page together, request by request. Pure: the ledger around the page comes in.</summary>
/// <param name="state">The member, as of the last entry of the ledger.</param>
/// <param name="catalog">At least as new as the state.</param>
/// <param name="controllers">In order.</param>
/// <param name="notices">By purpose, the notice that was shown last before the page.</param>
internal sealed class RecordPage(
    SubjectState state, CatalogState catalog, IReadOnlyList<ControllerSince> controllers, Dictionary<string, NoticeReference> notices)
{
    private readonly List<ConsentRecord> consents = [];
    private readonly List<ProvisionView> provisions = [];
    private readonly List<ProvisionView> denied = [];
    private readonly OrderedDictionary<Guid, CorrectionRecord> corrections = [];
    private readonly OrderedDictionary<Guid, DeletionRecord> deletions = [];
    private readonly OrderedDictionary<Guid, SuspensionRecord> suspensions = [];
    private readonly OrderedDictionary<Guid, ComplaintRecord> complaints = [];
    private readonly List<TransferObjectionRecord> objections = [];
    private readonly List<GivenNoticeRecord> given = [];
    private readonly List<ResultNoticeRecord> told = [];
    private readonly List<GuardianView> guardians = [];
    private AskedBy? terminatedBy;

    /// <summary>The entries in their order, each with its opened part.</summary>
    public void Add(LedgerEntry entry, Sealable? opened)
    {
        switch (entry.Data)
        {
            case ConsentEntry choice:
                consents.Add(Consent(entry, choice, opened));
                break;
            case ConsentExpired expired:
                consents.Add(Consent(entry, expired));
                break;
            case ProvisionRecorded:
                provisions.Add(ListProvisions.View(entry, opened));
                break;
            case ProvisionDenied:
                denied.Add(ListProvisions.View(entry, opened));
                break;
            case NoticeGiven notice:
                given.Add(new() { Notice = notice.Notice, Channel = notice.Channel, RecordedAt = entry.RecordedAt });
                break;
            case ConsentResultNotified result:
                told.Add(new() { Purpose = result.Purpose, Channel = result.Channel, RecordedAt = entry.RecordedAt });
                break;
            case BusinessTransferObjected objected:
                objections.Add(Objection(entry, objected, opened));
                break;
            case CorrectionEntry correction:
                AddCorrection(entry, correction, opened);
                break;
            case DeletionRequested or DeletionResult:
                AddDeletion(entry, opened);
                break;
            case ComplaintReceived or ComplaintAnswered:
                AddComplaint(entry, opened);
                break;
            case GuardianRegistered guardian when entry.Position != state.Guardian?.Position:
                guardians.Add(GuardianView.Of(entry, guardian, opened));
                break;
            case MemberTerminated terminated:
                terminatedBy = AskedBy.Of(terminated, opened);
                Lapse();
                break;
            default:
                AddSuspension(entry, opened);
                break;
        }
    }

    /// <summary>The whole record.</summary>
    /// <param name="head">What is not of the page's entries.</param>
    public AccessRecord Fill(RecordHead head) => new()
    {
        Member = head.Member,
        Status = head.Status,
        Guardian = head.Guardian,
        FormerGuardians = guardians,
        TerminatedAt = state.Termination?.At,
        TerminatedBy = terminatedBy,
        Retentions = state.Termination?.Retentions,
        EraseAt = state.Termination?.EraseAt,
        ConsentRecords = consents,
        Provisions = provisions,
        DeniedProvisions = denied,
        Corrections = [.. corrections.Values.Select(r => r.Status == RequestStatus.Open && !IsHeld(r.Id) ? r with { Status = RequestStatus.SettledLater } : r)],
        Deletions = [.. deletions.Values.Select(r => r.Status == RequestStatus.Open && !IsHeld(r.Id) ? r with { Status = RequestStatus.SettledLater } : r)],
        Suspensions = [.. suspensions.Values.Select(r => GoesOn(r) && !IsInForce(r) ? r with { Status = RequestStatus.SettledLater } : r)],
        Complaints =
        [
            .. complaints.Values.Select(r =>
                r.Status == RequestStatus.Open && !state.Complaints.Contains(r.Id) ? r with { Status = RequestStatus.SettledLater } : r),
        ],
        TransferObjections = objections,
        NoticesGiven = given,
        ResultNotices = told,
        Cookies = head.Cookies,
        AsOfPosition = head.AsOfPosition,
        TruncatedAfter = head.TruncatedAfter,
    };

    private static bool GoesOn(SuspensionRecord record) => record.Status is RequestStatus.Open or RequestStatus.Completed;

    // As the state has it: one that was confirmed after the page is settled later as much as one that was lifted.
    private bool IsInForce(SuspensionRecord record) =>
        state.Suspensions.Any(s => s.Id == record.Id && s.Settled == (record.Status == RequestStatus.Completed));

    private bool IsHeld(Guid id) => state.Holds.Any(h => h.Id == id);

    private ConsentRecord Consent(LedgerEntry entry, ConsentEntry choice, Sealable? opened)
    {
        if (choice is ConsentGranted { Notice: var onGrant })
            notices[choice.Purpose] = onGrant;
        else if (choice is ConsentRefused { Notice: var onRefusal })
            notices[choice.Purpose] = onRefusal;
        return Record(entry, choice.Purpose) with
        {
            EventState = choice switch
            {
                ConsentGranted => ConsentEvent.Given,
                ConsentRefused => ConsentEvent.Refused,
                ConsentReconfirmed => ConsentEvent.Reconfirmed,
                _ => ConsentEvent.Withdrawn,
            },
            EventTime = choice.OccurredAt,
            Actor = choice.Actor,
            Channel = choice.Channel,
            Verification = opened?.Verification,
            Evidence = opened?.Evidence,
            ReconfirmBy = choice is ConsentGranted granted ? granted.ReconfirmBy : (choice as ConsentReconfirmed)?.ReconfirmBy,
            ExpiresAt = choice is ConsentGranted lasting ? lasting.ExpiresAt : (choice as ConsentReconfirmed)?.ExpiresAt,
        };
    }

    private ConsentRecord Consent(LedgerEntry entry, ConsentExpired expired) => Record(entry, expired.Purpose);

    // As of an expiry, which has no facts of its own.
    private ConsentRecord Record(LedgerEntry entry, string purpose)
    {
        var notice = notices.TryGetValue(purpose, out var shown) ? catalog.FindNotice(shown.Id, shown.Version)?.Notice : null;
        var disclosures = notice?.Disclosures.Where(d => d.Purpose == purpose).ToList() ?? [];
        return new()
        {
            RecordId = entry.Position,
            Purpose = purpose,
            EventState = ConsentEvent.Expired,
            EventTime = entry.RecordedAt,
            RecordedAt = entry.RecordedAt,
            PrivacyNotice = notice is null ? null : new() { Id = notice.Id, Version = notice.Version, Title = notice.Title, Disclosures = disclosures },
            PiiControllers = [.. controllers.Where(c => c.Position <= entry.Position).TakeLast(1).Select(c => new PartyView { PartyName = c.Name })],
            Recipients = [.. disclosures.Where(d => d.Recipient is not null || d.RecipientKind is not null).Select(Recipient)],
            Actor = new() { Kind = ActorKind.System },
        };
    }

    private PartyView Recipient(Disclosure disclosure) => new()
    {
        PartyId = disclosure.Recipient,
        PartyName = disclosure.RecipientName,
        PartyRole = disclosure.Recipient is { } code ? catalog.FindPartner(code)?.Partner.Kind : disclosure.RecipientKind,
    };

    private TransferObjectionRecord Objection(LedgerEntry entry, BusinessTransferObjected objected, Sealable? opened) => new()
    {
        TransferId = objected.TransferId,
        Transferee = catalog.FindTransfer(objected.TransferId)?.Announced.Transferee,
        EffectiveAt = objected.EffectiveAt,
        RecordedAt = entry.RecordedAt,
        Actor = objected.Actor,
        Channel = objected.Channel,
        Verification = opened?.Verification,
    };

    private void AddCorrection(LedgerEntry entry, CorrectionEntry correction, Sealable? opened)
    {
        var known = corrections.GetValueOrDefault(correction.CorrectionId) ?? new() { Id = correction.CorrectionId, Status = RequestStatus.Open, Items = correction.Items };
        corrections[known.Id] = correction switch
        {
            CorrectionRequested asked => known with
            {
                RequestedAt = entry.RecordedAt,
                DueAt = asked.DueAt,
                Actor = asked.Actor,
                Channel = asked.Channel,
                Verification = opened?.Verification,
            },
            CorrectionCompleted => known with
            {
                Status = RequestStatus.Completed,
                SettledAt = entry.RecordedAt,
                // A value that the member had deleted since is shown no more.
                Values = opened?.Values?.RemoveRange(state.ItemsDeletedAfter(entry.Position)),
            },
            _ => known with { Status = RequestStatus.Rejected, SettledAt = entry.RecordedAt, Reason = opened?.Text },
        };
    }

    private void AddDeletion(LedgerEntry entry, Sealable? opened)
    {
        if (entry.Data is DeletionRequested asked)
        {
            deletions[asked.DeletionId] = new()
            {
                Id = asked.DeletionId,
                Status = RequestStatus.Open,
                Items = asked.Items,
                RequestedAt = entry.RecordedAt,
                DueAt = asked.DueAt,
                Actor = asked.Actor,
                Channel = asked.Channel,
                Verification = opened?.Verification,
            };
        }
        else if (entry.Data is DeletionResult result)
        {
            var status = result is DeletionCompleted ? RequestStatus.Completed : RequestStatus.Rejected;
            var known = deletions.GetValueOrDefault(result.DeletionId) ?? new() { Id = result.DeletionId, Status = status, Items = result.Items };
            deletions[result.DeletionId] = known with
            {
                Status = status,
                SettledAt = entry.RecordedAt,
                Reason = opened?.Text,
            };
        }
    }

    private void AddComplaint(LedgerEntry entry, Sealable? opened)
    {
        if (entry.Data is ComplaintReceived received)
        {
            complaints[received.ComplaintId] = new()
            {
                Id = received.ComplaintId,
                Status = RequestStatus.Open,
                RequestedAt = entry.RecordedAt,
                DueAt = received.DueAt,
                Actor = received.Actor,
                Channel = received.Channel,
                Verification = opened?.Verification,
                Text = opened?.Text,
            };
        }
        else if (entry.Data is ComplaintAnswered { ComplaintId: var id })
        {
            complaints[id] = (complaints.GetValueOrDefault(id) ?? new() { Id = id, Status = RequestStatus.Answered }) with
            {
                Status = RequestStatus.Answered,
                SettledAt = entry.RecordedAt,
                Answer = opened?.Text,
            };
        }
    }

    // What is none of these either stands on other lists of the record or is kept for the state alone.
    private void AddSuspension(LedgerEntry entry, Sealable? opened)
    {
        switch (entry.Data)
        {
            case ProcessingSuspended asked:
                suspensions[asked.SuspensionId] = new()
                {
                    Id = asked.SuspensionId,
                    // An objection that was enforced was asked for long before: there is nothing to tell.
                    Status = asked.BusinessTransferId is null ? RequestStatus.Open : RequestStatus.Completed,
                    RequestedAt = entry.RecordedAt,
                    DueAt = asked.DueAt,
                    Actor = asked.Actor,
                    Channel = asked.Channel,
                    Verification = opened?.Verification,
                    BusinessTransferId = asked.BusinessTransferId,
                };
                break;
            case SuspensionConfirmed { SuspensionId: var id }:
                suspensions[id] = Suspension(id) with { Status = RequestStatus.Completed, SettledAt = entry.RecordedAt };
                break;
            case SuspensionRejected { SuspensionId: var id }:
                suspensions[id] = Suspension(id) with { Status = RequestStatus.Rejected, SettledAt = entry.RecordedAt, Reason = opened?.Text };
                break;
            case ProcessingResumed { SuspensionId: var id } resumed:
                suspensions[id] = Suspension(id) with { Status = RequestStatus.Lifted, LiftedAt = entry.RecordedAt, LiftedBy = AskedBy.Of(resumed, opened) };
                break;
        }
    }

    private SuspensionRecord Suspension(Guid id) => suspensions.GetValueOrDefault(id) ?? new() { Id = id, Status = RequestStatus.Open };

    // A termination overtakes what is open, complaints excepted: those are answered still.
    private void Lapse()
    {
        foreach (var (id, record) in corrections.Where(r => r.Value.Status == RequestStatus.Open).ToList())
            corrections[id] = record with { Status = RequestStatus.Lapsed };
        foreach (var (id, record) in deletions.Where(r => r.Value.Status == RequestStatus.Open).ToList())
            deletions[id] = record with { Status = RequestStatus.Lapsed };
        foreach (var (id, record) in suspensions.Where(r => GoesOn(r.Value)).ToList())
            suspensions[id] = record with { Status = RequestStatus.Lapsed };
    }
}
