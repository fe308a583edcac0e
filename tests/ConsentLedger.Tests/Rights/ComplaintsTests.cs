using System.Net;
using ConsentLedger.Rights;
using ConsentLedger.Tests.Harness;

namespace ConsentLedger.Tests.Rights;

/// <summary>Policy, complaints 민원서비스: a quick and sincere answer.</summary>
public sealed class ComplaintsTests(ClockedLedgers ledgers) : IClassFixture<ClockedLedgers>
{
    [Theory, BothStores]
    public async Task A_complaint_is_owed_an_answer_in_ten_days_and_both_are_sealed(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        var received = (await client.ComplainAsync("m-asks", "제 번호로 광고 전화가 왔습니다")).Recorded("complaint.received");
        Assert.Empty(received.Json["notified"].Strings());
        Assert.Equal(Clocks.Due(clock.Now, Periods.ComplaintAnswer), received.Json["dueAt"].Instant());
        Assert.Equal(["complaint_answer=open"], await client.OwedAsync("m-asks"));
        clock.MoveTo(received.Json["dueAt"].Instant());
        Assert.Equal(["complaint_answer=open"], await client.OwedAsync("m-asks"));
        clock.Advance(TestClock.Tick);
        Assert.Equal(["complaint_answer=overdue"], await client.OwedAsync("m-asks", "status=overdue"));
        // Late is better than never.
        var answered = (await client.PostReplyAsync($"/v1/complaints/{received.Id()}/answer", new { text = "동의하지 않은 번호를 지웠습니다" })).Recorded("complaint.answered");
        Assert.Equal(["complaint_answer=settled"], await client.OwedAsync("m-asks"));
        foreach (var (position, word) in ((long, string)[])[(received.Positions[0], "광고"), (answered.Positions[0], "번호")])
        {
            var entry = await client.GetReplyAsync($"/v1/ledger/entries/{position}");
            Assert.NotNull(entry.Json["sealed"]);
            Assert.DoesNotContain(word, entry.Text, StringComparison.Ordinal);
        }
    }

    [Theory, BothStores]
    public async Task A_complaint_is_answered_once_and_only_as_one(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        var first = (await client.ComplainAsync("m-two", "하나")).Id();
        var second = (await client.ComplainAsync("m-two", "둘")).Id();
        (await client.PostReplyAsync($"/v1/complaints/{first}/answer", new { text = "답" })).Recorded("complaint.answered");
        Assert.Equal(["complaint_answer=settled", "complaint_answer=open"], await client.OwedAsync("m-two"));
        var again = (await client.PostReplyAsync($"/v1/complaints/{first}/answer", new { text = "또" })).Names(HttpStatusCode.Conflict, "id");
        Assert.EndsWith(":complaint-closed", (string)again.Json["type"]!, StringComparison.Ordinal);
        (await client.PostReplyAsync($"/v1/complaints/{Guid.Empty}/answer", new { text = "답" })).Names(HttpStatusCode.NotFound, "id");
        (await client.PostReplyAsync($"/v1/suspensions/{second}/lifting", RightsRequests.Asked)).Names(HttpStatusCode.NotFound, "id");
        (await client.PostReplyAsync($"/v1/complaints/{second}/answer", new { text = "" })).Names(HttpStatusCode.BadRequest, "text");
        (await client.PostReplyAsync($"/v1/complaints/{second}/answer", new { text = new string('가', 4001) })).Names(HttpStatusCode.BadRequest, "text");
        (await client.ComplainAsync("m-two", "")).Names(HttpStatusCode.BadRequest, "text");
        (await client.PostReplyAsync($"/v1/complaints/{second}/answer", new { text = new string('가', 4000) })).Recorded("complaint.answered");
    }

    [Theory, BothStores]
    public async Task Records_of_complaints_are_kept_for_three_years_from_the_last_of_them(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        var complaint = (await client.ComplainAsync("m-kept", "민원")).Id();
        clock.Advance(TimeSpan.FromDays(5));
        await client.PostReplyAsync($"/v1/complaints/{complaint}/answer", new { text = "답변" });
        var until = Clocks.Due(clock.Now, Periods.Retention[RetentionGround.Complaints]);
        clock.Advance(TimeSpan.FromDays(5));
        var left = (await client.TerminateAsync("m-kept")).Recorded("member.terminated");
        var kept = Assert.Single(left.Json["retentions"]!.AsArray())!;
        Assert.Equal(("complaints", until), ((string)kept["ground"]!, kept["until"].Instant()));
        Assert.Equal(until, left.Json["eraseAt"].Instant());
    }

    [Theory, BothStores]
    public async Task Who_has_left_may_still_complain_and_the_erasure_waits_three_years_for_it(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.ProvideAsync("m-after", "cj-gls", "delivery", "name");
        var erase = (await client.TerminateAsync("m-after")).Is(HttpStatusCode.Created).Json["eraseAt"].Instant();
        clock.MoveTo(erase.AddDays(-10));
        var complaint = (await client.ComplainAsync("m-after", "탈퇴하였는데 전화가 왔습니다")).Recorded("complaint.received").Id();
        clock.Advance(TimeSpan.FromDays(2));
        (await client.PostReplyAsync($"/v1/complaints/{complaint}/answer", new { text = "명단에서 지웠습니다" })).Recorded("complaint.answered");
        var until = Clocks.Due(clock.Now, Periods.Retention[RetentionGround.Complaints]);
        var owed = await client.ObligationsAsync("member=m-after&status=open&kind=retention_end,erasure");
        Assert.Equal([("retention_end", erase), ("retention_end", until), ("erasure", until)], owed.Select(o => ((string)o["kind"]!, o["dueAt"].Instant())));

        clock.MoveTo(erase.AddDays(1));
        await ledger.WorkAsync();
        Assert.Equal("retention.ended", (await client.EntriesAsync("m-after")).TypesOf()[^1]);
        clock.MoveTo(until.AddSeconds(1));
        await ledger.WorkAsync();
        (await client.GetReplyAsync("/v1/ledger/entries?member=m-after")).IsProblem(HttpStatusCode.NotFound);
        Assert.Equal(["retention.ended", "subject.erased"], (await client.GetReplyAsync("/v1/ledger/entries?order=desc&limit=2")).List("entries").TypesOf().Reverse());
    }
}
