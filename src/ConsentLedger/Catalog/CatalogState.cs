using System.Collections.Immutable;
using ConsentLedger.BusinessTransfers;
using ConsentLedger.Ledger;

namespace ConsentLedger.Catalog;

/// <summary>A partner with what the ledger says of its standing now.</summary>
public sealed record RegisteredPartner(Partner Partner, bool Active, long Position)
{
    public string Code => Partner.Code;
}

/// <summary>A published notice with its place in the ledger.</summary>
public sealed record PublishedNotice(Notice Notice, DateTimeOffset PublishedAt, long Position);

/// <summary>An announced sale or merger, and whether it has taken effect.</summary>
public sealed record BusinessTransfer(BusinessTransferAnnounced Announced, bool Effected, long Position);

/// <summary>The catalog as the entries so far make it. Immutable: a decision holds one and sees no change halfway.</summary>
public sealed class CatalogState
{
    public static readonly CatalogState Empty = new();

    private ImmutableSortedDictionary<string, Purpose> purposes = ImmutableSortedDictionary.Create<string, Purpose>(StringComparer.Ordinal);

    private ImmutableSortedDictionary<string, RegisteredPartner> partners =
        ImmutableSortedDictionary.Create<string, RegisteredPartner>(StringComparer.Ordinal);

    private ImmutableSortedDictionary<string, ImmutableArray<PublishedNotice>> notices =
        ImmutableSortedDictionary.Create<string, ImmutableArray<PublishedNotice>>(StringComparer.Ordinal);

    private ImmutableDictionary<Guid, BusinessTransfer> transfers = ImmutableDictionary<Guid, BusinessTransfer>.Empty;
    private ImmutableSortedDictionary<string, CookiePurpose> cookiePurposes =
        ImmutableSortedDictionary.Create<string, CookiePurpose>(StringComparer.Ordinal);

    private ImmutableDictionary<string, ItemDefinition> items = ImmutableDictionary.Create<string, ItemDefinition>(StringComparer.Ordinal);

    public bool IsLoaded => Definitions is not null;

    /// <summary>Items, purposes and contacts as loaded; null before the catalog is.</summary>
    public CatalogLoaded? Definitions { get; private init; }

    /// <summary>Partners by code, ended ones too.</summary>
    public IEnumerable<RegisteredPartner> Partners => partners.Values;

    /// <summary>Every notice version, by id and version.</summary>
    public IEnumerable<PublishedNotice> Notices => notices.Values.SelectMany(versions => versions);

    /// <summary>What cookies are used for, by code.</summary>
    public IEnumerable<CookiePurpose> CookiePurposes => cookiePurposes.Values;

    public bool HasItem(string code) => items.ContainsKey(code);

    /// <summary>Whether a person can be recognised by an item; what is not known may always be such.</summary>
    public bool IsIdentifying(string code) => items.GetValueOrDefault(code) is not { Identifying: false };

    public Purpose? FindPurpose(string code) => purposes.GetValueOrDefault(code);

    public CookiePurpose? FindCookiePurpose(string code) => cookiePurposes.GetValueOrDefault(code);

    public RegisteredPartner? FindPartner(string code) => partners.GetValueOrDefault(code);

    public PublishedNotice? FindNotice(string id, int version) =>
        notices.TryGetValue(id, out var versions) && version >= 1 && version <= versions.Length ? versions[version - 1] : null;

    /// <summary>The version of a notice in force at an instant, or null before the first is.</summary>
    public PublishedNotice? EffectiveNotice(string noticeId, DateTimeOffset now) =>
        notices.TryGetValue(noticeId, out var versions) ? versions.LastOrDefault(v => v.Notice.EffectiveAt <= now) : null;

    /// <summary>The first of the versions, up to and including this one, from which on the notice has said the same of a partner and purpose.</summary>
    public int UnchangedSince(PublishedNotice notice, Partner? partner, string purpose)
    {
        var versions = notices[notice.Notice.Id];
        var disclosure = notice.Notice.Find(partner, purpose);
        var since = notice.Notice.Version;
        while (since > 1 && versions[since - 2].Notice.Find(partner, purpose) is { } before && disclosure is not null && before.SaysTheSame(disclosure))
            since--;
        return since;
    }

    public BusinessTransfer? FindTransfer(Guid id) => transfers.GetValueOrDefault(id);

    /// <summary>Announced business transfers, in their order.</summary>
    public IEnumerable<BusinessTransfer> Transfers => transfers.Values.OrderBy(t => t.Position);

    public int LatestVersion(string noticeId) => notices.TryGetValue(noticeId, out var versions) ? versions.Length : 0;

    /// <summary>What the members were told, and is in force, of giving data to a partner for a purpose.</summary>
    /// <returns>The disclosure of the latest version in force; null where none is in force.</returns>
    public Disclosure? EffectiveDisclosure(Partner? partner, string purpose, DateTimeOffset now)
    {
        foreach (var versions in notices.Values)
        {
            for (var i = versions.Length - 1; i >= 0; i--)
            {
                if (versions[i].Notice.EffectiveAt > now)
                    continue;
                if (versions[i].Notice.Find(partner, purpose) is { } disclosure)
                    return disclosure;
                break; // a version in force replaces those before it
            }
        }

        return null;
    }

    /// <summary>The active partners that hold this member: those that its provisions name, and the standing ones.</summary>
    public IEnumerable<Partner> Holders(SubjectState member) =>
        partners.Values.Where(p => p.Active && (p.Partner.Standing || member.IsHeldBy(p.Code))).Select(p => p.Partner);

    /// <summary>The catalog after one more entry; entries that do not concern it leave it as it is.</summary>
    public CatalogState Apply(LedgerEntry entry) => entry.Data switch
    {
        CatalogLoaded loaded => With(copy =>
        {
            copy.purposes = copy.purposes.SetItems(loaded.Purposes.Select(p => KeyValuePair.Create(p.Code, p)));
            copy.cookiePurposes = copy.cookiePurposes.SetItems(loaded.CookiePurposes.Select(p => KeyValuePair.Create(p.Code, p)));
            copy.items = copy.items.Clear().SetItems(loaded.Items.Select(i => KeyValuePair.Create(i.Code, i)));
        }, loaded),
        NoticePublished published => With(copy => copy.notices = copy.notices.SetItem(
            published.Notice.Id,
            copy.notices.GetValueOrDefault(published.Notice.Id, []).Add(new(published.Notice, entry.RecordedAt, entry.Position)))),
        PartnerRegistered registered => With(copy => copy.partners = copy.partners.SetItem(
            registered.Partner.Code, new(registered.Partner, Active: true, entry.Position))),
        PartnerEnded ended => With(copy => copy.partners = copy.partners.SetItem(
            ended.Code, copy.partners[ended.Code] with { Active = false, Position = entry.Position })),
        BusinessTransferAnnounced announced => With(copy => copy.transfers = copy.transfers.SetItem(
            announced.TransferId, new(announced, Effected: false, entry.Position))),
        BusinessTransferEffected effected => With(
            copy => copy.transfers = copy.transfers.SetItem(effected.TransferId, transfers[effected.TransferId] with { Effected = true }),
            Definitions! with { Controller = transfers[effected.TransferId].Announced.Transferee }),
        _ => this,
    };

    private CatalogState With(Action<CatalogState> change, CatalogLoaded? definitions = null)
    {
        var copy = new CatalogState
        {
            Definitions = definitions ?? Definitions,
            purposes = purposes,
            partners = partners,
            notices = notices,
            transfers = transfers,
            cookiePurposes = cookiePurposes,
            items = items,
        };
        change(copy);
        return copy;
    }
}
