using System.Net;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Ledger;

/// <summary>The database goes away and comes back.</summary>
[Collection<ServerOutages>]
public sealed class StoreOutageTests(PostgresServer postgres)
{
    [Fact]
    public async Task Without_its_store_the_service_answers_503_and_never_an_old_permit_and_goes_on_when_it_is_back()
    {
        await using var ledger = await LedgerService.StartAsync(Store.Postgres, postgres);
        var client = ledger.Client();
        await client.ConsentAsync("m-1", ("email_marketing", true));
        Assert.Equal("permit", (string?)(await Ask(client)).Json["decision"]);

        await postgres.StopAsync();
        try
        {
            var write = await client.PostReplyAsync("/v1/members/m-1/consents", Requests.Consents(("email_marketing", false)), "during");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, write.Status);
            Assert.Equal(TimeSpan.FromSeconds(1), write.Headers.RetryAfter?.Delta);
            // It is in memory, and would be a permit: but who knows what another replica has written since.
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Ask(client)).Status);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetReplyAsync("/readyz")).Status);
            Assert.Equal(HttpStatusCode.OK, (await client.GetReplyAsync("/livez")).Status);
        }
        finally
        {
            await postgres.StartAsync();
        }

        var retried = await client.PostReplyAsync("/v1/members/m-1/consents", Requests.Consents(("email_marketing", false)), "during");
        Assert.Equal(HttpStatusCode.Created, retried.Status);
        Assert.Equal(["consent_refused"], (await Ask(client)).Reasons);
        Assert.Equal(1, await ledger.QueryAsync(c => Task.FromResult(c.Entries.Count(e => e.Type == "consent.refused"))));
    }

    private static Task<Reply> Ask(HttpClient client) => client.DecideAsync("m-1", "areumnet", "email_marketing", "name");
}
