using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection.PortableExecutable;
using System.Text;

namespace ConsentLedger.Benchmarks.Servers;

/// <summary>A .NET server of the benchmark's own, ended by process id, and gone when this process goes, however it goes.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    // Says who the server is, and ends it when the other end of the pipe is closed.
    private const string Guard = """exec 3<&0; dotnet "$@" </dev/null & echo $!; read -r _ <&3; kill -KILL $! 2>/dev/null; wait $! 2>/dev/null""";

    private static readonly TimeSpan ReadyWithin = TimeSpan.FromMinutes(2);

    /// <summary>The service as it is deployed; <c>tests/bench.sh</c> publishes it there.</summary>
    public static readonly string Service = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../service/ConsentLedger.dll"));

    private readonly Process guard;
    private bool disposed;

    private ServerProcess(Process guard, int id, IPEndPoint endpoint) => (this.guard, Id, Endpoint) = (guard, id, endpoint);

    public IPEndPoint Endpoint { get; }

    public int Id { get; }

    /// <summary>From the start of the process to its first good answer to <c>/readyz</c>.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    public Uri Address => new($"http://{Endpoint}");

    /// <summary>What the process holds of the machine's memory.</summary>
    public long ResidentMegabytes() => ProcessMemory.ResidentKilobytes(Id) >> 10;

    /// <summary>Whether the service was compiled beforehand: measured otherwise, it would be another program than the one that is deployed.</summary>
    public static bool IsServiceCompiled()
    {
        using var image = new PEReader(File.OpenRead(Service));
        return image.PEHeaders.CorHeader is { ManagedNativeHeaderDirectory.Size: > 0 };
    }

    /// <summary>The service itself on a ledger.</summary>
    public static Task<ServerProcess> ServiceAsync(string ledger, params (string Key, string Value)[] settings) =>
        StartAsync(Service, ["--urls={address}"], [("ConnectionStrings:Ledger", ledger), .. Tokens.Settings, .. settings]);

    /// <summary>What any such service costs at least, in a process of its own.</summary>
    public static Task<ServerProcess> BaselineAsync() => StartAsync("ConsentLedger.Benchmarks.dll", ["baseline", "{address}"], Tokens.Settings);

    /// <summary>The least that ASP.NET can start.</summary>
    public static Task<ServerProcess> BareAsync() => StartAsync("ConsentLedger.Benchmarks.dll", ["bare", "{address}"], []);

    /// <summary>Starts a program that takes its address where <c>{address}</c> stands, and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(string assembly, string[] arguments, IEnumerable<(string Key, string Value)> settings)
    {
        var endpoint = new IPEndPoint(IPAddress.Loopback, FreePort());
        var start = new ProcessStartInfo("/bin/bash", ["-c", Guard, "server", Path.Combine(AppContext.BaseDirectory, assembly), .. arguments.Select(a => a.Replace("{address}", $"http://{endpoint}", StringComparison.Ordinal))])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = AppContext.BaseDirectory,
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Production", ["Logging__LogLevel__Default"] = "Warning" },
        };
        foreach (var (key, value) in settings)
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        var since = Stopwatch.GetTimestamp();
        var guard = Process.Start(start)!;
        var id = int.Parse((await guard.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        var server = new ServerProcess(guard, id, endpoint);
        // Read to nowhere, so that nothing the server says can hold it up.
        _ = guard.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        try
        {
            await server.AwaitReadyAsync(since);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public HttpClient Client(string scopes)
    {
        var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", Tokens.Create(scopes));
        return client;
    }

    /// <summary>The process stands still, with its memory and its connections, until it may go on.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>At once, as when the machine's power fails.</summary>
    public async Task KillAsync()
    {
        if (guard.HasExited)
            return;
        guard.StandardInput.Close();
        await guard.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        await KillAsync();
        guard.Dispose();
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/bash", ["-c", $"kill -{signal} {Id.ToString(CultureInfo.InvariantCulture)}"]);
        await kill.WaitForExitAsync();
    }

    private async Task AwaitReadyAsync(long since)
    {
        while (Stopwatch.GetElapsedTime(since) < ReadyWithin)
        {
            if (!Directory.Exists($"/proc/{Id.ToString(CultureInfo.InvariantCulture)}"))
                throw new InvalidOperationException("A server ended before it was ready.");
            if (await IsReadyAsync())
            {
                ReadyAfter = Stopwatch.GetElapsedTime(since);
                return;
            }

            await Task.Delay(5);
        }

        throw new TimeoutException("A server is not ready after two minutes.");
    }

    // A plain socket: a client library would take from the processors that the start is waiting for.
    private async Task<bool> IsReadyAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(Endpoint);
            await socket.SendAsync(Encoding.ASCII.GetBytes("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
            var answer = new byte[64];
            var read = await socket.ReceiveAsync(answer);
            return Encoding.ASCII.GetString(answer, 0, read).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false; // not listening yet
        }
    }
}
