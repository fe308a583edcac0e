using System.Diagnostics.CodeAnalysis;
using ConsentLedger.Partners;
using ConsentLedger.Retention;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Storage;

/// <summary>The tables. One model for both stores; what a store cannot share is in its own folder.</summary>
public abstract class LedgerDbContext(DbContextOptions options) : DbContext(options), IDataProtectionKeyContext
{
    public DbSet<EntryRow> Entries => Set<EntryRow>();

    public DbSet<HeadRow> Head => Set<HeadRow>();

    public DbSet<TileRow> TreeTiles => Set<TileRow>();

    public DbSet<CheckpointRow> Checkpoints => Set<CheckpointRow>();

    public DbSet<CosignatureRow> Cosignatures => Set<CosignatureRow>();

    public DbSet<SigningKeyRow> SigningKeys => Set<SigningKeyRow>();

    public DbSet<CatalogEntryRow> CatalogEntries => Set<CatalogEntryRow>();

    public DbSet<SubjectRow> Subjects => Set<SubjectRow>();

    public DbSet<SubjectStateRow> SubjectStates => Set<SubjectStateRow>();

    public DbSet<DeliveryRow> Deliveries => Set<DeliveryRow>();

    public DbSet<RelayCursorRow> RelayCursors => Set<RelayCursorRow>();

    public DbSet<RightsRequestRow> RightsRequests => Set<RightsRequestRow>();

    public DbSet<ObligationRow> Obligations => Set<ObligationRow>();

    public DbSet<IdempotencyRow> IdempotencyKeys => Set<IdempotencyRow>();

    public DbSet<ServiceKeyRow> ServiceKeys => Set<ServiceKeyRow>();

    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    protected override void OnModelCreating([NotNull] ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<EntryRow>(row =>
        {
            row.ToTable("ledger_entries").HasKey(e => e.Position);
            row.Property(e => e.Position).ValueGeneratedNever();
            row.HasIndex(e => new { e.SubjectId, e.Position });
            row.HasIndex(e => new { e.Partner, e.Position });
            row.HasIndex(e => new { e.Type, e.Position });
            row.HasIndex(e => e.RecordedAt);
        });
        modelBuilder.Entity<HeadRow>(row =>
        {
            row.ToTable("log_head").HasKey(h => h.Id);
            row.Property(h => h.Id).ValueGeneratedNever();
            row.HasData(new HeadRow { Id = 1, Position = 0, RecordedAt = DateTimeOffset.UnixEpoch, Frontier = [] });
        });
        modelBuilder.Entity<TileRow>(row => row.ToTable("tree_tiles").HasKey(t => new { t.Level, t.Index }));
        modelBuilder.Entity<CheckpointRow>(row =>
        {
            row.ToTable("checkpoints").HasKey(c => c.Size);
            row.Property(c => c.Size).ValueGeneratedNever();
            row.HasIndex(c => c.SignedAt);
        });
        modelBuilder.Entity<CosignatureRow>(row => row.ToTable("cosignatures").HasKey(c => new { c.Size, c.Witness }));
        modelBuilder.Entity<SigningKeyRow>(row =>
        {
            row.ToTable("signing_keys").HasKey(k => k.Id);
            row.Property(k => k.Id).ValueGeneratedNever();
            row.HasIndex(k => k.VerifierKey).IsUnique();
        });
        modelBuilder.Entity<CatalogEntryRow>(row =>
        {
            row.ToTable("catalog_entries").HasKey(c => c.Position);
            row.Property(c => c.Position).ValueGeneratedNever();
        });
        modelBuilder.Entity<SubjectRow>(row =>
        {
            row.ToTable("subjects").HasKey(s => s.Id);
            row.Property(s => s.Id).ValueGeneratedNever();
            row.HasIndex(s => new { s.Kind, s.ExternalId }).IsUnique();
        });
        modelBuilder.Entity<SubjectStateRow>(row =>
        {
            row.ToTable("subject_states").HasKey(s => s.SubjectId);
            row.Property(s => s.SubjectId).ValueGeneratedNever();
        });
        modelBuilder.Entity<DeliveryRow>(row =>
        {
            row.ToTable("deliveries").HasKey(d => new { d.Partner, d.Sequence });
            row.HasIndex(d => d.EventId).IsUnique();
            row.HasIndex(d => d.Position);
            row.HasIndex(d => d.RedeliveryRequested).HasFilter("redelivery_requested");
        });
        modelBuilder.Entity<RelayCursorRow>(row => row.ToTable("relay_cursors").HasKey(c => c.Partner));
        modelBuilder.Entity<RightsRequestRow>(row =>
        {
            row.ToTable("rights_requests").HasKey(r => r.Id);
            row.Property(r => r.Id).ValueGeneratedNever();
            row.HasIndex(r => r.SubjectId);
        });
        modelBuilder.Entity<ObligationRow>(row =>
        {
            row.ToTable("obligations").HasKey(o => o.Id);
            row.Property(o => o.Id).ValueGeneratedNever();
            // Small, however much was settled before: only what is open is looked for by key or by date.
            row.HasIndex(o => o.Key).HasFilter("settled_position IS NULL");
            row.HasIndex(o => new { o.DueAt, o.Id }).HasFilter("settled_position IS NULL");
            row.HasIndex(o => new { o.SubjectId, o.Id });
        });
        modelBuilder.Entity<IdempotencyRow>(row => row.ToTable("idempotency_keys").HasKey(i => new { i.Client, i.Key }));
        modelBuilder.Entity<ServiceKeyRow>(row => row.ToTable("service_keys").HasKey(k => k.Name));
        modelBuilder.Entity<DataProtectionKey>().ToTable("data_protection_keys");
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
                property.SetColumnName(SnakeCase(property.Name));
        }
    }

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}

