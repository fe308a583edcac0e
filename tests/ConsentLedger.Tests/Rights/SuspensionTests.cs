using System.Net;
using ConsentLedger.Rights;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using static ConsentLedger.Tests.Consents.ConsentsTests;

namespace ConsentLedger.Tests.Rights;

/// <summary>PIPA art. 37: a member may have all processing suspended.</summary>
public sealed class SuspensionTests(Ledgers ledgers, PostgresServer postgres) : IClassFixture<Ledgers>
{
    [Theory, BothStores]
    public async Task From_the_answer_on_nothing_of_the_member_is_used_or_provided_on_any_ground(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        await client.ConsentAsync("m-all", ("telemarketing", true), ("sms_marketing", true), ("email_marketing", true), ("night_marketing", true));
        var asked = (await client.SuspendAsync("m-all")).Recorded("processing.suspended");
        Assert.Empty(asked.Json["notified"].Strings());
        (await client.DecideAsync("m-all", "cj-gls", "delivery", "name")).Denies("processing_suspended");
        (await client.DecideAsync("m-all", "areumnet", "email_marketing", "name", "mobile")).Denies("processing_suspended");
        (await client.UseAsync("m-all", "telemarketing", "phone")).Denies("processing_suspended");
        // What else stands against it is still told.
        (await client.DecideAsync("m-all", "cj-gls", "delivery", "email")).Denies("out_of_scope", "processing_suspended");
        var many = (await client.PostReplyAsync("/v1/decisions", new { members = (string[])["m-all", "m-all-other"], partner = "cj-gls", purpose = "delivery", items = (string[])["name"] }))
            .List("decisions");
        Assert.Equal(["deny", "permit"], many.Select(d => (string)d["decision"]!));
        Assert.Equal(["processing_suspended"], many[0]["reasons"].Strings());

        var refused = (await client.ProvideAsync("m-all", "cj-gls", "delivery", "name")).IsProblem(HttpStatusCode.Forbidden);
        Assert.Equal(["processing_suspended"], refused.Reasons);
        var checkout = await client.PostReplyAsync("/v1/members/m-all/checkouts", new { provisions = new[] { new { partner = "inicis", purpose = "payment", items = (string[])["name"] } } });
        Assert.Equal(["processing_suspended"], checkout.IsProblem(HttpStatusCode.Forbidden).Reasons);
        var entries = await client.EntriesAsync("m-all");
        Assert.Equal(["consent.granted", "consent.granted", "consent.granted", "consent.granted", "processing.suspended", "provision.denied"], entries.TypesOf());
        Assert.Equal(["processing_suspended"], entries[^1]["data"]!["reasons"].Strings());
    }

    [Fact]
    public async Task No_replica_permits_what_another_has_answered_a_suspension_of()
    {
        using var database = await LedgerDatabase.CreateAsync(Store.Postgres, postgres);
        await using var first = LedgerService.Start(database);
        await using var second = LedgerService.Start(database);
        HttpClient[] clients = [first.Client(), second.Client()];
        for (var round = 0; round < 20; round++)
        {
            var (writer, reader) = (clients[round % 2], clients[(round + 1) % 2]);
            (await reader.DecideAsync("m-1", "cj-gls", "delivery", "name")).Permits();
            var id = (await writer.SuspendAsync("m-1")).Id();
            (await reader.DecideAsync("m-1", "cj-gls", "delivery", "name")).Denies("processing_suspended");
            Assert.Equal(HttpStatusCode.Forbidden, (await reader.ProvideAsync("m-1", "cj-gls", "delivery", "name")).Status);
            (await writer.PostReplyAsync($"/v1/suspensions/{id}/lifting", RightsRequests.Asked)).Recorded("processing.resumed");
        }
    }

