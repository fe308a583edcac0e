namespace ConsentLedger.Ledger;

/// <summary>Shares one read among all who wait, never one that began before the caller came.</summary>
public sealed class CoalescedRead(Func<CancellationToken, Task<long>> read)
{
    private readonly Lock gate = new();
    private Task<long>? running;
    private Task<long>? next;

    public Task<long> ReadAsync(CancellationToken ct)
    {
        Task<long> mine;
        lock (gate)
        {
            if (running is null)
                mine = running = RunAsync(after: null);
            else
                mine = next ??= RunAsync(after: running);
        }

        return mine.WaitAsync(ct);
    }

    // No caller's cancellation stops the read: others wait for it. The store's own time-out bounds it.
    private async Task<long> RunAsync(Task? after)
    {
        // Leave the lock before anything else happens.
        await Task.Yield();
        if (after is not null)
        {
            await after.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        try
        {
            return await read(CancellationToken.None);
        }
        finally
        {
            lock (gate)
            {
                running = next;
                next = null;
            }
        }
    }
}
