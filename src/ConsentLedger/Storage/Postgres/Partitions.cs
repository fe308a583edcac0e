using ConsentLedger.Ledger;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ConsentLedger.Storage.Postgres;

/// <summary>
/// Where there is room in the partitions of <c>ledger_entries</c> and <c>idempotency_keys</c>. The role that serves may make no table: functions do
/// it that act as the tables' owner.
/// </summary>
internal sealed class Partitions(NpgsqlDataSource database, IOptions<LedgerOptions> options)
{
    /// <summary>What the server says of a row that has no partition; there are no checks besides.</summary>
    public const string Missing = PostgresErrorCodes.CheckViolation;

    /// <summary>What roles.sql lets the service call.</summary>
    public static readonly string[] Functions =
    [
        "make_room_for_entries(bigint, bigint)", "make_room_for_keys(timestamptz, timestamptz, integer)", "drop_past_keys(timestamptz)",
    ];

    private static readonly TimeSpan KeysAhead = TimeSpan.FromDays(1);

    private Room room = Room.Unknown;

    private long Size => options.Value.EntriesInPartition;

    // As long as keys are remembered: an append looks for a key in three partitions at most, however long that is.
    private int Days => Math.Max(1, (int)Math.Ceiling(options.Value.IdempotencyRetention.TotalDays));

    /// <summary>Makes room for one more partition of entries than the head is in, and for the keys of another day. Asks the server only when there may be none.</summary>
    public async Task MakeRoomAsync(long head, DateTimeOffset now, CancellationToken ct)
    {
        var known = Volatile.Read(ref room);
        if (known.Holds(head + Size) && known.Holds(now) && known.Holds(now + KeysAhead))
            return;
        await using var command = database.CreateCommand("SELECT make_room_for_entries($1, $2), make_room_for_keys($3, $4, $5)");
        foreach (var value in (object[])[head + Size, Size, now, now + KeysAhead, Days])
            command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        Volatile.Write(ref room, new(reader.GetInt64(0), now, reader.GetFieldValue<DateTimeOffset>(1)));
    }

    /// <summary>What an append has to do first, in its own transaction: nothing, unless it is faster than who makes room ahead.</summary>
    public IEnumerable<NpgsqlBatchCommand> MissingFor(AppendBatch batch)
    {
        var known = Volatile.Read(ref room);
        if (!known.HoldsEntriesOf(batch))
            yield return AppendCommands.Command("SELECT make_room_for_entries($1, $2)", batch.Head.Position + Size, Size);
        if (!known.HoldsKeysOf(batch))
            yield return AppendCommands.Command("SELECT make_room_for_keys($1, $2, $3)", batch.Now, batch.Now + KeysAhead, Days);
    }

    /// <summary>That an append which made room is durable, and the room with it.</summary>
    public void Remember(AppendBatch batch)
    {
        var known = Volatile.Read(ref room);
        if (!known.HoldsEntriesOf(batch))
            known = known with { LastPosition = batch.Head.Position + Size };
        if (!known.HoldsKeysOf(batch))
            known = known with { Since = batch.Now, Until = batch.Now + KeysAhead };
        Volatile.Write(ref room, known);
    }

    /// <summary>That partitions are gone which were there, such as by another process whose clock is years ahead.</summary>
    public void Forget() => Volatile.Write(ref room, Room.Unknown);

    /// <param name="LastPosition">Positions up to here have a partition.</param>
    /// <param name="Since">So have keys that are given from here on.</param>
    /// <param name="Until">And before this.</param>
    private sealed record Room(long LastPosition, DateTimeOffset Since, DateTimeOffset Until)
    {
        public static readonly Room Unknown = new(0, default, default);

        public bool Holds(long position) => position <= LastPosition;

        public bool Holds(DateTimeOffset given) => given >= Since && given < Until;

        public bool HoldsEntriesOf(AppendBatch batch) => batch.Entries.Count == 0 || Holds(batch.Head.Position);

        public bool HoldsKeysOf(AppendBatch batch) => batch.Answers.Count == 0 || Holds(batch.Now);
    }
}
