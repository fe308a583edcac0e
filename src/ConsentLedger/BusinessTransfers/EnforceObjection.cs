using System.Collections.Immutable;
using System.Globalization;
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

    /// <summary>The transfer that an obligation is about: its key ends with the id.</summary>
    public static Guid TransferOf(ObligationRow row) => Guid.Parse(row.Key.AsSpan(row.Key.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);

    /// <summary>All consents are withdrawn and processing is suspended, until the member wants otherwise; nothing where no objection counts yet.</summary>
    public static IEnumerable<NewEntry> Entries(SubjectState member, CatalogState catalog, DateTimeOffset now)
    {
        var objections = member.TransferObjections.Where(o => o.EffectiveAt <= now).ToList();
        foreach (var consent in member.Consents.Where(c => objections.Count > 0 && c.Status == ConsentStatus.Granted))
        {
            yield return new(new ConsentWithdrawn
            {
                Purpose = consent.Purpose,
                OccurredAt = now,
                Actor = System,
                Channel = Channel.Web,
                ResultNoticeBy = Advertising.ResultNoticeBy(consent.Purpose, catalog, now),
            })
            {
                Subject = member.Subject,
                Recipients = ConsentRecipients.OfWithdrawal(member, consent.Purpose, catalog, now),
            };
        }

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

    /// <summary>Members who objected, in the order of their objections.</summary>
    public static async Task<List<(Guid Subject, long Position)>> ObjectingAsync(
        IDbContextFactory<LedgerDbContext> contexts, Guid transfer, long after, int limit, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        var rows = await context.Entries.AsNoTracking().Where(e => e.Type == "business_transfer.objected" && e.Position > after && e.SubjectId != null)
            .OrderBy(e => e.Position).Take(limit).Select(e => new { e.SubjectId, e.Position }).ToListAsync(ct);
        return rows.ConvertAll(r => (r.SubjectId!.Value, r.Position));
    }
}
