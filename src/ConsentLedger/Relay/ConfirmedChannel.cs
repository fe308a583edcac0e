using System.Globalization;
using ConsentLedger.Partners;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace ConsentLedger.Relay;

/// <summary>Why a run of events ended before its end.</summary>
public enum PublishFault
{
    /// <summary>The broker handed an event back: no queue is bound for it.</summary>
    Returned,

    /// <summary>The broker did not take responsibility for an event.</summary>
    Refused,

    /// <summary>The broker closed the channel; which of the unconfirmed events it has is unknown.</summary>
    Closed,
}

public sealed class PublishFaultException(PublishFault fault, string detail) : Exception(detail)
{
    public PublishFault Fault { get; } = fault;
}

/// <summary>
/// A channel in confirm mode that sends one run of events at a time, in order.
/// It counts confirmations itself instead of using the client's tracking: then the client's publish call ends when the frame has been
/// handed to the connection's writer, the next call begins after that, and so the order on the wire is the order of the loop.
/// </summary>
internal sealed class ConfirmedChannel : IAsyncDisposable
{
    private const string ContentType = "application/cloudevents+json; charset=utf-8";
    private static readonly CreateChannelOptions Confirmed = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);

    private readonly IChannel channel;
    private readonly Lock gate = new();
    private readonly HashSet<ulong> settledEarly = [];
    private readonly HashSet<ulong> failed = [];
    private IReadOnlyList<PartnerEvent> run = [];
    private readonly BasicProperties properties = new() { ContentType = ContentType, DeliveryMode = DeliveryModes.Persistent };
    private TaskCompletionSource? waiter;
    private ulong awaited;
    private ulong runStart;
    private ulong sent;
    private ulong settled;
    private PublishFault? fault;
    private string detail = "";
    private bool closed;

    private ConfirmedChannel(IConnection connection, IChannel channel)
    {
        Connection = connection;
        this.channel = channel;
        channel.BasicAcksAsync += (_, e) => Settle(e.DeliveryTag, e.Multiple, acknowledged: true);
        channel.BasicNacksAsync += (_, e) => Settle(e.DeliveryTag, e.Multiple, acknowledged: false);
        channel.BasicReturnAsync += (_, e) => Return(e.BasicProperties.MessageId, e.ReplyText);
        channel.ChannelShutdownAsync += (_, e) => Close(e);
    }

    public IConnection Connection { get; }

    /// <summary>May be used for another run: nothing failed and nothing is unconfirmed.</summary>
    public bool IsReusable
    {
        get
        {
            lock (gate) return fault is null && settled == sent && channel.IsOpen;
        }
    }

    /// <summary>How many events of the current run are confirmed, counted from its first one up to the first that is not.</summary>
    public int ConfirmedCount
    {
        get
        {
            lock (gate) return (int)((failed.Count == 0 ? settled : Math.Min(settled, failed.Min() - 1)) - runStart);
        }
    }

    /// <summary>An event of the current run was confirmed though an earlier one failed.</summary>
    public bool Overtaken
    {
        get
        {
            lock (gate)
            {
                if (failed.Count == 0) return false;
                var first = failed.Min();
                for (var tag = first + 1; tag <= settled; tag++)
                {
                    if (!failed.Contains(tag)) return true;
                }
                return settledEarly.Any(tag => tag > first && !failed.Contains(tag));
            }
        }
    }

    public static async Task<ConfirmedChannel> OpenAsync(IConnection connection, CancellationToken ct) =>
        new(connection, await connection.CreateChannelAsync(Confirmed, ct));

    /// <summary>
    /// Sends the events in order and returns when the broker has confirmed every one. Sending stops at the first failure;
    /// what is then still unconfirmed is waited for, so that nothing of this run can arrive after a later one.
    /// </summary>
    /// <param name="events">One partner's events, in order.</param>
    /// <param name="window">The most that may be unconfirmed.</param>
    /// <param name="firstAlone">Wait for the first one before the second is sent: the route is not proven yet.</param>
    /// <param name="ct">Cancels the waiting; the channel is then not reusable.</param>
    /// <exception cref="PublishFaultException">An event failed; <see cref="ConfirmedCount"/> tells how many before it did not.</exception>
    public async Task PublishAsync(IReadOnlyList<PartnerEvent> events, int window, bool firstAlone, CancellationToken ct)
    {
        Begin(events);
        await using var cancelled = ct.UnsafeRegister(static waiting => ((ConfirmedChannel)waiting!).Wake(), this);
        for (var i = 0; i < events.Count; i++)
        {
            await SettleDownToAsync(firstAlone && i == 1 ? 0 : window - 1, ct);
            if (!TryCountSent()) break;
            await SendAsync(events[i], ct);
        }
        await SettleDownToAsync(0, ct);
        lock (gate)
        {
            if (fault is { } why) throw new PublishFaultException(why, detail);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // What was written before is handled before the close, which the broker confirms: a redeclaration that follows cannot overtake it.
        await channel.CloseAsync(200, "done", abort: true, CancellationToken.None);
        await channel.DisposeAsync();
    }

    private ValueTask SendAsync(PartnerEvent sending, CancellationToken ct)
    {
        properties.MessageId = sending.Id.ToString("D", CultureInfo.InvariantCulture);
        return channel.BasicPublishAsync(RelayTopology.Events, RelayTopology.RoutingKey(sending.Partner, sending.Type), mandatory: true, properties, sending.Body, ct);
    }

    private void Begin(IReadOnlyList<PartnerEvent> events)
    {
        lock (gate)
        {
            if (fault is not null || settled != sent) throw new InvalidOperationException("The channel has an unfinished run.");
            runStart = sent;
            run = events;
        }
    }

    // Counted before it is written: the confirmation may be here before the call that writes returns.
    private bool TryCountSent()
    {
        lock (gate)
        {
            if (fault is not null) return false;
            sent++;
            return true;
        }
    }

    private async Task SettleDownToAsync(int unconfirmed, CancellationToken ct)
    {
        // Every turn follows a confirmation, a return or the end of the channel: at most as many as there are events in flight.
        while (true)
        {
            Task progress;
            lock (gate)
            {
                if (sent - settled <= (ulong)unconfirmed || closed || (fault is not null && unconfirmed > 0)) return;
                ct.ThrowIfCancellationRequested();
                awaited = (ulong)unconfirmed;
                progress = (waiter ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await progress;
        }
    }

    private Task Settle(ulong tag, bool multiple, bool acknowledged)
    {
        TaskCompletionSource? wake = null;
        lock (gate)
        {
            if (!acknowledged)
            {
                for (var t = multiple ? settled + 1 : tag; t <= tag; t++) Fail(t, PublishFault.Refused, "not confirmed by the broker");
            }
            if (multiple && tag > settled) settled = tag;
            else if (tag == settled + 1) settled = tag;
            else if (tag > settled) settledEarly.Add(tag);
            while (settledEarly.Count > 0 && settledEarly.Remove(settled + 1)) settled++;
            if (multiple && settledEarly.Count > 0) settledEarly.RemoveWhere(t => t <= settled);
            if (sent - settled <= awaited || fault is not null) (wake, waiter) = (waiter, null);
        }
        wake?.TrySetResult();
        return Task.CompletedTask;
    }

    // AMQP 0-9-1, basic.return with publisher confirms: the return comes before the confirmation of the same message, and the client handles both in order.
    private Task Return(string? messageId, string reason)
    {
        lock (gate)
        {
            Fail(TagOf(messageId), PublishFault.Returned, reason);
        }
        return Task.CompletedTask;
    }

    private Task Close(ShutdownEventArgs e)
    {
        lock (gate)
        {
            closed = true;
            if (fault is null) (fault, detail) = (PublishFault.Closed, e.ReplyText);
        }
        Wake();
        return Task.CompletedTask;
    }

    private void Wake()
    {
        TaskCompletionSource? wake;
        lock (gate) (wake, waiter) = (waiter, null);
        wake?.TrySetResult();
    }

    private void Fail(ulong tag, PublishFault why, string reason)
    {
        failed.Add(tag);
        if (fault is null) (fault, detail) = (why, reason);
    }

    // An id that is not in the run counts as its first event: all of it is sent again, none is taken for delivered.
    private ulong TagOf(string? messageId)
    {
        var index = Guid.TryParse(messageId, out var id) ? run.TakeWhile(e => e.Id != id).Count() : 0;
        return runStart + 1 + (index < run.Count ? (ulong)index : 0);
    }
}
