using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ConsentLedger.Ledger;
using ConsentLedger.Storage.Postgres;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ConsentLedger.Tests.Storage;

/// <summary>The partitions of a ledger on PostgreSQL: made ahead of need, closed to change, and those of idempotency keys dropped.</summary>
public sealed class PartitionsTests(PostgresServer postgres)
{
    private const string Bounds = "SELECT name || ' ' || first || ' ' || after FROM partition_bounds('ledger_entries') ORDER BY name";

    private static readonly string[] Purposes = ["email_marketing", "sms_marketing", "telemarketing"];

    [Fact]
    public async Task The_ledger_rolls_over_while_two_replicas_write_and_others_read()
    {
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var first = LedgerService.Start(database, time: null, ("Ledger:EntriesInPartition", "64"));
        await using var second = LedgerService.Start(database, time: null, ("Ledger:EntriesInPartition", "64"));
        HttpClient[] clients = [first.Client(), second.Client()];
        var writing = Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var choices = Requests.Consents(("email_marketing", true), ("sms_marketing", false));
            (await clients[i % 2].PostReplyAsync($"/v1/members/m-{i % 30}/consents", choices, $"key-{i}")).Recorded("consent.granted", "consent.refused");
            (await clients[i % 2].ProvideAsync($"m-{i % 30}", "inicis", "payment", "mobile")).Recorded("provision.recorded");
        });
        do
            await first.VerifyAsync();
        while (!writing.IsCompleted);
        await writing;

        var head = await first.HeadAsync();
        Assert.True(head > 600);
        var filled = await DatabaseUsers.ListAsync(database.Connection, "SELECT DISTINCT tableoid::regclass::text FROM ledger_entries");
        Assert.Equal((int)((head + 63) / 64), filled.Length);
        var client = clients[0];
        foreach (var filter in (string[])["", "&member=m-7", "&partner=inicis", "&type=consent.refused"])
        {
            var all = (await client.GetReplyAsync($"/v1/ledger/entries?limit=1000{filter}")).List("entries");
            Assert.True(all.Count > 10);
            Assert.Equal(all.ToJson(), (await client.AllPagesAsync($"/v1/ledger/entries?limit=50{filter}", "entries", 50)).ToJson());
            Assert.Equal(all.Reverse().ToJson(), (await client.AllPagesAsync($"/v1/ledger/entries?limit=50&order=desc{filter}", "entries", 50)).ToJson());
        }
    }

    [Fact]
    public async Task The_service_rolls_over_without_the_right_to_make_a_table()
    {
        var users = await DatabaseUsers.DeployAsync(postgres);
        using var database = LedgerDatabase.At(users.Service);
        await using var ledger = LedgerService.Start(database, time: null, ("Ledger:EntriesInPartition", "16"));
        for (var i = 0; i < 20; i++)
            (await ledger.Client().ConsentAsync($"m-{i}", ("email_marketing", true), ("sms_marketing", true))).Recorded("consent.granted", "consent.granted");

        Assert.Equal(
            [users.Database],
            await DatabaseUsers.ListAsync(users.Administrator, "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname ~ '^(ledger_entries|idempotency_keys)'"));
        Assert.True((await DatabaseUsers.ListAsync(users.Service, "SELECT DISTINCT tableoid::regclass::text FROM ledger_entries")).Length >= 3);
        await users.GiveRightsAsync(users.Owner);
        foreach (var sql in (string[])
            ["SELECT FROM {0}", "INSERT INTO {0} SELECT * FROM ledger_entries", "UPDATE {0} SET data = ''", "DELETE FROM {0}", "TRUNCATE {0}", "DROP TABLE {0}",
             "ALTER TABLE ledger_entries DETACH PARTITION {0}", "ALTER TABLE {0} DISABLE TRIGGER ALL"])
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() =>
                DatabaseUsers.RunAsync(users.Service, string.Format(CultureInfo.InvariantCulture, sql, "ledger_entries_p000001")));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }

        foreach (var partition in (string[])["ledger_entries_p000001", (await DatabaseUsers.ListAsync(users.Owner, "SELECT name FROM partition_bounds('idempotency_keys')"))[0]])
        {
            Assert.Equal(
                PostgresErrorCodes.InsufficientPrivilege,
                (await Assert.ThrowsAsync<PostgresException>(() => DatabaseUsers.RunAsync(users.Reader, $"SELECT FROM {partition}"))).SqlState);
        }

        foreach (var sql in (string[])["SELECT make_room_for_entries(1, 1)", "SELECT make_room_for_keys(now(), now(), 1)", "SELECT drop_past_keys(now())"])
        {
            await DatabaseUsers.RunAsync(users.Service, sql);
            Assert.Equal(
                PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => DatabaseUsers.RunAsync(users.Reader, sql))).SqlState);
        }

        (await ledger.Client().ConsentAsync("m-last", ("email_marketing", true))).Recorded("consent.granted");
    }

    [Theory]
    [InlineData("UPDATE {0} SET type = 'consent.granted'")]
    [InlineData("DELETE FROM {0}")]
    [InlineData("TRUNCATE {0}")]
    public async Task A_partition_is_closed_to_change_like_the_ledger(string sql)
    {
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var ledger = LedgerService.Start(database, time: null, ("Ledger:EntriesInPartition", "8"));
        (await ledger.Client().ConsentAsync("m-1", ("email_marketing", true))).Recorded("consent.granted");
        // By its owner, and before there is an entry in it too.
        foreach (var table in await DatabaseUsers.ListAsync(database.Connection, "SELECT name FROM partition_bounds('ledger_entries')"))
        {
            var refused = await Assert.ThrowsAnyAsync<DbException>(() =>
                DatabaseUsers.RunAsync(database.Connection, string.Format(CultureInfo.InvariantCulture, sql, table)));
            Assert.Contains("append-only", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Those_who_make_room_at_once_make_each_partition_once()
    {
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var ledger = LedgerService.Start(database, time: null, ("Ledger:EntriesInPartition", "10"));
        await Task.WhenAll(Enumerable.Range(1, 8).Select(i => DatabaseUsers.RunAsync(
            database.Connection, $"SELECT make_room_for_entries({40 + i}, 10), make_room_for_keys(now() + interval '{i} months', now() + interval '4 months', 30)")));
        Assert.Equal(
            ["ledger_entries_p000000 1 11", "ledger_entries_p000001 11 21", "ledger_entries_p000002 21 31", "ledger_entries_p000003 31 41", "ledger_entries_p000004 41 51"],
            await DatabaseUsers.ListAsync(database.Connection, Bounds));
        // Another size counts from where the last one ends.
        await DatabaseUsers.RunAsync(database.Connection, "SELECT make_room_for_entries(51, 32)");
        Assert.Equal("ledger_entries_p000005 51 65", (await DatabaseUsers.ListAsync(database.Connection, Bounds))[^1]);
        var tooMany = await Assert.ThrowsAsync<PostgresException>(() => DatabaseUsers.RunAsync(database.Connection, "SELECT make_room_for_entries(1000000, 1)"));
        Assert.Contains("too many partitions", tooMany.MessageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_reads_for_long_holds_up_neither_appends_nor_partitions()
    {
        var clock = new TestClock();
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var ledger = LedgerService.Start(database, clock, ("Ledger:EntriesInPartition", "8"));
        var pruner = ActivatorUtilities.CreateInstance<StoreKeeper>(ledger.Services);
        await KeptAsync(ledger, "old");
        clock.Advance(TimeSpan.FromDays(30));
        await using (var reader = new NpgsqlConnection(database.Connection))
        {
            await reader.OpenAsync(TestContext.Current.CancellationToken);
            await using var transaction = await reader.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using (var read = new NpgsqlCommand("SELECT count(*) FROM ledger_entries, idempotency_keys", reader))
                await read.ExecuteScalarAsync(TestContext.Current.CancellationToken);
            Assert.False(await pruner.PruneOnceAsync(TestContext.Current.CancellationToken));
            for (var i = 0; i < 30; i++)
                await KeptAsync(ledger, $"key-{i}");
            Assert.True((await DatabaseUsers.ListAsync(database.Connection, Bounds)).Length >= 4);
        }

        Assert.True(await pruner.PruneOnceAsync(TestContext.Current.CancellationToken));
        await KeptAsync(ledger, "old", again: true);
    }

    [Theory, BothStores]
    public async Task A_key_is_remembered_for_its_retention_and_then_forgotten(Store store)
    {
        var ct = TestContext.Current.CancellationToken;
        var clock = new TestClock();
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock, ("Ledger:IdempotencyRetention", "3.00:00:00"));
        var pruner = ActivatorUtilities.CreateInstance<StoreKeeper>(ledger.Services);
        for (var day = 0; day < 20; day++)
        {
            var body = Requests.Consents(("sms_marketing", true));
            var first = (await ledger.Client().PostReplyAsync("/v1/members/m-1/consents", body, "kept")).Recorded("consent.granted");
            clock.Advance(TimeSpan.FromDays(3) - TestClock.Tick);
            while (await pruner.PruneOnceAsync(ct))
                await KeptAsync(ledger, $"between-{day}-{await ledger.HeadAsync()}");
            Assert.Equal(first.Text, (await ledger.Client().PostReplyAsync("/v1/members/m-1/consents", body, "kept")).Recorded("consent.granted").Text);
            // Past the retention it is answered as long as it is there.
            clock.Advance(TimeSpan.FromHours(1) + TestClock.Tick);
            if (day == 0)
                Assert.Equal(first.Text, (await ledger.Client().PostReplyAsync("/v1/members/m-1/consents", body, "kept")).Recorded("consent.granted").Text);
            clock.Advance(TimeSpan.FromDays(3 + (day * 100)));
            while (await pruner.PruneOnceAsync(ct))
            {
                // Until nothing is left to forget.
            }

            var later = (await ledger.Client().PostReplyAsync("/v1/members/m-1/consents", body, "kept")).Recorded("consent.granted");
            Assert.NotEqual(first.Text, later.Text);
            if (store == Store.Postgres)
                Assert.InRange(await ledger.QueryAsync(c => c.Database.SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM partition_bounds('idempotency_keys')").SingleAsync(ct)), 1, 3);
        }
    }

    [Fact]
    public async Task No_append_fails_though_a_replica_whose_clock_is_years_ahead_dropped_its_partition()
    {
        var (clock, ahead) = (new TestClock(), new TestClock());
        ahead.Advance(TimeSpan.FromDays(3650));
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var ledger = LedgerService.Start(database, clock);
        await using var other = LedgerService.Start(database, ahead);
        await KeptAsync(ledger, "before");
        while (await ActivatorUtilities.CreateInstance<StoreKeeper>(other.Services).PruneOnceAsync(TestContext.Current.CancellationToken))
        {
            // All that this service has.
        }

        await KeptAsync(ledger, "after");
        await KeptAsync(other, "ahead");
        await KeptAsync(ledger, "and back");
    }

    // Few entries in a partition, many recorded at one instant: some instants begin or end at an edge, some have it in the middle.
    [Theory, BothStores]
    public async Task A_time_is_a_place_at_the_edges_of_partitions_and_among_equal_times(Store store)
    {
        var clock = new TestClock();
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock, ("Ledger:EntriesInPartition", "8"));
        var client = ledger.Client();
        for (var i = 0; i < 24; i++)
        {
            if (i % 3 != 1)
                clock.Advance(TestClock.Tick);
            (await client.ConsentAsync($"m-{i}", [.. Purposes.Take(1 + (i % 3)).Select(p => (p, true))])).Is(HttpStatusCode.Created);
        }

        var all = (await client.GetReplyAsync("/v1/ledger/entries?limit=1000")).List("entries");
        var times = all.Select(Time).Distinct().ToList();
        Assert.True(times.Count > 10 && all.Count > 2 * times.Count);
        foreach (var time in times.SelectMany(t => (DateTimeOffset[])[t, t + TestClock.Tick]).Append(times[0].AddYears(-5)).Append(times[0].AddYears(5)))
        {
            var text = Timestamps.Format(time);
            Assert.Equal(all.Where(e => Time(e) >= time).ToJson(), (await client.GetReplyAsync($"/v1/ledger/entries?limit=1000&from={text}")).List("entries").ToJson());
            Assert.Equal(
                all.Where(e => Time(e) < time).Reverse().ToJson(), (await client.GetReplyAsync($"/v1/ledger/entries?limit=1000&order=desc&to={text}")).List("entries").ToJson());
        }

        static DateTimeOffset Time(JsonNode entry) => DateTimeOffset.Parse((string)entry["recordedAt"]!, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_ledger_from_before_partitions_becomes_the_first_one_as_it_is()
    {
        var ct = TestContext.Current.CancellationToken;
        var users = await DatabaseUsers.CreateAsync(postgres);
        await MigrateAsync(users.Owner, "20261125082919_AddTransparency");
        await users.GiveRightsAsync(users.Administrator);
        using var database = LedgerDatabase.At(users.Service);
        using var source = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        string answer;
        await using (var filled = LedgerService.Start(source))
        {
            answer = await KeptAsync(filled, "before");
            for (var i = 0; i < 100; i++)
                (await filled.Client().ConsentAsync($"m-{i}", ("email_marketing", true), ("sms_marketing", false), ("telemarketing", true))).Is(HttpStatusCode.Created);
            await filled.Client().ProvideAsync("m-1", "inicis", "payment", "mobile");
            foreach (var table in await filled.QueryAsync(c => Task.FromResult(c.Model.GetEntityTypes().Select(e => e.GetTableName()!).ToList())))
                await CopyAsync(table, source.Connection, users.Owner, ct);
        }

        File.Copy(source.SigningKeyFile, database.SigningKeyFile);
        var before = await DatabaseUsers.ListAsync(users.Owner, "SELECT pg_relation_filenode('ledger_entries')::text");

        await Verb.RunAsync(users.Owner, 0, "migrate");

        Assert.Equal(before, await DatabaseUsers.ListAsync(users.Owner, "SELECT pg_relation_filenode('ledger_entries_p000000')::text"));
        Assert.Equal(
            ["ledger_entries_p000000 1 4194305", "ledger_entries_p000001 4194305 8388609"], await DatabaseUsers.ListAsync(users.Owner, Bounds));
        // What replicas of the version before still do until they are replaced.
        await DatabaseUsers.RunAsync(users.Service, """
            BEGIN; INSERT INTO ledger_entries SELECT position + 100000, type, subject_id, partner, recorded_at, leaf_hash, data FROM ledger_entries;
            INSERT INTO idempotency_keys SELECT client, key || '2', request_hash, status, body, position, now() FROM idempotency_keys; ROLLBACK
            """);
        await users.GiveRightsAsync(users.Owner);
        Assert.StartsWith("ok: ", await Verb.RunAsync(users.Service, 0, "verify"), StringComparison.Ordinal);
        await using var ledger = LedgerService.Start(database);
        Assert.Equal(answer, await KeptAsync(ledger, "before"));
        (await ledger.Client().ConsentAsync("m-after", ("email_marketing", true))).Recorded("consent.granted");
        var refused = await Assert.ThrowsAsync<PostgresException>(() => DatabaseUsers.RunAsync(users.Owner, "DELETE FROM ledger_entries_p000000"));
        Assert.Contains("append-only", refused.MessageText, StringComparison.Ordinal);
    }

    // One request under a key; done anew where it was forgotten.
    private static async Task<string> KeptAsync(LedgerService ledger, string key, bool again = false)
    {
        var head = await ledger.HeadAsync();
        var reply = (await ledger.Client().PostReplyAsync("/v1/members/m-keys/consents", Requests.Consents(("sms_marketing", true)), key)).Recorded("consent.granted");
        Assert.True(!again || reply.Positions[0] == head + 1, $"{key} was not forgotten");
        return reply.Text;
    }

    private static async Task MigrateAsync(string connection, string migration)
    {
        await using var context = new PostgresLedgerDbContext(new DbContextOptionsBuilder<PostgresLedgerDbContext>().UseNpgsql(connection).Options);
        await context.GetService<IMigrator>().MigrateAsync(migration);
    }

    private static async Task CopyAsync(string table, string from, string to, CancellationToken ct)
    {
        await using var source = new NpgsqlConnection(from);
        await using var target = new NpgsqlConnection(to);
        await source.OpenAsync(ct);
        await target.OpenAsync(ct);
        // The head is there from the start.
        await using (var empty = new NpgsqlCommand(table == "log_head" ? "DELETE FROM log_head" : "SELECT 1", target))
            await empty.ExecuteNonQueryAsync(ct);
        await using var reader = await source.BeginRawBinaryCopyAsync($"COPY (SELECT * FROM {table}) TO STDOUT (FORMAT BINARY)", ct);
        await using var writer = await target.BeginRawBinaryCopyAsync($"COPY {table} FROM STDIN (FORMAT BINARY)", ct);
        await reader.CopyToAsync(writer, ct);
    }
}
