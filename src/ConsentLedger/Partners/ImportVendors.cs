using System.Collections.Immutable;
using System.Globalization;
using ConsentLedger.Catalog;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Partners;

/// <summary>A vendor before and after.</summary>
public readonly record struct VendorChange(Partner Before, Partner After);

/// <summary>What an import does to the register.</summary>
public sealed record VendorImport
{
    public ImmutableArray<Partner> Added { get; init; } = [];

    /// <summary>Ended before, and in the file.</summary>
    public ImmutableArray<Partner> RegisteredAgain { get; init; } = [];

    public ImmutableArray<VendorChange> Changed { get; init; } = [];

    public int Unchanged { get; init; }

    /// <summary>Active vendors that the file does not name.</summary>
    public ImmutableArray<Partner> Missing { get; init; } = [];

    /// <summary>Whether the missing ones are ended.</summary>
    public bool EndsMissing { get; init; }

    /// <summary>Why nothing is done. Empty where there are entries.</summary>
    public ImmutableArray<LineError> Errors { get; init; } = [];

    public ImmutableArray<NewEntry> Entries { get; init; } = [];

    /// <summary>The difference, for people.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var vendor in Added)
            yield return Line("added", vendor, "");
        foreach (var vendor in RegisteredAgain)
            yield return Line("registered again", vendor, "");
        foreach (var (before, after) in Changed)
            yield return Line("changed", after, before.Name == after.Name ? " (what it is given)" : $" (was {Names(before)})");
        foreach (var vendor in Missing)
            yield return Line(EndsMissing ? "ended" : "not in the file", vendor, "");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{Added.Length} added, {RegisteredAgain.Length} registered again, {Changed.Length} changed, {Unchanged} unchanged, {Missing.Length} not in the file ({(EndsMissing ? "ended" : "left as they are")}).");
    }

    private static string Line(string what, Partner vendor, string more) => $"{what}: {vendor.Code} {Names(vendor)}{more}";

    private static string Names(Partner vendor) => vendor.Name.Ko == vendor.Name.En
        ? VendorFile.Show(vendor.Name.Ko)
        : $"{VendorFile.Show(vendor.Name.Ko)} / {VendorFile.Show(vendor.Name.En)}";
}

/// <summary>import-vendors: the annex of vendors becomes the register, in one append.</summary>
public static class ImportVendors
{
    private const string VendorDelivery = "vendor_delivery";

    // Policy, provision to third parties, exception 3: vendors that ship directly are given the least that a delivery needs.
    private static readonly PartnerPurposeRequest Delivery = new()
    {
        Purpose = VendorDelivery,
        LegalBasis = LegalBasis.Contract,
        Items = ["name", "address", "phone", "product_info"],
    };

    public static Decision Decide(ImmutableArray<VendorLine> vendors, bool endMissing, CatalogState catalog, DateTimeOffset now)
    {
        var import = Plan(vendors, endMissing, catalog, now);
        return import.Errors.IsEmpty
            ? new(import.Entries, _ => new(StatusCodes.Status201Created, import))
            : Decision.Refuse(new(StatusCodes.Status400BadRequest, import));
    }

    /// <summary>What would be done, all of it or nothing.</summary>
    public static VendorImport Plan(ImmutableArray<VendorLine> vendors, bool endMissing, CatalogState catalog, DateTimeOffset now)
    {
        List<LineError> errors = [];
        List<Partner> added = [], again = [];
        List<VendorChange> changed = [];
        List<NewEntry> entries = [];
        foreach (var vendor in vendors)
        {
            var known = catalog.FindPartner(vendor.Code);
            var decision = RegisterPartner.Decide(vendor.Code, Registration(vendor, known), catalog);
            errors.AddRange(Errors(vendor, known, decision));
            if (errors.Count >= VendorFile.MaxErrors)
                break;
            if (decision.Entries is not [{ Data: PartnerRegistered { Partner: var partner } } entry])
                continue;
            entries.Add(entry);
            if (known is null)
                added.Add(partner);
            else if (known.Active)
                changed.Add(new(known.Partner, partner));
            else
                again.Add(partner);
        }

        if (errors.Count > 0)
            return new() { Errors = [.. errors.Take(VendorFile.MaxErrors)] };
        var named = vendors.Select(v => v.Code).ToHashSet(StringComparer.Ordinal);
        var missing = catalog.Partners.Where(p => p.Active && IsOfAnnex(p.Partner) && !named.Contains(p.Code)).Select(p => p.Partner).ToImmutableArray();
        if (endMissing)
            entries.AddRange(missing.SelectMany(partner => EndPartner.Decide(partner.Code, catalog, now).Entries));
        return new()
        {
            Added = [.. added],
            RegisteredAgain = [.. again],
            Changed = [.. changed],
            Unchanged = vendors.Length - added.Count - again.Count - changed.Count,
            Missing = missing,
            EndsMissing = endMissing,
            Entries = [.. entries],
        };
    }

    private static bool IsOfAnnex(Partner partner) =>
        partner.Kind == PartnerKind.Vendor && partner.Code.StartsWith(VendorFile.Prefix, StringComparison.Ordinal);

    // The annex says who ships directly. What else an active vendor serves or has asked for stands; one that ended starts anew.
    private static PartnerRequest Registration(VendorLine vendor, RegisteredPartner? known)
    {
        var before = known is { Active: true } ? known.Partner : null;
        var purposes = (before?.Purposes ?? []).Select(p => p.Purpose == VendorDelivery
            ? Delivery
            : new PartnerPurposeRequest { Purpose = p.Purpose, LegalBasis = p.LegalBasis, Items = p.Items }).ToList();
        if (before?.Serves(VendorDelivery) is null)
            purposes.Add(Delivery);
        return new()
        {
            Kind = PartnerKind.Vendor,
            Name = new() { Ko = vendor.NameKo, En = vendor.NameEn },
            Purposes = purposes,
            Subscriptions = before?.Subscriptions,
        };
    }

    private static IEnumerable<LineError> Errors(VendorLine vendor, RegisteredPartner? known, Decision decision)
    {
        if (known is not null && known.Partner.Kind != PartnerKind.Vendor)
            yield return new(vendor.Line, $"code: {vendor.Code} is registered as another kind of partner");
        if (!decision.Entries.IsEmpty || decision.Reply([]).Body is not Problem problem)
            yield break;
        foreach (var error in problem.Errors)
            yield return new(vendor.Line, $"{error.Field}: {error.Message.En}");
    }
}
