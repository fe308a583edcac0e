using System.Text;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Relay;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using static ConsentLedger.Tests.Consents.ConsentsTests;

namespace ConsentLedger.Tests.Relay;

public sealed class SharedPagesTests(PostgresServer postgres)
{
    private static readonly string[] Holders = ["cj-gls", "inicis", "vendor-sample-a"];

    [Theory, BothStores]
    public async Task What_was_read_for_one_partner_serves_another_for_five_seconds_and_is_then_read_again(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        var client = ledger.Client();
        foreach (var (partner, purpose) in Holders.Zip((string[])["delivery", "payment", "vendor_delivery"]))
            (await client.ProvideAsync("m-shared", partner, purpose, "name")).Recorded("provision.recorded");
        (await client.CompleteAsync((await client.CorrectAsync("m-shared", "name")).Id(), ("name", "개명한이름"))).Recorded("correction.completed");
        var deletion = (await client.RequestDeletionAsync("m-shared", "name")).Id();
        var clock = new FakeTimeProvider();
        // Pages of one entry: what tells of the correction is one.
        var pages = new SharedPages(
            ledger.Services.GetRequiredService<PartnerEvents>(), ledger.Services.GetRequiredService<LedgerReplica>(), new RelaySettings { PageSize = 1 }, clock);
        Assert.Contains("개명한이름", await CorrectionAsync(Holders[0]), StringComparison.Ordinal);
        (await client.PostReplyAsync($"/v1/deletions/{deletion}/completion", null)).Recorded("deletion.completed");
        clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Contains("개명한이름", await CorrectionAsync(Holders[1]), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.DoesNotContain("개명한이름", await CorrectionAsync(Holders[2]), StringComparison.Ordinal);

        async Task<string> CorrectionAsync(string partner)
        {
            var told = (await EventsOf(ledger, partner, "m-shared")).Single(e => (string)e["type"]! == "correction.completed");
            var (events, _) = await pages.ReadAsync(partner, long.Parse((string)told["sequence"]!, provider: null) - 1, (long)told["ledgerposition"]!, TestContext.Current.CancellationToken);
            var body = Encoding.UTF8.GetString(Assert.Single(events).Body.Span);
            Assert.Contains((string)told["id"]!, body, StringComparison.Ordinal);
            return body;
        }
    }
}
