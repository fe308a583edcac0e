using ConsentLedger.Storage;
using Microsoft.Extensions.Options;

namespace ConsentLedger.Ledger;

/// <summary>Forgets idempotency keys past their retention, in bounded steps.</summary>
public sealed partial class IdempotencyPruner(ILedgerStore store, TimeProvider time, IOptions<LedgerOptions> options, ILogger<IdempotencyPruner> log)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    /// <summary>One step; public so that tests need no timer.</summary>
    /// <returns>Whether something was forgotten; there may be more.</returns>
    public Task<bool> PruneOnceAsync(CancellationToken ct) => store.ForgetKeysAsync(time.Now() - options.Value.IdempotencyRetention, ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Every, time, stoppingToken);
                try
                {
                    while (await PruneOnceAsync(stoppingToken))
                        await Task.Yield();
                }
                catch (Exception e) when (store.IsTransient(e))
                {
                    LogLater(log, e.GetType().Name);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Idempotency keys could not be pruned ({Error}); tried again later")]
    private static partial void LogLater(ILogger log, string error);
}
