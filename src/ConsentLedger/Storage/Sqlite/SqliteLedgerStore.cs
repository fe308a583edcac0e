using System.Runtime.CompilerServices;
using ConsentLedger.Ledger;
using ConsentLedger.TransparencyLog;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace ConsentLedger.Storage.Sqlite;

/// <summary>The embedded store: one file, one process that serves, nothing to install.</summary>
public sealed class SqliteLedgerStore(SqliteConnections connections) : ILedgerStore
{
    public string Name => "SQLite";

    public Task MigrateAsync(LedgerDbContext context, CancellationToken ct) => context.Database.MigrateAsync(ct);

    public async Task<long> ReadHeadAsync(CancellationToken ct)
    {
        await using var connection = await connections.OpenAsync(ct);
        await using var command = connection.Sql("SELECT position FROM log_head WHERE id = 1");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    public async Task<IReadOnlyList<HashedEntry>> ReadEntriesAsync(long after, int limit, CancellationToken ct)
    {
        await using var connection = await connections.OpenAsync(ct);
        await using var command = connection.Sql(
            "SELECT data, leaf_hash FROM ledger_entries WHERE position > $1 ORDER BY position LIMIT $2", after, limit);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<HashedEntry> entries = [];
        while (await reader.ReadAsync(ct))
            entries.Add(new(EntryCodec.Decode(reader.GetString(0)), TreeHash.Read(reader.GetFieldValue<byte[]>(1))));
        return entries;
    }

    public async Task<IDbContextTransaction> BeginSnapshotAsync(LedgerDbContext context, CancellationToken ct)
    {
        await context.Database.OpenConnectionAsync(ct);
        // EF's own would be immediate, and keep every writer out for as long as it is read.
        var transaction = ((SqliteConnection)context.Database.GetDbConnection()).BeginTransaction(deferred: true);
        return (await context.Database.UseTransactionAsync(transaction, ct))!;
    }

    public async IAsyncEnumerable<IReadOnlyList<StoredEntry>> ReadStoredAsync(LedgerDbContext snapshot, [EnumeratorCancellation] CancellationToken ct)
    {
        const int Rows = 2048;
        await using var command = ((SqliteConnection)snapshot.Database.GetDbConnection()).Sql(
            "SELECT position, CAST(type AS BLOB), subject_id, CAST(partner AS BLOB), recorded_at, leaf_hash, CAST(data AS BLOB) FROM ledger_entries ORDER BY position");
        command.Transaction = (SqliteTransaction?)snapshot.Database.CurrentTransaction?.GetDbTransaction();
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<StoredEntry> page = new(Rows);
        while (await reader.ReadAsync(ct))
        {
            page.Add(new(
                reader.GetInt64(0),
                reader.GetFieldValue<byte[]>(1),
                await reader.IsDBNullAsync(2, ct) ? null : reader.GetGuid(2),
                await reader.IsDBNullAsync(3, ct) ? default : reader.GetFieldValue<byte[]>(3),
                reader.GetInt64(4),
                reader.GetFieldValue<byte[]>(5),
                reader.GetFieldValue<byte[]>(6)));
            if (page.Count < Rows)
                continue;
            yield return page;
            page = new(Rows);
        }

        yield return page;
    }

    public async IAsyncEnumerable<IReadOnlyList<(Guid? Subject, ReadOnlyMemory<byte> Row)>> ReadRowsAsync(
        LedgerDbContext snapshot, Projection projection, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var command = ((SqliteConnection)snapshot.Database.GetDbConnection()).Sql(StoredRows.Select(projection, static (column, _) => column));
        command.Transaction = (SqliteTransaction?)snapshot.Database.CurrentTransaction?.GetDbTransaction();
        await using var reader = await command.ExecuteReaderAsync(ct);
        var columns = StoredRows.Of(projection).Columns;
        var writer = new RowWriter();
        while (await reader.ReadAsync(ct))
        {
            writer.Start(projection);
            for (var i = 0; i < columns.Length; i++)
                Put(writer, reader, i, columns[i].Kind);
            yield return [(reader.IsDBNull(0) ? null : reader.GetGuid(0), writer.Row.ToArray())];
        }
    }

    public async Task<long> ReadPositionBeforeAsync(DateTimeOffset instant, CancellationToken ct)
    {
        await using var connection = await connections.OpenAsync(ct);
        await using var command = connection.Sql(
            "SELECT position FROM ledger_entries WHERE recorded_at < $1 ORDER BY recorded_at DESC, position DESC LIMIT 1", Timestamps.ToMicroseconds(instant));
        return await command.ExecuteScalarAsync(ct) is long position ? position : 0;
    }

    public async Task<SubjectSnapshot> ReadSubjectsAsync(IReadOnlyList<SubjectKey> keys, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        await using var connection = await connections.OpenAsync(ct);
        // A deferred transaction is a snapshot in WAL mode from its first read on.
        await using var snapshot = connection.BeginTransaction(deferred: true);
        await using var head = connection.Sql("SELECT position FROM log_head WHERE id = 1");
        head.Transaction = snapshot;
        var position = (long)(await head.ExecuteScalarAsync(ct))!;
        return new(position, await SubjectReader.ReadAsync(connection, snapshot, keys, ids, ct));
    }

    public async Task<IAppendSession> BeginAppendAsync(AppendInput input, CancellationToken ct)
    {
        var connection = await connections.OpenAsync(ct);
        try
        {
            return await SqliteAppendSession.BeginAsync(connection, input, ct);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // A file has room.
    public Task MakeRoomAsync(long head, DateTimeOffset now, CancellationToken ct) => Task.CompletedTask;

    public async Task<bool> ForgetKeysAsync(DateTimeOffset before, CancellationToken ct)
    {
        await using var connection = await connections.OpenAsync(ct);
        await using var command = connection.Sql(
            "DELETE FROM idempotency_keys WHERE rowid IN (SELECT rowid FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT 1000)",
            Timestamps.ToMicroseconds(before));
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    public async Task AddCheckpointAsync(CheckpointRow checkpoint, CancellationToken ct)
    {
        await using var connection = await connections.OpenAsync(ct);
        await using var command = connection.Sql(
            "INSERT INTO checkpoints (size, root, note, signed_at) VALUES ($1, $2, $3, $4) ON CONFLICT (size) DO NOTHING",
            checkpoint.Size, checkpoint.Root, checkpoint.Note, Timestamps.ToMicroseconds(checkpoint.SignedAt));
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task AdvanceCursorAsync(string partner, long sequence, CancellationToken ct)
    {
        await using var connection = await connections.OpenAsync(ct);
        await using var command = connection.Sql(
            """
            INSERT INTO relay_cursors (partner, sequence) VALUES ($1, $2)
            ON CONFLICT (partner) DO UPDATE SET sequence = max(sequence, excluded.sequence)
            """,
            partner,
            sequence);
        await command.ExecuteNonQueryAsync(ct);
    }

    // One process: it leads.
    public Task<IRelayLease?> TryLeadAsync(CancellationToken ct) => Task.FromResult<IRelayLease?>(new OnlyProcess());

    public bool IsTransient(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED }
        || (exception.InnerException is { } inner && IsTransient(inner));

    private static void Put(RowWriter writer, SqliteDataReader reader, int column, ColumnKind kind)
    {
        var isNull = reader.IsDBNull(column);
        _ = kind switch
        {
            ColumnKind.Uuid => writer.Put(isNull ? null : reader.GetGuid(column)),
            ColumnKind.Long => writer.Put(isNull ? null : (long?)reader.GetInt64(column)),
            ColumnKind.Int => writer.PutInt(isNull ? null : reader.GetInt32(column)),
            ColumnKind.Text => writer.Put(isNull ? null : reader.GetString(column)),
            ColumnKind.Time => writer.PutMicroseconds(isNull ? null : reader.GetInt64(column)),
            _ => writer.Put(reader.GetBoolean(column)),
        };
    }

    private sealed class OnlyProcess : IRelayLease
    {
        public CancellationToken Lost => CancellationToken.None;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>Opens connections with the settings that durability and concurrent reading need.</summary>
public sealed class SqliteConnections(string connectionString)
{
    public string ConnectionString => connectionString;

    public async Task<SqliteConnection> OpenAsync(CancellationToken ct)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            await connection.OpenAsync(ct);
            // FULL: a commit is on disk before it is answered, in WAL mode too. Set for each connection; WAL itself stays with the file.
            // Secure delete: what an erasure took away is overwritten in the file and not only forgotten.
            await using var settings = connection.Sql("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON");
            await settings.ExecuteNonQueryAsync(ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}

internal static class SqliteSql
{
    /// <summary>A command with parameters $1, $2, …</summary>
    public static SqliteCommand Sql(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
            command.Parameters.AddWithValue($"${i + 1}", values[i] ?? DBNull.Value);
        return command;
    }
}

internal static class SubjectReader
{
    private const string Select =
        "SELECT s.id, s.kind, s.external_id, s.wrapped_key, t.state FROM subjects s JOIN subject_states t ON t.subject_id = s.id WHERE ";

    // One look-up each: there is no round trip to save.
    public static async Task<IReadOnlyList<StoredSubject>> ReadAsync(
        SqliteConnection connection, SqliteTransaction transaction, IReadOnlyList<SubjectKey> keys, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        List<StoredSubject> subjects = [];
        foreach (var key in keys)
        {
            await using var command = connection.Sql(Select + "s.kind = $1 AND s.external_id = $2", (int)key.Kind, key.ExternalId);
            await AddAsync(command, transaction, subjects, ct);
        }

        foreach (var id in ids)
        {
            await using var command = connection.Sql(Select + "s.id = $1", id);
            await AddAsync(command, transaction, subjects, ct);
        }

        return subjects;
    }

    private static async Task AddAsync(SqliteCommand command, SqliteTransaction transaction, List<StoredSubject> subjects, CancellationToken ct)
    {
        command.Transaction = transaction;
        await using var reader = await command.ExecuteReaderAsync(ct);
        // Two references may name one person.
        if (!await reader.ReadAsync(ct) || await reader.IsDBNullAsync(2, ct) || await reader.IsDBNullAsync(3, ct)
            || subjects.Exists(s => s.Id == reader.GetGuid(0)))
            return;
        subjects.Add(new(
            reader.GetGuid(0),
            new((SubjectKind)reader.GetInt32(1), reader.GetString(2)),
            reader.GetFieldValue<byte[]>(3),
            SubjectState.FromJson(reader.GetString(4))));
    }
}
