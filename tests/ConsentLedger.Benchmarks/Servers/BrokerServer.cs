using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;

namespace ConsentLedger.Benchmarks.Servers;

/// <summary>A throw-away RabbitMQ, gone with this process.</summary>
public sealed class BrokerServer : IAsyncDisposable
{
    private readonly Process script;
    private readonly string password;
    private readonly int port;
    private readonly HttpClient management;
    private int virtualHosts;

    private BrokerServer(Process script, int port, int managementPort, string password)
    {
        (this.script, this.port, this.password) = (script, port, password);
        management = new() { BaseAddress = new($"http://127.0.0.1:{managementPort}/api/") };
        management.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"rabbitmq:{password}")));
    }

    public static async Task<BrokerServer> StartAsync()
    {
        int[] ports = [.. Enumerable.Range(0, 4).Select(_ => ServerProcess.FreePort())];
        var password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        var script = Process.Start(new ProcessStartInfo(
            "/bin/bash",
            [Path.Combine(AppContext.BaseDirectory, "private-server.sh"), "rabbitmq", .. ports.Select(p => p.ToString(CultureInfo.InvariantCulture))])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["SERVER_PASSWORD"] = password },
        })!;
        await script.StandardInput.WriteLineAsync("start");
        await script.StandardInput.FlushAsync();
        var answer = await script.StandardOutput.ReadLineAsync();
        if (answer != "started")
            throw new InvalidOperationException($"RabbitMQ: {answer}");
        var broker = new BrokerServer(script, ports[0], ports[1], password);
        await broker.AwaitManagementAsync();
        return broker;
    }

    /// <summary>An address of an empty virtual host.</summary>
    public async Task<Uri> CreateVirtualHostAsync()
    {
        var name = $"bench-{++virtualHosts}";
        using var made = await management.PutAsync(new Uri($"vhosts/{name}", UriKind.Relative), null);
        made.EnsureSuccessStatusCode();
        using var permitted = await management.PutAsJsonAsync($"permissions/{name}/rabbitmq", new { configure = ".*", write = ".*", read = ".*" });
        permitted.EnsureSuccessStatusCode();
        return new($"amqp://rabbitmq:{password}@127.0.0.1:{port}/{name}");
    }

    /// <summary>With all its queues, so that they burden no later row.</summary>
    public async Task DeleteVirtualHostAsync(Uri address)
    {
        using var deleted = await management.DeleteAsync(new Uri($"vhosts{address.AbsolutePath}", UriKind.Relative));
        deleted.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        management.Dispose();
        script.StandardInput.Close();
        await script.WaitForExitAsync();
        script.Dispose();
    }

    private async Task AwaitManagementAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var overview = await management.GetAsync(new Uri("overview", UriKind.Relative));
                if (overview.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (attempt < 300)
            {
                // Not listening yet.
            }

            await Task.Delay(100);
        }
    }
}
