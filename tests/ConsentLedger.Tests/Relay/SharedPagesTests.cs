using System.Text;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Relay;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using static ConsentLedger.Tests.Consents.ConsentsTests;

namespace ConsentLedger.Tests.Relay;

public sealed class SharedPagesTests(PostgresServer postgres)
{
    private const string Name = "개명한이름";

    private static readonly string[] Holders = ["cj-gls", "inicis", "vendor-sample-a"];

    [Theory, BothStores]
    public async Task What_was_read_for_one_partner_serves_another_until_something_is_deleted(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        await TellAsync(ledger.Client());
        var pages = PagesOf(ledger);

        var first = await CorrectionAsync(ledger, pages, Holders[0]);
        Assert.Contains(Name, Body(first), StringComparison.Ordinal);
        Assert.Same(first, await CorrectionAsync(ledger, pages, Holders[0]));
        await DeleteAsync(ledger.Client());

        Assert.DoesNotContain(Name, Body(await CorrectionAsync(ledger, pages, Holders[1])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_another_replica_has_answered_a_deletion_of_is_told_no_more()
    {
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var reader = LedgerService.Start(database);
        await using var other = LedgerService.Start(database);
        await TellAsync(reader.Client());
        var pages = PagesOf(reader);

        Assert.Contains(Name, Body(await CorrectionAsync(reader, pages, Holders[0])), StringComparison.Ordinal);
        await DeleteAsync(other.Client());

        Assert.DoesNotContain(Name, Body(await CorrectionAsync(other, pages, Holders[1])), StringComparison.Ordinal);
    }

    [Theory, BothStores]
    public async Task A_lane_gets_what_it_sends_at_once_out_of_several_pages_and_goes_on_where_they_ended(Store store)
    {
        const int Rounds = 20, Run = 8;
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        var client = ledger.Client();
        (await client.ProvideAsync("m-shared", Holders[0], "delivery", "name")).Recorded("provision.recorded");
        for (var round = 0; round < Rounds; round++)
        {
            (await client.CompleteAsync((await client.CorrectAsync("m-shared", "name")).Id(), ("name", Name))).Recorded("correction.completed");
            // What is told to nobody.
            (await client.ConsentAsync("m-other", ("email_marketing", true), ("sms_marketing", false))).Recorded("consent.granted", "consent.refused");
        }

        var told = await EventsOf(ledger, Holders[0], "m-shared");
        // Half of the entries are told: six in a page.
        var pages = PagesOf(ledger, pageSize: 12);
        List<PartnerEvent> read = [];
        for (var (from, more) = ((long)told[0]["ledgerposition"]!, true); more;)
        {
            (var some, from) = await pages.ReadAsync(Holders[0], read.Count, from, TestContext.Current.CancellationToken);
            if (read.Count + Run < told.Count - 12)
                Assert.InRange(some.Count, Run, 12);
            read.AddRange(some);
            more = some.Count > 0;
        }

        Assert.Equal(told.Select(e => (string)e["id"]!), read.Select(e => e.Id.ToString()));
    }

    private static async Task TellAsync(HttpClient client)
    {
        foreach (var (partner, purpose) in Holders.Zip((string[])["delivery", "payment", "vendor_delivery"]))
            (await client.ProvideAsync("m-shared", partner, purpose, "name")).Recorded("provision.recorded");
        (await client.CompleteAsync((await client.CorrectAsync("m-shared", "name")).Id(), ("name", Name))).Recorded("correction.completed");
    }

    private static async Task DeleteAsync(HttpClient client)
    {
        var deletion = (await client.RequestDeletionAsync("m-shared", "name")).Id();
        (await client.PostReplyAsync($"/v1/deletions/{deletion}/completion", null)).Recorded("deletion.completed");
    }

    // Pages of one entry: what tells of the correction is one.
    private static SharedPages PagesOf(LedgerService ledger, int pageSize = 1) => new(
        ledger.Services.GetRequiredService<PartnerEvents>(), ledger.Services.GetRequiredService<LedgerReplica>(), new RelaySettings { PageSize = pageSize }, TimeProvider.System);

    // Where it is, the feed of a service says; its requests must not bring the replica of the pages up to date.
    private static async Task<PartnerEvent> CorrectionAsync(LedgerService ledger, SharedPages pages, string partner)
    {
        var told = (await EventsOf(ledger, partner, "m-shared")).Single(e => (string)e["type"]! == "correction.completed");
        var (events, _) = await pages.ReadAsync(partner, long.Parse((string)told["sequence"]!, provider: null) - 1, (long)told["ledgerposition"]!, TestContext.Current.CancellationToken);
        var found = Assert.Single(events);
        Assert.Equal((string)told["id"]!, found.Id.ToString());
        return found;
    }

    private static string Body(PartnerEvent told) => Encoding.UTF8.GetString(told.Body.Span);
}
