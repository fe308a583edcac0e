using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Npgsql;

namespace ConsentLedger.Storage.Postgres;

/// <summary>Reads what a query answers as the server sends it: binary COPY, nothing converted on the way.</summary>
/// <remarks>The format: PostgreSQL, COPY, "Binary Format". A row is the number of its fields, then each with its length, -1 for null.</remarks>
internal static class BinaryCopy
{
    private const int PageRows = 2048;
    private const int HeaderLength = 11 + 4 + 4; // signature, flags, length of the extension, which is 0

    // By the index of positions, whatever the planner thinks of the table's size: nothing is sorted.
    private const string Settings = "SET LOCAL enable_sort = off; SET LOCAL jit = off";

    /// <summary>Pages of rows. A page is valid until the next but one is asked for.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(
        NpgsqlConnection connection, string query, [EnumeratorCancellation] CancellationToken ct)
    {
        await using (var settings = new NpgsqlCommand(Settings, connection))
            await settings.ExecuteNonQueryAsync(ct);
        await using var stream = await connection.BeginRawBinaryCopyAsync($"COPY ({query}) TO STDOUT (FORMAT BINARY)", ct);
        var pages = new Pages(stream);
        await pages.SkipHeaderAsync(ct);
        while (await pages.NextAsync(ct) is { Count: > 0 } page)
            yield return page;
    }

    /// <summary>Takes the next field of a row; empty where it is null.</summary>
    /// <param name="rest">The row after <see cref="Fields"/>, or what the last call left of it.</param>
    public static ReadOnlyMemory<byte> NextField(ref ReadOnlyMemory<byte> rest)
    {
        var length = Math.Max(BinaryPrimitives.ReadInt32BigEndian(rest.Span), 0);
        var field = rest.Slice(sizeof(int), length);
        rest = rest[(sizeof(int) + length)..];
        return field;
    }

    /// <summary>The row's fields, without their number.</summary>
    public static ReadOnlyMemory<byte> Fields(ReadOnlyMemory<byte> row) => row[sizeof(short)..];

    private sealed class Pages(NpgsqlRawCopyStream stream)
    {
        private byte[] buffer = new byte[2 * 1024 * 1024];
        private byte[] spare = new byte[2 * 1024 * 1024];
        private int start;
        private int end;
        private bool ended;

        public async Task SkipHeaderAsync(CancellationToken ct)
        {
            while (end < HeaderLength)
                await FillAsync(ct);
            start = HeaderLength;
        }

        public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> NextAsync(CancellationToken ct)
        {
            List<ReadOnlyMemory<byte>> page = new(PageRows);
            // What is left of the buffer moves to the other one: whoever reads the last page still has this.
            if (start > 0)
                Swap(buffer.Length);
            while (page.Count < PageRows && !ended)
            {
                if (RowEnd() is { } after)
                {
                    page.Add(buffer.AsMemory(start..after));
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
            end += read > 0 ? read : throw new EndOfStreamException("what the server copies ends early");
        }

        // Where the row at the start ends; null when not all of it is there, or it is the end of all.
        private int? RowEnd()
        {
            var at = start + sizeof(short);
            if (at > end)
                return null;
            var fields = BinaryPrimitives.ReadInt16BigEndian(buffer.AsSpan(start));
            ended = fields < 0;
            for (var i = 0; i < fields; i++)
            {
                if (end - at < sizeof(int))
                    return null;
                var length = Math.Max(BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(at)), 0);
                at += sizeof(int);
                if (end - at < length)
                    return null;
                at += length;
            }

            return ended ? null : at;
        }
    }
}
