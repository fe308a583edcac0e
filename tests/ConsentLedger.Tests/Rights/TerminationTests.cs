using System.Net;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static ConsentLedger.Tests.Consents.ConsentsTests;

namespace ConsentLedger.Tests.Rights;

/// <summary>Policy, members' rights clauses 2 and 4: 회원탈퇴, what the law wants kept, and the end of everything else.</summary>
public sealed class TerminationTests(ClockedLedgers ledgers, PostgresServer postgres) : IClassFixture<ClockedLedgers>
{
    [Theory, BothStores]
    public async Task All_consents_are_withdrawn_and_exactly_the_holders_are_told_what_to_delete_and_what_to_keep_until_when(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        await client.ConsentAsync("m-left", ("email_marketing", true), ("sms_marketing", false), ("partner_offers", true), ("telemarketing", true));
        await client.WithdrawAsync("m-left", "telemarketing");
        await client.ProvideAsync("m-left", "cj-gls", "delivery", "name", "address");
        await client.ProvideAsync("m-left", "inicis", "payment", "name");
        await client.ProvideAsync("m-left", "inicis", "settlement", "payment_info");
        await client.ProvideAsync("m-left", "areumnet", "email_marketing", "name");
        await client.RegisterAsync("id-check", Expect.Partner("processor", "identity_verification", "identity_verification", ["name", "mobile"]));
        await client.PublishAsync(Expect.NoticeBody("id-check", Expect.Disclosure("identity_verification", "id-check", "name", "mobile")));
        (await client.ProvideAsync("m-left", "id-check", "identity_verification", "mobile")).Recorded("provision.recorded");
        await client.ComplainAsync("m-left", "배송이 늦었습니다");
        await client.ProvideAsync("m-left-other", "vendor-sample-a", "vendor_delivery", "name");
        var provided = clock.Now;
        clock.Advance(TimeSpan.FromDays(1));
        var left = clock.Now;

        var answer = (await client.TerminateAsync("m-left")).Recorded("consent.withdrawn", "consent.withdrawn", "member.terminated");
        Assert.Equal(["areumnet", "cj-gls", "id-check", "inicis"], answer.Json["notified"].Strings());
        var (fiveYears, sixMonths, threeYears) = (
            Clocks.Due(provided, Periods.Retention[RetentionGround.PaymentAndSupply]),
            Clocks.Due(provided, Periods.Retention[RetentionGround.Advertising]),
            Clocks.Due(provided, Periods.Retention[RetentionGround.Complaints]));
        Assert.Equal(
            [("contract_or_withdrawal", fiveYears), ("payment_and_supply", fiveYears), ("complaints", threeYears), ("advertising", sixMonths)],
            answer.Json["retentions"]!.AsArray().Select(r => ((string)r!["ground"]!, r["until"].Instant())));
        Assert.Equal(fiveYears, answer.Json["eraseAt"].Instant());

        var entries = (await client.EntriesAsync("m-left")).TakeLast(3).ToList();
        Assert.Equal(["email_marketing", "partner_offers"], entries.Take(2).Select(e => (string)e["data"]!["purpose"]!));
        Assert.Equal(["areumnet:consent.withdrawn"], entries[0].ToldOf());
        Assert.Empty(entries[1].ToldOf());
        Assert.Equal(["areumnet:member.terminated", "cj-gls:member.terminated", "id-check:member.terminated", "inicis:member.terminated"], entries[2].ToldOf());

        await Told("cj-gls", ["address", "name"], deleteNow: false, ("contract_or_withdrawal", fiveYears));
        await Told("inicis", ["name", "payment_info"], deleteNow: false, ("contract_or_withdrawal", fiveYears), ("payment_and_supply", fiveYears));
        await Told("areumnet", ["name"], deleteNow: false, ("advertising", sixMonths));
        await Told("id-check", ["mobile"], deleteNow: true);
        Assert.Empty(await EventsOf(ledger, "vendor-sample-a", "m-left"));
        Assert.Empty(await EventsOf(ledger, "iheart", "m-left"));

        async Task Told(string partner, string[] items, bool deleteNow, params (string Ground, DateTimeOffset Until)[] retain)
        {
            var data = (await EventsOf(ledger, partner, "m-left"))[^1]["data"]!;
            Assert.Equal(deleteNow ? ["acknowledgeBy", "deleteNow", "items"] : ["acknowledgeBy", "deleteNow", "items", "retainUntil"], data.NamesOf());
            Assert.Equal(items, data["items"].Strings());
            Assert.Equal(deleteNow, (bool)data["deleteNow"]!);
            Assert.Equal(retain, data["retainUntil"]?.AsObject().Select(r => (r.Key, r.Value.Instant())) ?? []);
            Assert.Equal(Clocks.Due(left, Periods.Acknowledgement), data["acknowledgeBy"].Instant());
        }
    }

