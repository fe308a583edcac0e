using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ConsentLedger.Relay;

/// <summary>Degraded at worst: without a broker the ledger, its decisions and the HTTP feed work on.</summary>
public sealed class RelayHealth(BrokerConnection broker, RelayWorker worker) : IHealthCheck
{
    private const int Named = 10;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!broker.IsUp) return Task.FromResult(HealthCheckResult.Degraded("The broker cannot be reached."));
        var troubles = worker.Troubles();
        return Task.FromResult(troubles.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded("Events wait: " + string.Join(", ", troubles.Take(Named).Select(t => $"{t.Partner} ({t.Trouble})"))));
    }
}
