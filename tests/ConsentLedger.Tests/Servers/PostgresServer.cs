using ConsentLedger.Tests.Servers;
using DotNet.Testcontainers.Configurations;
using Npgsql;
using Testcontainers.PostgreSql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace ConsentLedger.Tests.Servers;

/// <summary>The one PostgreSQL of a test run, started by the first test that asks for a database.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly int port = ThrowAwayServer.FreePorts(1)[0];
    private readonly string password = ThrowAwayServer.NewPassword();
    private readonly Lazy<Task<IThrowAwayServer>> server;
    private int databases;

    public PostgresServer() => server = new(LaunchAsync);

    /// <summary>Makes an empty database, owned by a role of its own that is no superuser.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        await server.Value;
        var name = $"test_{Interlocked.Increment(ref databases)}";
        await using var connection = new NpgsqlConnection(Administrator("postgres"));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        foreach (var sql in (string[])[$"CREATE ROLE {name} LOGIN PASSWORD '{password}'", $"CREATE DATABASE {name} OWNER {name}"])
        {
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync();
        }
        return ConnectionString(name, name);
    }

    /// <summary>The superuser's way into a database made here, to set up roles or to look at the server itself.</summary>
    // Not pooled: a connection from before a stop of the server would be found dead only by whoever uses it next.
    public string Administrator(string database) => ConnectionString("postgres", database) + ";Pooling=false";

    /// <summary>Ends the server for every test: only for tests in <see cref="ServerOutages"/>.</summary>
    public async Task StopAsync() => await (await server.Value).StopAsync();

    public async Task StartAsync()
    {
        await (await server.Value).StartAsync();
        await AwaitAnswerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (server.IsValueCreated && server.Value.IsCompletedSuccessfully)
        {
            NpgsqlConnection.ClearAllPools();
            await (await server.Value).DisposeAsync();
        }
    }

    // Many tests, a pool each: what they leave idle is given back soon, or the server's 500 connections run out.
    private string ConnectionString(string user, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = user,
        Password = password,
        Database = database,
        ConnectionIdleLifetime = 10,
        ConnectionPruningInterval = 5,
    }.ConnectionString;

    private async Task<IThrowAwayServer> LaunchAsync()
    {
        var launched = await ThrowAwayServer.StartAsync(
            () => new ContainerServer(new PostgreSqlBuilder("postgres:17-alpine")
                .WithUsername("postgres").WithPassword(password).WithPortBinding(port, 5432)
                .WithCommand(new OverwriteEnumerable<string>(
                    ["postgres", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=500"]))
                // Ends at once; on SIGTERM it would wait for its clients to leave.
                .WithCreateParameterModifier(container => container.StopSignal = "SIGINT")
                .Build()),
            () => new PrivateServer("postgres", password, [port]));
        ThrowAwayServer.Say($"{launched.Kind} PostgreSQL {await AwaitAnswerAsync()} on 127.0.0.1:{port}");
        return launched;
    }

    private async Task<string> AwaitAnswerAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = new NpgsqlConnection(Administrator("postgres"));
                await connection.OpenAsync();
                return connection.PostgreSqlVersion.ToString();
            }
            catch (NpgsqlException) when (attempt < 300)
            {
                await Task.Delay(100);
            }
        }
    }
}
