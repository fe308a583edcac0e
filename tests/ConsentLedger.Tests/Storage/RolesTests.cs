using System.Net;
using ConsentLedger.Ledger;
using ConsentLedger.Relay;
using ConsentLedger.Storage.Postgres;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using ConsentLedger.Transparency;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ConsentLedger.Tests.Storage;

/// <summary>One deployed database for the tests that change nothing in it.</summary>
public sealed class DeployedUsers(PostgresServer postgres)
{
    private readonly Lazy<Task<DatabaseUsers>> users = new(() => DatabaseUsers.DeployAsync(postgres));

    public Task<DatabaseUsers> GetAsync() => users.Value;
}

/// <summary>deploy/postgres/roles.sql: what each user of the database can do, and cannot.</summary>
public sealed class RolesTests(PostgresServer postgres, DeployedUsers deployed) : IClassFixture<DeployedUsers>
{
    private static readonly string[] WithPersonalDataOrKeys = ["data_protection_keys", "idempotency_keys", "service_keys", "subjects"];

    [Fact]
    public async Task The_service_does_all_that_it_does_with_its_own_rights_and_only_the_owner_rebuilds()
    {
        var ct = TestContext.Current.CancellationToken;
        var users = await DatabaseUsers.DeployAsync(postgres);
        var clock = new TestClock();
        using var database = LedgerDatabase.At(users.Service);
        using var witness = SigningKey.ReadPem("witness.test", SigningKey.NewPem())[0];
        await using (var ledger = LedgerService.Start(database, clock, ("Ledger:Witnesses:0", witness.CosignatureVerifier.ToString())))
        {
            await LiveAsync(ledger, clock);
            await WitnessAsync(ledger, clock, witness);
            foreach (var table in await ledger.QueryAsync(c => Task.FromResult(c.Model.GetEntityTypes().Select(e => e.GetTableName()!).ToList())))
                Assert.True(await DatabaseUsers.ListAsync(users.Administrator, $"SELECT 'a row' FROM {table} LIMIT 1") is [_], $"nothing was written to {table}");
            clock.Advance(TimeSpan.FromDays(30));
            Assert.True(await ActivatorUtilities.CreateInstance<StoreKeeper>(ledger.Services).PruneOnceAsync(ct));
            // The worker may have been first; the right is asked for all the same.
            await ActivatorUtilities.CreateInstance<CheckpointPublisher>(ledger.Services).ThinOnceAsync(ct);
        }

        Assert.Contains("permission denied", await Verb.RunAsync(users.Service, 1, "rebuild"), StringComparison.Ordinal);
        Assert.StartsWith("ok: ", await Verb.RunAsync(users.Service, 0, "verify"), StringComparison.Ordinal);
        Assert.Contains("made anew", await Verb.RunAsync(users.Owner, 0, "rebuild"), StringComparison.Ordinal);
        Assert.StartsWith("ok: ", await Verb.RunAsync(users.Owner, 0, "verify"), StringComparison.Ordinal);
        Assert.Contains("permission denied", await Verb.RunAsync(users.Reader, 1, "verify"), StringComparison.Ordinal);
        await using var again = LedgerService.Start(database, clock);
        (await again.Client().ProvideAsync("m-3", "cj-gls", "delivery", "name")).Recorded("provision.recorded");
    }

