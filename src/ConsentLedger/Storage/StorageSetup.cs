using System.Security.Cryptography.X509Certificates;
using ConsentLedger.Storage.Postgres;
using ConsentLedger.Storage.Sqlite;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ConsentLedger.Storage;

/// <summary>Chooses the store from <c>ConnectionStrings:Ledger</c>.</summary>
public static class StorageSetup
{
    private const string DefaultConnection = "Data Source=data/ledger.db";

    public static void AddStorage(this IHostApplicationBuilder builder)
    {
        var connection = builder.Configuration.GetConnectionString("Ledger") is { Length: > 0 } configured ? configured : DefaultConnection;
        if (IsSqlite(connection))
            AddSqlite(builder.Services, connection);
        else
            AddPostgres(builder.Services, connection);
        builder.Services.AddScoped(services => services.GetRequiredService<IDbContextFactory<LedgerDbContext>>().CreateDbContext());
        var keys = builder.Services.AddDataProtection().SetApplicationName("ConsentLedger").PersistKeysToDbContext<LedgerDbContext>();
        // The keys lie beside what they wrap: only encrypted under a certificate that is elsewhere, a copy of the database opens nothing.
        if (builder.Configuration["Keys:CertificateFile"] is { Length: > 0 } file)
            keys.ProtectKeysWithCertificate(X509CertificateLoader.LoadPkcs12FromFile(file, builder.Configuration["Keys:CertificatePassword"]));
    }

    /// <summary>Brings the tables up to date.</summary>
    public static async Task MigrateAsync(this IServiceProvider services, CancellationToken ct)
    {
        await using var context = await services.GetRequiredService<IDbContextFactory<LedgerDbContext>>().CreateDbContextAsync(ct);
        await services.GetRequiredService<ILedgerStore>().MigrateAsync(context, ct);
    }

    /// <summary>Whether there are tables, and all that this version knows.</summary>
    public static async Task<bool> HasLedgerAsync(this IServiceProvider services, CancellationToken ct)
    {
        await using var context = await services.GetRequiredService<IDbContextFactory<LedgerDbContext>>().CreateDbContextAsync(ct);
        return !(await context.Database.GetPendingMigrationsAsync(ct)).Any();
    }

    private static bool IsSqlite(string connection) =>
        connection.Contains("Data Source=", StringComparison.OrdinalIgnoreCase) || connection.Contains("DataSource=", StringComparison.OrdinalIgnoreCase)
        || connection.Contains("Filename=", StringComparison.OrdinalIgnoreCase);

    private static void AddPostgres(IServiceCollection services, string connection)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection);
        if (!connection.Contains("Auto Prepare", StringComparison.OrdinalIgnoreCase))
        {
            settings.MaxAutoPrepare = 64;
            settings.AutoPrepareMinUsages = 2;
        }

        // Nothing here changes a session but advisory locks, which are given back. The pool's seven statements that reset one would go before
        // every read of the head and every append.
        if (!connection.Contains("No Reset On Close", StringComparison.OrdinalIgnoreCase))
            settings.NoResetOnClose = true;

        // Statements are planned once and kept. In a ledger's first minute the server has no statistics and would plan to read whole tables,
        // which by then have grown; every statement here has its index.
        if (string.IsNullOrEmpty(settings.Options))
            settings.Options = "-c enable_seqscan=off -c jit=off";
        services.AddSingleton(_ => new NpgsqlDataSourceBuilder(settings.ConnectionString).Build());
        services.AddDbContextFactory<PostgresLedgerDbContext>((provider, options) => options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()));
        services.AddSingleton<IDbContextFactory<LedgerDbContext>, ContextFactory<PostgresLedgerDbContext>>();
        services.AddSingleton<ILedgerStore, PostgresLedgerStore>();
    }

    private static void AddSqlite(IServiceCollection services, string connection)
    {
        var settings = new SqliteConnectionStringBuilder(connection);
        if (settings.DataSource is not ":memory:" && Path.GetDirectoryName(Path.GetFullPath(settings.DataSource)) is { } folder)
            Directory.CreateDirectory(folder);
        services.AddSingleton(new SqliteConnections(settings.ConnectionString));
        services.AddDbContextFactory<SqliteLedgerDbContext>(options => options.UseSqlite(settings.ConnectionString));
        services.AddSingleton<IDbContextFactory<LedgerDbContext>, ContextFactory<SqliteLedgerDbContext>>();
        services.AddSingleton<ILedgerStore, SqliteLedgerStore>();
    }

    private sealed class ContextFactory<TContext>(IDbContextFactory<TContext> contexts) : IDbContextFactory<LedgerDbContext>
        where TContext : LedgerDbContext
    {
        public LedgerDbContext CreateDbContext() => contexts.CreateDbContext();
    }
}
