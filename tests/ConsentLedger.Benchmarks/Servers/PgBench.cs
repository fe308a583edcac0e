using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace ConsentLedger.Benchmarks.Servers;

/// <summary>
/// What appending costs at least: pgbench's single-row INSERT, prepared, over TCP, each a transaction of its own, into a table with the
/// columns and indexes of <c>ledger_entries</c> and rows as long as the service's own, but without head, hashes, states or anything else.
/// </summary>
public sealed partial class PgBench : IDisposable
{
    private const int Threads = 2;

    // The time of the run includes connecting, the rate does not.
    private const int ConnectingPerSecond = 32;

    private readonly PostgresServer postgres;
    private readonly string ledger;
    private readonly string directory;
    private readonly List<string> scripts = [];
    private readonly List<string> variables = [];

    private PgBench(PostgresServer postgres, string ledger)
    {
        (this.postgres, this.ledger) = (postgres, ledger);
        directory = Directory.CreateTempSubdirectory("consent-ledger-pgbench").FullName;
    }

    /// <param name="postgres">The server.</param>
    /// <param name="ledger">A ledger with some rows of the service's own: those of each type that is named are the pattern.</param>
    /// <param name="types">Entry types, inserted in equal parts.</param>
    /// <param name="members">How many there are.</param>
    public static async Task<PgBench> CreateAsync(PostgresServer postgres, string ledger, IReadOnlyList<string> types, int members)
    {
        await PostgresServer.ExecuteAsync(ledger, "CREATE TABLE plain_entries (LIKE ledger_entries INCLUDING ALL); CREATE SEQUENCE plain_positions CACHE 100");
        var bench = new PgBench(postgres, ledger);
        foreach (var type in types)
            await bench.AddScriptAsync(type, members);
        return bench;
    }

    public Side Side(int clients) => new($"pgbench_{clients}", length => RunAsync(clients, length));

    public void Dispose() => Directory.Delete(directory, recursive: true);

    // Each value is a parameter, so that it travels as the service's do, but what must differ from row to row.
    private async Task AddScriptAsync(string type, int members)
    {
        List<string> names = [], values = [];
        await using (var connection = new NpgsqlConnection(ledger))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(
                """
                SELECT key, value FROM json_each_text((
                    SELECT row_to_json(e) FROM ledger_entries e WHERE type = $1
                    ORDER BY abs(length(data) - (SELECT avg(length(data)) FROM ledger_entries WHERE type = $1)) LIMIT 1))
                """,
                connection)
            {
                Parameters = { new() { Value = type } },
            };
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                names.Add(reader.GetString(0));
                values.Add(Value(reader.GetString(0), await reader.IsDBNullAsync(1) ? null : reader.GetString(1)));
            }
        }

        if (names.Count == 0)
            throw new InvalidOperationException($"The ledger has no entry of type {type} to measure by.");
        var script = Path.Combine(directory, $"insert-{scripts.Count}.sql");
        await File.WriteAllTextAsync(
            script, $"\\set member random(1, {members})\nINSERT INTO plain_entries ({string.Join(", ", names)}) VALUES ({string.Join(", ", values)});\n");
        scripts.Add(script);
    }

    private string Value(string column, string? value)
    {
        switch (column)
        {
            case "position":
                return "nextval('plain_positions')";
            case "recorded_at":
                return "now()";
            case "subject_id":
                return "lpad(to_hex(:member::bigint), 32, '0')::uuid";
        }

        if (value is null)
            return "NULL";
        variables.Add(value);
        return $":v{variables.Count}";
    }

    private async Task<Measured> RunAsync(int clients, TimeSpan length)
    {
        var seconds = (int)Math.Max(1, Math.Round(length.TotalSeconds));
        var log = Path.Combine(directory, "latencies");
        var start = postgres.Program("pgbench", ledger,
        [
            "-n", "-M", "prepared", "-c", Text(clients), "-j", Text(Threads), "-T", Text(seconds + (clients / ConnectingPerSecond)),
            "-l", "--log-prefix", log, "--sampling-rate", "0.25",
            .. scripts.SelectMany(s => new[] { "-f", s }),
            .. variables.SelectMany((v, i) => new[] { "-D", $"v{i + 1}={v}" }),
        ]);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        // Within the window: connecting costs the server more than many inserts, and pgbench's rate leaves it out too.
        await AwaitFirstAsync(log, process);
        var (since, before) = (Stopwatch.GetTimestamp(), ProcessorTime.OfTree(postgres.Postmaster));
        await Task.Delay(TimeSpan.FromSeconds(seconds * 0.5));
        var (elapsed, cpu) = (Stopwatch.GetElapsedTime(since), ProcessorTime.OfTree(postgres.Postmaster) - before);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0 || Rate().Match(await output) is not { Success: true } found)
            throw new InvalidOperationException($"pgbench: {await errors} {await output}");
        var rate = double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture);
        var latencies = ReadLatencies(log);
        return new(rate, Percentile(latencies, 0.50), Percentile(latencies, 0.99), ServiceCpu: null, cpu.TotalMicroseconds / (rate * elapsed.TotalSeconds));
    }

    private static async Task AwaitFirstAsync(string log, Process process)
    {
        while (!process.HasExited && !new DirectoryInfo(Path.GetDirectoryName(log)!).EnumerateFiles(Path.GetFileName(log) + ".*").Any(f => f.Length > 0))
            await Task.Delay(5);
    }

    // A line a transaction: client, number, microseconds, script, …
    private static double[] ReadLatencies(string log)
    {
        List<double> latencies = [];
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(log)!, Path.GetFileName(log) + ".*"))
        {
            latencies.AddRange(File.ReadLines(file).Select(line => double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture)));
            File.Delete(file);
        }

        latencies.Sort();
        return [.. latencies];
    }

    private static double? Percentile(double[] sorted, double p) => sorted.Length == 0 ? null : sorted[(int)(p * (sorted.Length - 1))];

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"tps = ([0-9.]+) \(without initial connection time\)")]
    private static partial Regex Rate();
}
