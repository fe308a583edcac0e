using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Rights;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.BusinessTransfers;

/// <summary>What happens at the effective date of a business transfer.</summary>
internal static class EnforceObjection
{
    private static readonly Actor System = new() { Kind = ActorKind.System };

    /// <summary>All consents are withdrawn and processing is suspended, until the member wants otherwise; nothing where no objection counts yet.</summary>
    public static IEnumerable<NewEntry> Entries(SubjectState member, CatalogState catalog, DateTimeOffset now)
    {
        var objections = member.TransferObjections.Where(o => o.EffectiveAt <= now).ToList();
        if (objections.Count == 0)
            yield break;
        foreach (var withdrawal in WithdrawConsents.All(member, System, Channel.Web, verification: null, catalog, now))
            yield return withdrawal;
        foreach (var (i, objection) in objections.Index())
        {
            yield return new(new ProcessingSuspended
            {
                SuspensionId = Guid.CreateVersion7(now),
                Actor = System,
                Channel = Channel.Web,
                DueAt = now,
                BusinessTransferId = objection.TransferId,
            })
            {
                Subject = member.Subject,
                Recipients = i == 0 && member.Suspensions.IsEmpty ? HolderRecipients.All(member, EventTypes.ProcessingSuspended, catalog, now) : [],
            };
        }
    }

    /// <summary>The transferee is the controller; nothing when another replica was first.</summary>
    public static Decision Effect(Guid transfer, CatalogState catalog, DateTimeOffset now) => new(
        catalog.FindTransfer(transfer) is { Effected: false } announced && announced.Announced.EffectiveAt <= now
            ? [new(new BusinessTransferEffected(transfer))]
            : ImmutableArray<NewEntry>.Empty,
        _ => new(StatusCodes.Status200OK, ""));

    /// <summary>Members who objected to any transfer, in the order of their objections; the state tells which objections count now.</summary>
    public static async Task<List<(Guid Subject, long Position)>> ObjectingAsync(
        IDbContextFactory<LedgerDbContext> contexts, long after, int limit, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        var rows = await context.Entries.AsNoTracking().Where(e => e.Type == "business_transfer.objected" && e.Position > after && e.SubjectId != null)
            .OrderBy(e => e.Position).Take(limit).Select(e => new { e.SubjectId, e.Position }).ToListAsync(ct);
        return rows.ConvertAll(r => (r.SubjectId!.Value, r.Position));
    }
}
