using System.ComponentModel.DataAnnotations;

namespace ConsentLedger.Ledger;

/// <summary>Settings under <c>Ledger</c>. Every bound of the appender and the caches is here.</summary>
public sealed class LedgerOptions
{
    /// <summary>Commands that may wait for the appender; beyond it callers get 503 at once.</summary>
    [Range(1, 1_000_000)]
    public int QueueLimit { get; set; } = 8192;

    /// <summary>Requests that may wait for their write at once; beyond it others get 503 before anything is done for them, so that who is let in is answered soon, however many come.</summary>
    [Range(1, 1_000_000)]
    public int WritesAtOnce { get; set; } = 192;

    /// <summary>Commands in one transaction at most.</summary>
    [Range(1, 10_000)]
    public int BatchLimit { get; set; } = 512;

    /// <summary>Subjects held in memory at most, one to two kilobytes each; what falls out is loaded again.</summary>
    [Range(3, 10_000_000)]
    public int SubjectCacheCapacity { get; set; } = 40_000;

    /// <summary>How often the service looks for what has fallen due; decisions count it by themselves, to the instant.</summary>
    public TimeSpan ObligationInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The log's name in checkpoints (C2SP tlog-checkpoint), such as <c>shop.example/consents</c>. Absent: <c>consent-ledger/</c> and a random id made with the ledger.</summary>
    public string? Origin { get; set; }

    /// <summary>Ed25519 keys that sign checkpoints (PEM, PKCS #8). Made at the first start of a ledger if it is not there.</summary>
    public string SigningKeyFile { get; set; } = "data/ledger-signing-key.pem";

    /// <summary>Whether entries are hashed into the tree. Off in development only, to measure what the tree costs: such a ledger proves nothing and is thrown away.</summary>
    public bool Tree { get; set; } = true;

    /// <summary>How long entries wait for a signed checkpoint at most.</summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Verifier keys (C2SP vkey, type 4) of the witnesses whose cosignatures are kept and served.</summary>
    public IReadOnlyList<string> Witnesses { get; set; } = [];

    /// <summary>How long an idempotency key is remembered, at least.</summary>
    public TimeSpan IdempotencyRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Entries in a partition of <c>ledger_entries</c> on PostgreSQL. Another number counts for the partitions that are made from then on.</summary>
    [Range(1, 1L << 40)]
    public long EntriesInPartition { get; set; } = 1 << 22;
}

/// <summary>The store does not answer or the queue is full: the caller may come again, nothing was lost.</summary>
public sealed class LedgerUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