    [Theory, BothStores]
    public async Task Afterwards_nothing_is_used_or_shown_and_nothing_more_can_be_asked_for(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        await client.ConsentAsync("m-gone", ("telemarketing", true));
        await client.ProvideAsync("m-gone", "cj-gls", "delivery", "name");
        (await client.TerminateAsync("m-gone")).Recorded("consent.withdrawn", "member.terminated");
        (await client.DecideAsync("m-gone", "cj-gls", "delivery", "name")).Denies("member_restricted");
        (await client.UseAsync("m-gone", "telemarketing", "phone")).Denies("consent_withdrawn", "member_restricted");
        Assert.Equal(["member_restricted"], (await client.ProvideAsync("m-gone", "cj-gls", "delivery", "name")).IsProblem(HttpStatusCode.Forbidden).Reasons);
        foreach (var reading in (string[])["consents", "consents?at=2026-11-25T03:00:00Z", "provisions", "provisions?denied=true"])
        {
            var refused = (await client.GetReplyAsync($"/v1/members/m-gone/{reading}")).IsProblem(HttpStatusCode.Forbidden);
            Assert.EndsWith(":member-restricted", (string)refused.Json["type"]!, StringComparison.Ordinal);
            Assert.Equal(["member_restricted"], refused.Reasons);
        }

        var head = await ledger.HeadAsync();
        foreach (var (path, body) in ((string, object)[])
        [
            ("consents", Requests.Consents(("telemarketing", true))), ("consents", Requests.Consents(("telemarketing", false))),
            ("corrections", new { items = (string[])["name"], actor = Requests.Member, channel = "web" }),
            ("deletions", new { items = (string[])["name"], actor = Requests.Member, channel = "web" }),
            ("suspensions", RightsRequests.Asked), ("termination", RightsRequests.Asked), ("transfer-objections", RightsRequests.Asked),
            ("notices", new { notice = Requests.Notice, channel = "email" }),
            ("checkouts", new
            {
                consents = Requests.Consents(("telemarketing", true)),
                provisions = new[] { new { partner = "cj-gls", purpose = "delivery", items = (string[])["name"] } },
            }),
        ])
        {
            var refused = (await client.PostReplyAsync($"/v1/members/m-gone/{path}", body)).Names(HttpStatusCode.Conflict, "memberId");
            Assert.EndsWith(":member-terminated", (string)refused.Json["type"]!, StringComparison.Ordinal);
        }

        (await client.RegisterGuardianAsync("m-gone", clock.Today.AddYears(2).Text())).Names(HttpStatusCode.Conflict, "memberId");
        Assert.Equal(head, await ledger.HeadAsync());
        // To withdraw stays a right, though there is nothing left to withdraw from.
        (await client.WithdrawAsync("m-gone", "telemarketing")).Recorded("consent.withdrawn");
    }

