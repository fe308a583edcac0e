using System.Net;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;
using ConsentLedger.Tests.Harness;
using static ConsentLedger.Tests.Consents.ConsentsTests;

namespace ConsentLedger.Tests.Retention;

/// <summary>Everything owed by a date, in one list.</summary>
public sealed class ObligationsTests(ClockedLedgers ledgers) : IClassFixture<ClockedLedgers>
{
    [Theory, BothStores]
    public async Task What_is_owed_is_found_by_how_it_stands_what_it_is_whom_it_concerns_who_owes_it_and_by_when(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        var start = clock.Now;
        await client.ProvideAsync("m-find", "cj-gls", "delivery", "name");
        await client.ProvideAsync("m-find", "inicis", "payment", "name");
        var correction = (await client.CorrectAsync("m-find", "name")).Recorded("correction.requested");
        await client.ComplainAsync("m-find-other", "민원");
        clock.Advance(TimeSpan.FromDays(7));
        await client.ComplainAsync("m-find", "민원");
        (await client.PostReplyAsync($"/v1/corrections/{correction.Id()}/rejection", new { reason = "사유" })).Recorded("correction.rejected");
        var (answers, result) = (Clocks.Due(start, Periods.Acknowledgement), Clocks.Due(start, Periods.CorrectionResult));

        // In the order in which they arose.
        Assert.Equal(
            [
                "correction_result=settled", "acknowledgement=overdue cj-gls", "acknowledgement=overdue inicis", "complaint_answer=open",
                "acknowledgement=open cj-gls", "acknowledgement=open inicis",
            ],
            await client.OwedAsync("m-find"));
        await Finds("status=overdue", "acknowledgement=overdue cj-gls", "acknowledgement=overdue inicis");
        await Finds("status=settled", "correction_result=settled");
        await Finds("status=open", "complaint_answer=open", "acknowledgement=open cj-gls", "acknowledgement=open inicis");
        await Finds("status=open,overdue&kind=complaint_answer,correction_result", "complaint_answer=open");
        await Finds("status=settled,overdue&partner=cj-gls", "acknowledgement=overdue cj-gls");
        await Finds("status=settled,open&kind=correction_result,complaint_answer", "correction_result=settled", "complaint_answer=open");
        await Finds("kind=acknowledgement&partner=inicis", "acknowledgement=overdue inicis", "acknowledgement=open inicis");
        await Finds("status=open,overdue,settled&kind=deletion_result");
        await Finds("partner=vendor-sample-b");
        await Finds($"dueBefore={At(answers)}");
        await Finds($"dueBefore={At(answers + TestClock.Tick)}", "acknowledgement=overdue cj-gls", "acknowledgement=overdue inicis");
        await Finds($"dueBefore={At(result + TestClock.Tick)}&status=settled", "correction_result=settled");
        // The same instant in Seoul's time.
        await Finds($"dueBefore={Uri.EscapeDataString($"{answers.AddSeconds(1).ToOffset(TimeSpan.FromHours(9)):yyyy-MM-dd'T'HH:mm:ss}+09:00")}", "acknowledgement=overdue cj-gls", "acknowledgement=overdue inicis");

        var shown = (await client.ObligationsAsync("member=m-find"))[1];
        Assert.Equal(["dueAt", "id", "kind", "openedAt", "partner", "position", "status", "subject"], shown.NamesOf());
        Assert.Equal((correction.Positions[0], start, answers), ((long)shown["position"]!, shown["openedAt"].Instant(), shown["dueAt"].Instant()));
        var settled = (await client.ObligationsAsync("member=m-find"))[0];
        Assert.Equal(["dueAt", "id", "kind", "openedAt", "position", "settledAt", "settledPosition", "status", "subject"], settled.NamesOf());
        Assert.Equal(clock.Now, settled["settledAt"].Instant());

        async Task Finds(string query, params string[] expected) => Assert.Equal(expected, await client.OwedAsync("m-find", query));

        static string At(DateTimeOffset instant) => Timestamps.Format(instant);
    }

    [Theory, BothStores]
    public async Task It_is_overdue_once_its_last_second_has_passed(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        var due = (await client.SuspendAsync("m-second")).Recorded("processing.suspended").Json["dueAt"].Instant();
        Assert.Equal((14, 59, 59), (due.UtcDateTime.Hour, due.UtcDateTime.Minute, due.UtcDateTime.Second));
        clock.MoveTo(due);
        Assert.Equal(["suspension_result=open"], await client.OwedAsync("m-second", "status=open"));
        Assert.Empty(await client.OwedAsync("m-second", "status=overdue"));
        clock.Advance(TestClock.Tick);
        Assert.Equal(["suspension_result=overdue"], await client.OwedAsync("m-second", "status=overdue"));
        Assert.Empty(await client.OwedAsync("m-second", "status=open"));
    }

