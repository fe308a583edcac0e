using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using Npgsql;
using NpgsqlTypes;

namespace ConsentLedger.Storage.Postgres;

/// <summary>One append: two round trips, one to lock and read, one to write and commit, however many commands it carries.</summary>
internal sealed class PostgresAppendSession : IAppendSession
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;
    private readonly Partitions partitions;

    private PostgresAppendSession(NpgsqlConnection connection, NpgsqlTransaction transaction, Partitions partitions)
    {
        this.connection = connection;
        this.transaction = transaction;
        this.partitions = partitions;
    }

    public LogHead Head { get; private set; } = null!;

    public IReadOnlyList<StoredSubject> Subjects { get; private set; } = [];

    public IReadOnlyList<StoredDelivery> Deliveries { get; private set; } = [];

    public IReadOnlyList<StoredAnswer> Answers { get; private set; } = [];

    public static async Task<PostgresAppendSession> BeginAsync(NpgsqlConnection connection, Partitions partitions, AppendInput input, CancellationToken ct)
    {
        var session = new PostgresAppendSession(connection, await connection.BeginTransactionAsync(ct), partitions);
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
        await using var commands = new NpgsqlBatch(connection, transaction);
        foreach (var command in partitions.MissingFor(batch).Concat(AppendCommands.For(batch)))
            commands.BatchCommands.Add(command);
        // COMMIT travels with the statements: the head is not held for one more round trip.
        commands.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        try
        {
            await commands.ExecuteNonQueryAsync(ct);
            partitions.Remember(batch);
        }
        catch (PostgresException e) when (e.SqlState == Partitions.Missing)
        {
            partitions.Forget();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    // The lock comes first: under READ COMMITTED each statement after it sees what the holder before us committed.
    private async Task ReadAsync(AppendInput input, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT position, recorded_at, frontier FROM log_head WHERE id = 1 FOR UPDATE"));
        var readers = new List<Func<NpgsqlDataReader, Task>>();
        if (input.Subjects.Count > 0 || input.SubjectIds.Count > 0)
        {
            batch.BatchCommands.Add(SubjectRows.Select(input.Subjects, input.SubjectIds));
            readers.Add(async reader => Subjects = await SubjectRows.ReadAsync(reader, ct));
        }

        if (input.Events.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                "SELECT event_id, partner, sequence, position, subject_id, outcome FROM deliveries WHERE event_id = ANY ($1)")
            {
                Parameters = { new() { Value = input.Events.ToArray() } },
            });
            readers.Add(async reader => Deliveries = await ReadDeliveriesAsync(reader, ct));
        }

        if (input.Keys.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                """
                SELECT client, key, request_hash, status, body, position FROM idempotency_keys
                WHERE (client, key) IN (SELECT * FROM unnest($1, $2))
                """)
            {
                Parameters =
                {
                    new() { Value = input.Keys.Select(k => k.Client).ToArray() },
                    new() { Value = input.Keys.Select(k => k.Key).ToArray() },
                },
            });
            readers.Add(async reader => Answers = await ReadAnswersAsync(reader, ct));
        }

        await using var results = await batch.ExecuteReaderAsync(ct);
        await results.ReadAsync(ct);
        Head = new(results.GetInt64(0), results.GetFieldValue<DateTimeOffset>(1), results.GetFieldValue<byte[]>(2));
        foreach (var read in readers)
        {
            await results.NextResultAsync(ct);
            await read(results);
        }
    }

    private static async Task<IReadOnlyList<StoredDelivery>> ReadDeliveriesAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        List<StoredDelivery> deliveries = [];
        while (await reader.ReadAsync(ct))
        {
            deliveries.Add(new(
                reader.GetGuid(0),
                reader.GetString(1),
                reader.GetInt64(2),
                reader.GetInt64(3),
                reader.IsDBNull(4) ? null : reader.GetGuid(4),
                reader.IsDBNull(5) ? null : (AcknowledgementOutcome)reader.GetInt32(5)));
        }

        return deliveries;
    }

    private static async Task<IReadOnlyList<StoredAnswer>> ReadAnswersAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        List<StoredAnswer> answers = [];
        while (await reader.ReadAsync(ct))
        {
            answers.Add(new(
                new(reader.GetString(0), reader.GetString(1)),
                reader.GetFieldValue<byte[]>(2),
                new(reader.GetInt32(3), reader.GetString(4), reader.IsDBNull(5) ? null : reader.GetInt64(5))));
        }

        return answers;
    }
}

/// <summary>The statements of one append: each table once, all rows in arrays.</summary>
internal static class AppendCommands
{
    public static IEnumerable<NpgsqlBatchCommand> For(AppendBatch batch)
    {
        if (batch.Entries.Count > 0)
        {
            yield return InsertEntries(batch.Entries);
            if (batch.Tiles.Count > 0)
            {
                yield return Command(
                    "INSERT INTO tree_tiles (level, index, hashes) SELECT * FROM unnest($1, $2, $3)",
                    Column(batch.Tiles, t => t.Id.Level),
                    Column(batch.Tiles, t => t.Id.Index),
                    Column(batch.Tiles, t => t.Hashes));
            }

            yield return Command(
                "UPDATE log_head SET position = $1, recorded_at = $2, frontier = $3 WHERE id = 1",
                batch.Head.Position, batch.Head.RecordedAt, batch.Head.Frontier);
        }

        // Before the new ones: the shop may have given an erased member's id to somebody else.
        var erased = batch.Entries.Select(e => Projections.Erased(e.Entry)).OfType<Guid>().ToArray();
        if (erased.Length > 0)
            yield return Command("UPDATE subjects SET external_id = NULL, wrapped_key = NULL WHERE id = ANY ($1)", erased);

        if (batch.NewSubjects.Count > 0)
        {
            yield return Command(
                "INSERT INTO subjects (id, kind, external_id, wrapped_key) SELECT * FROM unnest($1, $2, $3, $4)",
                Column(batch.NewSubjects, s => s.Id),
                Column(batch.NewSubjects, s => (int)s.Key.Kind),
                Column(batch.NewSubjects, s => s.Key.ExternalId),
                Column(batch.NewSubjects, s => s.WrappedKey));
        }

        if (batch.States.Count > 0)
        {
            yield return Command(
                """
                INSERT INTO subject_states (subject_id, position, state) SELECT * FROM unnest($1, $2, $3)
                ON CONFLICT (subject_id) DO UPDATE SET position = excluded.position, state = excluded.state
                """,
                Column(batch.States, s => s.Subject),
                Column(batch.States, s => s.Position),
                Column(batch.States, s => s.ToJson()));
        }

        foreach (var command in Projected(batch.Entries))
            yield return command;
        foreach (var command in ObligationCommands.For(batch))
            yield return command;
        if (batch.Answers.Count > 0)
            yield return InsertAnswers(batch);
    }

