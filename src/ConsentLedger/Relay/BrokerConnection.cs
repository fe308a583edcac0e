using System.Net.Security;
using System.Security.Authentication;
using Polly;
using Polly.CircuitBreaker;
using RabbitMQ.Client;

namespace ConsentLedger.Relay;

/// <summary>
/// The connection that events are published over; a connection of its own, because a broker short of memory stops reading from publishers,
/// and acknowledgements must still come in. It is opened when there is something to publish and again after it was lost.
/// </summary>
public sealed partial class BrokerConnection : IAsyncDisposable
{
    private readonly ConnectionFactory factory;
    private readonly ILogger<BrokerConnection> log;
    private readonly ResiliencePipeline<IConnection> attempts;
    private readonly SemaphoreSlim opening = new(1, 1);
    private volatile IConnection? current;
    private int lost;
    private volatile bool disposed;

    public BrokerConnection(Uri address, RelaySettings settings, TimeProvider time, ILogger<BrokerConnection> log)
    {
        this.log = log;
        factory = new ConnectionFactory
        {
            Uri = address,
            ClientProvidedName = "consent-ledger relay",
            // Recovery inside the client would keep channels whose unconfirmed events are unknown; ours are opened anew.
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedConnectionTimeout = settings.ConnectTimeout,
            ContinuationTimeout = settings.ConnectTimeout,
            RequestedHeartbeat = TimeSpan.FromSeconds(15),
        };
        // From an amqps address the client makes TLS 1.2 at most and a certificate of any name good enough.
        (factory.Ssl.AcceptablePolicyErrors, factory.Ssl.Version) = (SslPolicyErrors.None, SslProtocols.None);
        attempts = Resting.Pipeline<IConnection>(settings, settings.ConnectTimeout * 2, time, static _ => true);
    }

    /// <summary>False from when an attempt failed or the connection ended until the next one is open.</summary>
    public bool IsUp => Volatile.Read(ref lost) == 0;

    /// <summary>The open connection, or null while there is none: an attempt failed just now or not long ago.</summary>
    public async ValueTask<IConnection?> TryGetAsync(CancellationToken ct)
    {
        if (current is { IsOpen: true } open) return open;
        await opening.WaitAsync(ct);
        try
        {
            if (current is { IsOpen: true } openedMeanwhile) return openedMeanwhile;
            await DropAsync();
            var opened = await attempts.ExecuteAsync(async token => await factory.CreateConnectionAsync(token), ct);
            opened.ConnectionShutdownAsync += (_, e) =>
            {
                ReportLost(e.ReplyText);
                return Task.CompletedTask;
            };
            current = opened;
            if (Interlocked.Exchange(ref lost, 0) == 1) LogBack(factory.Endpoint.HostName, factory.Endpoint.Port);
            return opened;
        }
        catch (BrokenCircuitException)
        {
            return null;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            ReportLost(e.GetBaseException().Message);
            return null;
        }
        finally
        {
            opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (disposed) return;
        disposed = true;
        await DropAsync();
        opening.Dispose();
    }

    private async Task DropAsync()
    {
        if (Interlocked.Exchange(ref current, null) is not { } old) return;
        await old.CloseAsync(200, "done", TimeSpan.FromSeconds(2), abort: true, CancellationToken.None);
        await old.DisposeAsync();
    }

    private void ReportLost(string reason)
    {
        if (!disposed && Interlocked.Exchange(ref lost, 1) == 0) LogLost(factory.Endpoint.HostName, factory.Endpoint.Port, reason);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The broker at {Host}:{Port} cannot be reached ({Reason}). Events wait in the ledger.")]
    private partial void LogLost(string host, int port, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The broker at {Host}:{Port} is back.")]
    private partial void LogBack(string host, int port);
}
