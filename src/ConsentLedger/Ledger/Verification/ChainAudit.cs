using ConsentLedger.Partners;
using ConsentLedger.Storage;
using ConsentLedger.TransparencyLog;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Ledger.Verification;

/// <summary>Reads the entries in order and checks what runs through all of them: positions, hashes, times, the partners' sequences.</summary>
internal sealed class ChainAudit(ILedgerStore store, IDbContextFactory<LedgerDbContext> contexts, EntrySpill spill, TreeAudit tree, Findings findings)
{
    private static readonly byte[] WithRecipients = "}]}"u8.ToArray();
    private static readonly byte[] Acknowledged = "delivery.acknowledged"u8.ToArray();

    private readonly Dictionary<string, long> sequences = new(StringComparer.Ordinal);
    private readonly List<SpilledEntry> answersOfNobody = [];
    private readonly DecodeCache cache = new();
    private long position;
    private long time;

    /// <summary>Reads all of them.</summary>
    public async Task ReadAsync(LedgerDbContext snapshot, HeadRow head, IProgress<VerifyProgress>? progress, CancellationToken ct)
    {
        await using var pages = store.ReadStoredAsync(snapshot, ct).GetAsyncEnumerator(ct);
        var more = await pages.MoveNextAsync();
        while (more && !findings.AreEnough)
        {
            var page = pages.Current;
            // The next page travels while this one is checked.
            var next = Task.Run(() => pages.MoveNextAsync().AsTask(), ct);
            foreach (var row in page)
                Check(in row);
            await tree.CompareAsync(contexts, ct);
            await PlaceAnswersAsync(ct);
            progress?.Report(new(position, 0, head.Position));
            more = await next;
        }

        if (head.Position != position && !findings.AreEnough)
            findings.Report(Math.Min(head.Position, position) + 1, $"the head says {head.Position}, the entries end at {position}");
    }

    private void Check(in StoredEntry row)
    {
        if (row.Position != position + 1)
            findings.Report(position + 1, $"the next entry is at {row.Position}");
        position = row.Position;
        var leaf = TreeHash.OfLeaf(row.Data.Span);
        if (!leaf.Bytes.SequenceEqual(row.LeafHash.Span))
            findings.Report(row.Position, "the bytes do not have the stored leaf hash");
        tree.Add(leaf);
        Span<byte> prefix = stackalloc byte[EntryCodec.MaxPrefix];
        var length = EntryCodec.WritePrefix(in row, prefix);
        if (length == 0 || !row.Data.Span.StartsWith(prefix[..length]))
        {
            findings.Report(row.Position, "the columns are not what the bytes say");
            length = 0;
        }

        if (row.RecordedAt < time)
            findings.Report(row.Position, "it is older than the entry before it");
        time = row.RecordedAt;
        if (row.Data.Span.EndsWith(WithRecipients))
            CheckSequences(row.Position, row.Data.Span);
        // The answer of a partner about one who was erased names nobody: it belongs to the delivery that it answers.
        if (row.Subject is null && row.Type.Span.SequenceEqual(Acknowledged))
            answersOfNobody.Add(new(row with { Data = row.Data.ToArray() }, length));
        else
            spill.Add(spill.BucketOf(row.Subject), in row, length);
    }

    private void CheckSequences(long at, ReadOnlySpan<byte> data)
    {
        try
        {
            foreach (var recipient in EntryCodec.Decode(data, cache).Recipients)
            {
                var last = sequences.GetValueOrDefault(recipient.Partner);
                if (recipient.Sequence != last + 1)
                    findings.Report(at, $"sequence {recipient.Sequence} to {recipient.Partner} follows {last}");
                sequences[recipient.Partner] = recipient.Sequence;
            }
        }
        catch (LedgerCorruptException)
        {
            // Reported where it is folded.
        }
    }

    // Where the delivery says that it is; were that not so, the sums would tell.
    private async Task PlaceAnswersAsync(CancellationToken ct)
    {
        if (answersOfNobody.Count == 0)
            return;
        var events = answersOfNobody.ConvertAll(a => EventOf(a.Row.Data.Span));
        await using var context = await contexts.CreateDbContextAsync(ct);
        var subjects = await context.Deliveries.Where(d => events.Contains(d.EventId)).ToDictionaryAsync(d => d.EventId, d => d.SubjectId, ct);
        for (var i = 0; i < events.Count; i++)
            spill.Add(spill.BucketOf(subjects.GetValueOrDefault(events[i])), answersOfNobody[i].Row, answersOfNobody[i].Prefix);
        answersOfNobody.Clear();
    }

    private static Guid EventOf(ReadOnlySpan<byte> entry)
    {
        try
        {
            return EntryCodec.Decode(entry).Data is DeliveryAcknowledged { EventId: var id } ? id : default;
        }
        catch (LedgerCorruptException)
        {
            return default;
        }
    }
}