    [Theory]
    [InlineData("UPDATE ledger_entries SET type = 'consent.granted'")]
    [InlineData("DELETE FROM ledger_entries")]
    [InlineData("TRUNCATE ledger_entries")]
    [InlineData("SELECT position FROM ledger_entries FOR UPDATE")]
    [InlineData("INSERT INTO ledger_entries SELECT * FROM ledger_entries ON CONFLICT (position) DO UPDATE SET data = ''")]
    [InlineData("ALTER TABLE ledger_entries DISABLE TRIGGER ALL")]
    [InlineData("SET session_replication_role = replica")]
    [InlineData("DROP TRIGGER ledger_entries_append_only ON ledger_entries")]
    [InlineData("CREATE TRIGGER mine BEFORE INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()")]
    [InlineData("CREATE RULE mine AS ON INSERT TO ledger_entries DO INSTEAD NOTHING")]
    [InlineData("CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")]
    [InlineData("ALTER FUNCTION refuse_change() RENAME TO mine")]
    [InlineData("DROP FUNCTION refuse_change() CASCADE")]
    [InlineData("DROP TABLE ledger_entries")]
    [InlineData("ALTER TABLE ledger_entries OWNER TO CURRENT_USER")]
    [InlineData("CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'")]
    [InlineData("CREATE TABLE mine (a int)")]
    [InlineData("CREATE TEMPORARY TABLE mine (a int)")]
    [InlineData("CREATE SCHEMA mine")]
    [InlineData("COPY ledger_entries TO PROGRAM 'cat'")]
    [InlineData("INSERT INTO \"__EFMigrationsHistory\" VALUES ('a', 'b')")]
    [InlineData("DELETE FROM subjects")]
    [InlineData("UPDATE service_keys SET wrapped_key = ''")]
    [InlineData("SET ROLE {0}")]
    public async Task The_service_is_refused(string sql)
    {
        var users = await deployed.GetAsync();
        await RefusedAsync(users.Service, string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, users.Database));
    }

    [Fact]
    public async Task Beyond_reading_and_adding_the_service_holds_these_rights_and_no_others()
    {
        var users = await deployed.GetAsync();
        // Answered with a warning: what one may not pass on is not given.
        await DatabaseUsers.RunAsync(users.Service, "GRANT UPDATE ON ledger_entries TO CURRENT_USER");
        Assert.Equal(
            [
                "checkpoints DELETE", "cosignatures UPDATE", "deliveries UPDATE", "log_head UPDATE", "obligations UPDATE",
                "relay_cursors UPDATE", "subject_states UPDATE", "subjects UPDATE",
            ],
            await DatabaseUsers.ListAsync(users.Service, """
                SELECT relname || ' ' || verb FROM pg_class, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) verb
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND has_table_privilege(pg_class.oid, verb) ORDER BY relname COLLATE "C"
                """));
        // The head is moved and never made.
        await RefusedAsync(users.Service, "INSERT INTO log_head VALUES (2, 0, now())");
    }

    [Fact]
    public async Task The_reader_reads_what_holds_no_personal_data_and_no_keys_and_writes_nothing()
    {
        var users = await deployed.GetAsync();
        await DatabaseUsers.RunAsync(users.Reader, "SELECT * FROM ledger_entries JOIN deliveries USING (position)");
        var tables = await DatabaseUsers.ListAsync(users.Reader, "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')");
        Assert.Subset(tables.ToHashSet(), WithPersonalDataOrKeys.ToHashSet());
        foreach (var table in tables)
        {
            if (WithPersonalDataOrKeys.Contains(table))
                await RefusedAsync(users.Reader, $"SELECT FROM \"{table}\"");
            else
                await DatabaseUsers.RunAsync(users.Reader, $"SELECT FROM \"{table}\"");
            var column = (await DatabaseUsers.ListAsync(users.Reader, $"SELECT attname::text FROM pg_attribute WHERE attrelid = '\"{table}\"'::regclass AND attnum = 1"))[0];
            await RefusedAsync(users.Reader, $"INSERT INTO \"{table}\" DEFAULT VALUES");
            await RefusedAsync(users.Reader, $"UPDATE \"{table}\" SET \"{column}\" = DEFAULT");
            await RefusedAsync(users.Reader, $"DELETE FROM \"{table}\"");
            await RefusedAsync(users.Reader, $"TRUNCATE \"{table}\"");
        }

        await RefusedAsync(users.Reader, "CREATE TABLE mine (a int)");
        await RefusedAsync(users.Reader, "CREATE TEMPORARY TABLE mine (a int)");
        await RefusedAsync(users.Reader, $"SET ROLE {users.Database}_service");
    }

    [Fact]
    public async Task Nobody_else_gets_in()
    {
        var users = await deployed.GetAsync();
        var stranger = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync()) { Database = users.Database };
        await RefusedAsync(stranger.ConnectionString, "SELECT 1");
    }

    [Fact]
    public async Task A_second_run_by_whomever_changes_nothing()
    {
        var users = await DatabaseUsers.DeployAsync(postgres);
        var before = await RightsAsync(users);
        await users.GiveRightsAsync(users.Administrator);
        Assert.Equal(before, await RightsAsync(users));
        await users.GiveRightsAsync(users.Owner);
        Assert.Equal(before, await RightsAsync(users));
    }

    [Fact]
    public async Task Rights_that_were_given_by_hand_are_taken_away()
    {
        var users = await DatabaseUsers.DeployAsync(postgres);
        var before = await RightsAsync(users);
        await DatabaseUsers.RunAsync(users.Owner, $"""
            GRANT ALL ON ledger_entries TO {users.Database}_service WITH GRANT OPTION; GRANT UPDATE (data) ON ledger_entries TO {users.Database}_reader;
            GRANT SELECT ON subjects TO PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC; GRANT TEMPORARY ON DATABASE {users.Database} TO {users.Database}_reader
            """);
        await users.GiveRightsAsync(users.Owner);
        Assert.Equal(before, await RightsAsync(users));
    }

    [Fact]
    public async Task A_table_that_the_file_does_not_name_is_refused_and_nothing_is_done()
    {
        var users = await DatabaseUsers.DeployAsync(postgres);
        await DatabaseUsers.RunAsync(users.Owner, $"CREATE TABLE forgotten (a int); GRANT UPDATE ON ledger_entries TO {users.Database}_service");
        var before = await RightsAsync(users);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => users.GiveRightsAsync(users.Administrator));
        Assert.Contains("who may use forgotten", refused.MessageText, StringComparison.Ordinal);
        Assert.Equal(before, await RightsAsync(users));
    }

    [Theory]
    [InlineData("ALTER ROLE {0}_service SUPERUSER")]
    [InlineData("GRANT {0} TO {0}_service")]
    [InlineData("GRANT pg_read_all_data TO {0}_reader")]
    public async Task A_service_or_reader_with_rights_from_elsewhere_is_refused(string sql)
    {
        var users = await DatabaseUsers.DeployAsync(postgres);
        await DatabaseUsers.RunAsync(users.Administrator, string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, users.Database));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => users.GiveRightsAsync(users.Administrator));
        Assert.Contains("may not be superuser", refused.MessageText, StringComparison.Ordinal);
    }

    // The names that it has by default, on two databases of one server at once, each till then one user's for everything.
    [Fact]
    public async Task The_owner_takes_over_a_ledger_that_one_user_had_for_everything()
    {
        var users = await Task.WhenAll(DatabaseUsers.CreateAsync(postgres), DatabaseUsers.CreateAsync(postgres));
        foreach (var one in users)
            await Verb.RunAsync(one.Owner, 0, "migrate");
        await Task.WhenAll(users.Select(u => DatabaseUsers.RunRolesAsync(u.Administrator, "")));
        foreach (var one in users)
        {
            await RefusedAsync(one.Owner, "SELECT 1");
            Assert.Equal(
                ["consent_ledger_owner"],
                await DatabaseUsers.ListAsync(one.Administrator, """
                    SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
                    UNION SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
                    UNION SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()
                    """));
        }
    }

    [Fact]
    public async Task The_service_does_not_start_while_a_migration_or_its_rights_are_owed_and_says_who_is_to_do_what()
    {
        var ct = TestContext.Current.CancellationToken;
        var users = await DatabaseUsers.CreateAsync(postgres);
        await users.GiveRightsAsync(users.Administrator);
        using var service = LedgerDatabase.At(users.Service);
        await OwedAsync("run 'migrate' as the owner");
        Assert.Empty(await DatabaseUsers.ListAsync(users.Administrator, "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"));

        // The release before last.
        await using (var context = new PostgresLedgerDbContext(
            new DbContextOptionsBuilder<PostgresLedgerDbContext>().UseNpgsql(users.Owner).Options))
        {
            await context.GetService<IMigrator>().MigrateAsync(context.Database.GetMigrations().First(), ct);
        }

        await OwedAsync("may not read which migrations were made: run deploy/postgres/roles.sql");
        await users.GiveRightsAsync(users.Administrator);
        await OwedAsync("run 'migrate' as the owner");
        Assert.Single(await DatabaseUsers.ListAsync(users.Administrator, "SELECT \"MigrationId\"::text FROM \"__EFMigrationsHistory\""));

        await Verb.RunAsync(users.Owner, 0, "migrate");
        await OwedAsync("may not use ");
        await users.GiveRightsAsync(users.Owner);
        await using var ledger = LedgerService.Start(service);
        (await ledger.Client().ConsentAsync("m-1", ("email_marketing", true))).Recorded("consent.granted");

        async Task OwedAsync(string sentence)
        {
            var ended = await Assert.ThrowsAsync<InvalidOperationException>(() => LedgerProcess.StartAsync(service));
            Assert.Contains(sentence, ended.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_migration_that_is_refused_keeps_nobody_else_from_migrating()
    {
        var ct = TestContext.Current.CancellationToken;
        var users = await DatabaseUsers.CreateAsync(postgres);
        await users.GiveRightsAsync(users.Administrator);
        // Its connections stay open in the pool, as they do where a process tries again.
        await using var database = NpgsqlDataSource.Create(users.Service);
        var options = new DbContextOptionsBuilder<PostgresLedgerDbContext>().UseNpgsql(database).Options;
        await using var context = new PostgresLedgerDbContext(options);
        var store = new PostgresLedgerStore(database, Options.Create(new LedgerOptions()));

        await Assert.ThrowsAsync<InvalidOperationException>(() => store.MigrateAsync(context, ct));

        Assert.Empty(await DatabaseUsers.ListAsync(
            users.Administrator, "SELECT pid::text FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' AND datname = current_database()"));
        await Verb.RunAsync(users.Owner, 0, "migrate");
    }

    // Every table, by way of every verb that the service has on it.
    private static async Task LiveAsync(LedgerService ledger, TestClock clock)
    {
        var ct = TestContext.Current.CancellationToken;
        var client = ledger.Client();
        (await client.PostReplyAsync("/v1/members/m-1/consents", Requests.Consents(("email_marketing", true), ("sms_marketing", false)), "key-1")).Recorded("consent.granted", "consent.refused");
        (await client.PostReplyAsync("/v1/members/m-1/consents", Requests.Consents(("email_marketing", true), ("sms_marketing", false)), "key-1")).Recorded("consent.granted", "consent.refused");
        (await client.ProvideAsync("m-1", "areumnet", "email_marketing", "name")).Recorded("provision.recorded");
        (await client.ProvideAsync("m-1", "cj-gls", "delivery", "name", "mobile")).Recorded("provision.recorded");
        (await client.RegisterAsync("id-check", Expect.Partner("processor", "identity_verification", "identity_verification", ["name"]))).Recorded("partner.registered");
        (await client.ChooseCookiesAsync("v-1", "allow_all")).Is(HttpStatusCode.Created);
        (await client.LinkAsync("v-1", "m-1")).Is(HttpStatusCode.Created);
        (await client.CompleteAsync((await client.CorrectAsync("m-1", "mobile")).Id(), ("mobile", "010-1234-5678"))).Recorded("correction.completed");
        var events = await ledger.Partner("cj-gls").EventsAsync("cj-gls");
        (await ledger.Partner("cj-gls").AcknowledgeAsync("cj-gls", ((string)events[1]["id"]!, "done", "바꾸었습니다"))).Recorded("delivery.acknowledged");
        (await client.PostReplyAsync($"/v1/deliveries/{(string)events[0]["id"]!}/redelivery", null)).Is(HttpStatusCode.Created);
        (await client.WithdrawAsync("m-1", "email_marketing")).Recorded("consent.withdrawn");
        (await client.ComplainAsync("m-1", "민원")).Id();
        (await client.SuspendAsync("m-1")).Id();

        // What the relay does to the store, with no broker beside it.
        var relay = ActivatorUtilities.CreateInstance<RelayCursors>(ledger.Services);
        await using (var lease = await relay.TryLeadAsync(ct))
            Assert.NotNull(lease);
        Assert.Contains(await relay.ReadWaitingAsync(ct), c => c.Partner == "cj-gls");
        await relay.AdvanceAsync("cj-gls", 1, ct);
        await relay.AdvanceAsync("cj-gls", 2, ct);
        await relay.CompleteRedeliveryAsync(Assert.Single(await relay.ReadRedeliveriesAsync(10, ct)).Id, ct);

        (await client.TerminateAsync("m-1")).Is(HttpStatusCode.Created);
        clock.MoveTo(clock.Now.AddYears(6));
        Assert.NotEqual(0, await ledger.WorkAsync());
        await ledger.WorkAsync();
        Assert.Contains("subject.erased", await ledger.QueryAsync(c => c.Entries.Select(e => e.Type).ToListAsync(ct)));
        (await client.ConsentAsync("m-2", ("telemarketing", true))).Recorded("consent.granted");
    }

    // Full tiles need 256 entries; a witness cosigns a checkpoint, and later the same again.
    private static async Task WitnessAsync(LedgerService ledger, TestClock clock, SigningKey witness)
    {
        var client = ledger.Client();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, TileId.FullWidth / 2),
            async (m, _) => (await client.ConsentAsync($"m-many-{m}", ("email_marketing", true), ("sms_marketing", true))).Recorded("consent.granted", "consent.granted"));
        Assert.Equal(await ledger.HeadAsync(), await ledger.Services.GetRequiredService<CheckpointPublisher>().PublishOnceAsync(TestContext.Current.CancellationToken));
        Assert.True(SignedNote.TryParse((await client.GetReplyAsync("/v1/ledger/checkpoint")).Is(HttpStatusCode.OK).Text, out var note));
        for (var time = 0; time < 2; time++)
        {
            var cosigned = note.With([witness.Cosign(note.Text, clock.Now.AddSeconds(time))]).ToString();
            (await client.SendReplyAsync(HttpMethod.Post, "/v1/ledger/cosignatures", cosigned, contentType: "text/plain")).Is(HttpStatusCode.OK);
        }
    }

    private static async Task RefusedAsync(string connection, string sql)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => DatabaseUsers.RunAsync(connection, sql));
        Assert.True(refused.SqlState == PostgresErrorCodes.InsufficientPrivilege, $"{sql}: {refused.Message}");
    }

    // Everything that the file is there to set.
    private static Task<string[]> RightsAsync(DatabaseUsers users) => DatabaseUsers.ListAsync(users.Administrator, $"""
        SELECT format('%s %s %s %s', relkind, relname, relowner::regrole, relacl) FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT format('%s.%s %s', attrelid::regclass, attname, attacl) FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid > 16383
        UNION ALL SELECT format('%s %s %s', proname, proowner::regrole, proacl) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT format('%s %s %s', nspname, nspowner::regrole, nspacl) FROM pg_namespace WHERE nspname = 'public'
        UNION ALL SELECT format('%s %s %s', datname, datdba::regrole, datacl) FROM pg_database WHERE datname = current_database()
        UNION ALL SELECT to_jsonb(r)::text FROM pg_roles r WHERE rolname LIKE '{users.Database}\_%' OR rolname = '{users.Database}'
        UNION ALL SELECT format('%s in %s', member::regrole, roleid::regrole) FROM pg_auth_members WHERE member::regrole::text LIKE '{users.Database}\_%'
        ORDER BY 1
        """);
}
