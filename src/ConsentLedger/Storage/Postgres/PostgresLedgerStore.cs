using System.Buffers.Binary;
using System.Data;
using System.Runtime.CompilerServices;
using ConsentLedger.Ledger;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ConsentLedger.Storage.Postgres;

/// <summary>The production store: any number of processes append, serialised by the head row.</summary>
public sealed class PostgresLedgerStore(NpgsqlDataSource database, IOptions<LedgerOptions> options) : ILedgerStore
{
    private readonly Partitions partitions = new(database, options);

    public string Name => "PostgreSQL";

    public async Task MigrateAsync(LedgerDbContext context, CancellationToken ct)
    {
        // By reading alone: EF locks the history even when nothing is pending, and the role that serves may not do that.
        if (await TableRights.PendingAsync(context, ct) is { Count: > 0 } pending)
            await MigrateAsync(context, pending, ct);
        await TableRights.DemandAsync(database, context, ct);
    }

    public async Task<long> ReadHeadAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand("SELECT position FROM log_head WHERE id = 1");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    public async Task<IReadOnlyList<HashedEntry>> ReadEntriesAsync(long after, int limit, CancellationToken ct)
    {
        await using var command = database.CreateCommand("SELECT data, leaf_hash FROM ledger_entries WHERE position > $1 ORDER BY position LIMIT $2");
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<HashedEntry> entries = [];
        while (await reader.ReadAsync(ct))
            entries.Add(new(EntryCodec.Decode(reader.GetString(0)), TreeHash.Read(reader.GetFieldValue<byte[]>(1))));
        return entries;
    }

