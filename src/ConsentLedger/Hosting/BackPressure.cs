using System.Diagnostics.Metrics;
using ConsentLedger.Ledger;

namespace ConsentLedger.Hosting;

/// <summary>Writes that would wait too long for the appender are refused before anything is done for them: neither token nor body is looked at.</summary>
public sealed class BackPressure : IDisposable
{
    private readonly LedgerAppender appender;
    private readonly Meter meter;
    private readonly Counter<long> refused;

    public BackPressure(LedgerAppender appender, IMeterFactory meters)
    {
        this.appender = appender;
        meter = meters.Create(Telemetry.MeterName);
        refused = meter.CreateCounter<long>("consent_ledger.writes.refused", "{request}", "Writes answered 503 because too many waited");
    }

    public Task Invoke(HttpContext http, RequestDelegate next)
    {
        if (!appender.IsFull || http.GetEndpoint()?.Metadata.GetMetadata<WriteOperation>() is null)
            return next(http);
        refused.Add(1);
        return new ProblemResult(Problems.Unavailable).ExecuteAsync(http);
    }

    public void Dispose() => meter.Dispose();
}