    [Theory, BothStores]
    public async Task Holders_hear_of_a_suspension_once_and_of_its_end_once_the_last_one_ends(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        await client.ProvideAsync("m-once", "cj-gls", "delivery", "name", "phone");
        await client.ProvideAsync("m-once", "inicis", "payment", "name");
        await client.ProvideAsync("m-once-other", "vendor-sample-a", "vendor_delivery", "name");
        var first = (await client.SuspendAsync("m-once")).Recorded("processing.suspended");
        var second = (await client.SuspendAsync("m-once")).Recorded("processing.suspended");
        Assert.Equal(["cj-gls", "inicis"], first.Json["notified"].Strings());
        Assert.Empty(second.Json["notified"].Strings());
        var lifted = (await client.PostReplyAsync($"/v1/suspensions/{first.Id()}/lifting", RightsRequests.Asked)).Recorded("processing.resumed");
        Assert.Empty(lifted.Json["notified"].Strings());
        (await client.DecideAsync("m-once", "cj-gls", "delivery", "name")).Denies("processing_suspended");
        var rejected = (await client.PostReplyAsync($"/v1/suspensions/{second.Id()}/rejection", new { reason = "법정 사유" })).Recorded("suspension.rejected");
        Assert.Equal(["cj-gls", "inicis"], rejected.Json["notified"].Strings());
        (await client.DecideAsync("m-once", "cj-gls", "delivery", "name")).Permits();

        var courier = await EventsOf(ledger, "cj-gls", "m-once");
        Assert.Equal(["processing.suspended", "processing.resumed"], courier.TypesOf());
        Assert.Equal(["acknowledgeBy", "items", "suspensionId"], courier[0]["data"].NamesOf());
        Assert.All(courier, e => Assert.Equal(["name", "phone"], e["data"]!["items"].Strings()));
        Assert.Equal(first.Id(), (string)courier[0]["data"]!["suspensionId"]!);
        Assert.Equal(second.Id(), (string)courier[1]["data"]!["suspensionId"]!);
        Assert.Equal(["name"], (await EventsOf(ledger, "inicis", "m-once"))[0]["data"]!["items"].Strings());
        Assert.Empty(await EventsOf(ledger, "vendor-sample-a", "m-once"));
    }

    [Theory, BothStores]
    public async Task The_result_is_due_in_ten_days_and_once_told_the_suspension_goes_on(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var asked = (await client.SuspendAsync("m-told")).Recorded("processing.suspended");
        var owed = Assert.Single(await client.ObligationsAsync("member=m-told"));
        Assert.Equal(("suspension_result", "open", asked.Positions[0]), ((string)owed["kind"]!, (string)owed["status"]!, (long)owed["position"]!));
        Assert.Equal(Clocks.Due(owed["openedAt"].Instant(), Periods.SuspensionResult), owed["dueAt"].Instant());
        Assert.Equal(owed["dueAt"].Instant(), asked.Json["dueAt"].Instant());
        Assert.Equal(await ledger.SubjectAsync("m-told"), (Guid)owed["subject"]!);

        var told = (await client.PostReplyAsync($"/v1/suspensions/{asked.Id()}/completion", null)).Recorded("suspension.confirmed");
        Assert.Empty(told.Json["notified"].Strings());
        var settled = Assert.Single(await client.ObligationsAsync("member=m-told"));
        Assert.Equal(("settled", told.Positions[0]), ((string)settled["status"]!, (long)settled["settledPosition"]!));
        (await client.DecideAsync("m-told", "cj-gls", "delivery", "name")).Denies("processing_suspended");
        // It can no longer be refused; the member can still have it lifted.
        (await client.PostReplyAsync($"/v1/suspensions/{asked.Id()}/completion", null)).Names(HttpStatusCode.Conflict, "id");
        (await client.PostReplyAsync($"/v1/suspensions/{asked.Id()}/rejection", new { reason = "늦음" })).Names(HttpStatusCode.Conflict, "id");
        (await client.PostReplyAsync($"/v1/suspensions/{asked.Id()}/lifting", RightsRequests.Asked)).Recorded("processing.resumed");
        (await client.DecideAsync("m-told", "cj-gls", "delivery", "name")).Permits();
        Assert.Equal(["suspension_result=settled"], await client.OwedAsync("m-told"));
    }

    [Theory, BothStores]
    public async Task A_refusal_has_its_reason_which_is_sealed_and_processing_goes_on(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        var id = (await client.SuspendAsync("m-refused")).Id();
        (await client.PostReplyAsync($"/v1/suspensions/{id}/rejection", null)).IsProblem(HttpStatusCode.BadRequest);
        (await client.PostReplyAsync($"/v1/suspensions/{id}/rejection", new { })).Names(HttpStatusCode.BadRequest, "reason");
        var rejected = (await client.PostReplyAsync($"/v1/suspensions/{id}/rejection", new { reason = "계약 이행이 곤란한 경우" })).Recorded("suspension.rejected");
        (await client.DecideAsync("m-refused", "cj-gls", "delivery", "name")).Permits();
        Assert.Equal(["suspension_result=settled"], await client.OwedAsync("m-refused"));
        var entry = await client.GetReplyAsync($"/v1/ledger/entries/{rejected.Positions[0]}");
        Assert.Equal($$"""{"suspensionId":"{{id}}"}""", entry.Json["data"]!.ToJsonString());
        Assert.NotNull(entry.Json["sealed"]);
    }