    public Task<IDbContextTransaction> BeginSnapshotAsync(LedgerDbContext context, CancellationToken ct) =>
        context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);

    public async IAsyncEnumerable<IReadOnlyList<StoredEntry>> ReadStoredAsync(LedgerDbContext snapshot, [EnumeratorCancellation] CancellationToken ct)
    {
        const string Query = "SELECT position, type, subject_id, partner, recorded_at, leaf_hash, data FROM ledger_entries ORDER BY position";
        await foreach (var page in BinaryCopy.ReadAsync((NpgsqlConnection)snapshot.Database.GetDbConnection(), Query, ct))
        {
            var entries = new StoredEntry[page.Count];
            for (var i = 0; i < entries.Length; i++)
                entries[i] = Entry(page[i]);
            yield return entries;
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<(Guid? Subject, ReadOnlyMemory<byte> Row)>> ReadRowsAsync(
        LedgerDbContext snapshot, Projection projection, [EnumeratorCancellation] CancellationToken ct)
    {
        var query = StoredRows.Select(projection, static (column, kind) => column == "NULL" ? "NULL::uuid" : column);
        await foreach (var page in BinaryCopy.ReadAsync((NpgsqlConnection)snapshot.Database.GetDbConnection(), query, ct))
        {
            var rows = new (Guid? Subject, ReadOnlyMemory<byte> Row)[page.Count];
            for (var i = 0; i < rows.Length; i++)
            {
                var fields = BinaryCopy.Fields(page[i]);
                rows[i] = (Id(BinaryCopy.NextField(ref fields)), page[i]);
            }

            yield return rows;
        }
    }

    // Halves what may hold the place until it is found: some twenty looks at the primary key, in one statement, and no index of times.
    public async Task<long> ReadPositionBeforeAsync(DateTimeOffset instant, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            WITH RECURSIVE search (low, high) AS (
                SELECT 0::bigint, position FROM log_head WHERE id = 1
                UNION ALL
                SELECT CASE WHEN e.recorded_at < $1 THEN e.position ELSE low END, CASE WHEN e.recorded_at < $1 THEN high ELSE e.position - 1 END
                FROM search, LATERAL (SELECT position, recorded_at FROM ledger_entries WHERE position = (low + high + 1) / 2 LIMIT 1) e
                WHERE low < high)
            SELECT max(low) FROM search
            """);
        command.Parameters.Add(new() { Value = instant });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    public async Task<SubjectSnapshot> ReadSubjectsAsync(IReadOnlyList<SubjectKey> keys, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        await using var command = database.CreateCommand(SubjectRows.WithHead);
        foreach (var parameter in SubjectRows.Parameters(keys, ids))
            command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var head = reader.GetInt64(5);
        return new(head, await SubjectRows.ReadFromCurrentAsync(reader, ct));
    }

    public async Task<IAppendSession> BeginAppendAsync(AppendInput input, CancellationToken ct)
    {
        var connection = await database.OpenConnectionAsync(ct);
        try
        {
            return await PostgresAppendSession.BeginAsync(connection, partitions, input, ct);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public Task MakeRoomAsync(long head, DateTimeOffset now, CancellationToken ct) => partitions.MakeRoomAsync(head, now, ct);

    public async Task<bool> ForgetKeysAsync(DateTimeOffset before, CancellationToken ct)
    {
        await using var command = database.CreateCommand("SELECT drop_past_keys($1)");
        command.Parameters.Add(new() { Value = before });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    public async Task AddCheckpointAsync(CheckpointRow checkpoint, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "INSERT INTO checkpoints (size, root, note, signed_at) VALUES ($1, $2, $3, $4) ON CONFLICT (size) DO NOTHING");
        command.Parameters.Add(new() { Value = checkpoint.Size });
        command.Parameters.Add(new() { Value = checkpoint.Root });
        command.Parameters.Add(new() { Value = checkpoint.Note });
        command.Parameters.Add(new() { Value = checkpoint.SignedAt });
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task AdvanceCursorAsync(string partner, long sequence, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            INSERT INTO relay_cursors (partner, sequence) VALUES ($1, $2)
            ON CONFLICT (partner) DO UPDATE SET sequence = greatest(relay_cursors.sequence, excluded.sequence)
            """);
        command.Parameters.Add(new() { Value = partner });
        command.Parameters.Add(new() { Value = sequence });
        await command.ExecuteNonQueryAsync(ct);
    }

    public Task<IRelayLease?> TryLeadAsync(CancellationToken ct) => PostgresRelayLease.TryTakeAsync(database, ct);

    public bool IsTransient(Exception exception) =>
        exception is NpgsqlException { IsTransient: true } or TimeoutException
        || (exception is PostgresException postgres && MayPass(postgres.SqlState))
        || (exception.InnerException is { } inner && IsTransient(inner));

    private static StoredEntry Entry(ReadOnlyMemory<byte> row)
    {
        var fields = BinaryCopy.Fields(row);
        return new(
            BinaryPrimitives.ReadInt64BigEndian(BinaryCopy.NextField(ref fields).Span),
            BinaryCopy.NextField(ref fields),
            Id(BinaryCopy.NextField(ref fields)),
            BinaryCopy.NextField(ref fields),
            BinaryPrimitives.ReadInt64BigEndian(BinaryCopy.NextField(ref fields).Span) + RowWriter.Epoch,
            BinaryCopy.NextField(ref fields),
            BinaryCopy.NextField(ref fields));
    }

    private static Guid? Id(ReadOnlyMemory<byte> field) => field.IsEmpty ? null : new Guid(field.Span, bigEndian: true);

    private async Task MigrateAsync(LedgerDbContext context, IReadOnlyList<string> pending, CancellationToken ct)
    {
        // EF's own lock is given back between two migrations, and a second process then repeats one.
        await using var connection = await database.OpenConnectionAsync(ct);
        await AdvisoryLock.TakeAsync(connection, AdvisoryLock.Migration, ct);
        try
        {
            // Again: whoever held the lock may have done it, and then no right to do it is needed.
            if ((await TableRights.PendingAsync(context, ct)).Count > 0)
                await context.Database.MigrateAsync(ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // EF makes or locks the history before anything else, and it is this that was refused: nothing has changed.
            throw TableRights.MayNotMigrate(pending, e);
        }
        finally
        {
            await AdvisoryLock.GiveBackAsync(connection, AdvisoryLock.Migration);
        }
    }

    // A server that stops, starts or fails over says so; Npgsql counts only some of it as transient. A row without a partition gets one the next time.
    private static bool MayPass(string state) =>
        state is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.ReadOnlySqlTransaction or Partitions.Missing;
}

internal static class SubjectRows
{
    /// <summary>One statement is one snapshot: the head and the subjects belong together without a transaction. The head comes in every row, and in one even without subjects.</summary>
    public const string WithHead =
        $"""
        SELECT s.*, h.position FROM log_head h LEFT JOIN ({Sql}) s ON true WHERE h.id = 1
        """;

    // Two branches, each with its index: one condition with OR would read the whole table. The sub-selects hide how long the arrays are:
    // PostgreSQL then keeps one plan, where it would plan anew for every run, which takes longer than the run.
    private const string Sql =
        """
        SELECT s.id, s.kind, s.external_id, s.wrapped_key, t.state
        FROM subjects s JOIN subject_states t ON t.subject_id = s.id WHERE s.id = ANY ((SELECT $1)::uuid[])
        UNION ALL
        SELECT s.id, s.kind, s.external_id, s.wrapped_key, t.state
        FROM unnest((SELECT $2), (SELECT $3)) AS k (kind, external_id)
        JOIN subjects s ON s.kind = k.kind AND s.external_id = k.external_id JOIN subject_states t ON t.subject_id = s.id
        """;

    public static NpgsqlParameter[] Parameters(IReadOnlyList<SubjectKey> keys, IReadOnlyList<Guid> ids) =>
    [
        new() { Value = ids.ToArray() },
        new() { Value = keys.Select(k => (int)k.Kind).ToArray() },
        new() { Value = keys.Select(k => k.ExternalId).ToArray() },
    ];

    public static NpgsqlBatchCommand Select(IReadOnlyList<SubjectKey> keys, IReadOnlyList<Guid> ids)
    {
        var command = new NpgsqlBatchCommand(Sql);
        foreach (var parameter in Parameters(keys, ids))
            command.Parameters.Add(parameter);
        return command;
    }

    public static async Task<IReadOnlyList<StoredSubject>> ReadAsync(NpgsqlDataReader reader, CancellationToken ct) =>
        await reader.ReadAsync(ct) ? await ReadFromCurrentAsync(reader, ct) : [];

    public static async Task<IReadOnlyList<StoredSubject>> ReadFromCurrentAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        List<StoredSubject> subjects = [];
        do
        {
            if (reader.IsDBNull(0) || reader.IsDBNull(2) || reader.IsDBNull(3))
                continue; // nobody, or erased
            subjects.Add(new(
                reader.GetGuid(0),
                new((SubjectKind)reader.GetInt32(1), reader.GetString(2)),
                reader.GetFieldValue<byte[]>(3),
                SubjectState.FromJson(reader.GetString(4))));
        }
        while (await reader.ReadAsync(ct));
        return subjects;
    }
}

