using ConsentLedger.Ledger;
using ConsentLedger.Partners;

namespace ConsentLedger.Relay;

/// <summary>
/// Stretches of the ledger with every partner's events in them, read once for all lanes that come by: an entry often tells several partners.
/// A lane reads its own where sharing does not pay: at the ledger's end, where its partner has few events, and while lanes are far apart.
/// </summary>
public sealed class SharedPages(PartnerEvents events, LedgerReplica replica, RelaySettings settings, TimeProvider time)
{
    private const int Places = 16;
    private const int PageSizes = 8;

    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<long, Place> places = [];

    // How often a page's entries were of use, over the last few: once for each is what lanes would have read alone.
    private double uses = 1;
    private long lastRead;

    // In positions. The same borders for every lane, so that lanes meet whatever page each of them asks for first.
    private int Stretch => settings.PageSize;

    /// <summary>A partner's next events, in order, none when it has no more; and the position from which on the events after these are to be found.</summary>
    /// <param name="partner">The partner.</param>
    /// <param name="after">The last sequence that it has.</param>
    /// <param name="from">Where the events after that one begin, as the call before told; 0 where the lane does not know.</param>
    /// <param name="ct">Ends the reading.</param>
    public async Task<(IReadOnlyList<PartnerEvent> Events, long From)> ReadAsync(string partner, long after, long from, CancellationToken ct)
    {
        var number = from / Stretch;
        // What was erased or deleted before this call is told no more.
        if (from > 0) await replica.SyncAsync(ct);
        // As many as are sent at once, so that a window is seldom waited empty; a page has few where there are many partners.
        var (wanted, until) = (Math.Min(settings.RunLength, settings.PageSize), number + 1);
        List<PartnerEvent> found = [];
        for (var next = number; from > 0 && found.Count < wanted && next <= until && Find(next, ct) is { } finding; next++)
        {
            var page = await finding;
            var taken = page.Take(partner, after + found.Count, settings.PageSize - found.Count, out var last);
            if (taken.Count > 0)
            {
                found.AddRange(taken);
                (from, until) = (last && page.Whole ? (next + 1) * Stretch : taken[^1].Position, next + 1);
                PassOn(next, page, ct);
            }
            if (!last || !page.Whole) break;
        }
        if (found.Count > 0) return (found, from);
        var own = await events.ReadAsync(partner, after, settings.PageSize, ct);
        return (own, own is [.., var end] ? end.Position : 0);
    }

    /// <summary>Nothing waits, or nothing can be sent.</summary>
    public void Clear()
    {
        lock (gate) places.Clear();
    }

    private Task<Page>? Find(long number, CancellationToken ct)
    {
        lock (gate)
        {
            foreach (var old in places.Where(p => p.Value.AsOf < replica.LastRemoval).Select(p => p.Key).ToList()) GiveUp(old);
            if (places.TryGetValue(number, out var place))
            {
                place.UsedAt = time.GetTimestamp();
                return place.Page;
            }
            // What is not complete yet would have to be read again for the next event.
            var applied = replica.Applied;
            if (((number + 1) * Stretch) - 1 > applied) return null;
            if (uses < 0.5 && time.GetElapsedTime(lastRead) < TryAgain) return null;
            if (places.Count == Places) GiveUp(places.MinBy(p => p.Value.UsedAt).Key);
            lastRead = time.GetTimestamp();
            var reading = LoadAsync(number, ct);
            places[number] = new() { Page = reading, AsOf = applied, UsedAt = lastRead };
            return reading;
        }
    }

    private void GiveUp(long number)
    {
        if (places.Remove(number, out var place) && place.Page is { IsCompletedSuccessfully: true, Result: { Entries: > 0 } page })
            uses = (0.8 * uses) + (0.2 * page.Taken / page.Entries);
    }

    // The next page is there when the first lane needs it, and a page that everybody has gives up its place.
    private void PassOn(long number, Page page, CancellationToken ct)
    {
        if (page.Taken * 2 >= page.Count) _ = Find(number + 1, ct);
        if (page.Taken < page.Count) return;
        lock (gate) GiveUp(number);
    }

    private async Task<Page> LoadAsync(long number, CancellationToken ct)
    {
        await Task.Yield();
        try
        {
            var most = settings.PageSize * PageSizes;
            var found = await events.ReadAllAsync(number * Stretch - 1, Stretch, most, ct);
            return new(found, whole: found.Count < most);
        }
        catch
        {
            lock (gate) places.Remove(number);
            throw;
        }
    }

    private sealed class Place
    {
        public required Task<Page> Page { get; init; }

        /// <summary>The page says what could be told after this position, or after a later one.</summary>
        public required long AsOf { get; init; }

        public required long UsedAt { get; set; }
    }

    private sealed class Page
    {
        private readonly Dictionary<string, List<PartnerEvent>> of = new(StringComparer.Ordinal);
        private int taken;

        public Page(IReadOnlyList<PartnerEvent> found, bool whole)
        {
            (Count, Entries, Whole) = (found.Count, found.Select(e => e.Position).Distinct().Count(), whole);
            foreach (var one in found)
            {
                if (!of.TryGetValue(one.Partner, out var list)) of[one.Partner] = list = [];
                list.Add(one);
            }
        }

        public int Count { get; }

        public int Entries { get; }

        /// <summary>Nothing of the stretch was left out for want of room.</summary>
        public bool Whole { get; }

        public int Taken => Volatile.Read(ref taken);

        public List<PartnerEvent> Take(string partner, long after, int limit, out bool last)
        {
            last = true;
            if (!of.TryGetValue(partner, out var list)) return [];
            // Sequences count one by one, so the place in the list follows from the sequence.
            var from = (int)Math.Clamp(after + 1 - list[0].Sequence, 0, list.Count);
            var some = list.GetRange(from, Math.Min(list.Count - from, limit));
            last = from + some.Count == list.Count;
            Interlocked.Add(ref taken, some.Count);
            return some;
        }
    }
}
