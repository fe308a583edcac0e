namespace ConsentLedger.Storage;

/// <summary>A row of <c>ledger_entries</c> as it is stored, byte for byte.</summary>
/// <param name="Position">Position.</param>
/// <param name="Type">Entry type, UTF-8.</param>
/// <param name="Subject">Subject.</param>
/// <param name="Partner">Partner's code, UTF-8; empty where there is none.</param>
/// <param name="RecordedAt">Microseconds since 1970.</param>
/// <param name="LeafHash">Leaf hash.</param>
/// <param name="Data">The entry, UTF-8.</param>
public readonly record struct StoredEntry(
    long Position, ReadOnlyMemory<byte> Type, Guid? Subject, ReadOnlyMemory<byte> Partner, long RecordedAt, ReadOnlyMemory<byte> LeafHash, ReadOnlyMemory<byte> Data);
