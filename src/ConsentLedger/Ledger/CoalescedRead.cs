namespace ConsentLedger.Ledger;

/// <summary>Shares one read among all who wait, never one that began before the caller came.</summary>
public sealed class CoalescedRead(Func<CancellationToken, Task<long>> read)
{
    private readonly Lock gate = new();
    private Round? waiting; // has not begun to read: whoever comes shares it
    private Task last = Task.CompletedTask;

    public Task<long> ReadAsync(CancellationToken ct)
    {
        Round mine;
        lock (gate)
        {
            if (waiting is null)
            {
                waiting = new Round();
                _ = RunAsync(waiting, after: last);
                last = waiting.Task;
            }

            mine = waiting;
        }

        return mine.Task.WaitAsync(ct);
    }

    // No caller's cancellation stops the read: others wait for it. The store's own time-out bounds it.
    private async Task RunAsync(Round round, Task after)
    {
        // Leave the lock before anything else happens.
        await after.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        // Requests that are ready to run come first and share this read. Where none are, nothing waits.
        await Task.Yield();
        lock (gate)
            waiting = null;
        try
        {
            round.SetResult(await read(CancellationToken.None));
        }
        catch (Exception e)
        {
            round.SetException(e);
        }
    }

    // Each who waits goes on as a work item of its own, so that all processors answer.
    private sealed class Round() : TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
}
