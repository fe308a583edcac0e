using System.Net;
using ConsentLedger.Rights;
using ConsentLedger.Tests.Harness;
using static ConsentLedger.Tests.Consents.ConsentsTests;

namespace ConsentLedger.Tests.Rights;

/// <summary>Policy, members' rights clause 4; PIPA art. 36: items that a member has deleted.</summary>
public sealed class DeletionTests(ClockedLedgers ledgers) : IClassFixture<ClockedLedgers>
{
    [Theory, BothStores]
    public async Task From_the_request_to_the_result_the_items_are_neither_used_nor_provided(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        await client.ConsentAsync("m-held", ("telemarketing", true));
        await client.ProvideAsync("m-held", "cj-gls", "delivery", "name", "phone");
        await client.ProvideAsync("m-held", "inicis", "payment", "name");
        var asked = (await client.RequestDeletionAsync("m-held", "phone", "email")).Recorded("deletion.requested");
        Assert.Equal(["email", "phone"], asked.Json["heldItems"].Strings().Order(StringComparer.Ordinal));
        Assert.Equal(["cj-gls"], asked.Json["notified"].Strings());
        Assert.Equal(Clocks.Due(clock.Now, Periods.DeletionResult), asked.Json["dueAt"].Instant());
        (await client.DecideAsync("m-held", "cj-gls", "delivery", "phone")).Denies("correction_pending");
        (await client.DecideAsync("m-held", "cj-gls", "delivery", "name")).Permits();
        (await client.UseAsync("m-held", "telemarketing", "phone")).Denies("correction_pending");
        Assert.Equal(["email", "phone"], (await client.GetReplyAsync("/v1/members/m-held/consents")).Json["heldItems"].Strings());
        Assert.Equal(["acknowledgement=open cj-gls", "deletion_result=open"], (await client.OwedAsync("m-held", "kind=deletion_result,acknowledgement")).Order(StringComparer.Ordinal));
        // A correction of the same item holds it on its own.
        var correction = (await client.CorrectAsync("m-held", "phone")).Id();
        var done = (await client.PostReplyAsync($"/v1/deletions/{asked.Id()}/completion", null)).Recorded("deletion.completed");
        Assert.Equal(["cj-gls"], done.Json["notified"].Strings());
        (await client.DecideAsync("m-held", "cj-gls", "delivery", "phone")).Denies("correction_pending");
        (await client.CompleteAsync(correction, ("phone", "02-2"))).Recorded("correction.completed");
        (await client.DecideAsync("m-held", "cj-gls", "delivery", "phone")).Permits();
        Assert.Equal(["deletion_result=settled"], await client.OwedAsync("m-held", "kind=deletion_result"));

        var told = await EventsOf(ledger, "cj-gls", "m-held");
        Assert.Equal(["deletion.requested", "correction.requested", "deletion.completed", "correction.completed"], told.TypesOf());
        Assert.Equal(["acknowledgeBy", "deletionId", "items"], told[0]["data"].NamesOf());
        Assert.Equal(["phone"], told[0]["data"]!["items"].Strings());
        Assert.Equal(asked.Id(), (string)told[2]["data"]!["deletionId"]!);
        Assert.Empty(await EventsOf(ledger, "inicis", "m-held"));
    }

    [Theory, BothStores]
    public async Task Each_holder_is_told_to_delete_or_what_the_law_wants_kept_until_when(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.RegisterAsync("id-delete", Expect.Partner("processor", "identity_verification", "identity_verification", ["name", "mobile"]));
        await client.PublishAsync(Expect.NoticeBody("id-delete", Expect.Disclosure("identity_verification", "id-delete", "name", "mobile")));
        (await client.ProvideAsync("m-kept", "id-delete", "identity_verification", "mobile")).Recorded("provision.recorded");
        await client.ProvideAsync("m-kept", "cj-gls", "delivery", "mobile", "name");
        await client.ProvideAsync("m-kept", "inicis", "settlement", "mobile");
        var provided = clock.Now;
        clock.Advance(TimeSpan.FromDays(3));
        var asked = (await client.RequestDeletionAsync("m-kept", "mobile")).Recorded("deletion.requested");
        (await client.PostReplyAsync($"/v1/deletions/{asked.Id()}/completion", null)).Recorded("deletion.completed");
        var until = Timestamp(Clocks.Due(provided, Periods.Retention[RetentionGround.ContractOrWithdrawal]));
        foreach (var (partner, retain) in ((string, string?)[])
            [("id-delete", null), ("cj-gls", $$"""{"contract_or_withdrawal":"{{until}}"}"""), ("inicis", $$"""{"payment_and_supply":"{{until}}"}""")])
        {
            var data = (await EventsOf(ledger, partner, "m-kept"))[^1]["data"]!;
            Assert.Equal(retain is null, (bool)data["deleteNow"]!);
            Assert.Equal(retain, data["retainUntil"]?.ToJsonString());
            Assert.Equal(["mobile"], data["items"].Strings());
        }
    }

