using ConsentLedger.Partners;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using RabbitMQ.Client;

namespace ConsentLedger.Relay;

/// <summary>
/// Publishes one partner's events. A partner has one lane and a lane has one run at a time, so nothing but the broker stands between
/// the order of the calls and the order in the queue.
/// </summary>
internal sealed partial class PartnerLane
{
    private readonly string partner;
    private readonly SharedPages pages;
    private readonly RelayCursors cursors;
    private readonly BrokerConnection broker;
    private readonly ChannelPool channels;
    private readonly RelaySettings settings;
    private readonly ILogger log;
    private readonly ResiliencePipeline<bool> circuit;

    // Where the route was declared, and whether an event has gone through it since. Forgotten on every failure.
    private IConnection? declaredOn;
    private bool proven;
    private volatile string? trouble;

    // Where the events after a sequence are to be found, kept from turn to turn.
    private (long Sequence, long From) reached;

    public PartnerLane(
        string partner, SharedPages pages, RelayCursors cursors, BrokerConnection broker, ChannelPool channels, RelaySettings settings, TimeProvider time, ILogger log)
    {
        (this.partner, this.pages, this.cursors, this.broker, this.channels, this.settings, this.log) = (partner, pages, cursors, broker, channels, settings, log);
        circuit = Resting.Pipeline<bool>(settings, settings.PublishTimeout, time, static e => e is not BrokerLostException);
    }

    /// <summary>What keeps this partner's events waiting; null when nothing does.</summary>
    public string? Trouble => trouble;

    public bool HasRoute(IConnection connection) => ReferenceEquals(declaredOn, connection);