    [Theory, BothStores]
    public async Task What_was_asked_before_is_overtaken_but_a_complaint_is_still_answered(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        await client.ProvideAsync("m-open", "cj-gls", "delivery", "name");
        var transfer = (await client.AnnounceAsync(clock.Now.AddDays(20))).Id();
        (await client.ObjectAsync("m-open", transfer)).Recorded("business_transfer.objected");
        var correction = (await client.CorrectAsync("m-open", "name")).Id();
        var deletion = (await client.RequestDeletionAsync("m-open", "phone")).Id();
        var suspension = (await client.SuspendAsync("m-open")).Id();
        var complaint = (await client.ComplainAsync("m-open", "민원")).Id();
        (await client.ConsentAsync("m-open", ("sms_marketing", true))).Recorded("consent.granted");
        var answer = (await client.TerminateAsync("m-open")).Recorded("consent.withdrawn", "member.terminated");
        Assert.Equal(
            [
                "correction_result=settled", "acknowledgement=open cj-gls", "deletion_result=settled", "suspension_result=settled", "acknowledgement=open cj-gls",
                "complaint_answer=open", "marketing_result_notice=settled", "marketing_reconfirmation=settled", "marketing_result_notice=open",
                "retention_end=open", "retention_end=open", "erasure=open", "acknowledgement=open cj-gls",
            ],
            await client.OwedAsync("m-open"));
        Assert.All(
            await client.ObligationsAsync("member=m-open&status=settled&kind=correction_result,deletion_result,suspension_result"),
            o => Assert.Equal(answer.Positions[^1], (long)o["settledPosition"]!));
        (await client.CompleteAsync(correction, ("name", "새 이름"))).Names(HttpStatusCode.Conflict, "id");
        (await client.PostReplyAsync($"/v1/deletions/{deletion}/completion", null)).Names(HttpStatusCode.Conflict, "id");
        (await client.PostReplyAsync($"/v1/suspensions/{suspension}/lifting", RightsRequests.Asked)).Names(HttpStatusCode.Conflict, "id");
        (await client.PostReplyAsync($"/v1/complaints/{complaint}/answer", new { text = "답변" })).Recorded("complaint.answered");
        (await client.DecideAsync("m-open", "cj-gls", "delivery", "name")).Denies("member_restricted");
        // The objection went with the rest: at the date of the transfer it adds nothing.
        clock.Advance(TimeSpan.FromDays(21));
        (await client.DecideAsync("m-open", "cj-gls", "delivery", "name")).Denies("member_restricted");
        await ledger.WorkAsync();
        Assert.Equal("complaint.answered", (await client.EntriesAsync("m-open")).TypesOf()[^1]);
    }

    [Theory, BothStores]
    public async Task Each_retention_ends_at_its_time_and_the_member_is_erased_at_the_last(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        await client.ConsentAsync("m-kept", ("email_marketing", true));
        await client.ProvideAsync("m-kept", "areumnet", "email_marketing", "name");
        await client.ProvideAsync("m-kept", "inicis", "settlement", "name");
        var correction = await client.CorrectAsync("m-kept", "name");
        await client.CompleteAsync(correction.Id(), ("name", "김비밀"));
        var left = (await client.TerminateAsync("m-kept")).Recorded("consent.withdrawn", "member.terminated");
        var (advertising, settlement) = (left.Json["retentions"]![1]!["until"].Instant(), left.Json["retentions"]![0]!["until"].Instant());
        Assert.Equal(settlement, left.Json["eraseAt"].Instant());

        clock.MoveTo(advertising);
        await ledger.WorkAsync();
        Assert.Equal("member.terminated", (await client.EntriesAsync("m-kept")).TypesOf()[^1]);
        clock.Advance(TestClock.Tick);
        await ledger.WorkAsync();
        await ledger.WorkAsync();
        var ended = (await client.EntriesAsync("m-kept"))[^1];
        Assert.Equal(("retention.ended", "advertising"), ((string)ended["type"]!, (string)ended["data"]!["ground"]!));
        Assert.Equal("member.terminated", (await client.EntriesAsync("m-kept")).TypesOf()[^2]);

        var subject = await ledger.SubjectAsync("m-kept");
        var told = (await EventsOf(ledger, "inicis", "m-kept"))[^1];
        clock.MoveTo(settlement);
        await ledger.WorkAsync();
        (await client.GetReplyAsync("/v1/members/m-kept/consents")).IsProblem(HttpStatusCode.Forbidden);
        clock.Advance(TestClock.Tick);
        await ledger.WorkAsync();
        (await client.GetReplyAsync("/v1/members/m-kept/consents")).Names(HttpStatusCode.NotFound, "memberId");
        var last = await ledger.QueryAsync(c => c.Entries.Where(e => e.SubjectId == subject).OrderByDescending(e => e.Position).Take(2).Select(e => e.Type).ToListAsync());
        Assert.Equal(["subject.erased", "retention.ended"], last);

        var events = await ledger.Partner("inicis").EventsAsync("inicis");
        var erased = Assert.Single(events, e => (string)e["type"]! == "subject.erased" && (string)e["data"]!["terminationEventId"]! == (string)told["id"]!);
        Assert.Null(erased["subject"]);
        Assert.Equal(["acknowledgeBy", "terminationEventId"], erased["data"].NamesOf());
        // Sent again, the events before it name nobody and tell no value.
        var again = Assert.Single(events, e => (string)e["type"]! == "correction.completed" && (string)e["data"]!["correctionId"]! == correction.Id());
        Assert.Null(again["subject"]);
        Assert.Equal(["acknowledgeBy", "correctionId", "items"], again["data"].NamesOf());
    }

