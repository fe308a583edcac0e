using System.Buffers.Binary;
using System.Security.Cryptography;
using ConsentLedger.Storage;

namespace ConsentLedger.Ledger.Verification;

/// <summary>Sets of rows, one for each table and bucket, of which only a sum is kept: equal sums are equal sets, in whatever order the rows came.</summary>
/// <remarks>Each row counts by a hash that is keyed with a secret of this run, so that nobody can choose rows whose sums collide.</remarks>
internal sealed class RowDigests(byte[] secret, int buckets)
{
    private static readonly int Tables = Enum.GetValues<Projection>().Length;

    private readonly UInt128[] sums = new UInt128[Tables * buckets];
    private readonly RowWriter row = new();
    private byte[] input = [.. secret];

    /// <summary>Adds a row as it is stored.</summary>
    public void Add(Projection table, int bucket, ReadOnlySpan<byte> bytes)
    {
        var length = secret.Length + bytes.Length;
        if (input.Length < length)
            Array.Resize(ref input, length * 2);
        bytes.CopyTo(input.AsSpan(secret.Length));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input.AsSpan(0, length), hash);
        sums[((int)table * buckets) + bucket] += BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    /// <summary>Adds the rows that the entries of a bucket make.</summary>
    public void Add(int bucket, ProjectionFold fold)
    {
        foreach (var (id, state) in fold.States)
        {
            Add(Projection.State, bucket, row.Start(Projection.State).Put(id).Put(state.Position).Put(state.ToJson()).Row);
            // What an erasure destroyed must be gone, and nothing else may be.
            var kept = state.ErasedAt is null;
            Add(Projection.Subject, bucket, row.Start(Projection.Subject).Put(id).Put(kept).Put(kept).Row);
        }

        foreach (var d in fold.Deliveries.Values)
        {
            row.Start(Projection.Delivery).Put(d.SubjectId).Put(d.Partner).Put(d.Sequence).Put(d.Position).Put(d.EventId).Put(d.Event).Put(d.RecordedAt)
                .Put(d.AcknowledgeBy).PutInt((int?)d.Outcome).Put(d.AcknowledgedPosition).Put(d.AcknowledgedAt);
            Add(Projection.Delivery, bucket, row.Row);
        }

        foreach (var o in fold.Obligations.Values)
        {
            row.Start(Projection.Obligation).Put(o.SubjectId).Put(o.Id).PutInt((int)o.Kind).Put(o.Key).Put(o.Partner).Put(o.Position).Put(o.OpenedAt)
                .Put(o.DueAt).Put(o.SettledPosition).Put(o.SettledAt);
            Add(Projection.Obligation, bucket, row.Row);
        }

        foreach (var r in fold.RightsRequests.Values)
            Add(Projection.Request, bucket, row.Start(Projection.Request).Put(r.SubjectId).Put(r.Id).Put(r.Position).Row);
        foreach (var position in fold.CatalogEntries)
            Add(Projection.CatalogEntry, bucket, row.Start(Projection.CatalogEntry).Put((Guid?)null).Put(position).Row);
    }

    /// <summary>The buckets in which these sets are not those.</summary>
    public IEnumerable<int> Differ(IReadOnlyCollection<RowDigests> others) => Enumerable.Range(0, buckets).Where(bucket =>
        Enumerable.Range(0, Tables).Select(table => (table * buckets) + bucket)
            .Any(at => others.Aggregate(UInt128.Zero, (sum, other) => sum + other.sums[at]) != sums[at]));
}
