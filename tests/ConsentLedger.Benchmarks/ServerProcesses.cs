using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ConsentLedger.Benchmarks;

/// <summary>A server of the benchmark's own, ended by process id.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process process;

    private ServerProcess(Process process, IPEndPoint endpoint) => (this.process, Endpoint) = (process, endpoint);

    public IPEndPoint Endpoint { get; }

    public int Id => process.Id;

    /// <summary>What the process holds of the machine's memory.</summary>
    public long ResidentMegabytes()
    {
        process.Refresh();
        return process.WorkingSet64 >> 20;
    }

    /// <summary>Starts a .NET program that takes its address from ASPNETCORE_URLS, or as its last argument, and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(string assembly, string[] arguments, IEnumerable<(string Key, string Value)> settings)
    {
        var endpoint = new IPEndPoint(IPAddress.Loopback, FreePort());
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments.Select(a => a.Replace("{address}", $"http://{endpoint}", StringComparison.Ordinal))])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = AppContext.BaseDirectory,
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Production", ["Logging__LogLevel__Default"] = "Warning" },
        };
        foreach (var (key, value) in settings)
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        var server = new ServerProcess(Process.Start(start)!, endpoint);
        server.process.OutputDataReceived += (_, _) => { };
        server.process.BeginOutputReadLine();
        await server.AwaitReadyAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task AwaitReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = new($"http://{Endpoint}") };
        for (var attempt = 0; attempt < 600; attempt++)
        {
            if (process.HasExited)
                throw new InvalidOperationException($"A server ended with {process.ExitCode}.");
            try
            {
                using var ready = await client.GetAsync(new Uri("/readyz", UriKind.Relative));
                if (ready.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100);
        }

        throw new TimeoutException("A server is not ready after a minute.");
    }
}

/// <summary>A throw-away PostgreSQL, gone with this process.</summary>
public sealed class PostgresProcess : IAsyncDisposable
{
    private readonly Process script;

    private PostgresProcess(Process script, string connection) => (this.script, ConnectionString) = (script, connection);

    public string ConnectionString { get; }

    public static async Task<PostgresProcess> StartAsync()
    {
        var (port, password) = (ServerProcess.FreePort(), Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)));
        var script = Process.Start(new ProcessStartInfo(
            "/bin/bash", [Path.Combine(AppContext.BaseDirectory, "private-server.sh"), "postgres", port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["SERVER_PASSWORD"] = password },
        })!;
        await script.StandardInput.WriteLineAsync("start");
        await script.StandardInput.FlushAsync();
        var answer = await script.StandardOutput.ReadLineAsync();
        return answer == "started"
            ? new(script, $"Host=127.0.0.1;Port={port};Username=postgres;Password={password};Database=postgres")
            : throw new InvalidOperationException($"PostgreSQL: {answer}");
    }

    /// <summary>The server's own processes, for their processor time.</summary>
    public async Task<IReadOnlyList<int>> ProcessIdsAsync()
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT pid FROM pg_stat_activity", connection);
        await using var reader = await command.ExecuteReaderAsync();
        List<int> ids = [];
        while (await reader.ReadAsync())
            ids.Add(reader.GetInt32(0));
        return ids;
    }

    public async ValueTask DisposeAsync()
    {
        script.StandardInput.Close();
        await script.WaitForExitAsync();
        script.Dispose();
    }
}

/// <summary>Processor time out of <c>/proc</c>.</summary>
public static class ProcessorTime
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux that .NET runs on

    public static TimeSpan Of(IEnumerable<int> processes) => TimeSpan.FromSeconds(processes.Sum(Ticks) / TicksPerSecond);

    private static long Ticks(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // it has ended
        }
    }
}
