using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;

namespace ConsentLedger.Tests.Servers;

/// <summary>A server process of the tests' own, on ports that stay the same from a stop to the next start.</summary>
internal interface IThrowAwayServer : IAsyncDisposable
{
    string Kind { get; }

    Task StartAsync();

    /// <summary>Ends the server; its data stay.</summary>
    Task StopAsync();
}

internal static class ThrowAwayServer
{
    /// <summary>Overrides the choice: <c>containers</c> or <c>private</c>, and then nothing else will do.</summary>
    private static readonly string? Wanted = Environment.GetEnvironmentVariable("CONSENT_LEDGER_TEST_SERVERS");

    /// <summary>Starts a container where Docker answers, and otherwise the programs installed on this machine.</summary>
    public static async Task<IThrowAwayServer> StartAsync(Func<ContainerServer> container, Func<PrivateServer> local)
    {
        var server = Choose(container, local);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static IThrowAwayServer Choose(Func<ContainerServer> container, Func<PrivateServer> local)
    {
        if (Wanted == "private")
        {
            return local();
        }
        try
        {
            return container();
        }
        catch (DockerUnavailableException) when (Wanted != "containers")
        {
            return local();
        }
    }

    public static void Say(string what) => Console.WriteLine("servers: " + what);

    public static string NewPassword() => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));

    /// <summary>Free ports below the range that outgoing connections take theirs from, so that none of those slips in.</summary>
    public static int[] FreePorts(int count)
    {
        var found = new List<TcpListener>(count);
        for (var attempt = 0; found.Count < count && attempt < 1000; attempt++)
        {
#pragma warning disable CA5394 // which port it is is no secret
            var listener = new TcpListener(IPAddress.Any, Random.Shared.Next(20_000, 32_000)) { ExclusiveAddressUse = true };
#pragma warning restore CA5394
            try
            {
                listener.Start();
                found.Add(listener);
            }
            catch (SocketException)
            {
                listener.Dispose();
            }
        }
        var ports = found.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        found.ForEach(l => l.Dispose());
        return ports.Length == count ? ports : throw new InvalidOperationException("No free port between 20000 and 32000.");
    }
}

/// <param name="container">The server's container, its ports bound to fixed ones of the host.</param>
/// <param name="control">A program in it that obeys <c>stop_app</c> and <c>start_app</c>, instead of ending the container.</param>
internal sealed class ContainerServer(IContainer container, string? control = null) : IThrowAwayServer
{
    public string Kind => "Testcontainers";

    public Task StartAsync() =>
        container.State == TestcontainersStates.Running ? RunAsync("start_app") : container.StartAsync();

    public Task StopAsync() => control is null ? container.StopAsync() : RunAsync("stop_app");

    private async Task RunAsync(string verb)
    {
        var result = await container.ExecAsync([control, verb]);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"{control} {verb}: {result.Stdout} {result.Stderr}");
        }
    }

    public ValueTask DisposeAsync() => container.DisposeAsync();
}

/// <summary>Drives <c>private-server.sh</c>, which ends its server when this process ends, however that happens.</summary>
internal sealed class PrivateServer : IThrowAwayServer
{
    private readonly Process script;

    public PrivateServer(string program, string password, int[] ports)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Servers", "private-server.sh");
        var start = new ProcessStartInfo("/bin/bash", [path, program, .. ports.Select(p => p.ToString(CultureInfo.InvariantCulture))])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["SERVER_PASSWORD"] = password;
        script = Process.Start(start) ?? throw new InvalidOperationException("bash does not start.");
    }

    public string Kind => "private";

    public Task StartAsync() => TellAsync("start", "started");

    public Task StopAsync() => TellAsync("stop", "stopped");

    private async Task TellAsync(string command, string expected)
    {
        await script.StandardInput.WriteLineAsync(command);
        await script.StandardInput.FlushAsync();
        var answer = await script.StandardOutput.ReadLineAsync();
        if (answer != expected)
        {
            throw new InvalidOperationException($"private-server.sh: {answer ?? "ended without a word"}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        script.StandardInput.Close();
        // Its files go too, which on a busy machine takes a while.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await script.WaitForExitAsync(patience.Token);
        script.Dispose();
    }
}