    [Theory, BothStores]
    public async Task A_value_that_was_deleted_is_told_no_more_even_when_the_event_is_read_again(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        await client.ProvideAsync("m-value", "cj-gls", "delivery", "phone", "mobile");
        (await client.CompleteAsync((await client.CorrectAsync("m-value", "phone", "mobile")).Id(), ("phone", "02-1"), ("mobile", "010-1"))).Recorded("correction.completed");
        var deletion = (await client.RequestDeletionAsync("m-value", "mobile")).Id();
        Assert.Equal("""{"mobile":"010-1","phone":"02-1"}""", (await Corrected())[0]);
        (await client.PostReplyAsync($"/v1/deletions/{deletion}/completion", null)).Recorded("deletion.completed");
        Assert.Equal("""{"phone":"02-1"}""", (await Corrected())[0]);
        // What is corrected after it is a new value.
        (await client.CompleteAsync((await client.CorrectAsync("m-value", "mobile")).Id(), ("mobile", "010-2"))).Recorded("correction.completed");
        Assert.Equal(["""{"phone":"02-1"}""", """{"mobile":"010-2"}"""], await Corrected());

        async Task<string[]> Corrected() => [.. (await EventsOf(ledger, "cj-gls", "m-value"))
            .Where(e => (string)e["type"]! == "correction.completed").Select(e => e["data"]!["values"]!.ToJsonString())];
    }

    [Theory, BothStores]
    public async Task What_another_law_wants_collected_stays_and_the_reason_is_sealed(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        await client.ProvideAsync("m-stays", "cj-gls", "delivery", "phone");
        var id = (await client.RequestDeletionAsync("m-stays", "phone")).Id();
        (await client.PostReplyAsync($"/v1/deletions/{id}/rejection", new { reason = "" })).Names(HttpStatusCode.BadRequest, "reason");
        var rejected = (await client.PostReplyAsync($"/v1/deletions/{id}/rejection", new { reason = "전자상거래법에 따른 보존" })).Recorded("deletion.rejected");
        Assert.Equal(["cj-gls"], rejected.Json["notified"].Strings());
        (await client.DecideAsync("m-stays", "cj-gls", "delivery", "phone")).Permits();
        Assert.Equal(["acknowledgeBy", "deletionId", "items"], (await EventsOf(ledger, "cj-gls", "m-stays"))[^1]["data"].NamesOf());
        var entry = await client.GetReplyAsync($"/v1/ledger/entries/{rejected.Positions[0]}");
        Assert.Equal($$"""{"deletionId":"{{id}}","items":["phone"]}""", entry.Json["data"]!.ToJsonString());
        Assert.NotNull(entry.Json["sealed"]);
        Assert.Equal(["deletion_result=settled"], await client.OwedAsync("m-stays", "kind=deletion_result"));
    }

    [Theory, BothStores]
    public async Task A_deletion_is_settled_once_and_only_as_one(Store store)
    {
        var (ledger, _) = await ledgers.On(store);
        var client = ledger.Client();
        var correction = (await client.CorrectAsync("m-once", "name")).Id();
        var deletion = (await client.RequestDeletionAsync("m-once", "name")).Id();
        (await client.RequestDeletionAsync("m-once", "name", "shoe_size")).Names(HttpStatusCode.BadRequest, "items[1]");
        (await client.RequestDeletionAsync("m-once")).Names(HttpStatusCode.BadRequest, "items");
        (await client.CompleteAsync(deletion, ("name", "1"))).Names(HttpStatusCode.NotFound, "id");
        (await client.PostReplyAsync($"/v1/deletions/{correction}/completion", null)).Names(HttpStatusCode.NotFound, "id");
        (await client.PostReplyAsync($"/v1/deletions/{Guid.Empty}/rejection", new { reason = "no" })).Names(HttpStatusCode.NotFound, "id");
        (await client.PostReplyAsync($"/v1/deletions/{deletion}/completion", null)).Recorded("deletion.completed");
        var head = await ledger.HeadAsync();
        (await client.PostReplyAsync($"/v1/deletions/{deletion}/completion", null)).Names(HttpStatusCode.Conflict, "id");
        (await client.PostReplyAsync($"/v1/deletions/{deletion}/rejection", new { reason = "no" })).Names(HttpStatusCode.Conflict, "id");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    private static string Timestamp(DateTimeOffset instant) => ConsentLedger.Ledger.Timestamps.Format(instant);
}
