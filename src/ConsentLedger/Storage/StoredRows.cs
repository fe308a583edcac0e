using System.Buffers.Binary;
using System.Text;
using ConsentLedger.Ledger;

namespace ConsentLedger.Storage;

/// <summary>A table of what follows from the entries, as <c>verify</c> compares it.</summary>
public enum Projection
{
    State,
    Delivery,
    Obligation,
    Request,
    CatalogEntry,
    Subject,
}

/// <summary>What a column holds.</summary>
internal enum ColumnKind
{
    Uuid,
    Long,
    Int,
    Text,
    Time,
    Bool,
}

/// <summary>The columns that count, the subject first. What is only work in progress, such as a redelivery that was asked for, does not.</summary>
internal static class StoredRows
{
    private static readonly (string Table, (string Column, ColumnKind Kind)[] Columns)[] Tables =
    [
        ("subject_states", [("subject_id", ColumnKind.Uuid), ("position", ColumnKind.Long), ("state", ColumnKind.Text)]),
        ("deliveries",
        [
            ("subject_id", ColumnKind.Uuid), ("partner", ColumnKind.Text), ("sequence", ColumnKind.Long), ("position", ColumnKind.Long),
            ("event_id", ColumnKind.Uuid), ("event", ColumnKind.Text), ("recorded_at", ColumnKind.Time), ("acknowledge_by", ColumnKind.Time),
            ("outcome", ColumnKind.Int), ("acknowledged_position", ColumnKind.Long), ("acknowledged_at", ColumnKind.Time),
        ]),
        ("obligations",
        [
            ("subject_id", ColumnKind.Uuid), ("id", ColumnKind.Long), ("kind", ColumnKind.Int), ("key", ColumnKind.Text), ("partner", ColumnKind.Text),
            ("position", ColumnKind.Long), ("opened_at", ColumnKind.Time), ("due_at", ColumnKind.Time), ("settled_position", ColumnKind.Long),
            ("settled_at", ColumnKind.Time),
        ]),
        ("rights_requests", [("subject_id", ColumnKind.Uuid), ("id", ColumnKind.Uuid), ("position", ColumnKind.Long)]),
        ("catalog_entries", [("NULL", ColumnKind.Uuid), ("position", ColumnKind.Long)]),
        ("subjects", [("id", ColumnKind.Uuid), ("wrapped_key IS NOT NULL", ColumnKind.Bool), ("external_id IS NOT NULL", ColumnKind.Bool)]),
    ];

    /// <summary>In the order of <see cref="Projection"/>.</summary>
    public static (string Table, (string Column, ColumnKind Kind)[] Columns) Of(Projection projection) => Tables[(int)projection];

    public static string Select(Projection projection, Func<string, ColumnKind, string> column)
    {
        var (table, columns) = Of(projection);
        return $"SELECT {string.Join(", ", columns.Select(c => column(c.Column, c.Kind)))} FROM {table}";
    }
}

/// <summary>Writes rows as PostgreSQL's binary COPY has them: the form in which the stored rows and those that entries make are compared.</summary>
internal sealed class RowWriter
{
    /// <summary>2000-01-01 in microseconds since 1970: PostgreSQL counts from there.</summary>
    public const long Epoch = 946_684_800_000_000;

    private byte[] bytes = new byte[4096];
    private int length;

    public ReadOnlySpan<byte> Row => bytes.AsSpan(0, length);

    public RowWriter Start(Projection projection)
    {
        length = 0;
        BinaryPrimitives.WriteInt16BigEndian(Room(sizeof(short)), (short)StoredRows.Of(projection).Columns.Length);
        return this;
    }

    public RowWriter Put(Guid? value)
    {
        if (value is not { } id)
            return Null();
        id.TryWriteBytes(Field(16), bigEndian: true, out _);
        return this;
    }

    public RowWriter Put(long? value)
    {
        if (value is not { } number)
            return Null();
        BinaryPrimitives.WriteInt64BigEndian(Field(sizeof(long)), number);
        return this;
    }

    public RowWriter PutInt(int? value)
    {
        if (value is not { } number)
            return Null();
        BinaryPrimitives.WriteInt32BigEndian(Field(sizeof(int)), number);
        return this;
    }

    public RowWriter Put(string? value)
    {
        if (value is null)
            return Null();
        Encoding.UTF8.GetBytes(value, Field(Encoding.UTF8.GetByteCount(value)));
        return this;
    }

    public RowWriter Put(DateTimeOffset? value) =>
        value is { } instant ? PutMicroseconds(Timestamps.ToMicroseconds(instant)) : Null();

    /// <summary>An instant in microseconds since 1970.</summary>
    public RowWriter PutMicroseconds(long? value) => value is { } instant ? Put(instant - Epoch) : Null();

    public RowWriter Put(bool value)
    {
        Field(1)[0] = value ? (byte)1 : (byte)0;
        return this;
    }

    private RowWriter Null()
    {
        BinaryPrimitives.WriteInt32BigEndian(Room(sizeof(int)), -1);
        return this;
    }

    private Span<byte> Field(int count)
    {
        BinaryPrimitives.WriteInt32BigEndian(Room(sizeof(int)), count);
        return Room(count);
    }

    private Span<byte> Room(int count)
    {
        if (length + count > bytes.Length)
            Array.Resize(ref bytes, Math.Max(bytes.Length * 2, length + count));
        var room = bytes.AsSpan(length, count);
        length += count;
        return room;
    }
}
