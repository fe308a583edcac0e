namespace ConsentLedger.Ledger;

/// <summary>Wakes those who follow the ledger in this process when an event for a partner was appended.</summary>
public sealed class LedgerSignal(TimeProvider time)
{
    private TaskCompletionSource waiting = New();

    public void Raise() => Interlocked.Exchange(ref waiting, New()).TrySetResult();

    /// <summary>Returns when something was appended after the call, or after <paramref name="atMost"/>: other processes append too.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        try
        {
            await Volatile.Read(ref waiting).Task.WaitAsync(atMost, time, ct);
        }
        catch (TimeoutException)
        {
            // Time to look anyway.
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
