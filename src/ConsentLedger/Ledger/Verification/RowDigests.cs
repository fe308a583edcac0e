using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ConsentLedger.Storage;

namespace ConsentLedger.Ledger.Verification;

/// <summary>The projections' tables.</summary>
internal enum Projection
{
    State,
    Delivery,
    Obligation,
    Request,
    CatalogEntry,
    Subject,
}

/// <summary>Sets of rows, one for each table and bucket, of which only a sum is kept: equal sums are equal sets, in whatever order the rows came.</summary>
/// <remarks>Each row counts by a hash that is keyed with a secret of this run, so that nobody can choose rows whose sums collide.</remarks>
internal sealed class RowDigests(byte[] secret, int buckets)
{
    private static readonly int Tables = Enum.GetValues<Projection>().Length;

    private readonly UInt128[] sums = new UInt128[Tables * buckets];
    private readonly RowWriter row = new(secret);

    public UInt128 Of(Projection table, int bucket) => sums[((int)table * buckets) + bucket];

    public void AddState(int bucket, Guid subject, long position, string state) =>
        Add(Projection.State, bucket, row.Start().Put(subject).Put(position).Put(state));

    public void Add(int bucket, DeliveryRow d) => Add(
        Projection.Delivery, bucket,
        row.Start().Put(d.Partner).Put(d.Sequence).Put(d.Position).Put(d.EventId).Put(d.Event).Put(d.SubjectId).Put(d.RecordedAt).Put(d.AcknowledgeBy)
            .Put((long?)d.Outcome).Put(d.AcknowledgedPosition).Put(d.AcknowledgedAt));

    public void Add(int bucket, ObligationRow o) => Add(
        Projection.Obligation, bucket,
        row.Start().Put(o.Id).Put((long)o.Kind).Put(o.Key).Put(o.SubjectId).Put(o.Partner).Put(o.Position).Put(o.OpenedAt).Put(o.DueAt)
            .Put(o.SettledPosition).Put(o.SettledAt));

    public void Add(int bucket, RightsRequestRow r) => Add(Projection.Request, bucket, row.Start().Put(r.Id).Put(r.SubjectId).Put(r.Position));

    public void AddCatalogEntry(int bucket, long position) => Add(Projection.CatalogEntry, bucket, row.Start().Put(position));

    public void AddSubject(int bucket, Guid id, bool hasKey, bool hasOwnId) =>
        Add(Projection.Subject, bucket, row.Start().Put(id).Put(hasKey ? 1 : 0).Put(hasOwnId ? 1 : 0));

    private void Add(Projection table, int bucket, RowWriter written) => sums[((int)table * buckets) + bucket] += written.Hash();

    // Each value with its length, so that no two rows are written alike.
    private sealed class RowWriter
    {
        private readonly int secretLength;
        private byte[] bytes;
        private int length;

        public RowWriter(byte[] secret)
        {
            secretLength = secret.Length;
            bytes = new byte[4096];
            secret.CopyTo(bytes, 0);
        }

        public RowWriter Start()
        {
            length = secretLength;
            return this;
        }

        public RowWriter Put(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(Room(1 + sizeof(long))[1..], value);
            return this;
        }

        public RowWriter Put(long? value) => value is { } known ? Put(known) : Absent();

        public RowWriter Put(DateTimeOffset value) => Put(value.UtcTicks);

        public RowWriter Put(DateTimeOffset? value) => value is { } known ? Put(known) : Absent();

        public RowWriter Put(Guid value)
        {
            value.TryWriteBytes(Room(1 + 16)[1..]);
            return this;
        }

        public RowWriter Put(Guid? value) => value is { } known ? Put(known) : Absent();

        public RowWriter Put(string? value)
        {
            if (value is null)
                return Absent();
            var count = Encoding.UTF8.GetByteCount(value);
            Put((long)count);
            Encoding.UTF8.GetBytes(value, Room(count));
            return this;
        }

        public UInt128 Hash()
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(bytes.AsSpan(0, length), hash);
            return BinaryPrimitives.ReadUInt128LittleEndian(hash);
        }

        private RowWriter Absent()
        {
            Room(1)[0] = 1;
            return this;
        }

        private Span<byte> Room(int count)
        {
            if (length + count > bytes.Length)
                Array.Resize(ref bytes, Math.Max(bytes.Length * 2, length + count));
            var room = bytes.AsSpan(length, count);
            room[..Math.Min(1, count)].Clear();
            length += count;
            return room;
        }
    }
}