/// <summary>Session-level advisory locks: one process among all on this database. Pooled connections are not reset, so each is given back by who took it.</summary>
internal static class AdvisoryLock
{
    public const long Relay = Prefix + 1;
    public const long Migration = Prefix + 2;

    private const long Prefix = 0x436F6E73656E7400; // "Consent"

    public static Task TakeAsync(NpgsqlConnection connection, long id, CancellationToken ct) => TakeAsync(connection, "SELECT pg_advisory_lock($1)", id, ct);

    public static async Task<bool> TryTakeAsync(NpgsqlConnection connection, long id, CancellationToken ct) =>
        await TakeAsync(connection, "SELECT pg_try_advisory_lock($1)", id, ct) is true;

    // Not cancelled: a pooled connection that kept the lock would keep everybody else out.
    public static async Task GiveBackAsync(NpgsqlConnection connection, long id)
    {
        try
        {
            await RunAsync(connection, "SELECT pg_advisory_unlock($1)", id, CancellationToken.None);
        }
        catch
        {
            // Then the session ends with its use, and the lock with it.
            NpgsqlConnection.ClearPool(connection);
            throw;
        }
    }

    private static async Task<object?> TakeAsync(NpgsqlConnection connection, string sql, long id, CancellationToken ct)
    {
        try
        {
            return await RunAsync(connection, sql, id, ct);
        }
        catch (OperationCanceledException) when (connection.State == ConnectionState.Open)
        {
            // It may have been taken just then; the server lets one that was not taken be given back.
            await GiveBackAsync(connection, id);
            throw;
        }
    }

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql, long id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = id } } };
        return await command.ExecuteScalarAsync(ct);
    }
}

/// <summary>A session-level advisory lock on a connection of its own: gone with the connection, so a dead process never holds it.</summary>
internal sealed class PostgresRelayLease : IRelayLease
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(2);

    private readonly NpgsqlConnection connection;
    private readonly CancellationTokenSource lost = new();
    private readonly CancellationTokenSource released = new();
    private readonly Task watch;

    private PostgresRelayLease(NpgsqlConnection connection)
    {
        this.connection = connection;
        watch = WatchAsync();
    }

    public CancellationToken Lost => lost.Token;

    public static async Task<IRelayLease?> TryTakeAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        var connection = await database.OpenConnectionAsync(ct);
        try
        {
            if (await AdvisoryLock.TryTakeAsync(connection, AdvisoryLock.Relay, ct))
                return new PostgresRelayLease(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await released.CancelAsync();
        await watch;
        try
        {
            await AdvisoryLock.GiveBackAsync(connection, AdvisoryLock.Relay);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or TimeoutException)
        {
            // The connection is gone, and the lock with it.
        }

        await connection.DisposeAsync();
        lost.Dispose();
        released.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(CheckEvery);
            while (await timer.WaitForNextTickAsync(released.Token))
            {
                await using var command = new NpgsqlCommand("SELECT 1", connection);
                await command.ExecuteScalarAsync(released.Token);
            }
        }
        catch (OperationCanceledException) when (released.IsCancellationRequested)
        {
            // Released by its holder.
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or TimeoutException)
        {
            await lost.CancelAsync();
        }
    }
}
