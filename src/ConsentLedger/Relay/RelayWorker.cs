using System.Collections.Concurrent;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;

namespace ConsentLedger.Relay;

/// <summary>
/// Follows the ledger and publishes every partner's events in order, at least once, from a durable cursor.
/// One replica does it at a time; a second one that believes it leads only repeats events, because each sends in order from a confirmed cursor.
/// </summary>
public sealed partial class RelayWorker : BackgroundService
{
    private const int RedeliveriesAtOnce = 100;

    private readonly RelayCursors cursors;
    private readonly LedgerSignal signal;
    private readonly BrokerConnection broker;
    private readonly RelaySettings settings;
    private readonly TimeProvider time;
    private readonly ILogger<RelayWorker> log;
    private readonly ChannelPool channels = new();
    private readonly SharedPages pages;
    private readonly SemaphoreSlim free;
    private readonly SemaphoreSlim published = new(0, 1);
    private readonly Func<string, PartnerLane> openLane;
    private readonly ConcurrentDictionary<string, PartnerLane> lanes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task<int>> running = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim stepping = new(1, 1);
    private bool storeLost;

    public RelayWorker(
        PartnerEvents events, LedgerReplica replica, RelayCursors cursors, LedgerSignal signal, BrokerConnection broker, RelaySettings settings, TimeProvider time, ILogger<RelayWorker> log)
    {
        (this.cursors, this.signal, this.broker, this.settings, this.time, this.log) = (cursors, signal, broker, settings, time, log);
        free = new SemaphoreSlim(settings.Lanes, settings.Lanes);
        pages = new SharedPages(events, replica, settings, time);
        openLane = partner => new PartnerLane(partner, pages, cursors, broker, channels, settings, time, log);
    }

    /// <summary>Partners whose events wait because of something on the broker, and what it is.</summary>
    public IReadOnlyList<(string Partner, string Trouble)> Troubles() =>
        [.. lanes.Where(lane => lane.Value.Trouble is not null).Select(lane => (lane.Key, lane.Value.Trouble!)).OrderBy(t => t.Key, StringComparer.Ordinal)];

    /// <summary>
    /// One step: publishes what waits for every partner, each on its own, and returns how many events the broker confirmed.
    /// Public so that tests publish without a timer; the worker does not wait for the slowest partner as this does.
    /// </summary>
    public async Task<int> PublishOnceAsync(CancellationToken ct)
    {
        var turns = await StartTurnsAsync(ct);
        return (await Task.WhenAll(turns)).Sum();
    }

    public override void Dispose()
    {
        base.Dispose();
        free.Dispose();
        published.Dispose();
        stepping.Dispose();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await channels.DisposeAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var lease = await cursors.TryLeadAsync(stoppingToken);
                if (lease is not null) await FollowAsync(lease.Lost, stoppingToken);
                else await Task.Delay(settings.LeadInterval, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!storeLost) LogStoreLost(e);
                storeLost = true;
                await Task.Delay(settings.LeadInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(CancellationToken lost, CancellationToken stopping)
    {
        using var leading = CancellationTokenSource.CreateLinkedTokenSource(lost, stopping);
        Task? appended = null, freed = null;
        try
        {
            while (!leading.IsCancellationRequested)
            {
                await StartTurnsAsync(leading.Token);
                if (storeLost) LogStoreBack();
                storeLost = false;
                appended ??= signal.WaitAsync(settings.PollInterval, leading.Token);
                freed ??= published.WaitAsync(leading.Token);
                var first = await Task.WhenAny(appended, freed);
                await first;
                if (appended.IsCompleted) appended = null;
                if (freed.IsCompleted) freed = null;
            }
        }
        catch (OperationCanceledException) when (leading.IsCancellationRequested)
        {
        }
        finally
        {
            await leading.CancelAsync();
            // The lease is given back after this: no event of ours is sent once another replica may lead.
            await ((Task)Task.WhenAll(Running())).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A partner whose turn is still going on keeps it; the others do not wait for it.
    private async Task<IReadOnlyList<Task<int>>> StartTurnsAsync(CancellationToken ct)
    {
        await stepping.WaitAsync(ct);
        try
        {
            // Before the cursors are read: a cursor of a partner whose turn ends in between would be behind.
            ForgetEnded();
            // Without a broker nothing is read: what waits, waits in the ledger and takes no memory here.
            if (await broker.TryGetAsync(ct) is not { } connection)
            {
                pages.Clear();
                return Running();
            }
            var waiting = (await cursors.ReadWaitingAsync(ct)).ToDictionary(c => c.Partner, StringComparer.Ordinal);
            if (waiting.Count == 0) pages.Clear();
            var again = (await cursors.ReadRedeliveriesAsync(RedeliveriesAtOnce, ct)).ToLookup(e => e.Partner, StringComparer.Ordinal);
            var unprepared = cursors.ActivePartners().Where(p => !lanes.GetOrAdd(p, openLane).HasRoute(connection));
            foreach (var partner in waiting.Keys.Union(again.Select(group => group.Key)).Union(unprepared).Where(p => !running.ContainsKey(p)).ToList())
                running[partner] = TakeTurnAsync(lanes.GetOrAdd(partner, openLane), waiting.GetValueOrDefault(partner), [.. again[partner]], ct);
            return Running();
        }
        finally
        {
            stepping.Release();
        }
    }

    // Ends without an exception unless it was cancelled: nobody waits for a turn in particular.
    private async Task<int> TakeTurnAsync(PartnerLane lane, RelayCursor? cursor, IReadOnlyList<PartnerEvent> again, CancellationToken ct)
    {
        await Task.Yield();
        await free.WaitAsync(ct);
        var confirmed = 0;
        try
        {
            if (cursor is null && again.Count == 0) await lane.PrepareAsync(ct);
            if (cursor is not null) confirmed += await lane.PublishWaitingAsync(cursor.PublishedSequence, ct);
            // Only what the cursor has passed: an event that was never sent must not come before those that precede it.
            var repeats = again.Where(e => cursor is null || e.Sequence <= cursor.PublishedSequence).ToList();
            if (repeats.Count > 0) confirmed += await lane.PublishAgainAsync(repeats, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            lane.ReportLedger(e);
        }
        finally
        {
            free.Release();
        }
        if (confirmed > 0) WakeFollower();
        return confirmed;
    }

    // Whoever published may have more waiting, which the signal announced while the turn was still going on.
    private void WakeFollower()
    {
        lock (published)
        {
            if (published.CurrentCount == 0) published.Release();
        }
    }

    private void ForgetEnded()
    {
        foreach (var ended in running.Where(turn => turn.Value.IsCompleted).Select(turn => turn.Key).ToList()) running.Remove(ended);
    }

    private IReadOnlyList<Task<int>> Running() => [.. running.Values];

    [LoggerMessage(Level = LogLevel.Warning, Message = "The relay cannot read the ledger; it tries again until it can.")]
    private partial void LogStoreLost(Exception e);

    [LoggerMessage(Level = LogLevel.Information, Message = "The relay follows the ledger again.")]
    private partial void LogStoreBack();
}
