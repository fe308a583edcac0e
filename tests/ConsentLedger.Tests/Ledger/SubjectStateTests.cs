using ConsentLedger.BusinessTransfers;
using ConsentLedger.Consents;
using ConsentLedger.Ledger;
using ConsentLedger.Provisions;
using ConsentLedger.Rights;
using CsCheck;

namespace ConsentLedger.Tests.Ledger;

/// <summary>The fold of a subject's entries, against plain sets that say the same.</summary>
public sealed class SubjectStateTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);
    private static readonly Guid Subject = Guid.CreateVersion7(Start);
    private static readonly Actor Self = new() { Kind = ActorKind.Member };

    private static readonly Gen<string> Purpose = Gen.OneOf("email_marketing", "sms_marketing", "telemarketing", "partner_offers");
    private static readonly Gen<string> Partner = Gen.OneOf("inicis", "cj-gls", "areumnet", "vendor-a", "vendor_a", "vendor-b");
    private static readonly Gen<string[]> Items = Gen.Shuffle(new[] { "name", "address", "phone", "mobile", "payment_info" }, 1, 4);

    private static readonly Gen<LedgerEntry[]> History = Gen.Select(Gen.Int[0, 5], Gen.Int[1, 3], Purpose, Partner, Items, Gen.Int[0, 3])
        .Array[0, 40].Select(steps =>
        {
            List<LedgerEntry> entries = [];
            List<CorrectionRequested> corrections = [];
            long position = 10;
            foreach (var (kind, gap, purpose, partner, items, which) in steps)
            {
                position += gap;
                var at = Start.AddSeconds(position);
                EntryData? data = kind switch
                {
                    0 => new ConsentGranted { Purpose = purpose, OccurredAt = at, Actor = Self, Channel = Channel.Web, Notice = new() { Id = "n", Version = gap } },
                    1 => new ConsentRefused { Purpose = purpose, OccurredAt = at, Actor = Self, Channel = Channel.Web, Notice = new() { Id = "n", Version = gap } },
                    2 => new ConsentWithdrawn { Purpose = purpose, OccurredAt = at, Actor = Self, Channel = Channel.Phone },
                    3 => new ProvisionRecorded { Purpose = purpose, Items = [.. items], LegalBasis = ConsentLedger.Catalog.LegalBasis.Contract },
                    4 => new CorrectionRequested { CorrectionId = Guid.CreateVersion7(at), Items = [.. items], Actor = Self, Channel = Channel.Web, DueAt = at },
                    _ => corrections.Count == 0 ? null
                        : which % 2 == 0 ? new CorrectionCompleted { CorrectionId = corrections[which % corrections.Count].CorrectionId, Items = [] }
                        : new CorrectionRejected { CorrectionId = corrections[which % corrections.Count].CorrectionId, Items = [] },
                };
                if (data is null)
                    continue;
                if (data is CorrectionRequested requested)
                    corrections.Add(requested);
                entries.Add(new()
                {
                    Position = position,
                    Type = EntryTypes.NameOf(data),
                    RecordedAt = at,
                    Subject = Subject,
                    Partner = data is ProvisionRecorded ? partner : null,
                    Data = data,
                });
            }

            return entries.ToArray();
        });

    private static readonly Gen<LedgerEntry[]> Rights = Gen.Select(Gen.Int[0, 13], Items, Gen.Int[0, 99]).Array[0, 40].Select(steps =>
    {
        List<LedgerEntry> entries = [];
        foreach (var (kind, items, which) in steps)
        {
            var at = Start.AddMinutes(entries.Count);
            // Now and then an id that was never opened, or was closed before: the fold must not mind.
            Guid Earlier() => entries.Count == 0 ? Guid.Empty : IdOf(entries[which % entries.Count].Data) ?? Guid.Empty;
            EntryData data = kind switch
            {
                0 => new DeletionRequested { DeletionId = Guid.CreateVersion7(at), Items = [.. items], Actor = Self, Channel = Channel.Web, DueAt = at },
                1 => new DeletionCompleted { DeletionId = Earlier(), Items = [.. items] },
                2 => new DeletionRejected { DeletionId = Earlier(), Items = [.. items] },
                3 => new ProcessingSuspended
                {
                    SuspensionId = Guid.CreateVersion7(at),
                    Actor = Self,
                    Channel = Channel.Web,
                    DueAt = at,
                    BusinessTransferId = which % 3 == 0 ? Earlier() : null,
                },
                4 => new SuspensionConfirmed(Earlier()),
                5 => new SuspensionRejected(Earlier()),
                6 => new ProcessingResumed { SuspensionId = Earlier(), Actor = Self, Channel = Channel.Web },
                7 => new ComplaintReceived { ComplaintId = Guid.CreateVersion7(at), Actor = Self, Channel = Channel.Phone, DueAt = at },
                8 => new ComplaintAnswered(Earlier()),
                9 => new GuardianRegistered { Under14Until = at.AddYears(1), Method = GuardianMethod.Phone, Actor = Self, Channel = Channel.Phone },
                10 => new NoticeGiven { Notice = new() { Id = $"n{which % 4}", Version = which }, Channel = Channel.Email },
                11 => new BusinessTransferObjected { TransferId = Guid.CreateVersion7(at), EffectiveAt = at, Actor = Self, Channel = Channel.Web },
                12 when which % 4 == 0 => new MemberTerminated
                {
                    Actor = Self,
                    Channel = Channel.Web,
                    Retentions = [.. Enum.GetValues<RetentionGround>().Select(g => new RetainedGround { Ground = g, Until = at })],
                    EraseAt = at,
                },
                _ => new RetentionEnded((RetentionGround)(which % 4)),
            };
            entries.Add(new() { Position = entries.Count + 1, Type = EntryTypes.NameOf(data), RecordedAt = at, Subject = Subject, Data = data });
        }

        return entries.ToArray();
    });

    private static readonly Gen<LedgerEntry[]> Any = Gen.OneOf(History, Rights);

    [Fact]
    public void Entries_already_folded_in_change_nothing() => Gen.Select(Any, Gen.Int[0, 100]).Sample((history, pick) =>
    {
        var state = Fold(history);
        foreach (var entry in history)
            Assert.Same(state, state.Apply(entry));
        // Repeating a stretch on the way is no different from not repeating it.
        var from = history.Length == 0 ? 0 : pick % history.Length;
        var repeated = history.Take(from).Concat(history.Take(from)).Concat(history);
        Assert.Equal(state.ToJson(), repeated.Aggregate(SubjectState.New(Subject), (s, e) => s.Apply(e)).ToJson());
    });

    [Fact]
    public void A_stored_state_read_back_is_the_same_to_the_byte_and_goes_on_the_same() => Gen.Select(Any, Gen.Int[0, 100]).Sample((history, pick) =>
    {
        var cut = history.Length == 0 ? 0 : pick % (history.Length + 1);
        var stored = Fold(history.Take(cut)).ToJson();
        var read = SubjectState.FromJson(stored);
        Assert.Equal(stored, read.ToJson());
        Assert.Equal(Fold(history).ToJson(), history.Skip(cut).Aggregate(read, (s, e) => s.Apply(e)).ToJson());
    });

    [Fact]
    public void The_position_is_that_of_the_last_entry() => History.Sample(history =>
        Assert.Equal(history.Length == 0 ? 0 : history[^1].Position, Fold(history).Position));

    [Fact]
    public void Consents_are_the_last_word_on_each_purpose_sorted() => History.Sample(history =>
    {
        var last = new SortedDictionary<string, LedgerEntry>(StringComparer.Ordinal);
        foreach (var entry in history)
        {
            if (entry.Data is ConsentEntry consent)
                last[consent.Purpose] = entry;
        }

        var state = Fold(history);
        Assert.Equal(last.Keys, state.Consents.Select(c => c.Purpose));
        Assert.Equal(last.Values.Select(e => e.Position), state.Consents.Select(c => c.Position));
        Assert.Equal(
            last.Values.Select(e => e.Data is ConsentGranted ? ConsentStatus.Granted : e.Data is ConsentRefused ? ConsentStatus.Refused : ConsentStatus.Withdrawn),
            state.Consents.Select(c => c.Status));
    });

    [Fact]
    public void Holdings_are_the_sum_of_the_provisions_sorted_by_partner_then_purpose() => History.Sample(history =>
    {
        var provisions = history.Where(e => e.Data is ProvisionRecorded).Select(e => (Partner: e.Partner!, Provision: (ProvisionRecorded)e.Data)).ToList();
        var expected = provisions.GroupBy(p => (p.Partner, p.Provision.Purpose))
            .OrderBy(g => g.Key.Partner, StringComparer.Ordinal).ThenBy(g => g.Key.Purpose, StringComparer.Ordinal)
            .Select(g => $"{g.Key.Partner}/{g.Key.Purpose}: {string.Join(' ', g.SelectMany(p => p.Provision.Items).Distinct().Order(StringComparer.Ordinal))}");
        var state = Fold(history);
        Assert.Equal(expected, state.Holdings.Select(h => $"{h.Partner}/{h.Purpose}: {string.Join(' ', h.Items)}"));
        foreach (var partner in provisions.Select(p => p.Partner).Append("nobody").Distinct())
        {
            var items = provisions.Where(p => p.Partner == partner).SelectMany(p => p.Provision.Items).Distinct().Order(StringComparer.Ordinal).ToArray();
            Assert.Equal(items, state.ItemsOf(partner));
            Assert.Equal(items.Length > 0, state.IsHeldBy(partner));
        }
    });

    [Fact]
    public void An_item_is_held_exactly_while_a_correction_of_it_is_open() => History.Sample(history =>
    {
        Dictionary<Guid, string[]> open = [];
        foreach (var entry in history)
        {
            if (entry.Data is CorrectionRequested requested)
                open[requested.CorrectionId] = [.. requested.Items];
            else if (entry.Data is CorrectionCompleted or CorrectionRejected)
                open.Remove(((CorrectionEntry)entry.Data).CorrectionId);
        }

        var state = Fold(history);
        foreach (var item in (string[])["name", "address", "phone", "mobile", "payment_info", "email"])
            Assert.Equal(open.Values.Any(items => items.Contains(item)), state.IsHeld(item));
    });

    [Fact]
    public void A_withdrawal_keeps_the_notice_that_was_withdrawn_from() => History.Sample(history =>
    {
        Dictionary<string, int?> notices = [];
        foreach (var entry in history)
        {
            if (entry.Data is ConsentGranted granted)
                notices[granted.Purpose] = granted.Notice.Version;
            else if (entry.Data is ConsentRefused refused)
                notices[refused.Purpose] = refused.Notice.Version;
            else if (entry.Data is ConsentWithdrawn withdrawn)
                notices.TryAdd(withdrawn.Purpose, null);
        }

        Assert.All(Fold(history).Consents, consent => Assert.Equal(notices[consent.Purpose], consent.Notice?.Version));
    });

    [Fact]
    public void What_is_open_is_what_was_asked_and_not_settled_and_a_termination_overtakes_it() => Rights.Sample(history =>
    {
        List<(Guid Id, string[] Items)> holds = [];
        Dictionary<Guid, bool> suspensions = [];
        List<Guid> complaints = [], objections = [];
        foreach (var data in history.Select(e => e.Data))
        {
            holds.RemoveAll(h => data is DeletionResult result && h.Id == result.DeletionId || data is MemberTerminated);
            complaints.RemoveAll(c => data is ComplaintAnswered(var id) && c == id);
            objections.RemoveAll(o => (data is ProcessingSuspended { BusinessTransferId: var transfer } && o == transfer) || data is MemberTerminated);
            if (data is DeletionRequested deletion)
                holds.Add((deletion.DeletionId, [.. deletion.Items]));
            else if (data is ProcessingSuspended suspension)
                suspensions.Add(suspension.SuspensionId, suspension.BusinessTransferId is not null);
            else if (data is SuspensionConfirmed(var confirmed) && suspensions.ContainsKey(confirmed))
                suspensions[confirmed] = true;
            else if (data is SuspensionRejected or ProcessingResumed)
                suspensions.Remove(IdOf(data)!.Value);
            else if (data is ComplaintReceived complaint)
                complaints.Add(complaint.ComplaintId);
            else if (data is BusinessTransferObjected objected)
                objections.Add(objected.TransferId);
            else if (data is MemberTerminated)
                suspensions.Clear();
        }

        var state = Fold(history);
        Assert.Equal(holds.Select(h => h.Id), state.Holds.Select(h => h.Id));
        Assert.All(state.Holds, h => Assert.Equal(HoldKind.Deletion, h.Kind));
        foreach (var item in (string[])["name", "address", "phone", "mobile", "payment_info", "email"])
            Assert.Equal(holds.Any(h => h.Items.Contains(item)), state.IsHeld(item));
        Assert.Equal(suspensions.OrderBy(s => s.Key), state.Suspensions.Select(s => KeyValuePair.Create(s.Id, s.Settled)).OrderBy(s => s.Key));
        Assert.Equal(complaints, state.Complaints);
        Assert.Equal(objections, state.TransferObjections.Select(o => o.TransferId));
    });

    [Fact]
    public void The_last_word_counts_on_guardians_notices_deleted_items_complaints_and_retention() => Rights.Sample(history =>
    {
        var state = Fold(history);
        Assert.Equal(history.LastOrDefault(e => e.Data is GuardianRegistered)?.Position, state.Guardian?.Position);
        Assert.Equal(history.LastOrDefault(e => e.Data is ComplaintReceived or ComplaintAnswered)?.RecordedAt, state.LastComplaintAt);
        Assert.Equal(
            history.Select(e => e.Data).OfType<NoticeGiven>().GroupBy(g => g.Notice.Id).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.MaxBy(n => n.Notice.Version)!.Notice),
            state.NoticesGiven);
        Assert.Equal(
            history.Where(e => e.Data is DeletionCompleted).SelectMany(e => ((DeletionCompleted)e.Data).Items, (e, item) => new DeletedItem(item, e.Position))
                .GroupBy(d => d.Item).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Last()),
            state.DeletedItems);
        var termination = Array.FindLastIndex(history, e => e.Data is MemberTerminated);
        Assert.Equal(termination < 0 ? null : history[termination].RecordedAt, state.Termination?.At);
        Assert.Equal(
            termination < 0 ? [] : Enum.GetValues<RetentionGround>().Except(history.Skip(termination).Select(e => e.Data).OfType<RetentionEnded>().Select(r => r.Ground)),
            state.Termination?.Retentions.Select(r => r.Ground) ?? []);
    });

    [Fact]
    public void Nothing_is_left_of_the_erased_but_when() => Any.Sample(history =>
    {
        var at = Start.AddDays(1);
        var erased = Fold(history).Apply(new() { Position = 1000, Type = "subject.erased", RecordedAt = at, Subject = Subject, Data = new SubjectErased() });
        Assert.Equal((SubjectState.New(Subject) with { Position = 1000, ErasedAt = at }).ToJson(), erased.ToJson());
    });

    private static Guid? IdOf(EntryData data) => data switch
    {
        DeletionRequested deletion => deletion.DeletionId,
        ProcessingSuspended suspension => suspension.SuspensionId,
        SuspensionRejected rejected => rejected.SuspensionId,
        ProcessingResumed resumed => resumed.SuspensionId,
        ComplaintReceived complaint => complaint.ComplaintId,
        BusinessTransferObjected objected => objected.TransferId,
        _ => null,
    };

    private static SubjectState Fold(IEnumerable<LedgerEntry> entries) => entries.Aggregate(SubjectState.New(Subject), (state, entry) => state.Apply(entry));
}