    /// <summary>Makes the partner's queue before its first event is due, so that the partner can be connected by then.</summary>
    public async Task PrepareAsync(CancellationToken ct)
    {
        try
        {
            await circuit.ExecuteAsync(
                async token =>
                {
                    var connection = await broker.TryGetAsync(token) ?? throw new BrokerLostException();
                    if (!HasRoute(connection)) await DeclareAsync(connection, token);
                    return true;
                },
                ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            if (e is BrokerLostException or BrokenCircuitException || trouble is not null) return;
            trouble = "no route";
            LogRoute(partner, e.GetBaseException().Message);
        }
    }

    /// <summary>Publishes what waits, page by page, until nothing does, a failure or the end of its turn. Returns how many the broker confirmed.</summary>
    public async Task<int> PublishWaitingAsync(long publishedSequence, CancellationToken ct)
    {
        var (at, from, written, writing) = (publishedSequence, reached.Sequence == publishedSequence ? reached.From : 0, publishedSequence, Task.CompletedTask);
        try
        {
            while (at - publishedSequence < (long)settings.PagesPerTurn * settings.PageSize)
            {
                (var waiting, from) = await pages.ReadAsync(partner, at, from, ct);
                if (waiting.Count == 0) break;
                RequireConsecutive(waiting, at);
                var confirmed = await PublishAsync(waiting, ct);
                at += confirmed;
                if (confirmed < waiting.Count) break;
                reached = (at, from);
                if (at - written < settings.PageSize) continue;
                await writing;
                // Written while the next events go out.
                (written, writing) = (at, cursors.AdvanceAsync(partner, at, ct));
            }
        }
        finally
        {
            // A crash before the cursor has moved repeats these events, with the same ids and sequences; it never skips one.
            await writing;
            if (at > written) await cursors.AdvanceAsync(partner, at, ct);
        }
        return (int)(at - publishedSequence);
    }

    /// <summary>Sends events again that were published before. They are repeats, so they may come between newer ones.</summary>
    public async Task<int> PublishAgainAsync(IReadOnlyList<PartnerEvent> again, CancellationToken ct)
    {
        var confirmed = await PublishAsync(again, ct);
        foreach (var done in again.Take(confirmed)) await cursors.CompleteRedeliveryAsync(done.Id, ct);
        return confirmed;
    }

    /// <summary>The ledger could not be read, or the cursor not moved; the next turn begins where the cursor stands.</summary>
    public void ReportLedger(Exception failure)
    {
        if (trouble == "ledger") return;
        trouble = "ledger";
        LogLedger(failure, partner);
    }

    // Returns how many, from the first one on, are confirmed. No exception of the broker leaves it.
    private async Task<int> PublishAsync(IReadOnlyList<PartnerEvent> page, CancellationToken ct)
    {
        var confirmed = 0;
        foreach (var run in page.Chunk(settings.RunLength))
        {
            var done = await PublishRunAsync(run, ct);
            confirmed += done;
            if (done < run.Length) break;
        }
        return confirmed;
    }

    private async Task<int> PublishRunAsync(IReadOnlyList<PartnerEvent> run, CancellationToken ct)
    {
        ConfirmedChannel? channel = null;
        try
        {
            await circuit.ExecuteAsync(
                async token =>
                {
                    var connection = await broker.TryGetAsync(token) ?? throw new BrokerLostException();
                    try
                    {
                        if (!HasRoute(connection)) await DeclareAsync(connection, token);
                        channel = await channels.TakeAsync(connection, token);
                        await channel.PublishAsync(run, settings.Window, firstAlone: !proven, token);
                    }
                    catch (Exception e) when (e is not OperationCanceledException && !connection.IsOpen)
                    {
                        // Not this partner's failure: its circuit must not make it wait once the broker is back.
                        throw new BrokerLostException(e);
                    }
                    return true;
                },
                ct);
            proven = true;
            ReportWell();
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            (declaredOn, proven) = (null, false);
            Report(e, run, channel);
        }
        catch
        {
            (declaredOn, proven) = (null, false);
            throw;
        }
        finally
        {
            // Before the next run, so that none of this one's events can come after it.
            if (channel is not null) await channels.GiveBackAsync(channel);
        }
        return channel?.ConfirmedCount ?? 0;
    }

    private async Task DeclareAsync(IConnection connection, CancellationToken ct)
    {
        proven = false;
        await RelayTopology.DeclareAsync(connection, partner, ct);
        declaredOn = connection;
    }

    private static void RequireConsecutive(IReadOnlyList<PartnerEvent> page, long after)
    {
        for (var i = 0; i < page.Count; i++)
        {
            if (page[i].Sequence != after + i + 1)
                throw new InvalidOperationException($"Partner {page[i].Partner}: sequence {page[i].Sequence} was read where {after + i + 1} had to come.");
        }
    }

    // Once when it begins and once when it ends, not at every try.
    private void Report(Exception failure, IReadOnlyList<PartnerEvent> run, ConfirmedChannel? channel)
    {
        if (failure is BrokerLostException or BrokenCircuitException) return;
        var first = run[Math.Min(channel?.ConfirmedCount ?? 0, run.Count - 1)];
        if (channel is { Overtaken: true }) LogOvertaken(partner, first.Sequence);
        var (kind, detail) = failure switch
        {
            PublishFaultException { Fault: PublishFault.Returned } => ("unroutable", failure.Message),
            PublishFaultException { Fault: PublishFault.Refused } => ("refused", failure.Message),
            TimeoutRejectedException => ("unconfirmed in time", ""),
            _ => ("failed", failure.GetBaseException().Message),
        };
        if (trouble == kind) return;
        trouble = kind;
        LogTrouble(kind == "unroutable" ? LogLevel.Error : LogLevel.Warning, partner, first.Sequence, first.Id, kind, detail);
    }

    private void ReportWell()
    {
        if (trouble is null) return;
        trouble = null;
        LogWell(partner);
    }

    [LoggerMessage(Message = "Events for partner {Partner} wait from sequence {Sequence} (id {EventId}) on: {Kind}. {Detail}")]
    private partial void LogTrouble(LogLevel level, string partner, long sequence, Guid eventId, string kind, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "The queue of partner {Partner} cannot be made: {Detail}")]
    private partial void LogRoute(string partner, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "Events for partner {Partner} wait: the ledger's side failed.")]
    private partial void LogLedger(Exception e, string partner);

    [LoggerMessage(Level = LogLevel.Information, Message = "Events for partner {Partner} flow again.")]
    private partial void LogWell(string partner);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Partner {Partner}: events after sequence {Sequence} reached the queue before it, because its route was removed and restored within one window. All are sent again in order.")]
    private partial void LogOvertaken(string partner, long sequence);
}

/// <summary>The connection, and with it every lane, is down.</summary>
internal sealed class BrokerLostException(Exception? cause = null) : Exception("The broker cannot be reached.", cause);
