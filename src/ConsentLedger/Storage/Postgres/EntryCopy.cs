using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Npgsql;

namespace ConsentLedger.Storage.Postgres;

/// <summary>Reads the whole of <c>ledger_entries</c> as the server sends it: binary COPY, nothing converted on the way.</summary>
/// <remarks>The format: PostgreSQL, COPY, "Binary Format".</remarks>
internal static class EntryCopy
{
    private const int PageRows = 2048;
    private const int FirstBuffer = 2 * 1024 * 1024;
    private const int HeaderLength = 11 + 4 + 4; // signature, flags, length of the extension, which is 0
    private const long Epoch = 946_684_800_000_000; // 2000-01-01 in microseconds since 1970

    // By the index of positions, whatever the planner thinks of the table's size: nothing is sorted.
    private const string Settings = "SET LOCAL enable_sort = off; SET LOCAL jit = off";

    private const string Copy =
        """
        COPY (SELECT position, type, subject_id, partner, recorded_at, leaf_hash, data FROM ledger_entries ORDER BY position)
        TO STDOUT (FORMAT BINARY)
        """;

    /// <summary>Pages in order of position. A page is valid until the next but one is asked for.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<StoredEntry>> ReadAsync(NpgsqlConnection connection, [EnumeratorCancellation] CancellationToken ct)
    {
        await using (var settings = new NpgsqlCommand(Settings, connection))
            await settings.ExecuteNonQueryAsync(ct);
        await using var stream = await connection.BeginRawBinaryCopyAsync(Copy, ct);
        var pages = new Pages(stream);
        await pages.SkipHeaderAsync(ct);
        while (await pages.NextAsync(ct) is { Count: > 0 } page)
            yield return page;
    }

    private sealed class Pages(NpgsqlRawCopyStream stream)
    {
        private byte[] buffer = new byte[FirstBuffer];
        private byte[] spare = new byte[FirstBuffer];
        private int start;
        private int end;
        private bool ended;

        public async Task SkipHeaderAsync(CancellationToken ct)
        {
            while (end < HeaderLength)
                await FillAsync(ct);
            start = HeaderLength;
        }

        public async Task<IReadOnlyList<StoredEntry>> NextAsync(CancellationToken ct)
        {
            List<StoredEntry> page = new(PageRows);
            // What is left of the buffer moves to the other one: whoever reads the last page still has this.
            if (start > 0)
                Swap(buffer.Length);
            while (page.Count < PageRows && !ended)
            {
                if (TryRow(out var row, out var after))
                {
                    page.Add(row);
                    start = after;
                }
                else if (!ended)
                {
                    if (end == buffer.Length)
                    {
                        // A row that began before a page's end is read with the next; one larger than the buffer gets a larger one.
                        if (page.Count > 0)
                            break;
                        Swap(buffer.Length * 2);
                    }

                    await FillAsync(ct);
                }
            }

            return page;
        }

        private void Swap(int length)
        {
            var next = spare.Length >= length ? spare : new byte[length];
            buffer.AsSpan(start, end - start).CopyTo(next);
            (buffer, spare, start, end) = (next, buffer, 0, end - start);
        }

        private async ValueTask FillAsync(CancellationToken ct)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(end), ct);
            end += read > 0 ? read : throw new EndOfStreamException("the copy of the entries ends early");
        }

        private bool TryRow(out StoredEntry row, out int after)
        {
            row = default;
            after = start;
            if (end - after < sizeof(short))
                return false;
            var columns = BinaryPrimitives.ReadInt16BigEndian(buffer.AsSpan(after));
            after += sizeof(short);
            if (columns < 0)
            {
                ended = true;
                return false;
            }

            if (TryField(ref after, out var position) && TryField(ref after, out var type) && TryField(ref after, out var subject)
                && TryField(ref after, out var partner) && TryField(ref after, out var recordedAt) && TryField(ref after, out var leafHash)
                && TryField(ref after, out var data))
            {
                row = new(
                    BinaryPrimitives.ReadInt64BigEndian(position.Span),
                    type,
                    subject.IsEmpty ? null : new Guid(subject.Span, bigEndian: true),
                    partner,
                    BinaryPrimitives.ReadInt64BigEndian(recordedAt.Span) + Epoch,
                    leafHash,
                    data);
                return true;
            }

            return false;
        }

        // A null is as good as nothing here.
        private bool TryField(ref int at, out ReadOnlyMemory<byte> field)
        {
            field = default;
            if (end - at < sizeof(int))
                return false;
            var length = Math.Max(BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(at)), 0);
            at += sizeof(int);
            if (end - at < length)
                return false;
            field = buffer.AsMemory(at, length);
            at += length;
            return true;
        }
    }
}
