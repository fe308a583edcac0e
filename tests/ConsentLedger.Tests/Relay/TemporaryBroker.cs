using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace ConsentLedger.Tests.Relay;

/// <summary>A private RabbitMQ node of these tests alone, with the users that the relay's README documents: it is killed dead, and one of its listeners has a certificate that nobody vouches for.</summary>
public sealed class TemporaryBroker : IAsyncLifetime
{
    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    private readonly string directory = Directory.CreateTempSubdirectory("relay-broker-").FullName;
    private readonly int port = FreePort();
    private readonly int securePort = FreePort();
    private readonly int distribution = FreePort();
    private readonly int nameServer = FreePort();
    private Process? node;

    public Uri Admin => Address("admin");

    /// <summary>The user whose permissions Relay/README.md documents.</summary>
    public Uri Relay => Address("relay");

    /// <summary>TLS with a certificate that names the host rightly and that nobody vouches for.</summary>
    public Uri Untrusted => new($"amqps://relay:relay-secret@localhost:{securePort}/");

    public Uri Address(string user) => new($"amqp://{user}:{user}-secret@127.0.0.1:{port}/");

    public async ValueTask InitializeAsync()
    {
        await PrepareAsync();
        await StartAsync();
    }

    /// <summary>A broker that has an address and is not there yet.</summary>
    public async Task PrepareAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(directory, "definitions.json"), Definitions());
        await File.WriteAllTextAsync(
            Path.Combine(directory, "rabbitmq.conf"),
            $"listeners.tcp.1 = 127.0.0.1:{port}\nload_definitions = {directory}/definitions.json\nloopback_users = none\nlog.console = false\n"
            + $"listeners.ssl.1 = 127.0.0.1:{securePort}\nssl_options.certfile = {directory}/certificate.pem\nssl_options.keyfile = {directory}/key.pem\n");
        await WriteCertificateAsync();
        await File.WriteAllTextAsync(Path.Combine(directory, "enabled_plugins"), "[].\n");
        await RunAsync("chown", "-R", "rabbitmq", directory);
    }

    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("setpriv") { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["--reuid=rabbitmq", "--regid=rabbitmq", "--clear-groups", Server]) start.ArgumentList.Add(argument);
        foreach (var (name, value) in Environment()) start.Environment[name] = value;
        node = Process.Start(start)!;
        _ = node.StandardOutput.ReadToEndAsync();
        _ = node.StandardError.ReadToEndAsync();
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < TimeSpan.FromSeconds(90))
        {
            if (node.HasExited) throw new InvalidOperationException("The broker ended: see " + directory);
            if (await AnswersAsync()) return;
            await Task.Delay(200);
        }
        throw new TimeoutException("The broker did not start: see " + directory);
    }

    /// <summary>SIGKILL: nothing is written down that was not already.</summary>
    public async Task KillAsync()
    {
        if (node is null) return;
        if (!node.HasExited) node.Kill(entireProcessTree: true);
        await node.WaitForExitAsync();
        node = null;
        // The name server outlives the node and would refuse its name to the next one.
        await RunAsync("env", $"ERL_EPMD_PORT={nameServer}", "epmd", "-kill");
    }

    /// <summary>Cuts every connection and ends. RabbitMQ 3.10 writes a new quorum queue's directory late: killed dead soon after, it does not find the queue again.</summary>
    public async Task StopAsync()
    {
        var stop = new ProcessStartInfo("setpriv") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["--reuid=rabbitmq", "--regid=rabbitmq", "--clear-groups", "/usr/lib/rabbitmq/bin/rabbitmqctl", "stop"])
            stop.ArgumentList.Add(argument);
        foreach (var (name, value) in Environment()) stop.Environment[name] = value;
        using var stopping = Process.Start(stop)!;
        await stopping.WaitForExitAsync();
        await node!.WaitForExitAsync();
        await KillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(directory, recursive: true);
    }

    private Dictionary<string, string> Environment() => new()
    {
        ["HOME"] = directory,
        ["RABBITMQ_NODENAME"] = $"relay{port}@localhost",
        ["RABBITMQ_DIST_PORT"] = distribution.ToString(CultureInfo.InvariantCulture),
        ["ERL_EPMD_PORT"] = nameServer.ToString(CultureInfo.InvariantCulture),
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_MNESIA_BASE"] = directory + "/mnesia",
        ["RABBITMQ_LOG_BASE"] = directory + "/log",
        ["RABBITMQ_CONFIG_FILE"] = directory + "/rabbitmq",
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = directory + "/enabled_plugins",
        ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
    };

    private static string Definitions()
    {
        object User(string name) => new { name, password_hash = Hash(name + "-secret"), hashing_algorithm = "rabbit_password_hashing_sha256", tags = name == "admin" ? "administrator" : "" };
        object May(string user, string configure, string write, string read) => new { user, vhost = "/", configure, write, read };
        const string own = @"^(consent-ledger\..+|partner\..+)$";
        return JsonSerializer.Serialize(new
        {
            rabbit_version = "3.10.8",
            vhosts = new[] { new { name = "/" } },
            users = new[] { User("admin"), User("relay"), User("partner-iheart"), User("partner-inicis"), User("stranger") },
            permissions = new[]
            {
                May("admin", ".*", ".*", ".*"),
                May("stranger", ".*", ".*", ".*"),
                May("relay", own, @"^(amq\.default|consent-ledger\..+|partner\..+)$", own),
                May("partner-iheart", "^$", @"^consent-ledger\.acknowledgements$", @"^partner\.iheart$"),
                May("partner-inicis", "^$", @"^consent-ledger\.acknowledgements$", @"^partner\.inicis$"),
            },
            policies = new[]
            {
                new { vhost = "/", name = "full", pattern = @"^partner\.full$", definition = new Dictionary<string, object> { ["max-length"] = 5, ["overflow"] = "reject-publish" } },
            },
        }).Replace("\"definition\":{\"max-length\"", "\"apply-to\":\"queues\",\"priority\":0,\"definition\":{\"max-length\"", StringComparison.Ordinal);
    }

    private async Task WriteCertificateAsync()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(directory, "certificate.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(directory, "key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private static string Hash(string password)
    {
        byte[] salt = [1, 2, 3, 4];
        return Convert.ToBase64String([.. salt, .. SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password)])]);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = await new RabbitMQ.Client.ConnectionFactory { Uri = Admin, RequestedConnectionTimeout = TimeSpan.FromSeconds(2) }.CreateConnectionAsync();
            return true;
        }
        catch (RabbitMQ.Client.Exceptions.BrokerUnreachableException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await process.WaitForExitAsync();
    }
}