    [Theory, BothStores]
    public async Task A_suspension_that_has_ended_cannot_be_settled_again_and_an_unknown_one_is_not_found(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var ended = (await client.SuspendAsync("m-ended")).Id();
        (await client.PostReplyAsync($"/v1/suspensions/{ended}/lifting", RightsRequests.Asked)).Recorded("processing.resumed");
        var correction = (await client.CorrectAsync("m-ended", "name")).Id();
        var head = await ledger.HeadAsync();
        foreach (var (result, body) in ((string, object?)[])[("completion", null), ("rejection", new { reason = "no" }), ("lifting", RightsRequests.Asked)])
        {
            (await client.PostReplyAsync($"/v1/suspensions/{ended}/{result}", body)).Names(HttpStatusCode.Conflict, "id");
            Assert.EndsWith(":suspension-closed", (string)(await client.PostReplyAsync($"/v1/suspensions/{ended}/{result}", body)).Json["type"]!, StringComparison.Ordinal);
            (await client.PostReplyAsync($"/v1/suspensions/{Guid.Empty}/{result}", body)).Names(HttpStatusCode.NotFound, "id");
            // An id of a request of another kind is none of a suspension.
            (await client.PostReplyAsync($"/v1/suspensions/{correction}/{result}", body)).Names(HttpStatusCode.NotFound, "id");
        }

        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task A_correction_during_a_suspension_is_done_and_its_result_goes_out(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        await client.ProvideAsync("m-both", "cj-gls", "delivery", "phone");
        var suspension = (await client.SuspendAsync("m-both")).Id();
        var correction = (await client.CorrectAsync("m-both", "phone")).Recorded("correction.requested");
        Assert.Equal(["cj-gls"], correction.Json["notified"].Strings());
        (await client.DecideAsync("m-both", "cj-gls", "delivery", "phone")).Denies("correction_pending", "processing_suspended");
        (await client.CompleteAsync(correction.Id(), ("phone", "02-1"))).Recorded("correction.completed");
        (await client.DecideAsync("m-both", "cj-gls", "delivery", "phone")).Denies("processing_suspended");
        var told = await EventsOf(ledger, "cj-gls", "m-both");
        Assert.Equal(["processing.suspended", "correction.requested", "correction.completed"], told.TypesOf());
        Assert.Equal("02-1", (string)told[^1]["data"]!["values"]!["phone"]!);
        // Consents may be withdrawn and given meanwhile; they count once it is lifted.
        (await client.ConsentAsync("m-both", ("email_marketing", true))).Recorded("consent.granted");
        (await client.DecideAsync("m-both", "areumnet", "email_marketing", "name")).Denies("processing_suspended");
        (await client.PostReplyAsync($"/v1/suspensions/{suspension}/lifting", RightsRequests.Asked)).Recorded("processing.resumed");
        (await client.DecideAsync("m-both", "areumnet", "email_marketing", "name")).Permits();
    }

    [Theory, BothStores]
    public async Task Who_asked_and_how_is_part_of_the_request_and_of_the_lifting(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        var body = new { actor = new { kind = "legal_guardian" }, channel = "written", verification = new { method = "document", reference = "위임장-4711" } };
        var asked = (await client.PostReplyAsync("/v1/members/m-who/suspensions", body)).Recorded("processing.suspended");
        var lifted = (await client.PostReplyAsync($"/v1/suspensions/{asked.Id()}/lifting", body)).Recorded("processing.resumed");
        foreach (var position in (long[])[asked.Positions[0], lifted.Positions[0]])
        {
            var entry = await client.GetReplyAsync($"/v1/ledger/entries/{position}");
            Assert.Equal("legal_guardian", (string)entry.Json["data"]!["actor"]!["kind"]!);
            Assert.Equal(("written", "document"), ((string)entry.Json["data"]!["channel"]!, (string)entry.Json["data"]!["verificationMethod"]!));
            Assert.DoesNotContain("4711", entry.Text, StringComparison.Ordinal);
            Assert.NotNull(entry.Json["sealed"]);
        }
    }
}
