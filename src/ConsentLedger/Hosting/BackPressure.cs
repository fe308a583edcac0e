using System.Diagnostics.Metrics;
using ConsentLedger.Ledger;

namespace ConsentLedger.Hosting;

/// <summary>
/// Writes beyond those that may wait at once are refused before anything is done for them: neither token nor body is looked at. Counted from the queue
/// to the answer, for under load a write waits less for the ledger than for a processor.
/// </summary>
public sealed class BackPressure : IDisposable
{
    private readonly int limit;
    private readonly Meter meter;
    private readonly Counter<long> refused;
    private int waiting;

    public BackPressure(LedgerOptions options, IMeterFactory meters)
    {
        limit = options.WritesAtOnce;
        meter = meters.Create(Telemetry.MeterName);
        refused = meter.CreateCounter<long>("consent_ledger.writes.refused", "{request}", "Writes answered 503 because too many waited");
    }

    public Task Invoke(HttpContext http, RequestDelegate next)
    {
        if (Volatile.Read(ref waiting) < limit || http.GetEndpoint()?.Metadata.GetMetadata<WriteOperation>() is null)
            return next(http);
        refused.Add(1);
        return new ProblemResult(Problems.Unavailable).ExecuteAsync(http);
    }

    /// <summary>A write that was let in, until it is answered.</summary>
    public async Task<Answer> WaitAsync(Task<Answer> write)
    {
        Interlocked.Increment(ref waiting);
        try
        {
            return await write;
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    public void Dispose() => meter.Dispose();
}