/// <summary>An entry. <see cref="Data"/> is the entry, to the byte; the other columns repeat parts of it for searching.</summary>
public sealed class EntryRow
{
    public required long Position { get; init; }

    public required string Type { get; init; }

    public Guid? SubjectId { get; init; }

    public string? Partner { get; init; }

    public required DateTimeOffset RecordedAt { get; init; }

    public required byte[] LeafHash { get; init; }

    public required string Data { get; init; }
}

public sealed class HeadRow
{
    public required int Id { get; init; }

    public required long Position { get; set; }

    public required DateTimeOffset RecordedAt { get; set; }

    /// <summary>The complete subtrees that cover all leaves: the tree's root follows from them.</summary>
    public required byte[] Frontier { get; set; }
}

/// <summary>A full tile of the tree; those at its right edge follow from the entries and the tiles below.</summary>
public sealed class TileRow
{
    public required int Level { get; init; }

    public required long Index { get; init; }

    public required byte[] Hashes { get; init; }
}

/// <summary>A signed tree head.</summary>
public sealed class CheckpointRow
{
    public required long Size { get; init; }

    public required byte[] Root { get; init; }

    /// <summary>The signed note, to the byte.</summary>
    public required string Note { get; init; }

    public required DateTimeOffset SignedAt { get; init; }
}

/// <summary>A witness's signature line under the checkpoint of a size.</summary>
public sealed class CosignatureRow
{
    public required long Size { get; init; }

    /// <summary>The witness's verifier key.</summary>
    public required string Witness { get; init; }

    public required string Line { get; set; }

    public required DateTimeOffset CosignedAt { get; set; }
}

/// <summary>A key that signs checkpoints, or once did; the last one is the log's current one.</summary>
public sealed class SigningKeyRow
{
    public required int Id { get; init; }

    /// <summary>C2SP vkey text.</summary>
    public required string VerifierKey { get; init; }

    public required DateTimeOffset AddedAt { get; init; }
}

/// <summary>Points at an entry that made the catalog, so that a start reads those and not the whole ledger.</summary>
public sealed class CatalogEntryRow
{
    public required long Position { get; init; }
}

/// <summary>The only place where a person's own id stands. Erasure empties both columns.</summary>
public sealed class SubjectRow
{
    public required Guid Id { get; init; }

    public required SubjectKind Kind { get; init; }

    public string? ExternalId { get; set; }

    public byte[]? WrappedKey { get; set; }
}

public sealed class SubjectStateRow
{
    public required Guid SubjectId { get; init; }

    public required long Position { get; set; }

    public required string State { get; set; }
}

/// <summary>One event for one partner: what the entry said, and what the partner answered.</summary>
public sealed class DeliveryRow
{
    public required string Partner { get; init; }

    public required long Sequence { get; init; }

    public required long Position { get; init; }

    public required Guid EventId { get; init; }

    public required string Event { get; init; }

    public Guid? SubjectId { get; init; }

    public required DateTimeOffset RecordedAt { get; init; }

    public DateTimeOffset? AcknowledgeBy { get; init; }

    public AcknowledgementOutcome? Outcome { get; set; }

    public long? AcknowledgedPosition { get; set; }

    public DateTimeOffset? AcknowledgedAt { get; set; }

    public bool RedeliveryRequested { get; set; }
}

/// <summary>How far a partner's events are confirmed by the broker.</summary>
public sealed class RelayCursorRow
{
    public required string Partner { get; init; }

    public required long Sequence { get; set; }
}

/// <summary>Whose request an id names.</summary>
public sealed class RightsRequestRow
{
    public required Guid Id { get; init; }

    public required Guid SubjectId { get; init; }

    public required long Position { get; init; }
}

/// <summary>Something owed by a date: opened by one entry, settled by another.</summary>
public sealed class ObligationRow
{
    /// <summary>Position and place in the entry, in one number, so that ids follow the ledger.</summary>
    public required long Id { get; init; }

    public required ObligationKind Kind { get; init; }

    /// <summary>Names what is owed, so that the entry that settles it finds it.</summary>
    public required string Key { get; init; }

    public Guid? SubjectId { get; init; }

    public string? Partner { get; init; }

    public required long Position { get; init; }

    public required DateTimeOffset OpenedAt { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public long? SettledPosition { get; set; }

    public DateTimeOffset? SettledAt { get; set; }
}

/// <summary>A key of the service's own, wrapped, the same for all its processes.</summary>
public sealed class ServiceKeyRow
{
    public required string Name { get; init; }

    public required byte[] WrappedKey { get; init; }
}

public sealed class IdempotencyRow
{
    public required string Client { get; init; }

    public required string Key { get; init; }

    public required byte[] RequestHash { get; init; }

    public required int Status { get; init; }

    public required string Body { get; init; }

    public long? Position { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
