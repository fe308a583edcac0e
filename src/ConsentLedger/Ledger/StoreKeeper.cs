using ConsentLedger.Storage;
using Microsoft.Extensions.Options;

namespace ConsentLedger.Ledger;

/// <summary>
/// Keeps the store's tables in shape while the service runs: makes room ahead of the appends (it asks the store seldom: it knows how far the room goes),
/// and forgets idempotency keys past their retention.
/// </summary>
public sealed partial class StoreKeeper(
    ILedgerStore store, LedgerReplica replica, TimeProvider time, IOptions<LedgerOptions> options, ILogger<StoreKeeper> log) : BackgroundService
{
    private const int StepsToPrune = 600;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>One step; public so that tests need no timer.</summary>
    /// <returns>Whether something was forgotten; there may be more.</returns>
    public Task<bool> PruneOnceAsync(CancellationToken ct) => store.ForgetKeysAsync(time.Now() - options.Value.IdempotencyRetention, ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            for (var step = 1; ; step++)
            {
                await Task.Delay(Every, time, stoppingToken);
                try
                {
                    await store.MakeRoomAsync(replica.Applied, time.Now(), stoppingToken);
                    while (step % StepsToPrune == 0 && await PruneOnceAsync(stoppingToken))
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store's tables could not be kept in shape ({Error}); tried again")]
    private static partial void LogLater(ILogger log, string error);
}
