using System.Diagnostics.Metrics;

namespace ConsentLedger.Hosting;

/// <summary>The service's own measurements. No name or value of them holds anything personal.</summary>
public static class Telemetry
{
    public static readonly Meter Meter = new("ConsentLedger");
}
