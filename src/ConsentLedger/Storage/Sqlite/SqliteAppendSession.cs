using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Retention;
using Microsoft.Data.Sqlite;

namespace ConsentLedger.Storage.Sqlite;

/// <summary>One append: an immediate transaction, which is SQLite's lock on writing.</summary>
internal sealed class SqliteAppendSession : IAppendSession
{
    private readonly SqliteConnection connection;
    private readonly SqliteTransaction transaction;

    private SqliteAppendSession(SqliteConnection connection)
    {
        this.connection = connection;
        transaction = connection.BeginTransaction(deferred: false);
    }

    public LogHead Head { get; private set; } = null!;

    public IReadOnlyList<StoredSubject> Subjects { get; private set; } = [];

    public IReadOnlyList<StoredDelivery> Deliveries { get; private set; } = [];

    public IReadOnlyList<StoredAnswer> Answers { get; private set; } = [];

    public static async Task<SqliteAppendSession> BeginAsync(SqliteConnection connection, AppendInput input, CancellationToken ct)
    {
        var session = new SqliteAppendSession(connection);
        try
        {
            await session.ReadAsync(input, ct);
            return session;
        }
        catch
        {
            await session.transaction.DisposeAsync();
            throw;
        }
    }

    public async Task CommitAsync(AppendBatch batch, CancellationToken ct)
    {
        foreach (var entry in batch.Entries)
            await InsertAsync(Projections.Row(entry), ct);
        foreach (var tile in batch.Tiles)
            await RunAsync("INSERT INTO tree_tiles (level, \"index\", hashes) VALUES ($1, $2, $3)", ct, tile.Id.Level, tile.Id.Index, tile.Hashes);
        // Before the new ones: the shop may have given an erased member's id to somebody else.
        foreach (var erased in batch.Entries.Select(e => Projections.Erased(e.Entry)).OfType<Guid>())
            await RunAsync("UPDATE subjects SET external_id = NULL, wrapped_key = NULL WHERE id = $1", ct, erased);
        foreach (var subject in batch.NewSubjects)
        {
            await RunAsync(
                "INSERT INTO subjects (id, kind, external_id, wrapped_key) VALUES ($1, $2, $3, $4)",
                ct, subject.Id, (int)subject.Key.Kind, subject.Key.ExternalId, subject.WrappedKey);
        }

        foreach (var state in batch.States)
        {
            await RunAsync(
                """
                INSERT INTO subject_states (subject_id, position, state) VALUES ($1, $2, $3)
                ON CONFLICT (subject_id) DO UPDATE SET position = excluded.position, state = excluded.state
                """,
                ct, state.Subject, state.Position, state.ToJson());
        }

        foreach (var entry in batch.Entries)
            await ProjectAsync(entry.Entry, ct);
        foreach (var answer in batch.Answers)
        {
            await RunAsync(
                "INSERT INTO idempotency_keys (client, key, request_hash, status, body, position, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                ct, answer.Key.Client, answer.Key.Key, answer.RequestHash, answer.Answer.Status, answer.Answer.Body, answer.Answer.Position,
                Timestamps.ToMicroseconds(batch.Now));
        }

        await RunAsync(
            "UPDATE log_head SET position = $1, recorded_at = $2, frontier = $3 WHERE id = 1",
            ct, batch.Head.Position, Timestamps.ToMicroseconds(batch.Head.RecordedAt), batch.Head.Frontier);
        await transaction.CommitAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private async Task ReadAsync(AppendInput input, CancellationToken ct)
    {
        await using (var head = Sql("SELECT position, recorded_at, frontier FROM log_head WHERE id = 1"))
        await using (var reader = await head.ExecuteReaderAsync(ct))
        {
            await reader.ReadAsync(ct);
            Head = new(reader.GetInt64(0), Timestamps.FromMicroseconds(reader.GetInt64(1)), reader.GetFieldValue<byte[]>(2));
        }

        Subjects = await SubjectReader.ReadAsync(connection, transaction, input.Subjects, input.SubjectIds, ct);
        Deliveries = await ReadDeliveriesAsync(input.Events, ct);
        Answers = await ReadAnswersAsync(input.Keys, ct);
    }

    private async Task<IReadOnlyList<StoredDelivery>> ReadDeliveriesAsync(IReadOnlyList<Guid> events, CancellationToken ct)
    {
        List<StoredDelivery> deliveries = [];
        foreach (var id in events)
        {
            await using var command = Sql("SELECT partner, sequence, position, subject_id, outcome FROM deliveries WHERE event_id = $1", id);
            await using var reader = await command.ExecuteReaderAsync(ct);
            if (!await reader.ReadAsync(ct))
                continue;
            deliveries.Add(new(
                id,
                reader.GetString(0),
                reader.GetInt64(1),
                reader.GetInt64(2),
                await reader.IsDBNullAsync(3, ct) ? null : reader.GetGuid(3),
                await reader.IsDBNullAsync(4, ct) ? null : (AcknowledgementOutcome)reader.GetInt32(4)));
        }

        return deliveries;
    }

    private async Task<IReadOnlyList<StoredAnswer>> ReadAnswersAsync(IReadOnlyList<IdempotencyKey> keys, CancellationToken ct)
    {
        List<StoredAnswer> answers = [];
        foreach (var key in keys)
        {
            await using var command = Sql(
                "SELECT request_hash, status, body, position FROM idempotency_keys WHERE client = $1 AND key = $2", key.Client, key.Key);
            await using var reader = await command.ExecuteReaderAsync(ct);
            if (!await reader.ReadAsync(ct))
                continue;
            answers.Add(new(
                key,
                reader.GetFieldValue<byte[]>(0),
                new(reader.GetInt32(1), reader.GetString(2), await reader.IsDBNullAsync(3, ct) ? null : reader.GetInt64(3))));
        }

        return answers;
    }

    private Task InsertAsync(EntryRow row, CancellationToken ct) => RunAsync(
        "INSERT INTO ledger_entries (position, type, subject_id, partner, recorded_at, leaf_hash, data) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        ct, row.Position, row.Type, row.SubjectId, row.Partner, Timestamps.ToMicroseconds(row.RecordedAt), row.LeafHash, row.Data);

    private async Task ProjectAsync(LedgerEntry entry, CancellationToken ct)
    {
        foreach (var row in Projections.Deliveries(entry))
        {
            await RunAsync(
                """
                INSERT INTO deliveries (partner, sequence, position, event_id, event, subject_id, recorded_at, acknowledge_by, redelivery_requested)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)
                """,
                ct, row.Partner, row.Sequence, row.Position, row.EventId, row.Event, row.SubjectId,
                Timestamps.ToMicroseconds(row.RecordedAt),
                row.AcknowledgeBy is { } by ? Timestamps.ToMicroseconds(by) : null);
        }

        if (Projections.RightsRequest(entry) is { } request)
        {
            await RunAsync(
                "INSERT INTO rights_requests (id, subject_id, position) VALUES ($1, $2, $3)",
                ct, request.Id, request.SubjectId, request.Position);
        }

        await ProjectObligationsAsync(entry, ct);
        if (Projections.IsCatalogEntry(entry))
            await RunAsync("INSERT INTO catalog_entries (position) VALUES ($1)", ct, entry.Position);
        if (entry.Data is DeliveryAcknowledged acknowledged)
        {
            await RunAsync(
                "UPDATE deliveries SET outcome = $2, acknowledged_position = $3, acknowledged_at = $4 WHERE event_id = $1",
                ct, acknowledged.EventId, (int)acknowledged.Outcome, entry.Position, Timestamps.ToMicroseconds(entry.RecordedAt));
        }
        else if (entry.Data is RedeliveryRequested redelivery)
        {
            await RunAsync("UPDATE deliveries SET redelivery_requested = 1 WHERE event_id = $1", ct, redelivery.EventId);
        }
    }

    private async Task ProjectObligationsAsync(LedgerEntry entry, CancellationToken ct)
    {
        const string Settle = "UPDATE obligations SET settled_position = $1, settled_at = $2 WHERE settled_position IS NULL AND ";
        var now = Timestamps.ToMicroseconds(entry.RecordedAt);
        foreach (var settlement in Obligations.Settled(entry))
        {
            if (settlement.Key is { } key)
                await RunAsync(Settle + "key = $3", ct, entry.Position, now, key);
            foreach (var kind in settlement.Kinds)
                await RunAsync(Settle + "subject_id = $3 AND kind = $4", ct, entry.Position, now, settlement.Subject, (int)kind);
        }

        foreach (var row in Obligations.Opened(entry))
        {
            await RunAsync(
                "INSERT INTO obligations (id, kind, key, subject_id, partner, position, opened_at, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                ct, row.Id, (int)row.Kind, row.Key, row.SubjectId, row.Partner, row.Position, now, Timestamps.ToMicroseconds(row.DueAt));
        }
    }

    private async Task RunAsync(string sql, CancellationToken ct, params object?[] values)
    {
        await using var command = Sql(sql, values);
        await command.ExecuteNonQueryAsync(ct);
    }

    private SqliteCommand Sql(string sql, params ReadOnlySpan<object?> values)
    {
        var command = connection.Sql(sql, values);
        command.Transaction = transaction;
        return command;
    }
}
