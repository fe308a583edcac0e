using System.Collections.Concurrent;
using RabbitMQ.Client;

namespace ConsentLedger.Relay;

/// <summary>
/// Channels without a run, kept for the next one. A run takes one for itself and gives it back only when everything on it is confirmed,
/// so a partner's next run may go over any channel. There are at most as many as there are lanes.
/// </summary>
internal sealed class ChannelPool : IAsyncDisposable
{
    private readonly ConcurrentBag<ConfirmedChannel> idle = [];

    public async Task<ConfirmedChannel> TakeAsync(IConnection connection, CancellationToken ct)
    {
        // Ends: every turn takes one out, and channels come back only as fast as runs end.
        while (idle.TryTake(out var kept))
        {
            if (ReferenceEquals(kept.Connection, connection) && kept.IsReusable) return kept;
            await kept.DisposeAsync();
        }
        return await ConfirmedChannel.OpenAsync(connection, ct);
    }

    public async ValueTask GiveBackAsync(ConfirmedChannel channel)
    {
        if (channel.IsReusable) idle.Add(channel);
        else await channel.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        while (idle.TryTake(out var kept)) await kept.DisposeAsync();
    }
}