    [Theory, BothStores]
    public async Task Where_nothing_is_to_be_kept_and_nobody_to_be_told_the_member_is_erased_at_once(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.ConsentAsync("m-at-once", ("telemarketing", true));
        var left = (await client.TerminateAsync("m-at-once")).Recorded("consent.withdrawn", "member.terminated");
        Assert.Empty(left.Json["retentions"]!.AsArray());
        Assert.Equal(clock.Now, left.Json["eraseAt"].Instant());
        var subject = await ledger.SubjectAsync("m-at-once");
        await ledger.WorkAsync();
        (await client.GetReplyAsync("/v1/members/m-at-once/consents")).Names(HttpStatusCode.NotFound, "memberId");
        Assert.Equal(
            ["consent.granted", "consent.withdrawn", "member.terminated", "subject.erased"],
            await ledger.QueryAsync(c => c.Entries.Where(e => e.SubjectId == subject).OrderBy(e => e.Position).Select(e => e.Type).ToArrayAsync()));
        // Nothing is owed to somebody who is no more.
        Assert.DoesNotContain(await client.ObligationsAsync("status=open,overdue"), o => (Guid?)o["subject"] == subject);
    }

    [Theory, BothStores]
    public async Task What_was_given_to_verify_identity_alone_is_erased_once_the_partners_had_their_time_to_answer(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.RegisterAsync("id-only", Expect.Partner("processor", "identity_verification", "identity_verification", ["name"]));
        await client.PublishAsync(Expect.NoticeBody("id-only", Expect.Disclosure("identity_verification", "id-only", "name")));
        (await client.ProvideAsync("m-verified", "id-only", "identity_verification", "name")).Recorded("provision.recorded");
        var left = (await client.TerminateAsync("m-verified")).Recorded("member.terminated");
        Assert.Empty(left.Json["retentions"]!.AsArray());
        var answers = Clocks.Due(clock.Now, Periods.Acknowledgement);
        Assert.Equal(answers, left.Json["eraseAt"].Instant());
        clock.MoveTo(answers - TestClock.Tick);
        await ledger.WorkAsync();
        // Until then the event still names whom to delete.
        Assert.Equal("m-verified", (string)Assert.Single(await ledger.Partner("id-only").EventsAsync("id-only"))["subject"]!);
        clock.Advance(TestClock.Tick * 2);
        await ledger.WorkAsync();
        var events = await ledger.Partner("id-only").EventsAsync("id-only");
        Assert.Equal(["member.terminated", "subject.erased"], events.TypesOf());
        Assert.All(events, e => Assert.Null(e["subject"]));
        Assert.Equal((string)events[0]["id"]!, (string)events[1]["data"]!["terminationEventId"]!);
        // The partner still answers, and is still owed for: nothing of it names the member.
        Assert.Equal(["overdue", "open"], (await client.ObligationsAsync("partner=id-only")).Select(o => (string)o["status"]!));
        (await ledger.Partner("id-only").AcknowledgeAsync("id-only", ((string)events[0]["id"]!, "done", "삭제함"), ((string)events[1]["id"]!, "done", null)))
            .Recorded("delivery.acknowledged", "delivery.acknowledged");
        Assert.All(await client.ObligationsAsync("partner=id-only"), o => Assert.Equal("settled", (string)o["status"]!));
    }

    [Theory, BothStores]
    public async Task After_the_erasure_nothing_finds_the_member_and_the_same_id_is_somebody_new(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.ConsentAsync("m-again", ("telemarketing", true));
        var correction = (await client.CorrectAsync("m-again", "name")).Id();
        var complaint = (await client.ComplainAsync("m-again", "민원")).Id();
        await client.PostReplyAsync("/v1/complaints/" + complaint + "/answer", new { text = "답변" });
        var left = (await client.PostReplyAsync("/v1/members/m-again/termination", RightsRequests.Asked, "terminate-m-again")).Recorded("consent.withdrawn", "member.terminated");
        var before = await ledger.SubjectAsync("m-again");
        clock.MoveTo(left.Json["eraseAt"].Instant().AddSeconds(1));
        await ledger.WorkAsync();
        foreach (var (reading, field) in ((string, string)[])
        [
            ("members/m-again/consents", "memberId"), ("members/m-again/consents?at=2026-11-25T03:00:00Z", "memberId"), ("members/m-again/provisions", "memberId"),
            ("ledger/entries?member=m-again", "member"), ("obligations?member=m-again", "member"),
        ])
            (await client.GetReplyAsync($"/v1/{reading}")).Names(HttpStatusCode.NotFound, field);
        (await client.CompleteAsync(correction, ("name", "1"))).Names(HttpStatusCode.NotFound, "id");
        (await client.PostReplyAsync($"/v1/complaints/{complaint}/answer", new { text = "답변" })).Names(HttpStatusCode.NotFound, "id");
        (await client.DecideAsync("m-again", "cj-gls", "delivery", "name")).Permits();

        var joined = (await client.ConsentAsync("m-again", ("email_marketing", true))).Recorded("consent.granted");
        Assert.Equal(["email_marketing"], joined.List201("consents").Select(c => (string)c["purpose"]!));
        Assert.NotEqual(before, await ledger.SubjectAsync("m-again"));
        Assert.Equal(["consent.granted"], (await client.EntriesAsync("m-again")).TypesOf());
        Assert.Empty((await client.GetReplyAsync("/v1/members/m-again/provisions")).List("provisions"));
        (await client.UseAsync("m-again", "telemarketing", "phone")).Denies("no_consent");
        await ledger.VerifyAsync();
    }

