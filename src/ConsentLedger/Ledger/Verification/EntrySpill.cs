using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ConsentLedger.Ledger.Verification;

/// <summary>Entries sorted into buckets by their subject, on disk: so that a bucket's projections can be folded in memory, however long the ledger is.</summary>
/// <remarks>One temporary file that only this process can open, deleted when it is closed. What is in it is what is in the ledger: nothing personal in the clear.</remarks>
internal sealed class EntrySpill : IDisposable
{
    private const int MaxBuckets = 2048;
    private const int BlockLength = 16 * 1024;
    private const int Header = sizeof(long) + sizeof(int);

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

    public void Add(int bucket, long position, ReadOnlySpan<byte> entry)
    {
        var length = Header + entry.Length;
        if (lengths[bucket] + length > BlockLength)
            Flush(bucket);
        if (length > BlockLength)
        {
            var large = new byte[length];
            Write(large, position, entry);
            Append(bucket, large);
            return;
        }

        Write(buffers[bucket].AsSpan(lengths[bucket]), position, entry);
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
        List<(long Position, ReadOnlyMemory<byte> Entry)> entries = [];
        for (at = 0; at < total;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + sizeof(long)));
            entries.Add((BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)), bytes.AsMemory(at + Header, length)));
            at += Header + length;
        }

        // Answers about erased members are put where their deliveries are a little later than the rest.
        if (!IsSorted(entries))
            entries.Sort(static (a, b) => a.Position.CompareTo(b.Position));
        return new(bytes, entries);
    }

    public void Dispose() => file.Dispose();

    private static void Write(Span<byte> into, long position, ReadOnlySpan<byte> entry)
    {
        BinaryPrimitives.WriteInt64LittleEndian(into, position);
        BinaryPrimitives.WriteInt32LittleEndian(into[sizeof(long)..], entry.Length);
        entry.CopyTo(into[Header..]);
    }

    private static bool IsSorted(List<(long Position, ReadOnlyMemory<byte> Entry)> entries)
    {
        for (var i = 1; i < entries.Count; i++)
        {
            if (entries[i].Position < entries[i - 1].Position)
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

/// <summary>A bucket in memory, until it is disposed.</summary>
internal sealed class SpilledEntries(byte[] rented, IReadOnlyList<(long Position, ReadOnlyMemory<byte> Entry)> entries) : IDisposable
{
    public IReadOnlyList<(long Position, ReadOnlyMemory<byte> Entry)> Entries => entries;

    public void Dispose() => ArrayPool<byte>.Shared.Return(rented);
}
