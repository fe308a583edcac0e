using System.Net;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Ledger;

/// <summary>Two services on one PostgreSQL behave as one.</summary>
public sealed class ReplicaTests(PostgresServer postgres)
{
    private const int Members = 6;
    private const int Rounds = 25;

    [Fact]
    public async Task No_replica_permits_what_another_has_answered_a_withdrawal_of()
    {
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var first = LedgerService.Start(database);
        await using var second = LedgerService.Start(database);
        HttpClient[] clients = [first.Client(), second.Client()];

        await Task.WhenAll(Enumerable.Range(0, Members).Select(m => AlternateAsync(clients, $"m-{m}")));

        // Positions are gap-free and states are folds: checked when the services are disposed.
        Assert.True(await first.QueryAsync(c => Task.FromResult(c.Entries.Count())) >= Members * Rounds * 3);
    }

    [Fact]
    public async Task The_same_key_at_two_replicas_is_one_request()
    {
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var first = LedgerService.Start(database);
        await using var second = LedgerService.Start(database);
        HttpClient[] clients = [first.Client(), second.Client()];

        var replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
            clients[i % 2].PostReplyAsync("/v1/members/m-1/consents", Requests.Consents(("email_marketing", true)), "one-key")));

        Assert.All(replies, r => Assert.Equal(HttpStatusCode.Created, r.Status));
        Assert.Single(replies.Select(r => r.Text).Distinct());
        Assert.Equal(1, await first.QueryAsync(c => Task.FromResult(c.Entries.Count(e => e.Type == "consent.granted"))));
    }

    [Fact]
    public async Task Two_services_that_start_at_once_load_one_catalog()
    {
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        var services = await Task.WhenAll(
            Task.Run(() => LedgerService.Start(database)), Task.Run(() => LedgerService.Start(database)));
        try
        {
            Assert.Equal(1, await services[0].QueryAsync(c => Task.FromResult(c.Entries.Count(e => e.Type == "catalog.loaded"))));
        }
        finally
        {
            foreach (var service in services)
                await service.DisposeAsync();
        }
    }

    // Written at one replica, asked at the other, in turn.
    private static async Task AlternateAsync(HttpClient[] clients, string member)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var (writer, reader) = (clients[round % 2], clients[(round + 1) % 2]);
            await writer.ConsentAsync(member, ("email_marketing", true));
            Assert.Equal("permit", (string?)(await Ask(reader, member)).Json["decision"]);
            var provided = await reader.ProvideAsync(member, "areumnet", "email_marketing", "name");
            Assert.Equal(HttpStatusCode.Created, provided.Status);
            await writer.WithdrawAsync(member, "email_marketing");
            Assert.Equal(["consent_withdrawn"], (await Ask(reader, member)).Reasons);
            Assert.Equal(HttpStatusCode.Forbidden, (await reader.ProvideAsync(member, "areumnet", "email_marketing", "name")).Status);
        }
    }

    private static Task<Reply> Ask(HttpClient client, string member) => client.DecideAsync(member, "areumnet", "email_marketing", "name");
}
