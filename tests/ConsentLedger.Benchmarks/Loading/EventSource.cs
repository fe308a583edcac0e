using System.Globalization;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Provisions;

namespace ConsentLedger.Benchmarks.Loading;

/// <summary>
/// Members whose every choice is told to partners: as many partners as the relay has lanes, each member held by a few of them, and a
/// consent that is given and taken back in turn, so that no member's state grows.
/// </summary>
public sealed class EventSource(int members)
{
    public const int Partners = 32;
    public const int EventsPerChoice = 4;

    private static readonly NoticeReference Notice = new() { Id = "third-party-provision", Version = 1 };

    private static readonly PartnerRequest Vendor = new()
    {
        Kind = PartnerKind.Vendor,
        Name = new() { Ko = "벤더사", En = "Vendor" },
        Purposes =
        [
            new() { Purpose = "vendor_delivery", LegalBasis = LegalBasis.Contract, Items = ["name", "address", "phone", "product_info"] },
            new() { Purpose = "email_marketing", LegalBasis = LegalBasis.Consent, Items = ["name", "mobile"] },
        ],
        Subscriptions = ["consent.granted"],
    };

    private long choices;

    public static string Partner(int number) => string.Create(CultureInfo.InvariantCulture, $"vendor-{number % Partners:D2}");

    public static string MemberId(long member) => string.Create(CultureInfo.InvariantCulture, $"told-{member}");

    /// <summary>Registers the partners and gives them their members.</summary>
    public async Task SeedAsync(LedgerWriter writer)
    {
        for (var i = 0; i < Partners; i++)
        {
            var code = Partner(i);
            await writer.AppendAsync(null, c => RegisterPartner.Decide(code, Vendor, c.Catalog));
        }

        for (var m = 0; m < members; m++)
        {
            var subject = SubjectRef.Member(MemberId(m));
            var checkout = new CheckoutRequest { Provisions = [.. Enumerable.Range(m, EventsPerChoice).Select(p => Given(Partner(p)))] };
            await writer.AppendAsync(subject, c => RecordCheckout.Decide(c.Member(subject), checkout, c.Catalog, Silence.Block, c.Now));
        }

        await writer.SettleAsync();
        if (writer.Refused > 0)
            throw new InvalidOperationException($"{writer.Refused} commands were refused.");
    }

    /// <summary>At least so many more events that wait for the relay.</summary>
    public async Task AppendAsync(LedgerWriter writer, long events)
    {
        for (long made = 0; made < events; made += EventsPerChoice)
        {
            var choice = choices++;
            var subject = SubjectRef.Member(MemberId(choice / 2 % members));
            var request = new ConsentsRequest
            {
                Notice = Notice,
                Choices = [new() { Purpose = "email_marketing", Granted = choice % 2 == 0 }],
                Actor = new() { Kind = ActorKind.Member },
                Channel = Channel.Web,
            };
            await writer.AppendAsync(subject, c => RecordConsents.Decide(c.Member(subject), request, c.Catalog, Silence.Block, c.Now));
        }

        await writer.SettleAsync();
    }

    /// <summary>The same choices as requests, in the order in which each of them tells its partners something.</summary>
    public IReadOnlyList<PreparedRequest> Requests()
    {
        var token = Tokens.Create("consents:write");
        return [.. Enumerable.Range(0, members).SelectMany(m => (PreparedRequest[])[Choice(m, granted: true), Choice(m, granted: false)])];

        PreparedRequest Choice(int member, bool granted) =>
            PreparedRequest.Command($"/v1/members/{MemberId(member)}/consents", token, Rows.Shop.Choice("email_marketing", granted));
    }

    private static ProvisionRequest Given(string partner) => new()
    {
        Partner = partner,
        Purpose = "vendor_delivery",
        Items = ["name", "address", "phone", "product_info"],
    };
}
