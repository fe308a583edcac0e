using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Storage;

/// <summary>An entry that partners are told of, and what its subject's row says now.</summary>
/// <param name="Data">The entry, UTF-8.</param>
/// <param name="MemberId">The shop's id of the member; null once erased.</param>
/// <param name="WrappedKey">Only where the entry holds values that are told; null once destroyed.</param>
public readonly record struct ToldEntry(byte[] Data, string? MemberId, byte[]? WrappedKey);

/// <summary>Reads what the relay and the feed send. In SQL that both stores understand: of a page read through the model, most of the time went to the model.</summary>
internal static class ToldEntries
{
    private const string Rows =
        """
        SELECT e.data, s.external_id, CASE WHEN e.type = 'correction.completed' THEN s.wrapped_key END
        FROM page JOIN ledger_entries e ON e.position = page.position LEFT JOIN subjects s ON s.id = e.subject_id
        """;

    // The limit is inside: outside it the planner takes the whole stream for wanted and reads whole tables.
    private const string OfPartner =
        $"""
        WITH page AS MATERIALIZED (SELECT sequence, position FROM deliveries WHERE partner = @partner AND sequence > @after ORDER BY sequence LIMIT @limit)
        {Rows} ORDER BY page.sequence
        """;

    private const string OfAll =
        $"""
        WITH page AS MATERIALIZED (
            SELECT DISTINCT position FROM (SELECT position FROM deliveries WHERE position > @after AND position <= @last ORDER BY position LIMIT @limit) d)
        {Rows} ORDER BY page.position
        """;

    /// <summary>The entries of one partner's events after a sequence, in order.</summary>
    public static Task<List<ToldEntry>> ReadToldAsync(this LedgerDbContext context, string partner, long afterSequence, int limit, CancellationToken ct) =>
        ReadAsync(context, OfPartner, [("partner", partner), ("after", afterSequence), ("limit", limit)], ct);

    /// <summary>The entries of all partners' events after a position and up to another, in order; the limit counts events, and no entry is cut in two.</summary>
    public static Task<List<ToldEntry>> ReadToldAsync(this LedgerDbContext context, long after, long last, int limit, CancellationToken ct) =>
        ReadAsync(context, OfAll, [("after", after), ("last", last), ("limit", limit)], ct);

    private static async Task<List<ToldEntry>> ReadAsync(LedgerDbContext context, string sql, (string Name, object Value)[] parameters, CancellationToken ct)
    {
        await context.Database.OpenConnectionAsync(ct);
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        await using var reader = await command.ExecuteReaderAsync(ct);
        List<ToldEntry> entries = [];
        while (await reader.ReadAsync(ct))
        {
            entries.Add(new(
                reader.GetFieldValue<byte[]>(0),
                await reader.IsDBNullAsync(1, ct) ? null : reader.GetString(1),
                await reader.IsDBNullAsync(2, ct) ? null : reader.GetFieldValue<byte[]>(2)));
        }

        return entries;
    }
}
