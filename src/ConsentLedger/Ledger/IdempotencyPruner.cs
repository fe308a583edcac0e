using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ConsentLedger.Ledger;

/// <summary>Forgets idempotency keys past their retention, in bounded steps.</summary>
public sealed partial class IdempotencyPruner(
    IDbContextFactory<LedgerDbContext> contexts, ILedgerStore store, TimeProvider time, IOptions<LedgerOptions> options, ILogger<IdempotencyPruner> log)
    : BackgroundService
{
    private const int Step = 1000;
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    /// <summary>Deletes at most one step; public so that tests need no timer.</summary>
    /// <returns>How many were forgotten.</returns>
    public async Task<int> PruneOnceAsync(CancellationToken ct)
    {
        var before = time.GetUtcNow() - options.Value.IdempotencyRetention;
        await using var context = await contexts.CreateDbContextAsync(ct);
        if (await context.IdempotencyKeys.Where(k => k.CreatedAt < before).OrderBy(k => k.CreatedAt).Skip(Step).Select(k => (DateTimeOffset?)k.CreatedAt)
                .FirstOrDefaultAsync(ct) is { } bound)
            before = bound;
        return await context.IdempotencyKeys.Where(k => k.CreatedAt < before).ExecuteDeleteAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Every, time, stoppingToken);
                try
                {
                    while (await PruneOnceAsync(stoppingToken) >= Step)
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
