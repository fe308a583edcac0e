using System.ComponentModel.DataAnnotations;

namespace ConsentLedger.Ledger;

/// <summary>Settings under <c>Ledger</c>. Every bound of the appender and the caches is here.</summary>
public sealed class LedgerOptions
{
    /// <summary>Commands that may wait for the appender; beyond it callers get 503 at once.</summary>
    [Range(1, 1_000_000)]
    public int QueueLimit { get; set; } = 8192;

    /// <summary>Commands in one transaction at most.</summary>
    [Range(1, 10_000)]
    public int BatchLimit { get; set; } = 512;

    /// <summary>Subjects held in memory at most.</summary>
    [Range(3, 10_000_000)]
    public int SubjectCacheCapacity { get; set; } = 200_000;

    /// <summary>How often the service looks for what has fallen due; decisions count it by themselves, to the instant.</summary>
    public TimeSpan ObligationInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an idempotency key is remembered, at least.</summary>
    public TimeSpan IdempotencyRetention { get; set; } = TimeSpan.FromDays(7);
}

/// <summary>The store does not answer or the queue is full: the caller may come again, nothing was lost.</summary>
public sealed class LedgerUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
