using System.Collections.Immutable;
using System.Text.Json;
using ConsentLedger.BusinessTransfers;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Rights;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Retention;

/// <summary>How far the worker got: for logs and the command line.</summary>
/// <param name="Done">Obligations acted on since it began.</param>
/// <param name="Left">Obligations that are due and wait.</param>
public readonly record struct WorkProgress(long Done, long Left);

/// <summary>
/// Acts on what falls due and is the service's own to do: consents that two years of silence end, retention that is over, erasure, business
/// transfers. Works in bounded steps through the same door as every request, so writers go on beside it. Any number of replicas may
/// run it: each act is decided on the state at the moment of the append, and what another has done is done.
/// </summary>
public sealed partial class ObligationWorker(
    LedgerAppender appender, LedgerReplica replica, IDbContextFactory<LedgerDbContext> contexts, MarketingOptions marketing,
    LedgerOptions options, ObligationMetrics metrics, TimeProvider time, ILogger<ObligationWorker> log) : BackgroundService
{
    /// <summary>Obligations read at once, and subjects in flight.</summary>
    public const int Step = 256;

    /// <summary>Acts on everything that is due now, step after step; public so that tests and the command line need no timer.</summary>
    /// <param name="report">Called after each step.</param>
    /// <param name="ct">Stops between steps.</param>
    /// <returns>How many obligations were acted on.</returns>
    public async Task<long> RunOnceAsync(Action<WorkProgress>? report, CancellationToken ct)
    {
        var now = time.Now();
        await replica.SyncAsync(ct);
        var total = report is null ? 0 : await CountAsync(now, ct);
        long done = 0;
        // Ends: every step moves on behind what it has read, and reads only what was due when it began.
        for (var after = (DueAt: DateTimeOffset.MinValue, Id: 0L); !ct.IsCancellationRequested;)
        {
            var due = await ReadAsync(now, after, ct);
            if (due.Count == 0)
                break;
            await ActAsync(due, ct);
            done += due.Count;
            metrics.Acted(due.Count);
            after = (due[^1].DueAt, due[^1].Id);
            report?.Invoke(new(done, Math.Max(0, total - done)));
        }

        return done;
    }

    /// <summary>What a subject's due obligations make of it now; nothing when another replica was first.</summary>
    public static Decision Decide(DecisionContext context, SubjectRef concerned, Silence silence)
    {
        if (context.Find(concerned) is not { } subject)
            return Nothing;
        var (catalog, now) = (context.Catalog, context.Now);
        var entries = ImmutableArray.CreateBuilder<NewEntry>();
        // Policy, entrustment 다: who objected withdraws, and is not processed by the successor. What is withdrawn does not expire as well.
        entries.AddRange(EnforceObjection.Entries(subject, catalog, now));
        if (silence == Silence.Block && entries.Count == 0)
            entries.AddRange(Expired(subject, catalog, now));
        if (subject.Termination is { } termination)
        {
            entries.AddRange(termination.Retentions.Where(r => r.Until < now).Select(r => new NewEntry(new RetentionEnded(r.Ground)) { Subject = subject.Subject }));
            // A retention includes its last second.
            if (termination.EraseAt <= now && !termination.Retentions.Any(r => r.Until >= now))
                entries.AddRange(Browsers(subject, context).Prepend(Erasure(subject, termination, catalog, now)));
        }

        return new(entries.ToImmutable(), _ => new(StatusCodes.Status200OK, ""));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                try
                {
                    await RunOnceAsync(p => LogProgress(log, p.Done, p.Left), stoppingToken);
                    metrics.Overdue(await OverdueAsync(stoppingToken));
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    // Whatever it was: requests are answered on, and decisions count what is due by themselves.
                    LogLater(log, e.GetType().Name);
                }

                await Task.Delay(options.ObligationInterval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private static Decision Nothing => new([], _ => new(StatusCodes.Status200OK, ""));

    private static IEnumerable<NewEntry> Expired(SubjectState subject, CatalogState catalog, DateTimeOffset now) =>
        // Those two years, too, include their last second.
        subject.Consents.Where(c => c.Status == ConsentStatus.Granted && (c.ExpiresAt ?? c.ReconfirmBy?.AddSeconds(1)) <= now)
            .Select(c => new NewEntry(new ConsentExpired { Purpose = c.Purpose })
            {
                Subject = subject.Subject,
                Recipients = ConsentRecipients.OfWithdrawal(subject, c.Purpose, catalog, now),
            });

    private static NewEntry Erasure(SubjectState subject, Termination termination, CatalogState catalog, DateTimeOffset now) => new(new SubjectErased())
    {
        Subject = subject.Subject,
        Recipients =
        [
            .. termination.Told.Where(t => catalog.FindPartner(t.Partner) is { Active: true }).Select(t => new NewRecipient(t.Partner, EventTypes.SubjectErased)
            {
                Concerns = t.EventId,
                AcknowledgeBy = Clocks.Due(now, Periods.Acknowledgement),
            }),
        ],
    };

    // The browsers from which the member logged in last are as much the member's.
    private static IEnumerable<NewEntry> Browsers(SubjectState member, DecisionContext context) => member.LinkedVisitors
        .Select(visitor => context.Find(SubjectRef.ById(visitor)))
        .Where(visitor => visitor?.LinkedMember == member.Subject)
        .Select(visitor => new NewEntry(new SubjectErased()) { Subject = visitor!.Subject });

    // Kinds whose act is over once appended leave the list by that; reconfirmations that are only reminded of stay in it and are passed over.
    private IQueryable<ObligationRow> Due(LedgerDbContext context, DateTimeOffset now)
    {
        var kinds = Obligations.Acted.Where(k => k != ObligationKind.MarketingReconfirmation || marketing.Silence == Silence.Block).ToArray();
        return context.Obligations.AsNoTracking().Where(o => o.SettledPosition == null && o.DueAt <= now && kinds.Contains(o.Kind));
    }

    private async Task<long> CountAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        return await Due(context, now).LongCountAsync(ct);
    }

    private async Task<Dictionary<string, long>> OverdueAsync(CancellationToken ct)
    {
        var now = time.Now();
        await using var context = await contexts.CreateDbContextAsync(ct);
        var counts = await context.Obligations.Where(o => o.SettledPosition == null && o.DueAt < now).GroupBy(o => o.Kind)
            .Select(g => new { Kind = g.Key, Count = g.LongCount() }).ToListAsync(ct);
        return counts.ToDictionary(c => JsonNamingPolicy.SnakeCaseLower.ConvertName(c.Kind.ToString()), c => c.Count);
    }

    private async Task<List<ObligationRow>> ReadAsync(DateTimeOffset now, (DateTimeOffset DueAt, long Id) after, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        return await Due(context, now).Where(o => o.DueAt > after.DueAt || (o.DueAt == after.DueAt && o.Id > after.Id))
            .OrderBy(o => o.DueAt).ThenBy(o => o.Id).Take(Step).ToListAsync(ct);
    }

    private async Task ActAsync(List<ObligationRow> due, CancellationToken ct)
    {
        foreach (var transfer in due.Where(o => o.Kind == ObligationKind.BusinessTransfer))
            await EffectTransferAsync(transfer, ct);
        await Task.WhenAll(due.Where(o => o.SubjectId is not null).Select(o => o.SubjectId!.Value).Distinct().Select(subject => ActAsync(subject, ct)));
    }

    // A terminated member is linked to no further browser, so those read before the append are all there are.
    private async Task ActAsync(Guid subject, CancellationToken ct)
    {
        var concerned = SubjectRef.ById(subject);
        var browsers = (await replica.FindAsync(concerned, ct))?.State is { Termination: not null } state ? state.LinkedVisitors : [];
        await AppendAsync([concerned, .. browsers.Select(SubjectRef.ById)], c => Decide(c, concerned, marketing.Silence), ct);
    }

    // The objections first: whoever reads that the transfer took effect finds them enforced.
    private async Task EffectTransferAsync(ObligationRow row, CancellationToken ct)
    {
        var transfer = Obligations.IdOf(row);
        for (long after = 0; ;)
        {
            var objecting = await EnforceObjection.ObjectingAsync(contexts, after, Step, ct);
            if (objecting.Count == 0)
                break;
            await Task.WhenAll(objecting.Select(o => o.Subject).Distinct().Select(subject => ActAsync(subject, ct)));
            after = objecting[^1].Position;
        }

        await AppendAsync([], c => EnforceObjection.Effect(transfer, c.Catalog, c.Now), ct);
    }

    private Task<Answer> AppendAsync(IReadOnlyList<SubjectRef> subjects, Func<DecisionContext, Decision> decide, CancellationToken ct) => appender.AppendAsync(
        new LedgerCommand { Subjects = subjects, Decide = decide, Render = static (reply, position) => new Answer(reply.Status, "", position) }, ct);

    [LoggerMessage(Level = LogLevel.Information, Message = "Obligations that fell due: {Done} acted on, {Left} left")]
    private static partial void LogProgress(ILogger log, long done, long left);

    [LoggerMessage(Level = LogLevel.Error, Message = "Obligations could not be acted on ({Error}); tried again later")]
    private static partial void LogLater(ILogger log, string error);
}
