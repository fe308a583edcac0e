using ConsentLedger.Hosting;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Ledger;

/// <summary>Opens the ledger: tables, keys, replica. What is hosted after it finds the ledger open.</summary>
public sealed partial class LedgerStartup(
    IServiceProvider services, ILedgerStore store, IDbContextFactory<LedgerDbContext> contexts, LedgerReplica replica, RequestHasher hasher, LedgerOptions options,
    TimeProvider time, ILogger<LedgerStartup> log) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await services.MigrateAsync(cancellationToken);
        if (options.Tree)
            await TreeBuilder.CompleteAsync(contexts, cancellationToken);
        await hasher.StartAsync(cancellationToken);
        await replica.StartAsync(cancellationToken);
        await store.MakeRoomAsync(replica.Applied, time.Now(), cancellationToken);
        LogOpen(log, store.Name, replica.Applied);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "The ledger is open ({Store}) at position {Position}")]
    private static partial void LogOpen(ILogger log, string store, long position);
}
