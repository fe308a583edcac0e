using System.Data.Common;
using ConsentLedger.Storage;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ConsentLedger.Tests.Ledger;

/// <summary>Who may write to the ledger may not change it, and who does all the same is found.</summary>
public sealed class TamperingTests(PostgresServer postgres)
{
    [Theory]
    [InlineData(Store.Sqlite, "UPDATE ledger_entries SET type = 'consent.granted' WHERE position = 1")]
    [InlineData(Store.Sqlite, "DELETE FROM ledger_entries WHERE position = 1")]
    [InlineData(Store.Postgres, "UPDATE ledger_entries SET type = 'consent.granted' WHERE position = 1")]
    [InlineData(Store.Postgres, "DELETE FROM ledger_entries WHERE position = 1")]
    [InlineData(Store.Postgres, "TRUNCATE ledger_entries")]
    public async Task The_store_refuses_to_change_an_entry(Store store, string sql)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);

        var refused = await Assert.ThrowsAnyAsync<DbException>(() => RunAsync(ledger, sql));

        Assert.Contains("append-only", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("an entry's bytes", "UPDATE ledger_entries SET data = replace(data, '\"web\"', '\"phone\"') WHERE position = {0}", "leaf hash")]
    [InlineData("an entry's columns", "UPDATE ledger_entries SET type = 'consent.refused' WHERE position = {0}", "columns")]
    [InlineData("an entry that is gone", "DELETE FROM ledger_entries WHERE position = {0}", "")]
    [InlineData("a stored state", "UPDATE subject_states SET state = replace(state, '\"granted\"', '\"refused\"')", "state")]
    [InlineData("a delivery that is gone", "DELETE FROM deliveries", "delivery")]
    [InlineData("an answer that nobody gave", "UPDATE deliveries SET outcome = 0", "delivery")]
    [InlineData("a shorter ledger", "UPDATE log_head SET position = position - 1", "head")]
    public async Task What_was_changed_all_the_same_is_found_with_its_position(string what, string sql, string finding)
    {
        foreach (var store in Enum.GetValues<Store>())
        {
            using var database = await LedgerDatabase.CreateAsync(store, postgres);
            // Not disposed as others are: it would verify what has just been spoilt.
            var ledger = LedgerService.Start(database);
            var client = ledger.Client();
            var granted = (await client.ConsentAsync("m-1", ("email_marketing", true))).Positions[0];
            await client.ProvideAsync("m-1", "inicis", "payment", "mobile");
            await client.CorrectAsync("m-1", "mobile");
            await ledger.VerifyAsync();
            await RunAsync(ledger, store == Store.Postgres
                ? "ALTER TABLE ledger_entries DISABLE TRIGGER ALL"
                : "DROP TRIGGER ledger_entries_no_update; DROP TRIGGER ledger_entries_no_delete");

            await RunAsync(ledger, string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, granted));

            var findings = await ledger.Verifier().VerifyAsync(progress: null, TestContext.Current.CancellationToken);
            Assert.True(findings.Count > 0, $"{store}: {what} was not found.");
            Assert.All(findings, f => Assert.NotNull(f.Position));
            Assert.Contains(findings, f => f.What.Contains(finding, StringComparison.Ordinal));
            if (sql.Contains("{0}", StringComparison.Ordinal))
                Assert.Equal(granted, findings[0].Position);
            await ledger.EndAsync();
        }
    }

    [Theory, BothStores]
    public async Task It_is_verified_while_the_service_writes(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        var client = ledger.Client();
        using var enough = new CancellationTokenSource();
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (; !enough.IsCancellationRequested; written++)
            {
                (await client.ConsentAsync($"m-{written % 50}", ("email_marketing", true), ("sms_marketing", false))).Is(System.Net.HttpStatusCode.Created);
                await client.ProvideAsync($"m-{written % 50}", "inicis", "payment", "mobile");
                if (written % 10 == 0)
                    await client.CorrectAsync($"m-{written % 50}", "address");
            }
        }, TestContext.Current.CancellationToken);

        for (var verified = 0; verified < 10 || (Volatile.Read(ref written) < 30 && !writing.IsCompleted); verified++)
            await ledger.VerifyAsync();

        await enough.CancelAsync();
        await writing;
    }

    private static async Task RunAsync(LedgerService ledger, string sql)
    {
        await using var context = await ledger.Services.GetRequiredService<IDbContextFactory<LedgerDbContext>>()
            .CreateDbContextAsync(TestContext.Current.CancellationToken);
        await context.Database.ExecuteSqlRawAsync(sql, TestContext.Current.CancellationToken);
    }
}
