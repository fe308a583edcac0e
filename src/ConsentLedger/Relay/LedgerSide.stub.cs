// Stands in for the ledger's side of the seam until it is there: in memory, one process.
#pragma warning disable IDE0130, IDE0161, CA1822, CA1051, CA1068
using System.Collections.Concurrent;
using ConsentLedger.Partners;

namespace ConsentLedger.Partners
{
    /// <summary>One event for one partner, in the order of its sequence (1, 2, 3 … without a gap per partner).</summary>
    public sealed record PartnerEvent(string Partner, long Sequence, long Position, Guid Id, string Type, ReadOnlyMemory<byte> Body);

    public sealed class PartnerEvents
    {
        public ConcurrentDictionary<string, List<PartnerEvent>> Stored { get; } = new(StringComparer.Ordinal);

        public int LargestPage;

        public Task<IReadOnlyList<PartnerEvent>> ReadAsync(string partner, long afterSequence, int limit, CancellationToken ct)
        {
            ct.ThrowIfCancellationRequested();
            var events = Stored.GetOrAdd(partner, _ => []);
            lock (events)
            {
                var page = events.Skip((int)afterSequence).Take(limit).ToList();
                LargestPage = Math.Max(LargestPage, page.Count);
                return Task.FromResult<IReadOnlyList<PartnerEvent>>(page);
            }
        }

        public void Append(PartnerEvent added)
        {
            var events = Stored.GetOrAdd(added.Partner, _ => []);
            lock (events) events.Add(added);
        }
    }
}

namespace ConsentLedger.Relay
{
    public sealed record RelayCursor(string Partner, long PublishedSequence, long LastSequence);

    /// <summary>Held by the one relay among the replicas that publishes.</summary>
    public sealed class RelayLease(CancellationToken lost, Action release) : IAsyncDisposable
    {
        /// <summary>Cancelled when the lease is no longer ours: the session that held it has ended.</summary>
        public CancellationToken Lost { get; } = lost;

        public ValueTask DisposeAsync()
        {
            release();
            return ValueTask.CompletedTask;
        }
    }

    public sealed class RelayCursors(PartnerEvents events)
    {
        public ConcurrentDictionary<string, long> Published { get; } = new(StringComparer.Ordinal);
        public ConcurrentDictionary<Guid, PartnerEvent> Redeliveries { get; } = new();
        private int led;

        /// <summary>Partners with events waiting, and no others.</summary>
        public Task<IReadOnlyList<RelayCursor>> ReadWaitingAsync(CancellationToken ct)
        {
            ct.ThrowIfCancellationRequested();
            var waiting = events.Stored.Select(pair =>
            {
                lock (pair.Value) return new RelayCursor(pair.Key, Published.GetValueOrDefault(pair.Key), pair.Value.Count);
            }).Where(cursor => cursor.LastSequence > cursor.PublishedSequence).ToList();
            return Task.FromResult<IReadOnlyList<RelayCursor>>(waiting);
        }

        /// <summary>Monotonic: a lower sequence changes nothing.</summary>
        public Task AdvanceAsync(string partner, long publishedSequence, CancellationToken ct)
        {
            ct.ThrowIfCancellationRequested();
            Published.AddOrUpdate(partner, publishedSequence, (_, before) => Math.Max(before, publishedSequence));
            return Task.CompletedTask;
        }

        /// <summary>Events that an operator asked to be sent again and that were published before, at most <paramref name="limit"/> a partner.</summary>
        public Task<IReadOnlyList<PartnerEvent>> ReadRedeliveriesAsync(int limit, CancellationToken ct)
        {
            ct.ThrowIfCancellationRequested();
            var asked = Redeliveries.Values.Where(e => e.Sequence <= Published.GetValueOrDefault(e.Partner))
                .GroupBy(e => e.Partner, StringComparer.Ordinal).SelectMany(group => group.OrderBy(e => e.Sequence).Take(limit)).ToList();
            return Task.FromResult<IReadOnlyList<PartnerEvent>>(asked);
        }

        public Task CompleteRedeliveryAsync(Guid id, CancellationToken ct)
        {
            ct.ThrowIfCancellationRequested();
            Redeliveries.TryRemove(id, out _);
            return Task.CompletedTask;
        }

        /// <summary>Null: another replica leads.</summary>
        public Task<RelayLease?> TryLeadAsync(CancellationToken ct)
        {
            ct.ThrowIfCancellationRequested();
            var lease = Interlocked.Exchange(ref led, 1) == 0 ? new RelayLease(CancellationToken.None, () => Volatile.Write(ref led, 0)) : null;
            return Task.FromResult(lease);
        }
    }

    /// <summary>The message is at fault, not the moment: it will be refused again.</summary>
    public sealed class AcknowledgementRefusedException(string code, string message) : Exception(message)
    {
        public string Code { get; } = code;
    }

    public sealed record Acknowledgement(Guid EventId, string Outcome, string? Note);

    public sealed class AcknowledgementIntake(PartnerEvents events)
    {
        public ConcurrentQueue<(string Partner, Acknowledgement Acknowledgement)> Accepted { get; } = new();

        public volatile bool Unavailable;

        public Task AcceptAsync(string partner, IReadOnlyList<Acknowledgement> acks, CancellationToken ct)
        {
            ct.ThrowIfCancellationRequested();
            if (Unavailable) throw new TimeoutException("The store cannot be reached.");
            var own = events.Stored.GetValueOrDefault(partner) ?? [];
            lock (own)
            {
                foreach (var ack in acks)
                {
                    if (!own.Exists(e => e.Id == ack.EventId))
                        throw new AcknowledgementRefusedException("unknown_event", $"No event {ack.EventId} was sent to {partner}.");
                }
            }
            foreach (var ack in acks) Accepted.Enqueue((partner, ack));
            return Task.CompletedTask;
        }
    }

    public sealed class LedgerSignal(TimeProvider time)
    {
        private volatile TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
        {
            try
            {
                await next.Task.WaitAsync(atMost, time, ct);
            }
            catch (TimeoutException)
            {
            }
        }

        public void Appended() =>
            Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
