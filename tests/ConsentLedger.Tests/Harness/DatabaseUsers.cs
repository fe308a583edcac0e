using ConsentLedger.Tests.Hosting;
using ConsentLedger.Tests.Servers;
using Npgsql;

namespace ConsentLedger.Tests.Harness;

/// <summary>A ledger's database with the users that the shipped <c>roles.sql</c> makes; names end in the database's, because roles are the server's.</summary>
public sealed class DatabaseUsers
{
    private readonly PostgresServer postgres;
    private readonly string password;

    private DatabaseUsers(PostgresServer postgres, NpgsqlConnectionStringBuilder owner) =>
        (this.postgres, Database, password, Owner) = (postgres, owner.Database!, owner.Password!, owner.ConnectionString);

    public string Database { get; }

    /// <summary>Owns the database from the start.</summary>
    public string Owner { get; }

    public string Service => As($"{Database}_service");

    public string Reader => As($"{Database}_reader");

    public string Administrator => postgres.Administrator(Database);

    /// <summary>An empty database, before roles.sql.</summary>
    public static async Task<DatabaseUsers> CreateAsync(PostgresServer postgres) => new(postgres, new(await postgres.CreateDatabaseAsync()));

    /// <summary>A database as a deployment has it: migrated by the owner, then roles.sql.</summary>
    public static async Task<DatabaseUsers> DeployAsync(PostgresServer postgres)
    {
        var users = await CreateAsync(postgres);
        Assert.Equal("The tables are up to date.", (await Verb.RunAsync(users.Owner, 0, "migrate")).Trim());
        await users.GiveRightsAsync(users.Administrator);
        return users;
    }

    /// <summary>Runs the shipped file, with the names given as it says, and lets service and reader in.</summary>
    public async Task GiveRightsAsync(string connection)
    {
        await RunRolesAsync(connection, $"-c consent_ledger.owner_role={Database} -c consent_ledger.service_role={Database}_service -c consent_ledger.reader_role={Database}_reader");
        await RunAsync(Administrator, $"ALTER ROLE {Database}_service PASSWORD '{password}'; ALTER ROLE {Database}_reader PASSWORD '{password}'");
    }

    public static async Task RunRolesAsync(string connection, string options) => await RunAsync(
        new NpgsqlConnectionStringBuilder(connection) { Options = options, Pooling = false }.ConnectionString,
        await File.ReadAllTextAsync(Path.Combine(OpenApiDocumentTests.Root(), "deploy", "postgres", "roles.sql")));

    public static async Task RunAsync(string connection, string sql)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<string[]> ListAsync(string connection, string sql)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync())
            rows.Add(reader.GetString(0));
        return [.. rows];
    }

    private string As(string role) => new NpgsqlConnectionStringBuilder(Owner) { Username = role }.ConnectionString;
}