    [Theory, BothStores]
    public async Task Who_joins_under_the_id_in_the_very_append_that_erases_it_is_somebody_new(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        var appender = ledger.Services.GetRequiredService<LedgerAppender>();
        foreach (var member in (string[])["m-batch-1", "m-batch-2", "m-batch-3"])
        {
            (await client.ConsentAsync(member, ("telemarketing", true))).Recorded("consent.granted");
            (await client.TerminateAsync(member)).Recorded("consent.withdrawn", "member.terminated");
            using var gate = new ManualResetEventSlim();
            // While this one is being decided, the others gather for the next append.
            var slow = appender.AppendAsync(
                new LedgerCommand { Decide = _ => Wait(gate), Render = static (reply, position) => new Answer(reply.Status, "", position) }, TestContext.Current.CancellationToken);
            var erasing = ledger.WorkAsync();
            await Task.Delay(100, TestContext.Current.CancellationToken);
            var joining = Task.WhenAll(client.ConsentAsync(member, ("email_marketing", true)), client.ProvideAsync(member, "cj-gls", "delivery", "name"));
            await Task.Delay(100, TestContext.Current.CancellationToken);
            gate.Set();
            await Task.WhenAll(slow, erasing);
            Assert.All(await joining, r => r.Is(HttpStatusCode.Created));
            Assert.Equal(["email_marketing"], (await client.GetReplyAsync($"/v1/members/{member}/consents")).List("consents").Select(c => (string)c["purpose"]!));
            Assert.Equal(["consent.granted", "provision.recorded"], (await client.EntriesAsync(member)).TypesOf().Order(StringComparer.Ordinal));
            await ledger.VerifyAsync();
        }

        static Decision Wait(ManualResetEventSlim gate)
        {
            gate.Wait();
            return new([], _ => new(200, ""));
        }
    }

    [Theory, BothStores]
    public async Task An_answer_that_was_kept_for_its_key_is_given_again_after_the_erasure_and_makes_nobody_new(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        var first = await client.PostReplyAsync("/v1/members/m-key/consents", Requests.Consents(("telemarketing", true)), "consent-key");
        var left = await client.PostReplyAsync("/v1/members/m-key/termination", RightsRequests.Asked, "left-key");
        left.Recorded("consent.withdrawn", "member.terminated");
        await ledger.WorkAsync();
        Assert.Equal(first.Text, (await client.PostReplyAsync("/v1/members/m-key/consents", Requests.Consents(("telemarketing", true)), "consent-key")).Text);
        Assert.Equal(left.Text, (await client.PostReplyAsync("/v1/members/m-key/termination", RightsRequests.Asked, "left-key")).Text);
        (await client.PostReplyAsync("/v1/members/m-key/consents", Requests.Consents(("telemarketing", false)), "consent-key"))
            .Names(HttpStatusCode.UnprocessableEntity, "Idempotency-Key");
        (await client.GetReplyAsync("/v1/members/m-key/consents")).Names(HttpStatusCode.NotFound, "memberId");
    }

