using ConsentLedger.Storage;

namespace ConsentLedger.Ledger;

/// <summary>Makes room in the store ahead of the appends. Looks every second and asks the store seldom: it knows how far the room goes.</summary>
public sealed partial class RoomKeeper(ILedgerStore store, LedgerReplica replica, TimeProvider time, ILogger<RoomKeeper> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Every, time, stoppingToken);
                try
                {
                    await store.MakeRoomAsync(replica.Applied, time.Now(), stoppingToken);
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "No room could be made ahead of the appends ({Error}); tried again")]
    private static partial void LogLater(ILogger log, string error);
}
