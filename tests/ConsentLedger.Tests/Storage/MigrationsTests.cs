using ConsentLedger.Storage;
using ConsentLedger.Storage.Postgres;
using ConsentLedger.Storage.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Tests.Storage;

public sealed class MigrationsTests
{
    [Fact]
    public void The_migrations_of_PostgreSQL_are_what_the_model_is() => AssertNothingPending(new PostgresDesignTimeFactory().CreateDbContext([]));

    [Fact]
    public void The_migrations_of_SQLite_are_what_the_model_is() => AssertNothingPending(new SqliteDesignTimeFactory().CreateDbContext([]));

    // Compares the model with the snapshot; connects to nothing.
    private static void AssertNothingPending(LedgerDbContext context)
    {
        using (context)
            Assert.False(context.Database.HasPendingModelChanges(), "The model has changed: add a migration with src/ConsentLedger/Storage/add-migration.sh NAME.");
    }
}
