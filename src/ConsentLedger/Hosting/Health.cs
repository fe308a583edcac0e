using System.Text.Json;
using ConsentLedger.Ledger;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ConsentLedger.Hosting;

/// <summary>Ready when the ledger answers a head position and this process has applied it.</summary>
public sealed class LedgerHealth(LedgerReplica replica) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var position = await replica.SyncAsync(cancellationToken);
            return HealthCheckResult.Healthy(data: new Dictionary<string, object> { ["position"] = position });
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy(e.GetType().Name);
        }
    }
}

public static class Health
{
    public static void MapHealth(this WebApplication app)
    {
        // Alive: the process answers. Ready: the ledger does too; a broker that is down degrades nothing but the relay.
        app.MapHealthChecks("/livez", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync }).AllowAnonymous();
        app.MapHealthChecks("/readyz", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous();
    }

    private static Task WriteAsync(HttpContext http, HealthReport report)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        return http.Response.WriteAsync(JsonSerializer.Serialize(
            new
            {
                status = report.Status.ToString().ToLowerInvariant(),
                checks = report.Entries.ToDictionary(e => e.Key, e => e.Value.Status.ToString().ToLowerInvariant()),
            },
            ApiJson.Options));
    }
}
