using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ConsentLedger.Tests.Servers;
using DotNet.Testcontainers.Builders;
using Testcontainers.RabbitMq;

[assembly: AssemblyFixture(typeof(RabbitMqServer))]

namespace ConsentLedger.Tests.Servers;

/// <summary>The one RabbitMQ of a test run, started by the first test that asks for a virtual host.</summary>
public sealed class RabbitMqServer : IAsyncDisposable
{
    // amqp and management, and for a private server Erlang's distribution and its port mapper
    private readonly int[] ports = ThrowAwayServer.FreePorts(4);
    private readonly string password = ThrowAwayServer.NewPassword();
    private readonly Lazy<Task<IThrowAwayServer>> server;
    private int virtualHosts;

    public RabbitMqServer()
    {
        server = new(LaunchAsync);
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"rabbitmq:{password}"));
        Management = new()
        {
            BaseAddress = new($"http://127.0.0.1:{ports[1]}/api/"),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Basic", credentials) },
        };
    }

    /// <summary>The management API, as administrator; answers once a virtual host was asked for.</summary>
    public HttpClient Management { get; }

    /// <summary>Makes an empty virtual host and a user who may do anything in it, and nothing elsewhere.</summary>
    public async Task<Uri> CreateVirtualHostAsync()
    {
        await server.Value;
        var name = $"test-{Interlocked.Increment(ref virtualHosts)}";
        await PutAsync($"vhosts/{name}", new { });
        return await CreateUserAsync(name, name, configure: ".*", write: ".*", read: ".*");
    }

    /// <summary>
    /// Gives a user the permissions in a virtual host made here, each a regular expression over names of queues and
    /// exchanges; <c>^$</c> is none. Users are the server's: the same name in another virtual host is the same user.
    /// </summary>
    public Task<Uri> CreateUserAsync(Uri virtualHost, string name, string configure, string write, string read) =>
        CreateUserAsync(virtualHost.AbsolutePath[1..], name, configure, write, read);

    /// <summary>Stops the broker for every test: only for tests in <see cref="ServerOutages"/>.</summary>
    public async Task StopAsync() => await (await server.Value).StopAsync();

    public async Task StartAsync()
    {
        await (await server.Value).StartAsync();
        await AwaitAnswerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Management.Dispose();
        if (server.IsValueCreated && server.Value.IsCompletedSuccessfully)
        {
            await (await server.Value).DisposeAsync();
        }
    }

    private async Task<Uri> CreateUserAsync(string virtualHost, string name, string configure, string write, string read)
    {
        await PutAsync($"users/{name}", new { password, tags = "" });
        await PutAsync($"permissions/{virtualHost}/{name}", new { configure, write, read });
        return new($"amqp://{name}:{password}@127.0.0.1:{ports[0]}/{virtualHost}");
    }

    private async Task PutAsync(string path, object body)
    {
        using var response = await Management.PutAsJsonAsync(path, body);
        response.EnsureSuccessStatusCode();
    }

    private async Task<IThrowAwayServer> LaunchAsync()
    {
        var launched = await ThrowAwayServer.StartAsync(
            () => new ContainerServer(new RabbitMqBuilder("rabbitmq:4-management-alpine")
                .WithUsername("rabbitmq").WithPassword(password)
                .WithPortBinding(ports[0], 5672).WithPortBinding(ports[1], 15672)
                // Known to rabbitmqctl too, which otherwise takes the container's host name.
                .WithEnvironment("RABBITMQ_NODENAME", "rabbit@localhost")
                // When it is ready the management API tells, as it does on a private server, and not a line of the log.
                .WithWaitStrategy(Wait.ForUnixContainer()).Build(), "rabbitmqctl"),
            () => new PrivateServer("rabbitmq", password, ports));
        ThrowAwayServer.Say($"{launched.Kind} RabbitMQ {await AwaitAnswerAsync()} on 127.0.0.1:{ports[0]}");
        return launched;
    }

    private async Task<string?> AwaitAnswerAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var overview = await Management.GetFromJsonAsync<JsonElement>("overview");
                return overview.GetProperty("rabbitmq_version").GetString();
            }
            catch (HttpRequestException) when (attempt < 300)
            {
                await Task.Delay(200);
            }
        }
    }
}