    private static IEnumerable<NpgsqlBatchCommand> Projected(IReadOnlyList<EncodedEntry> entries)
    {
        var deliveries = entries.SelectMany(e => Projections.Deliveries(e.Entry)).ToList();
        if (deliveries.Count > 0)
            yield return InsertDeliveries(deliveries);

        var requests = entries.Select(e => Projections.RightsRequest(e.Entry)).OfType<RightsRequestRow>().ToList();
        if (requests.Count > 0)
        {
            yield return Command(
                "INSERT INTO rights_requests (id, subject_id, position) SELECT * FROM unnest($1, $2, $3)",
                Column(requests, r => r.Id),
                Column(requests, r => r.SubjectId),
                Column(requests, r => r.Position));
        }

        var catalog = entries.Where(e => Projections.IsCatalogEntry(e.Entry)).Select(e => e.Entry.Position).ToArray();
        if (catalog.Length > 0)
            yield return Command("INSERT INTO catalog_entries (position) SELECT * FROM unnest($1)", catalog);

        // In the order of the entries: the last word on an event counts.
        foreach (var entry in entries.Select(e => e.Entry))
        {
            if (entry.Data is DeliveryAcknowledged acknowledged)
            {
                yield return Command(
                    "UPDATE deliveries SET outcome = $2, acknowledged_position = $3, acknowledged_at = $4 WHERE event_id = $1",
                    acknowledged.EventId, (int)acknowledged.Outcome, entry.Position, entry.RecordedAt);
            }
            else if (entry.Data is RedeliveryRequested redelivery)
            {
                yield return Command("UPDATE deliveries SET redelivery_requested = true WHERE event_id = $1", redelivery.EventId);
            }
        }
    }

    private static NpgsqlBatchCommand InsertEntries(IReadOnlyList<EncodedEntry> entries)
    {
        var rows = entries.Select(Projections.Row).ToList();
        return new NpgsqlBatchCommand(
            """
            INSERT INTO ledger_entries (position, type, subject_id, partner, recorded_at, leaf_hash, data)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
            """)
        {
            Parameters =
            {
                new() { Value = Column(rows, r => r.Position) },
                new() { Value = Column(rows, r => r.Type) },
                new() { Value = Column(rows, r => r.SubjectId), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
                new() { Value = Column(rows, r => r.Partner), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = Column(rows, r => r.RecordedAt) },
                new() { Value = Column(rows, r => r.LeafHash), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                new() { Value = Column(rows, r => r.Data) },
            },
        };
    }

    private static NpgsqlBatchCommand InsertDeliveries(List<DeliveryRow> rows) => new(
        """
        INSERT INTO deliveries (partner, sequence, position, event_id, event, subject_id, recorded_at, acknowledge_by, redelivery_requested)
        SELECT *, false FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
        """)
    {
        Parameters =
        {
            new() { Value = Column(rows, r => r.Partner) },
            new() { Value = Column(rows, r => r.Sequence) },
            new() { Value = Column(rows, r => r.Position) },
            new() { Value = Column(rows, r => r.EventId) },
            new() { Value = Column(rows, r => r.Event) },
            new() { Value = Column(rows, r => r.SubjectId), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
            new() { Value = Column(rows, r => r.RecordedAt) },
            new() { Value = Column(rows, r => r.AcknowledgeBy), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
        },
    };

    private static NpgsqlBatchCommand InsertAnswers(AppendBatch batch)
    {
        var answers = batch.Answers;
        return new NpgsqlBatchCommand(
            """
            INSERT INTO idempotency_keys (client, key, request_hash, status, body, position, created_at)
            SELECT *, $7 FROM unnest($1, $2, $3, $4, $5, $6)
            """)
        {
            Parameters =
            {
                new() { Value = Column(answers, a => a.Key.Client) },
                new() { Value = Column(answers, a => a.Key.Key) },
                new() { Value = Column(answers, a => a.RequestHash), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                new() { Value = Column(answers, a => a.Answer.Status) },
                new() { Value = Column(answers, a => a.Answer.Body) },
                new() { Value = Column(answers, a => a.Answer.Position), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
                new() { Value = batch.Now },
            },
        };
    }

    internal static NpgsqlBatchCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return command;
    }

    internal static TColumn[] Column<TRow, TColumn>(IReadOnlyList<TRow> rows, Func<TRow, TColumn> value)
    {
        var column = new TColumn[rows.Count];
        for (var i = 0; i < column.Length; i++)
            column[i] = value(rows[i]);
        return column;
    }
}
