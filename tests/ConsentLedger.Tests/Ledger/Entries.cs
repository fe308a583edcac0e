using System.Collections.Immutable;
using ConsentLedger.BusinessTransfers;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Cookies;
using ConsentLedger.Decisions;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Provisions;
using ConsentLedger.Rights;
using CsCheck;

namespace ConsentLedger.Tests.Ledger;

/// <summary>Random entries of every type, within what the types allow and beyond what the API lets in.</summary>
internal static class Entries
{
    private static readonly Gen<string> Code =
        Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789_-"].Array[1, 40].Select(c => new string(c));

    // What must survive: quotes, what HTML and JSON escape, Korean, characters beyond 16 bits, line ends.
    private static readonly Gen<string> Words = Gen.OneOf(
        Gen.Char["abc \"\\/<>&'+\t\r\n\u0001\u007f\u00a0\u2028\ufeff\uffff가나다힣ㄱ漢é"].Array[0, 30].Select(c => new string(c)),
        Gen.OneOf("개인정보의 제3자 제공동의", "㈜이니시스", "\U0001F600 \U00020000", "null", ""));

    private static readonly Gen<Guid> Id = Gen.Guid;

    private static readonly Gen<DateTimeOffset> Instant =
        Gen.Long[946_684_800_000_000, 4_102_444_800_000_000].Select(microseconds => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond));

    private static readonly Gen<LocalText> Text = Gen.Select(Words, Words, (ko, en) => new LocalText { Ko = ko, En = en });
    private static readonly Gen<ImmutableArray<string>> Codes = Code.Array[0, 6].Select(a => a.ToImmutableArray());
    private static readonly Gen<Actor> Actors = Gen.Enum<ActorKind>().Select(kind => new Actor { Kind = kind });
    private static readonly Gen<Channel> Channels = Gen.Enum<Channel>();

    private static readonly Gen<NoticeReference> NoticeReferences =
        Gen.Select(Code, Gen.Int[1, 100], (id, version) => new NoticeReference { Id = id, Version = version });

    private static readonly Gen<Purpose> Purposes = Gen.Select(Code, Text, Gen.Bool.Array[4], Codes, (code, name, flags, items) =>
        new Purpose { Code = code, Name = name, OptIn = flags[0], OwnUse = flags[1], Advertising = flags[2], NightExempt = flags[3], Items = items });

    private static readonly Gen<Contact> Contacts = Gen.Select(Code, Text, Maybe(Words), Maybe(Words), Maybe(Text), (code, role, phone, url, hours) =>
        new Contact { Code = code, Role = role, Phone = phone, Url = url, Hours = hours });

    private static readonly Gen<Disclosure> Disclosures = Gen.Select(
        Gen.Select(Code, Maybe(Code), Gen.Enum<PartnerKind>().Nullable()), Text, Text, Codes, Text, Text, (to, name, use, items, retention, refuse) => new Disclosure
        {
            Purpose = to.Item1,
            Recipient = to.Item2,
            RecipientKind = to.Item3,
            RecipientName = name,
            PurposeOfUse = use,
            Items = items,
            Retention = retention,
            RightToRefuse = refuse,
        });

    private static readonly Gen<PartnerPurpose> PartnerPurposes = Gen.Select(Code, Gen.Enum<LegalBasis>(), Codes, (purpose, ground, items) =>
        new PartnerPurpose { Purpose = purpose, LegalBasis = ground, Items = items });

    private static readonly Gen<(string Purpose, DateTimeOffset At, Actor Actor, Channel Channel, string? Verification)> Choices =
        Gen.Select(Code, Instant, Actors, Channels, Maybe(Code));

    private static readonly Gen<(Actor Actor, Channel Channel, string? Verification)> Asked = Gen.Select(Actors, Channels, Maybe(Code));

    private static readonly Gen<ImmutableArray<RetainedGround>> Retained = Gen.Select(Gen.Enum<RetentionGround>(), Instant, (ground, until) =>
        new RetainedGround { Ground = ground, Until = until }).Array[0, 3].Select(a => a.ToImmutableArray());

    private static readonly Gen<RetentionExtended?> Extended = Maybe(Gen.Select(Instant, Instant, (until, erase) => new RetentionExtended(until, erase)));

    private static readonly Gen<Recipient> Recipients = Gen.Select(
        Gen.Select(Code, Gen.Long[1, long.MaxValue], Id, Code), Codes, Instant.Nullable(), Retained, Id.Nullable(), (to, items, by, retain, concerns) => new Recipient
        {
            Partner = to.Item1,
            Sequence = to.Item2,
            EventId = to.Item3,
            Event = to.Item4,
            Items = items,
            AcknowledgeBy = by,
            Retain = retain,
            Concerns = concerns,
        });

    /// <summary>What each type of entry may state.</summary>
    public static IReadOnlyDictionary<string, Gen<EntryData>> Data { get; } = new Dictionary<string, Gen<EntryData>>
    {
        ["catalog.loaded"] = Gen.Select(Text, Gen.Select(Code, Text).Array[0, 3], Purposes.Array[0, 3], Contacts.Array[0, 3], Gen.Select(Code, Text).Array[0, 3], (controller, items, purposes, contacts, cookies) =>
            (EntryData)new CatalogLoaded
            {
                Controller = controller,
                Items = [.. items.Select(i => new ItemDefinition { Code = i.Item1, Name = i.Item2 })],
                Purposes = [.. purposes],
                Contacts = [.. contacts],
                CookiePurposes = [.. cookies.Select(c => new CookiePurpose { Code = c.Item1, Name = c.Item2 })],
            }),
        ["notice.published"] = Gen.Select(NoticeReferences, Text, Instant, Disclosures.Array[0, 3], Id.Nullable(), (of, title, at, disclosures, transfer) => (EntryData)new NoticePublished(
            new Notice { Id = of.Id, Version = of.Version, Title = title, EffectiveAt = at, Disclosures = [.. disclosures], BusinessTransferId = transfer })),
        ["partner.registered"] = Gen.Select(Code, Gen.Enum<PartnerKind>(), Text, PartnerPurposes.Array[0, 3], Gen.Bool, Codes, (code, kind, name, purposes, standing, wants) =>
            (EntryData)new PartnerRegistered(new Partner
            {
                Code = code,
                Kind = kind,
                Name = name,
                Purposes = [.. purposes],
                Standing = standing,
                Subscriptions = wants,
            })),
        ["partner.ended"] = Code.Select(code => (EntryData)new PartnerEnded(code)),
        ["consent.granted"] = Gen.Select(Choices, NoticeReferences, Instant.Nullable(), (c, notice, until) => (EntryData)new ConsentGranted
        {
            ResultNoticeBy = until,
            ReconfirmBy = until,
            ExpiresAt = until,
            Purpose = c.Purpose,
            OccurredAt = c.At,
            Actor = c.Actor,
            Channel = c.Channel,
            VerificationMethod = c.Verification,
            Notice = notice,
        }),
        ["consent.refused"] = Gen.Select(Choices, NoticeReferences, (c, notice) => (EntryData)new ConsentRefused
        {
            Purpose = c.Purpose,
            OccurredAt = c.At,
            Actor = c.Actor,
            Channel = c.Channel,
            VerificationMethod = c.Verification,
            Notice = notice,
        }),
        ["consent.withdrawn"] = Choices.Select(c => (EntryData)new ConsentWithdrawn
        {
            Purpose = c.Purpose,
            OccurredAt = c.At,
            Actor = c.Actor,
            Channel = c.Channel,
            VerificationMethod = c.Verification,
        }),
        ["consent.expired"] = Code.Select(purpose => (EntryData)new ConsentExpired { Purpose = purpose }),
        ["consent.reconfirmed"] = Gen.Select(Choices, Instant, Instant.Nullable(), (c, by, ends) => (EntryData)new ConsentReconfirmed
        {
            Purpose = c.Purpose,
            OccurredAt = c.At,
            Actor = c.Actor,
            Channel = c.Channel,
            VerificationMethod = c.Verification,
            ReconfirmBy = by,
            ExpiresAt = ends,
        }),
        ["consent.result_notified"] = Gen.Select(Code, Channels, (purpose, channel) => (EntryData)new ConsentResultNotified { Purpose = purpose, Channel = channel }),
        ["notice.given"] = Gen.Select(NoticeReferences, Channels, (notice, channel) => (EntryData)new NoticeGiven { Notice = notice, Channel = channel }),
        ["provision.recorded"] = Gen.Select(Code, Codes, Gen.Enum<LegalBasis>(), Maybe(NoticeReferences), (purpose, items, ground, notice) =>
            (EntryData)new ProvisionRecorded { Purpose = purpose, Items = items, LegalBasis = ground, Notice = notice }),
        ["provision.denied"] = Gen.Select(Code, Codes, Gen.Enum<DenyReason>().Array[0, 4], (purpose, items, reasons) =>
            (EntryData)new ProvisionDenied { Purpose = purpose, Items = items, Reasons = [.. reasons] }),
        ["correction.requested"] = Gen.Select(Id, Codes, Actors, Channels, Maybe(Code), Instant, (id, items, actor, channel, verification, due) =>
            (EntryData)new CorrectionRequested
            {
                CorrectionId = id,
                Items = items,
                Actor = actor,
                Channel = channel,
                VerificationMethod = verification,
                DueAt = due,
            }),
        ["correction.completed"] = Gen.Select(Id, Codes, (id, items) => (EntryData)new CorrectionCompleted { CorrectionId = id, Items = items }),
        ["correction.rejected"] = Gen.Select(Id, Codes, (id, items) => (EntryData)new CorrectionRejected { CorrectionId = id, Items = items }),
        ["cookies.chosen"] = Gen.Select(Gen.Enum<CookieChoice>().Nullable(), Gen.Select(Code, Gen.Bool).Array[0, 4], Instant, Channels, (choice, choices, at, channel) =>
            (EntryData)new CookiesChosen
            {
                Choice = choice,
                Choices = [.. choices.Select(c => new CookiePurposeChoice { Purpose = c.Item1, Granted = c.Item2 })],
                OccurredAt = at,
                Channel = channel,
            }),
        ["visitor.linked"] = Gen.Select(Id, Id, (visitor, member) => (EntryData)new VisitorLinked { Visitor = visitor, Member = member }),
        ["deletion.requested"] = Gen.Select(Id, Codes, Asked, Instant, (id, items, asked, due) => (EntryData)new DeletionRequested
        {
            DeletionId = id,
            Items = items,
            Actor = asked.Actor,
            Channel = asked.Channel,
            VerificationMethod = asked.Verification,
            DueAt = due,
        }),
        ["deletion.completed"] = Gen.Select(Id, Codes, (id, items) => (EntryData)new DeletionCompleted { DeletionId = id, Items = items }),
        ["deletion.rejected"] = Gen.Select(Id, Codes, (id, items) => (EntryData)new DeletionRejected { DeletionId = id, Items = items }),
        ["processing.suspended"] = Gen.Select(Id, Asked, Instant, Id.Nullable(), (id, asked, due, transfer) => (EntryData)new ProcessingSuspended
        {
            SuspensionId = id,
            Actor = asked.Actor,
            Channel = asked.Channel,
            VerificationMethod = asked.Verification,
            DueAt = due,
            BusinessTransferId = transfer,
        }),
        ["processing.resumed"] = Gen.Select(Id, Asked, (id, asked) => (EntryData)new ProcessingResumed
        {
            SuspensionId = id,
            Actor = asked.Actor,
            Channel = asked.Channel,
            VerificationMethod = asked.Verification,
        }),
        ["suspension.confirmed"] = Id.Select(id => (EntryData)new SuspensionConfirmed(id)),
        ["suspension.rejected"] = Id.Select(id => (EntryData)new SuspensionRejected(id)),
        ["complaint.received"] = Gen.Select(Id, Asked, Instant, Extended, (id, asked, due, extended) => (EntryData)new ComplaintReceived
        {
            ComplaintId = id,
            Actor = asked.Actor,
            Channel = asked.Channel,
            VerificationMethod = asked.Verification,
            DueAt = due,
            Extended = extended,
        }),
        ["complaint.answered"] = Gen.Select(Id, Extended, (id, extended) => (EntryData)new ComplaintAnswered(id) { Extended = extended }),
        ["guardian.registered"] = Gen.Select(Instant, Gen.Enum<GuardianMethod>(), Actors, Channels, (until, method, actor, channel) =>
            (EntryData)new GuardianRegistered { Under14Until = until, Method = method, Actor = actor, Channel = channel }),
        ["member.terminated"] = Gen.Select(Asked, Retained, Instant, (asked, retained, erase) => (EntryData)new MemberTerminated
        {
            Actor = asked.Actor,
            Channel = asked.Channel,
            VerificationMethod = asked.Verification,
            Retentions = retained,
            EraseAt = erase,
        }),
        ["retention.ended"] = Gen.Enum<RetentionGround>().Select(ground => (EntryData)new RetentionEnded(ground)),
        ["subject.erased"] = Gen.Const((EntryData)new SubjectErased()),
        ["business_transfer.announced"] = Gen.Select(Id, Text, Text, Text, Text, Instant, (id, transferee, contact, reason, how, at) => (EntryData)new BusinessTransferAnnounced
        {
            TransferId = id,
            Transferee = transferee,
            Contact = contact,
            Reason = reason,
            HowToObject = how,
            EffectiveAt = at,
        }),
        ["business_transfer.objected"] = Gen.Select(Id, Instant, Asked, (id, at, asked) => (EntryData)new BusinessTransferObjected
        {
            TransferId = id,
            EffectiveAt = at,
            Actor = asked.Actor,
            Channel = asked.Channel,
            VerificationMethod = asked.Verification,
        }),
        ["business_transfer.effected"] = Id.Select(id => (EntryData)new BusinessTransferEffected(id)),
        ["delivery.acknowledged"] = Gen.Select(Id, Gen.Long[1, long.MaxValue], Gen.Enum<AcknowledgementOutcome>(), (id, sequence, outcome) =>
            (EntryData)new DeliveryAcknowledged { EventId = id, Sequence = sequence, Outcome = outcome }),
        ["delivery.redelivery_requested"] = Gen.Select(Id, Gen.Long[1, long.MaxValue], (id, sequence) =>
            (EntryData)new RedeliveryRequested { EventId = id, Sequence = sequence }),
    };

    /// <summary>A whole entry of this type.</summary>
    public static Gen<LedgerEntry> Of(string type) => Gen.Select(
        Gen.Select(Gen.Long[1, long.MaxValue], Instant, Id.Nullable(), Maybe(Code)),
        Data[type],
        Maybe(Gen.Byte.Array[0, 60]),
        Recipients.Array[0, 3],
        (head, data, content, recipients) => new LedgerEntry
        {
            Position = head.Item1,
            Type = type,
            RecordedAt = head.Item2,
            Subject = head.Item3,
            Partner = head.Item4,
            Data = data,
            Sealed = content,
            Recipients = [.. recipients],
        });

    private static Gen<T?> Maybe<T>(Gen<T> gen)
        where T : class => gen.Null();
}
