using System.Runtime.InteropServices;
using ConsentLedger.Partners;
using ConsentLedger.Provisions;
using ConsentLedger.Storage;

namespace ConsentLedger.Ledger;

/// <summary>Every projection as the entries make it, entry by entry in order: what <c>verify</c> compares with and <c>rebuild</c> writes.</summary>
internal sealed class ProjectionFold
{
    private readonly Dictionary<Guid, DeliveryRow> deliveriesByEvent = [];
    private readonly Dictionary<string, ObligationRow> owedByKey = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, List<ObligationRow>> owedBySubject = [];

    public Dictionary<Guid, SubjectState> States { get; } = [];

    public Dictionary<(string Partner, long Sequence), DeliveryRow> Deliveries { get; } = [];

    public Dictionary<long, ObligationRow> Obligations { get; } = [];

    public Dictionary<Guid, RightsRequestRow> RightsRequests { get; } = [];

    public HashSet<long> CatalogEntries { get; } = [];

    /// <exception cref="LedgerCorruptException">The entry does not follow from those before it; what it says for itself is folded in all the same.</exception>
    public void Apply(LedgerEntry entry)
    {
        if (entry.Subject is { } subject)
            Change(subject, entry);
        // Four of five: they change a state and nothing else.
        if (entry is { Data: ProvisionRecorded, Recipients.IsEmpty: true })
            return;
        foreach (var delivery in Projections.Deliveries(entry))
            Deliveries[(delivery.Partner, delivery.Sequence)] = deliveriesByEvent[delivery.EventId] = delivery;
        if (Projections.RightsRequest(entry) is { } request)
            RightsRequests[request.Id] = request;
        if (Projections.IsCatalogEntry(entry))
            CatalogEntries.Add(entry.Position);
        Owe(entry);
        if (entry.Data is DeliveryAcknowledged acknowledged)
            Acknowledge(entry, acknowledged);
    }

    private void Change(Guid subject, LedgerEntry entry)
    {
        ref var state = ref CollectionsMarshal.GetValueRefOrAddDefault(States, subject, out _);
        state ??= SubjectState.New(subject);
        state = state.Apply(entry);
    }

    private void Acknowledge(LedgerEntry entry, DeliveryAcknowledged acknowledged)
    {
        if (!deliveriesByEvent.TryGetValue(acknowledged.EventId, out var delivery))
            throw new LedgerCorruptException("it answers an event that was never sent");
        delivery.Outcome = acknowledged.Outcome;
        delivery.AcknowledgedPosition = entry.Position;
        delivery.AcknowledgedAt = entry.RecordedAt;
    }

    private void Owe(LedgerEntry entry)
    {
        foreach (var settlement in Retention.Obligations.Settled(entry))
        {
            if (settlement.Key is { } key && owedByKey.TryGetValue(key, out var owed))
                Settle(owed, entry);
            if (settlement.Subject is not { } subject || !owedBySubject.TryGetValue(subject, out var all))
                continue;
            foreach (var one in all.Where(o => settlement.Kinds.Contains(o.Kind)).ToList())
                Settle(one, entry);
        }

        foreach (var row in Retention.Obligations.Opened(entry))
        {
            Obligations[row.Id] = owedByKey[row.Key] = row;
            if (row.SubjectId is not { } subject)
                continue;
            if (!owedBySubject.TryGetValue(subject, out var all))
                owedBySubject[subject] = all = [];
            all.Add(row);
        }
    }

    private void Settle(ObligationRow row, LedgerEntry entry)
    {
        (row.SettledPosition, row.SettledAt) = (entry.Position, entry.RecordedAt);
        owedByKey.Remove(row.Key);
        if (row.SubjectId is { } subject)
            owedBySubject[subject].Remove(row);
    }
}
