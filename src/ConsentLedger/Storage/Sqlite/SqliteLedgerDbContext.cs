using System.Diagnostics.CodeAnalysis;
using ConsentLedger.Ledger;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ConsentLedger.Storage.Sqlite;

public sealed class SqliteLedgerDbContext(DbContextOptions<SqliteLedgerDbContext> options) : LedgerDbContext(options)
{
    protected override void ConfigureConventions([NotNull] ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<MicrosecondsConverter>();

    protected override void OnModelCreating([NotNull] ModelBuilder modelBuilder)
    {
        // Before the base gives the columns their names. PostgreSQL forgets keys by partitions, and finds no row by this.
        modelBuilder.Entity<IdempotencyRow>().HasIndex(i => i.CreatedAt);
        base.OnModelCreating(modelBuilder);
    }
}

/// <summary>SQLite has no time type: microseconds since 1970 in UTC sort and compare as numbers.</summary>
public sealed class MicrosecondsConverter() : ValueConverter<DateTimeOffset, long>(
    instant => Timestamps.ToMicroseconds(instant), microseconds => Timestamps.FromMicroseconds(microseconds));

/// <summary>For <c>dotnet ef migrations add</c>; never connects.</summary>
public sealed class SqliteDesignTimeFactory : IDesignTimeDbContextFactory<SqliteLedgerDbContext>
{
    public SqliteLedgerDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteLedgerDbContext>().UseSqlite("Data Source=:memory:").Options);
}
