using System.Diagnostics.Metrics;
using System.Net;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Ledger.Verification;
using ConsentLedger.Retention;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ConsentLedger.Tests.Retention;

/// <summary>The worker that acts when acting is due, and the rebuilding of what it goes by.</summary>
public sealed class WorkerTests(PostgresServer postgres)
{
    [Theory, BothStores]
    public async Task What_falls_due_on_one_night_is_worked_off_in_steps_while_checkouts_go_on(Store store)
    {
        const int Consents = (ObligationWorker.Step * 2) + 88;
        var clock = new TestClock();
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock, ("Marketing:Silence", "Block"));
        var client = ledger.Client();
        await Parallel.ForEachAsync(Enumerable.Range(0, Consents), async (m, _) => (await client.ConsentAsync($"m-{m}", ("email_marketing", true))).Is(HttpStatusCode.Created));
        clock.MoveTo(clock.Now.AddYears(2).AddDays(1));
        List<WorkProgress> progress = [];
        var working = ledger.Services.GetRequiredService<ObligationWorker>().RunOnceAsync(progress.Add, TestContext.Current.CancellationToken);
        var checkouts = await Task.WhenAll(Enumerable.Range(0, 50).Select(m => client.ProvideAsync($"shopper-{m}", "cj-gls", "delivery", "name", "address")));
        Assert.All(checkouts, c => c.Recorded("provision.recorded"));
        Assert.Equal(Consents, await working);
        Assert.Equal([ObligationWorker.Step, ObligationWorker.Step * 2, Consents], progress.Select(p => p.Done));
        Assert.Equal([Consents - ObligationWorker.Step, Consents - (ObligationWorker.Step * 2), 0], progress.Select(p => p.Left));
        Assert.Equal(Consents, await ledger.QueryAsync(c => c.Entries.CountAsync(e => e.Type == "consent.expired")));
        Assert.Equal(0, await ledger.Services.GetRequiredService<ObligationWorker>().RunOnceAsync(null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Two_replicas_that_work_at_once_do_each_act_once()
    {
        var clock = new TestClock();
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var one = LedgerService.Start(database, clock);
        await using var other = LedgerService.Start(database, clock);
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), async (m, _) => (await one.Client().ConsentAsync($"m-{m}", ("email_marketing", true))).Is(HttpStatusCode.Created));
        clock.MoveTo(clock.Now.AddYears(2).AddDays(1));
        await Task.WhenAll(new[] { one, other }.Select(l => l.Services.GetRequiredService<ObligationWorker>().RunOnceAsync(null, TestContext.Current.CancellationToken)));
        Assert.Equal(100, await one.QueryAsync(c => c.Entries.CountAsync(e => e.Type == "consent.expired")));
    }

    [Theory, BothStores]
    public async Task The_service_looks_by_itself_and_measures_what_is_overdue(Store store)
    {
        using var overdue = new Listener("consent_ledger.obligations.overdue");
        await using var ledger = await LedgerService.StartAsync(store, postgres, time: null, ("Ledger:ObligationInterval", "00:00:00.1"));
        var client = ledger.Client();
        (await client.PostReplyAsync("/v1/members/m-old/consents", new
        {
            notice = Requests.Notice,
            choices = new[] { new { purpose = "email_marketing", granted = true } },
            actor = Requests.Member,
            channel = "written",
            occurredAt = "2020-01-01T00:00:00Z",
        })).Recorded("consent.granted");
        for (var look = 0; await ledger.QueryAsync(c => c.Entries.CountAsync(e => e.Type == "consent.expired")) == 0; look++)
        {
            Assert.True(look < 300, "nothing was done");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.DoesNotContain("marketing_reconfirmation", overdue.Look());
    }

    [Theory, BothStores]
    public async Task Rebuilt_projections_are_those_that_were_kept(Store store)
    {
        var clock = new TestClock();
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock);
        var client = ledger.Client();
        await client.ConsentAsync("m-1", ("email_marketing", true), ("sms_marketing", false));
        await client.ProvideAsync("m-1", "cj-gls", "delivery", "name", "mobile");
        var correction = (string)(await client.CorrectAsync("m-1", "mobile")).Json["id"]!;
        await client.CompleteAsync(correction, ("mobile", "010"));
        await client.CorrectAsync("m-1", "name");
        var events = await ledger.Partner("cj-gls").EventsAsync("cj-gls");
        await ledger.Partner("cj-gls").AcknowledgeAsync("cj-gls", ((string)events[0]["id"]!, "done", null));
        (await client.PostReplyAsync($"/v1/deliveries/{(string)events[1]["id"]!}/redelivery", null)).Is(HttpStatusCode.Created);
        await client.PostReplyAsync("/v1/members/m-2/termination", new { actor = Requests.Member, channel = "web" });
        await ledger.Services.GetRequiredService<ObligationWorker>().RunOnceAsync(null, TestContext.Current.CancellationToken);
        var before = await ledger.ReadCellsAsync();
        // Spoilt on purpose: none of it is evidence.
        await ledger.QueryAsync(async c => await c.SubjectStates.ExecuteDeleteAsync() + await c.Obligations.ExecuteDeleteAsync() + await c.RightsRequests.ExecuteDeleteAsync());
        var findings = await ledger.Services.GetRequiredService<LedgerVerifier>().VerifyAsync(null, TestContext.Current.CancellationToken);
        Assert.NotEmpty(findings);
        var rebuilder = ActivatorUtilities.CreateInstance<ProjectionRebuilder>(ledger.Services);
        Assert.Equal(await ledger.HeadAsync(), await rebuilder.RebuildAsync(null, TestContext.Current.CancellationToken));
        Assert.Equal(Sorted(before), Sorted(await ledger.ReadCellsAsync()));
    }

    private static IEnumerable<string> Sorted(IEnumerable<(string Column, byte[] Content)> cells) =>
        cells.Select(c => $"{c.Column}={Convert.ToHexString(c.Content)}").Order(StringComparer.Ordinal);

    /// <summary>Reads an observable gauge, all of its kinds.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly List<string> kinds = [];

        public Listener(string instrument)
        {
            listener.InstrumentPublished = (published, self) =>
            {
                if (published.Meter.Name == Telemetry.MeterName && published.Name == instrument)
                    self.EnableMeasurementEvents(published);
            };
            listener.SetMeasurementEventCallback<long>((_, _, tags, _) => kinds.Add((string)tags[0].Value!));
            listener.Start();
        }

        public IReadOnlyList<string> Look()
        {
            kinds.Clear();
            listener.RecordObservableInstruments();
            return [.. kinds];
        }

        public void Dispose() => listener.Dispose();
    }
}
