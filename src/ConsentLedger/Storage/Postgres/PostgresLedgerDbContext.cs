using System.Diagnostics.CodeAnalysis;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace ConsentLedger.Storage.Postgres;

public sealed class PostgresLedgerDbContext(DbContextOptions<PostgresLedgerDbContext> options) : LedgerDbContext(options)
{
    protected override void OnModelCreating([NotNull] ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        // A few pages however long the ledger is; for reports over months. The service itself goes from times to positions without it.
        modelBuilder.Entity<EntryRow>().HasIndex(e => e.RecordedAt).HasMethod("brin");
        // Codes and ids are compared byte by byte, whatever the database's locale.
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
        {
            if (property.ClrType == typeof(string) && (property.IsKey() || property.IsIndex()))
                property.SetCollation("C");
        }
    }
}

/// <summary>For <c>dotnet ef migrations add</c>; never connects.</summary>
public sealed class PostgresDesignTimeFactory : IDesignTimeDbContextFactory<PostgresLedgerDbContext>
{
    public PostgresLedgerDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresLedgerDbContext>().UseNpgsql("Host=localhost").Options);
}
