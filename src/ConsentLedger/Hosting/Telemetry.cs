using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;

namespace ConsentLedger.Hosting;

/// <summary>The service's own measurements. No name or value of them holds anything personal.</summary>
public static class Telemetry
{
    public const string MeterName = "ConsentLedger";

    /// <summary>Where OpenTelemetry's own setting sends measurements; absent: nowhere.</summary>
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static readonly string[] Meters = [MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "MassTransit"];

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        if (builder.Configuration[Endpoint] is { Length: > 0 })
            builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(Meters).AddOtlpExporter());
    }
}

/// <summary>Measurements of what is owed.</summary>
public sealed class ObligationMetrics : IDisposable
{
    private readonly Meter meter;
    private readonly Counter<long> acted;
    private IReadOnlyDictionary<string, long> overdue = new Dictionary<string, long>();

    public ObligationMetrics(IMeterFactory meters)
    {
        meter = meters.Create(Telemetry.MeterName);
        acted = meter.CreateCounter<long>("consent_ledger.obligations.acted", "{obligation}", "Obligations that the service acted on when they fell due");
        meter.CreateObservableGauge(
            "consent_ledger.obligations.overdue",
            () => Volatile.Read(ref overdue).Select(kind => new Measurement<long>(kind.Value, KeyValuePair.Create<string, object?>("kind", kind.Key))),
            "{obligation}",
            "Obligations that are due and not settled, by kind, as of the worker's last look");
    }

    public void Acted(int count) => acted.Add(count);

    public void Overdue(IReadOnlyDictionary<string, long> byKind) => Volatile.Write(ref overdue, byKind);

    public void Dispose() => meter.Dispose();
}
