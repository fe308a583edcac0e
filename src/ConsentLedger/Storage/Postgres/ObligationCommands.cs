using ConsentLedger.Retention;
using Npgsql;
using NpgsqlTypes;

namespace ConsentLedger.Storage.Postgres;

/// <summary>The obligations that an append opens and settles.</summary>
internal static class ObligationCommands
{
    // All that the append opens goes in first; an entry then settles only what entries before it opened.
    public static IEnumerable<NpgsqlBatchCommand> For(AppendBatch batch)
    {
        var opened = batch.Entries.SelectMany(e => Obligations.Opened(e.Entry)).ToList();
        if (opened.Count > 0)
            yield return Insert(opened);
        var settled = batch.Entries.SelectMany(e => Obligations.Settled(e.Entry), (e, settlement) => (e.Entry.Position, Settlement: settlement)).ToList();
        // A key that is settled twice in one append is settled in two rounds: what each opened in between is its own.
        foreach (var round in Rounds(settled.Where(s => s.Settlement.Key is not null).Select(s => (s.Position, s.Settlement.Key!))))
        {
            yield return AppendCommands.Command(
                """
                UPDATE obligations o SET settled_position = s.position, settled_at = $3 FROM unnest($1, $2) AS s (position, key)
                WHERE o.key = s.key AND o.settled_position IS NULL AND o.position < s.position
                """,
                AppendCommands.Column(round, s => s.Position),
                AppendCommands.Column(round, s => s.Key),
                batch.Now);
        }

        foreach (var (position, settlement) in settled.Where(s => s.Settlement.Key is null))
        {
            yield return AppendCommands.Command(
                """
                UPDATE obligations SET settled_position = $1, settled_at = $2
                WHERE subject_id = $3 AND kind = ANY ($4) AND settled_position IS NULL AND position < $1
                """,
                position,
                batch.Now,
                settlement.Subject!.Value,
                settlement.Kinds.Select(k => (int)k).ToArray());
        }
    }

    private static List<List<(long Position, string Key)>> Rounds(IEnumerable<(long Position, string Key)> settled)
    {
        List<List<(long Position, string Key)>> rounds = [];
        Dictionary<string, int> seen = new(StringComparer.Ordinal);
        foreach (var (position, key) in settled)
        {
            var round = seen[key] = seen.GetValueOrDefault(key, -1) + 1;
            if (round == rounds.Count)
                rounds.Add([]);
            rounds[round].Add((position, key));
        }

        return rounds;
    }

    private static NpgsqlBatchCommand Insert(List<ObligationRow> rows) => new(
        """
        INSERT INTO obligations (id, kind, key, subject_id, partner, position, opened_at, due_at)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
        """)
    {
        Parameters =
        {
            new() { Value = AppendCommands.Column(rows, r => r.Id) },
            new() { Value = AppendCommands.Column(rows, r => (int)r.Kind) },
            new() { Value = AppendCommands.Column(rows, r => r.Key) },
            new() { Value = AppendCommands.Column(rows, r => r.SubjectId), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
            new() { Value = AppendCommands.Column(rows, r => r.Partner), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            new() { Value = AppendCommands.Column(rows, r => r.Position) },
            new() { Value = AppendCommands.Column(rows, r => r.OpenedAt) },
            new() { Value = AppendCommands.Column(rows, r => r.DueAt) },
        },
    };
}
