using System.Text;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Tests.Harness;

/// <summary>What stands in the clear in the store.</summary>
public static class Cells
{
    /// <summary>The columns, of every table, in which a text stands.</summary>
    public static Task<string[]> ColumnsWithAsync(this LedgerService ledger, string text) => ledger.QueryAsync(async context =>
    {
        var connection = context.Database.GetDbConnection();
        await context.Database.OpenConnectionAsync();
        SortedSet<string> found = new(StringComparer.Ordinal);
        byte[][] forms = [Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(text)))];
        foreach (var table in context.Model.GetEntityTypes().Select(t => t.GetTableName()).OfType<string>().Distinct())
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT * FROM \"{table}\"";
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                for (var i = 0; i < reader.FieldCount; i++)
                {
                    var content = reader.GetValue(i) switch { byte[] bytes => bytes, string words => Encoding.UTF8.GetBytes(words), _ => [] };
                    if (forms.Any(form => content.AsSpan().IndexOf(form) >= 0))
                        found.Add($"{table}.{reader.GetName(i)}");
                }
            }
        }

        return found.ToArray();
    });
}
