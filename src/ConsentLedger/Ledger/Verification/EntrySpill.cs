using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using ConsentLedger.Storage;

namespace ConsentLedger.Ledger.Verification;

/// <summary>Entries sorted into buckets by their subject, on disk: so that a bucket's projections can be folded in memory, however long the ledger is.</summary>
/// <remarks>One temporary file that only this process can open, deleted when it is closed. What is in it is what is in the ledger: nothing personal in the clear.</remarks>
internal sealed class EntrySpill : IDisposable
{
    private const int MaxBuckets = 2048;
    private const int BlockLength = 16 * 1024;

    // Position, time, subject and whether there is one; lengths of the prefix, of type and partner in it, and of the entry.
    private const int Header = 8 + 8 + 16 + 1 + 2 + 1 + 1 + 4;

    private readonly FileStream file;
    private readonly byte[][] buffers;
    private readonly int[] lengths;
    private readonly List<(long Offset, int Length)>[] blocks;
    private long fileLength;

    public EntrySpill(long entries, int entriesInBucket)
    {
        Buckets = (int)Math.Clamp(entries / entriesInBucket, 1, MaxBuckets);
        buffers = new byte[Buckets][];
        lengths = new int[Buckets];
        blocks = new List<(long, int)>[Buckets];
        for (var i = 0; i < Buckets; i++)
            (buffers[i], blocks[i]) = (new byte[BlockLength], []);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        file = new FileStream(Path.Combine(Path.GetTempPath(), $"consent-ledger-verify-{RandomNumberGenerator.GetHexString(16)}"), options);
    }

    public int Buckets { get; }

    /// <summary>Where everything about a subject is; what is about nobody has a bucket of its own if there is more than one.</summary>
    public int BucketOf(Guid? subject)
    {
        if (Buckets == 1 || subject is not { } id)
            return 0;
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        // The random end of a UUID (RFC 9562, version 7).
        return 1 + (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) % (uint)(Buckets - 1));
    }

    /// <param name="bucket">Where it belongs.</param>
    /// <param name="row">The entry and its columns.</param>
    /// <param name="prefix">How many bytes of the entry say what the columns say; 0 where they do not.</param>
    public void Add(int bucket, in StoredEntry row, int prefix)
    {
        var length = Header + row.Data.Length;
        if (lengths[bucket] + length > BlockLength)
            Flush(bucket);
        if (length > BlockLength)
        {
            var large = new byte[length];
            Write(large, in row, prefix);
            Append(bucket, large);
            return;
        }

        Write(buffers[bucket].AsSpan(lengths[bucket]), in row, prefix);
        lengths[bucket] += length;
    }

    /// <summary>The entries of a bucket in order of position. Bucket after bucket may be read by many at once, once all is added.</summary>
    public SpilledEntries Read(int bucket)
    {
        var total = blocks[bucket].Sum(b => b.Length) + lengths[bucket];
        // Rented: one such array after the other would keep the collector busy with them alone.
        var bytes = ArrayPool<byte>.Shared.Rent(total);
        var at = 0;
        foreach (var (offset, length) in blocks[bucket])
        {
            ReadExactly(bytes.AsSpan(at, length), offset);
            at += length;
        }

        buffers[bucket].AsSpan(0, lengths[bucket]).CopyTo(bytes.AsSpan(at));
        List<SpilledEntry> entries = [];
        for (at = 0; at < total;)
        {
            var entry = Entry(bytes.AsMemory(at, total - at));
            entries.Add(entry);
            at += Header + entry.Row.Data.Length;
        }

        // Answers about erased members are put where their deliveries are a little later than the rest.
        if (!IsSorted(entries))
            entries.Sort(static (a, b) => a.Row.Position.CompareTo(b.Row.Position));
        return new(bytes, entries);
    }

    public void Dispose() => file.Dispose();

    private static void Write(Span<byte> into, in StoredEntry row, int prefix)
    {
        BinaryPrimitives.WriteInt64LittleEndian(into, row.Position);
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], row.RecordedAt);
        row.Subject.GetValueOrDefault().TryWriteBytes(into[16..]);
        into[32] = row.Subject is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteUInt16LittleEndian(into[33..], (ushort)prefix);
        // No prefix is as long as these would be if they did not fit.
        into[35] = (byte)row.Type.Length;
        into[36] = (byte)row.Partner.Length;
        BinaryPrimitives.WriteInt32LittleEndian(into[37..], row.Data.Length);
        row.Data.Span.CopyTo(into[Header..]);
    }

    private static SpilledEntry Entry(ReadOnlyMemory<byte> rest)
    {
        var header = rest.Span[..Header];
        var data = rest.Slice(Header, BinaryPrimitives.ReadInt32LittleEndian(header[37..]));
        var (prefix, type, partner) = (BinaryPrimitives.ReadUInt16LittleEndian(header[33..]), header[35], header[36]);
        var position = BinaryPrimitives.ReadInt64LittleEndian(header);
        var (typeAt, partnerAt) = EntryCodec.InPrefix(position, prefix, partner);
        return new(
            new(
                position,
                prefix == 0 ? default : data.Slice(typeAt, type),
                header[32] == 0 ? null : new Guid(header.Slice(16, 16)),
                prefix == 0 ? default : data.Slice(partnerAt, partner),
                BinaryPrimitives.ReadInt64LittleEndian(header[8..]),
                default,
                data),
            prefix);
    }

    private static bool IsSorted(List<SpilledEntry> entries)
    {
        for (var i = 1; i < entries.Count; i++)
        {
            if (entries[i].Row.Position < entries[i - 1].Row.Position)
                return false;
        }

        return true;
    }

    private void Flush(int bucket)
    {
        if (lengths[bucket] > 0)
            Append(bucket, buffers[bucket].AsSpan(0, lengths[bucket]));
        lengths[bucket] = 0;
    }

    private void Append(int bucket, ReadOnlySpan<byte> block)
    {
        RandomAccess.Write(file.SafeFileHandle, block, fileLength);
        blocks[bucket].Add((fileLength, block.Length));
        fileLength += block.Length;
    }

    private void ReadExactly(Span<byte> into, long offset)
    {
        while (into.Length > 0)
        {
            var read = RandomAccess.Read(file.SafeFileHandle, into, offset);
            if (read == 0)
                throw new EndOfStreamException("the temporary file of the verification is shorter than what was written to it");
            into = into[read..];
            offset += read;
        }
    }
}

/// <summary>An entry that was laid aside, without its leaf hash.</summary>
/// <param name="Row">Its columns, where the prefix says the same, and its bytes.</param>
/// <param name="Prefix">How many bytes say what the columns say; 0 where they do not.</param>
internal readonly record struct SpilledEntry(StoredEntry Row, int Prefix);

/// <summary>A bucket in memory, until it is disposed.</summary>
internal sealed class SpilledEntries(byte[] rented, IReadOnlyList<SpilledEntry> entries) : IDisposable
{
    public IReadOnlyList<SpilledEntry> Entries => entries;

    public void Dispose() => ArrayPool<byte>.Shared.Return(rented);
}
