using System.Data.Common;
using System.Text;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Tests.Harness;

/// <summary>What stands in the store, cell by cell, whatever the model says of it.</summary>
public static class Cells
{
    /// <summary>The columns, of every table, in which a text stands.</summary>
    public static async Task<string[]> ColumnsWithAsync(this LedgerService ledger, string text) => (await ledger.ReadCellsAsync()).ColumnsWith(text);

    public static Task<List<(string Column, byte[] Content)>> ReadCellsAsync(this LedgerService ledger) => ledger.QueryAsync(ReadAllAsync);

    public static string[] ColumnsWith(this List<(string Column, byte[] Content)> cells, string text)
    {
        byte[][] forms =
        [
            Encoding.UTF8.GetBytes(text), Encoding.Unicode.GetBytes(text),
            Encoding.UTF8.GetBytes(System.Text.Json.JsonSerializer.Serialize(text).Trim('"')),
            Encoding.UTF8.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(text))),
        ];
        return [.. cells.Where(c => forms.Any(f => c.Content.AsSpan().IndexOf(f) >= 0)).Select(c => c.Column).Distinct().Order(StringComparer.Ordinal)];
    }

    // Every table that the store itself knows, not only those of the model.
    private static async Task<List<(string Column, byte[] Content)>> ReadAllAsync(LedgerDbContext context)
    {
        var connection = context.Database.GetDbConnection();
        await context.Database.OpenConnectionAsync();
        List<(string, byte[])> cells = [];
        var tables = await ListAsync(connection, context.Database.IsNpgsql()
            ? "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
            : "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1");
        Assert.True(tables.Count >= 10, string.Join(", ", tables));
        foreach (var table in tables)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT * FROM \"{table}\"";
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                for (var i = 0; i < reader.FieldCount; i++)
                {
                    var content = reader.GetValue(i) switch
                    {
                        byte[] bytes => bytes,
                        string text => Encoding.UTF8.GetBytes(text),
                        var other => Encoding.UTF8.GetBytes(Convert.ToString(other, System.Globalization.CultureInfo.InvariantCulture) ?? ""),
                    };
                    cells.Add(($"{table}.{reader.GetName(i)}", content));
                }
            }
        }

        return cells;
    }

    private static async Task<List<string>> ListAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        List<string> names = [];
        while (await reader.ReadAsync())
            names.Add(reader.GetString(0));
        return names;
    }
}