    [Theory, BothStores]
    public async Task No_column_of_any_table_keeps_the_members_id_or_a_value_and_the_ledger_still_verifies(Store store)
    {
        const string Member = "lee.secret+gone@example.com";
        string[] secrets =
            [Member, "010-9999-8877", "ORDER-5c1d", "proof-5c1d", "198.51.100.77", "reason-5c1d", "complaint-5c1d", "answer-5c1d", "note-5c1d", "guardian-5c1d"];
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        var asked = new { actor = Requests.Member, channel = "phone", verification = new { method = "callback", reference = "proof-5c1d" } };
        await client.SendReplyAsync(HttpMethod.Put, $"/v1/members/{Member}/guardian", new
        {
            under14Until = clock.Today.AddYears(1).Text(),
            verification = new { method = "phone", reference = "proof-5c1d" },
            guardian = new { name = "guardian-5c1d" },
            channel = "phone",
        }, "gone-1");
        await client.PostReplyAsync($"/v1/members/{Member}/consents", new
        {
            notice = Requests.Notice,
            choices = new[] { new { purpose = "sms_marketing", granted = true } },
            actor = new { kind = "legal_guardian" },
            channel = "web",
            evidence = new { ip = "198.51.100.77" },
        }, "gone-2");
        await client.PostReplyAsync($"/v1/members/{Member}/provisions", new
        {
            partner = "vendor-sample-a",
            purpose = "vendor_delivery",
            items = (string[])["phone"],
            reference = new { order = "ORDER-5c1d" },
        }, "gone-3");
        var correction = await client.CorrectAsync(Member, "phone");
        await client.PostReplyAsync($"/v1/corrections/{correction.Id()}/completion", new { values = new { phone = "010-9999-8877" } }, "gone-4");
        var deletion = await client.RequestDeletionAsync(Member, "phone");
        await client.PostReplyAsync($"/v1/deletions/{deletion.Id()}/rejection", new { reason = "reason-5c1d" }, "gone-5");
        var suspension = await client.PostReplyAsync($"/v1/members/{Member}/suspensions", asked, "gone-6");
        await client.PostReplyAsync($"/v1/suspensions/{suspension.Id()}/rejection", new { reason = "reason-5c1d" }, "gone-7");
        var complaint = await client.ComplainAsync(Member, "complaint-5c1d");
        await client.PostReplyAsync($"/v1/complaints/{complaint.Id()}/answer", new { text = "answer-5c1d" }, "gone-8");
        var told = (await EventsOf(ledger, "vendor-sample-a", Member))[0];
        await ledger.Partner("vendor-sample-a").AcknowledgeAsync("vendor-sample-a", ((string)told["id"]!, "done", "note-5c1d"));
        var left = (await client.PostReplyAsync($"/v1/members/{Member}/termination", asked, "gone-9")).Recorded("consent.withdrawn", "member.terminated");
        Assert.Equal(["subjects.external_id"], await ledger.ColumnsWithAsync(Member));
        clock.MoveTo(left.Json["eraseAt"].Instant() + TestClock.Tick);
        await ledger.WorkAsync();
        foreach (var secret in secrets)
            Assert.Empty(await ledger.ColumnsWithAsync(secret));
        // The key that opened what was sealed is gone with the id.
        Assert.Equal(1, await ledger.QueryAsync(c => c.Subjects.CountAsync(s => s.ExternalId == null && s.WrappedKey == null && c.Entries.Any(e => e.SubjectId == s.Id && e.Position == left.Positions[0]))));
        await ledger.VerifyAsync();
    }

    [Fact]
    public async Task Every_replica_forgets_the_member_that_one_has_erased()
    {
        var clock = new TestClock();
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var first = LedgerService.Start(database, clock);
        await using var second = LedgerService.Start(database, clock);
        var (writer, reader) = (first.Client(), second.Client());
        await writer.ConsentAsync("m-two", ("telemarketing", true));
        (await reader.UseAsync("m-two", "telemarketing", "phone")).Permits();
        (await writer.TerminateAsync("m-two")).Recorded("consent.withdrawn", "member.terminated");
        (await reader.UseAsync("m-two", "telemarketing", "phone")).Denies("consent_withdrawn", "member_restricted");
        await first.WorkAsync();
        (await reader.GetReplyAsync("/v1/members/m-two/consents")).Names(HttpStatusCode.NotFound, "memberId");
        (await reader.UseAsync("m-two", "telemarketing", "phone")).Denies("no_consent");
        // Somebody new under the id, made at the replica that had the other in memory.
        (await reader.ConsentAsync("m-two", ("email_marketing", true))).Recorded("consent.granted");
        Assert.Equal(["email_marketing"], (await writer.GetReplyAsync("/v1/members/m-two/consents")).List("consents").Select(c => (string)c["purpose"]!));
    }
}
