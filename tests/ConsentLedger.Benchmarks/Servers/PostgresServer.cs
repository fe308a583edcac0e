using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace ConsentLedger.Benchmarks.Servers;

/// <summary>A throw-away PostgreSQL that flushes every commit, gone with this process.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly Process script;
    private readonly string server;
    private int databases;

    private PostgresServer(Process script, int port, string password, int postmaster, string programs)
    {
        (this.script, Port, Password, Postmaster, Programs) = (script, port, password, postmaster, programs);
        server = $"Host=127.0.0.1;Port={port};Username=postgres;Password={password}";
    }

    public int Port { get; }

    public string Password { get; }

    /// <summary>The process that all of the cluster's others are children of.</summary>
    public int Postmaster { get; }

    /// <summary>Where pgbench and psql are.</summary>
    public string Programs { get; }

    public static async Task<PostgresServer> StartAsync()
    {
        var (port, password) = (ServerProcess.FreePort(), Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));
        var script = Process.Start(new ProcessStartInfo(
            "/bin/bash", [Path.Combine(AppContext.BaseDirectory, "durable-postgres.sh"), port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["SERVER_PASSWORD"] = password },
        })!;
        var answer = await script.StandardOutput.ReadLineAsync();
        return answer?.Split(' ') is ["started", var postmaster, var programs]
            ? new(script, port, password, int.Parse(postmaster, CultureInfo.InvariantCulture), programs)
            : throw new InvalidOperationException($"PostgreSQL: {answer}");
    }

    /// <summary>An empty database; its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"bench_{++databases}";
        await ExecuteAsync(server + ";Database=postgres", $"CREATE DATABASE {name}");
        return $"{server};Database={name}";
    }

    /// <summary>A database that nobody uses any more, so that its files and its vacuuming burden no later row.</summary>
    public async Task DropDatabaseAsync(string ledger)
    {
        using (var connection = new NpgsqlConnection(ledger))
            NpgsqlConnection.ClearPool(connection);
        await ExecuteAsync(server + ";Database=postgres", $"DROP DATABASE {NameOf(ledger)} WITH (FORCE)");
    }

    public static string NameOf(string ledger) => new NpgsqlConnectionStringBuilder(ledger).Database!;

    public Task<string> VersionAsync() => ScalarAsync<string>(server + ";Database=postgres", "SHOW server_version");

    public static async Task ExecuteAsync(string ledger, string sql)
    {
        await using var connection = new NpgsqlConnection(ledger);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Tables as autovacuum leaves them within minutes of a start: with statistics, and without dead rows.</summary>
    public static Task SettleAsync(string ledger) => ExecuteAsync(ledger, "VACUUM ANALYZE");

    public static async Task<T> ScalarAsync<T>(string ledger, string sql)
    {
        await using var connection = new NpgsqlConnection(ledger);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>One of PostgreSQL's own programs, over TCP to a database of this server; not started yet.</summary>
    public ProcessStartInfo Program(string name, string ledger, params string[] arguments) => new(
        Path.Combine(Programs, name),
        ["-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres", .. arguments, NameOf(ledger)])
    {
        Environment = { ["PGPASSWORD"] = Password },
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        script.StandardInput.Close();
        await script.WaitForExitAsync();
        script.Dispose();
    }
}