    [Theory, BothStores]
    public async Task Pages_follow_each_other_by_link_and_keep_the_filter(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        foreach (var partner in (string[])["cj-gls", "inicis"])
            await client.ProvideAsync("m-pages", partner, partner == "inicis" ? "payment" : "delivery", "name");
        for (var i = 0; i < 4; i++)
            await client.CompleteAsync((await client.CorrectAsync("m-pages", "name")).Id(), ("name", $"{i}"));
        var all = await client.ObligationsAsync("member=m-pages&status=open,overdue");
        Assert.Equal(16, all.Count);
        Assert.Equal(all.Select(o => (long)o["id"]!).Order(), all.Select(o => (long)o["id"]!));
        foreach (var limit in (int[])[1, 3, 15, 16, 1000])
        {
            var paged = await client.AllPagesAsync($"/v1/obligations?member=m-pages&status=open,overdue&limit={limit}", "obligations", limit);
            Assert.Equal(all.ToJson(), paged.ToJson());
        }

        Assert.Null((await client.GetReplyAsync("/v1/obligations?member=m-pages&status=open,overdue&limit=16")).Next());
        var rest = (await client.GetReplyAsync($"/v1/obligations?member=m-pages&status=open&after={all[9]["id"]}")).List("obligations");
        Assert.Equal(all.Skip(10).ToJson(), rest.ToJson());
    }

    [Theory, BothStores]
    public async Task What_is_wrong_with_a_filter_is_named(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        foreach (var (query, field) in ((string, string)[])
        [
            ("status=late", "status"), ("status=", "status"), ("status=open,", "status"), ("status=Open", "status"), ("status=open,%20overdue", "status"), ("status=0", "status"),
            ("kind=debt", "kind"), ("kind=", "kind"), ("kind=CorrectionResult", "kind"), ("kind=correction_result,debt", "kind"),
            ("member=a%20b", "member"), ("member=", "member"), ("partner=CJ", "partner"), ("partner=", "partner"),
            ("dueBefore=tomorrow", "dueBefore"), ("dueBefore=2026-12-01", "dueBefore"), ("dueBefore=2026-12-01T00:00:00", "dueBefore"), ("dueBefore=", "dueBefore"),
            ("after=-1", "after"), ("after=x", "after"), ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"),
        ])
            (await client.GetReplyAsync($"/v1/obligations?{query}")).Names(HttpStatusCode.BadRequest, field);
        (await client.GetReplyAsync("/v1/obligations?member=m-never-seen")).Names(HttpStatusCode.NotFound, "member");
        (await ledger.Client("rights:write").GetReplyAsync("/v1/obligations")).IsProblem(HttpStatusCode.Forbidden);
        (await ledger.Client("").GetReplyAsync("/v1/obligations")).IsProblem(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [BothStores("done", "partial", "not_held")]
    public async Task A_partner_that_acted_or_holds_nothing_has_answered_and_one_that_could_not_act_still_owes_it(Store store, string outcome)
    {
        var (ledger, _) = await ledgers.On(store);
        var (client, courier) = (ledger.Client(), ledger.Partner("cj-gls"));
        var member = $"m-{outcome}";
        await client.ProvideAsync(member, "cj-gls", "delivery", "name");
        await client.CorrectAsync(member, "name");
        var told = Assert.Single(await EventsOf(ledger, "cj-gls", member));
        var failed = (await courier.AcknowledgeAsync("cj-gls", ((string)told["id"]!, "failed", null))).Recorded("delivery.acknowledged");
        Assert.Equal(["acknowledgement=open cj-gls"], await client.OwedAsync(member, "partner=cj-gls"));
        var answered = (await courier.AcknowledgeAsync("cj-gls", ((string)told["id"]!, outcome, null))).Recorded("delivery.acknowledged");
        var owed = Assert.Single(await client.ObligationsAsync($"member={member}&partner=cj-gls"));
        Assert.Equal(("settled", answered.Positions[0]), ((string)owed["status"]!, (long)owed["settledPosition"]!));
        Assert.True(answered.Positions[0] > failed.Positions[0]);
        // What is settled stays so, whatever the partner says afterwards.
        await courier.AcknowledgeAsync("cj-gls", ((string)told["id"]!, "failed", null));
        Assert.Equal(answered.Positions[0], (long)Assert.Single(await client.ObligationsAsync($"member={member}&partner=cj-gls"))["settledPosition"]!);
    }

    [Theory, BothStores]
    public async Task Several_answers_in_one_request_settle_each_its_own(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var (client, courier) = (ledger.Client(), ledger.Partner("inicis"));
        await client.ProvideAsync("m-several", "inicis", "payment", "name", "phone");
        await client.CorrectAsync("m-several", "name");
        await client.CorrectAsync("m-several", "phone");
        await client.SuspendAsync("m-several");
        var told = (await EventsOf(ledger, "inicis", "m-several")).Select(e => (string)e["id"]!).ToArray();
        // The same event twice in one request: the last word counts, and the first that settles it settles it.
        (await courier.AcknowledgeAsync("inicis", (told[0], "failed", null), (told[0], "done", null), (told[2], "done", null), (told[2], "failed", null)))
            .Recorded([.. Enumerable.Repeat("delivery.acknowledged", 4)]);
        Assert.Equal(
            ["acknowledgement=settled inicis", "acknowledgement=open inicis", "acknowledgement=settled inicis"], await client.OwedAsync("m-several", "partner=inicis"));
    }

    [Theory, BothStores]
    public async Task Days_are_counted_in_Seoul_and_the_first_is_not(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        // One second apart, a day apart in Seoul.
        clock.MoveTo(new TimeOnly(23, 59, 59));
        var today = clock.Today;
        var before = (await client.CorrectAsync("m-before", "name")).Json["dueAt"].Instant();
        clock.Advance(TimeSpan.FromSeconds(1));
        var after = (await client.CorrectAsync("m-after", "name")).Json["dueAt"].Instant();
        Assert.Equal(Clocks.StartOf(today.AddDays(11)).AddSeconds(-1), before);
        Assert.Equal(Clocks.StartOf(today.AddDays(12)).AddSeconds(-1), after);
    }
}
