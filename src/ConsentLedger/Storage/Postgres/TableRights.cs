using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ConsentLedger.Storage.Postgres;

/// <summary>What the database's user may do to the tables; <c>deploy/postgres/roles.sql</c> gives it.</summary>
internal static class TableRights
{
    private const string HowToGive = "run deploy/postgres/roles.sql, as after each migration, and serve as the role that it makes for the service.";

    public static async Task<IReadOnlyList<string>> PendingAsync(LedgerDbContext context, CancellationToken ct)
    {
        try
        {
            return [.. await context.Database.GetPendingMigrationsAsync(ct)];
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new InvalidOperationException($"The database's user may not read which migrations were made: {HowToGive}", e);
        }
    }

    /// <summary>Refuses to go on where a table or a function is shut: found at the start, and not by the first request that needs it.</summary>
    public static async Task DemandAsync(NpgsqlDataSource database, LedgerDbContext context, CancellationToken ct)
    {
        var tables = context.Model.GetEntityTypes().Select(e => e.GetTableName()!).ToArray();
        await using var command = database.CreateCommand(
            """
            SELECT string_agg(name, ', ' ORDER BY name) FROM (
                SELECT name FROM unnest($1) AS name WHERE has_table_privilege(to_regclass(quote_ident(name)), 'SELECT') IS NOT TRUE
                UNION ALL SELECT name FROM unnest($2) AS name WHERE has_function_privilege(to_regprocedure(name), 'EXECUTE') IS NOT TRUE) AS shut
            """);
        command.Parameters.Add(new() { Value = tables });
        command.Parameters.Add(new() { Value = Partitions.Functions });
        if (await command.ExecuteScalarAsync(ct) is string shut)
            throw new InvalidOperationException($"The database's user may not use {shut}: {HowToGive}");
    }

    public static InvalidOperationException MayNotMigrate(IReadOnlyList<string> pending, PostgresException cause) => new(
        $"Migrations are pending ({string.Join(", ", pending)}) and the database's user may not make them: "
        + "run 'migrate' as the owner of the tables, then deploy/postgres/roles.sql.",
        cause);
}
