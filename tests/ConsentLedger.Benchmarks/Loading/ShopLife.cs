using System.Globalization;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Ledger;
using ConsentLedger.Provisions;
using ConsentLedger.Rights;
using Microsoft.AspNetCore.Http;

namespace ConsentLedger.Benchmarks.Loading;

/// <summary>One thing that happens in the shop.</summary>
public readonly record struct ShopEvent(SubjectRef Member, Func<DecisionContext, Decision> Decide);

/// <summary>
/// What happens in a shop, without end, the same for the same seed: members join and order, change their minds about advertising,
/// have a number corrected, stop processing for a while. Most members order seldom; one in a hundred is an office that orders much.
/// </summary>
public sealed class ShopLife(int seed)
{
    /// <summary>Entries for each member that has joined, in the end.</summary>
    public const int EntriesPerMember = 20;

    /// <summary>Every so many members is one office; the first ones of them all joined first.</summary>
    public const int MembersPerOffice = 100;

    private const int FirstMembers = 500;

    private static readonly NoticeReference Notice = new() { Id = "third-party-provision", Version = 1 };
    private static readonly Actor Member = new() { Kind = ActorKind.Member };
    private static readonly string[] Vendors = ["vendor-sample-a", "vendor-sample-b"];

    private readonly Random random = new(seed);
    private readonly List<bool?> emailConsents = []; // by member; null: not seen yet
    private long orders;

    public static string MemberId(long member) => string.Create(CultureInfo.InvariantCulture, $"m-{member}");

    /// <param name="entries">How many the ledger has by now: with it the shop grows.</param>
    public IEnumerable<ShopEvent> Next(long entries)
    {
        var members = (int)Math.Max(FirstMembers, entries / EntriesPerMember);
        while (emailConsents.Count < members)
            emailConsents.Add(null);
        var member = random.NextDouble() < 0.2 ? random.Next(members / MembersPerOffice) : random.Next(members);
        var subject = SubjectRef.Member(MemberId(member));
        return emailConsents[member] is null ? [Of(subject, Join(member))] : Happens(subject, member, random.NextDouble());
    }

    private IEnumerable<ShopEvent> Happens(SubjectRef subject, int member, double dice)
    {
        switch (dice)
        {
            case < 0.64:
                return [Of(subject, new CheckoutRequest { Provisions = Order() })];
            case < 0.76:
                var single = emailConsents[member] is true ? Provision("areumnet", "email_marketing", "name", "mobile") : Provision("cj-gls", "delivery", "name", "address", "phone");
                return [new(subject, c => RecordProvision.Decide(c.Member(subject), single, c.Catalog, c.Now))];
            case < 0.88:
                emailConsents[member] = emailConsents[member] is not true;
                var choice = Choices(("email_marketing", emailConsents[member] is true));
                return [new(subject, c => RecordConsents.Decide(c.Member(subject), choice, c.Catalog, Silence.Block, c.Now))];
            case < 0.92:
                var withdrawal = new WithdrawalRequest { Purposes = ["sms_marketing"], Actor = Member, Channel = Channel.Web };
                return [new(subject, c => WithdrawConsents.Decide(c.Member(subject), withdrawal, c.Catalog, c.Now))];
            case < 0.98:
                return Correct(subject);
            default:
                return Suspend(subject);
        }
    }

    private CheckoutRequest Join(int member)
    {
        emailConsents[member] = random.NextDouble() < 0.6;
        return new()
        {
            Consents = Choices(("email_marketing", emailConsents[member] is true), ("sms_marketing", random.NextDouble() < 0.4)),
            Provisions = Order(),
        };
    }

    private IReadOnlyList<ProvisionRequest> Order()
    {
        var goods = random.NextDouble() < 0.5
            ? Provision("cj-gls", "delivery", "name", "address", "phone", "mobile")
            : Provision(Vendors[random.Next(Vendors.Length)], "vendor_delivery", "name", "address", "phone", "product_info");
        return [Provision("inicis", "payment", "name", "mobile", "payment_info"), goods];
    }

    private ProvisionRequest Provision(string partner, string purpose, params string[] items) => new()
    {
        Partner = partner,
        Purpose = purpose,
        Items = items,
        Reference = new Dictionary<string, string> { ["order"] = string.Create(CultureInfo.InvariantCulture, $"20261122-{++orders:D8}") },
    };

    private static ConsentsRequest Choices(params (string Purpose, bool Granted)[] choices) => new()
    {
        Notice = Notice,
        Choices = [.. choices.Select(c => new Choice { Purpose = c.Purpose, Granted = c.Granted })],
        Actor = Member,
        Channel = Channel.Web,
    };

    private static ShopEvent Of(SubjectRef subject, CheckoutRequest checkout) =>
        new(subject, c => RecordCheckout.Decide(c.Member(subject), checkout, c.Catalog, Silence.Block, c.Now));

    // The result follows at once: an order meanwhile would be refused.
    private static IEnumerable<ShopEvent> Correct(SubjectRef subject)
    {
        var asked = new CorrectionRequest { Items = ["mobile"], Actor = Member, Channel = Channel.Phone };
        var result = new CompletionRequest { Values = new Dictionary<string, string> { ["mobile"] = "010-1234-5678" } };
        yield return new(subject, c => RequestCorrection.Decide(c.Member(subject), asked, c.Catalog, c.Now));
        yield return new(subject, c => c.Member(subject) is { Holds: [var hold, ..] } member
            ? SettleCorrection.Decide(member, hold, result, c.Catalog, c.Now)
            : Nothing());
    }

    private static IEnumerable<ShopEvent> Suspend(SubjectRef subject)
    {
        var asked = new RightsRequest { Actor = Member, Channel = Channel.Web };
        yield return new(subject, c => SuspendProcessing.Decide(c.Member(subject), asked, c.Catalog, c.Now));
        yield return new(subject, c => c.Member(subject) is { Suspensions: [var suspension, ..] } member
            ? SettleSuspension.DecideLifting(member, suspension.Id, asked, c.Catalog, c.Now) ?? Nothing()
            : Nothing());
    }

    private static Decision Nothing() => Decision.Refuse(new(StatusCodes.Status404NotFound, ""));
}
