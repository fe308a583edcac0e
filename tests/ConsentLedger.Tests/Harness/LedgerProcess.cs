using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Harness;

/// <summary>The service as a process of its own, to be killed.</summary>
public sealed class LedgerProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly StringBuilder output = new();

    private LedgerProcess(Process process, Uri address) => (this.process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>Starts it on a ledger that the caller keeps, and returns when it is ready.</summary>
    public static async Task<LedgerProcess> StartAsync(LedgerDatabase database, params (string Key, string Value)[] settings)
    {
        var address = new Uri($"http://127.0.0.1:{ThrowAwayServer.FreePorts(1)[0]}");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ConsentLedger.dll"), $"--urls={address}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
            Environment =
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["ConnectionStrings__Ledger"] = database.Connection,
                ["Ledger__SigningKeyFile"] = database.SigningKeyFile,
            },
        };
        foreach (var (key, value) in Tokens.Settings.Concat(settings))
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        var service = new LedgerProcess(Process.Start(start)!, address);
        service.process.OutputDataReceived += (_, line) => service.Keep(line.Data);
        service.process.ErrorDataReceived += (_, line) => service.Keep(line.Data);
        service.process.BeginOutputReadLine();
        service.process.BeginErrorReadLine();
        await service.AwaitReadyAsync();
        return service;
    }

    public HttpClient Client(string scopes = Tokens.AllScopes, string? partner = null) => new(new SocketsHttpHandler())
    {
        BaseAddress = Address,
        Timeout = TimeSpan.FromSeconds(30),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Tokens.Create(scopes, partner)) },
    };

    /// <summary>SIGKILL: nothing is flushed, nothing is said.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await KillAsync();
        process.Dispose();
    }

    private async Task AwaitReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = Address };
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < ReadyWithin)
        {
            if (process.HasExited)
            {
                // Until all that it said was read.
                await process.WaitForExitAsync();
                throw new InvalidOperationException($"The service ended with {process.ExitCode}:\n{output}");
            }

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

            await Task.Delay(50);
        }

        throw new TimeoutException($"The service is not ready:\n{output}");
    }

    private void Keep(string? line)
    {
        lock (output)
            output.AppendLine(line);
    }
}
