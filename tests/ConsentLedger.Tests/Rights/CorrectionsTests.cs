using System.Globalization;
using System.Net;
using ConsentLedger.Rights;
using ConsentLedger.Tests.Harness;
using static ConsentLedger.Tests.Consents.ConsentsTests;

namespace ConsentLedger.Tests.Rights;

public sealed class CorrectionsTests(Ledgers ledgers) : IClassFixture<Ledgers>
{
    [Theory, BothStores]
    public async Task The_result_goes_to_exactly_the_holders_each_with_only_its_own_items(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        await client.ProvideAsync("m-holders", "inicis", "payment", "name", "mobile");
        await client.ProvideAsync("m-holders", "inicis", "settlement", "phone");
        await client.ProvideAsync("m-holders", "cj-gls", "delivery", "address");
        await client.ProvideAsync("m-holders", "vendor-sample-a", "vendor_delivery", "product_info");
        // Another member's holders are none of this one's.
        await client.ProvideAsync("m-holders-other", "vendor-sample-b", "vendor_delivery", "name", "phone");

        var asked = (await client.CorrectAsync("m-holders", "phone", "mobile", "address", "email")).Recorded("correction.requested");
        Assert.Equal(["cj-gls", "inicis"], asked.Json["notified"].Strings());
        Assert.Equal(["address", "email", "mobile", "phone"], asked.Json["heldItems"].Strings().Order(StringComparer.Ordinal));
        var done = (await client.CompleteAsync((string)asked.Json["id"]!, ("phone", "02-1"), ("mobile", "010-2"), ("address", "서울"), ("email", "a@b")))
            .Recorded("correction.completed");
        Assert.Equal(["cj-gls", "inicis"], done.Json["notified"].Strings());

        var inicis = await EventsOf(ledger, "inicis", "m-holders");
        Assert.Equal(["correction.requested", "correction.completed"], inicis.Select(e => (string)e["type"]!));
        Assert.All(inicis, e => Assert.Equal(["mobile", "phone"], e["data"]!["items"].Strings()));
        Assert.Null(inicis[0]["data"]!["values"]);
        Assert.Equal("""{"mobile":"010-2","phone":"02-1"}""", inicis[1]["data"]!["values"]!.ToJsonString());
        var courier = await EventsOf(ledger, "cj-gls", "m-holders");
        Assert.Equal("서울", (string)Assert.Single(courier[1]["data"]!["values"]!.AsObject()).Value!);
        Assert.All(courier.Concat(inicis), e => Assert.Equal((string)asked.Json["id"]!, (string)e["data"]!["correctionId"]!));
        foreach (var other in (string[])["vendor-sample-a", "vendor-sample-b", "areumnet", "iheart"])
            Assert.Empty(await EventsOf(ledger, other, "m-holders"));
    }

    [Theory, BothStores]
    public async Task The_result_is_due_in_ten_days_of_Seoul_and_answers_in_five(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        await client.ProvideAsync("m-due", "cj-gls", "delivery", "mobile");
        var asked = await client.CorrectAsync("m-due", "mobile");
        var recorded = Instant((string)(await client.GetReplyAsync($"/v1/ledger/entries/{asked.Positions[0]}")).Json["recordedAt"]!);
        Assert.Equal(Clocks.Due(recorded, Periods.CorrectionResult), Instant((string)asked.Json["dueAt"]!));
        Assert.Equal(Clocks.Due(recorded, Periods.Acknowledgement), Instant((string)Assert.Single(await EventsOf(ledger, "cj-gls", "m-due"))["data"]!["acknowledgeBy"]!));
    }

    [Theory, BothStores]
    public async Task Values_that_are_not_exactly_those_asked_for_are_named_and_the_hold_stays(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var id = (string)(await client.CorrectAsync("m-keys", "mobile", "name")).Json["id"]!;
        var head = await ledger.HeadAsync();
        (await client.CompleteAsync(id, ("mobile", "1"))).Names(HttpStatusCode.BadRequest, "values.name");
        (await client.CompleteAsync(id, ("mobile", "1"), ("name", "2"), ("phone", "3"))).Names(HttpStatusCode.BadRequest, "values.phone");
        (await client.CompleteAsync(id, ("phone", "3"))).Names(HttpStatusCode.BadRequest, "values.mobile", "values.name", "values.phone");
        (await client.CompleteAsync(id)).Names(HttpStatusCode.BadRequest, "values");
        (await client.CompleteAsync(id, ("mobile", new string('1', 1001)), ("name", "2"))).Names(HttpStatusCode.BadRequest, "values");
        Assert.Equal(head, await ledger.HeadAsync());
        Assert.Equal(["correction_pending"], (await client.DecideAsync("m-keys", "cj-gls", "delivery", "mobile")).Reasons);
        (await client.CompleteAsync(id, ("name", "2"), ("mobile", "1"))).Recorded("correction.completed");
    }

    [Theory, BothStores]
    public async Task A_rejection_releases_the_hold_tells_the_holders_and_keeps_its_reason_to_itself(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        await client.ProvideAsync("m-rejected", "cj-gls", "delivery", "mobile");
        var id = (string)(await client.CorrectAsync("m-rejected", "mobile")).Json["id"]!;
        var rejected = (await client.PostReplyAsync($"/v1/corrections/{id}/rejection", new { reason = "본인 확인 실패" })).Recorded("correction.rejected");
        Assert.Equal(["cj-gls"], rejected.Json["notified"].Strings());
        var told = (await EventsOf(ledger, "cj-gls", "m-rejected"))[^1];
        Assert.Equal("correction.rejected", (string)told["type"]!);
        Assert.Equal(["acknowledgeBy", "correctionId", "items"], told["data"]!.AsObject().Select(m => m.Key).Order(StringComparer.Ordinal));
        Assert.Equal("permit", (string)(await client.DecideAsync("m-rejected", "cj-gls", "delivery", "mobile")).Json["decision"]!);
    }

    [Theory, BothStores]
    public async Task A_settled_correction_cannot_be_settled_again(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var id = (string)(await client.CorrectAsync("m-twice", "mobile")).Json["id"]!;
        (await client.CompleteAsync(id, ("mobile", "1"))).Recorded("correction.completed");
        var head = await ledger.HeadAsync();
        (await client.CompleteAsync(id, ("mobile", "2"))).Names(HttpStatusCode.Conflict, "id");
        (await client.PostReplyAsync($"/v1/corrections/{id}/rejection", new { reason = "no" })).Names(HttpStatusCode.Conflict, "id");
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task Of_many_that_settle_one_correction_at_once_one_does(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var id = (string)(await client.CorrectAsync("m-race", "mobile")).Json["id"]!;
        var replies = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => i % 2 == 0
            ? client.CompleteAsync(id, ("mobile", $"{i}"))
            : client.PostReplyAsync($"/v1/corrections/{id}/rejection", new { reason = $"{i}" })));
        Assert.Single(replies, r => r.Status == HttpStatusCode.Created);
        Assert.Equal(11, replies.Count(r => r.Status == HttpStatusCode.Conflict));
    }

    [Theory, BothStores]
    public async Task An_item_stays_on_hold_until_the_last_of_its_corrections_is_settled(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        var first = (string)(await client.CorrectAsync("m-two", "mobile", "name")).Json["id"]!;
        var second = (string)(await client.CorrectAsync("m-two", "mobile")).Json["id"]!;
        Assert.NotEqual(first, second);
        await client.CompleteAsync(first, ("mobile", "1"), ("name", "2"));
        var held = await client.DecideAsync("m-two", "cj-gls", "delivery", "name", "mobile");
        Assert.Equal(["permit", "deny"], held.Json["items"]!.AsArray().Select(i => (string)i!["decision"]!));
        await client.PostReplyAsync($"/v1/corrections/{second}/rejection", new { reason = "already done" });
        Assert.Equal("permit", (string)(await client.DecideAsync("m-two", "cj-gls", "delivery", "name", "mobile")).Json["decision"]!);
    }

    [Theory, BothStores]
    public async Task A_hold_stops_own_use_and_provision_alike_and_only_of_its_items(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        await client.ConsentAsync("m-hold", ("telemarketing", true), ("sms_marketing", true));
        await client.CorrectAsync("m-hold", "mobile");
        var own = await client.PostReplyAsync("/v1/members/m-hold/decisions", new { purpose = "telemarketing", items = (string[])["phone", "mobile"] });
        Assert.Equal(["correction_pending"], own.Reasons);
        Assert.Equal(["correction_pending"], (await client.ProvideAsync("m-hold", "iheart", "sms_marketing", "mobile")).IsProblem(HttpStatusCode.Forbidden).Reasons);
        (await client.ProvideAsync("m-hold", "iheart", "sms_marketing", "name")).Recorded("provision.recorded");
    }

    [Theory, BothStores]
    public async Task Who_asked_how_and_how_they_were_identified_is_part_of_the_entry_but_for_the_reference(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        foreach (var actor in (string[])["member", "legal_guardian", "privacy_officer", "system"])
        {
            var asked = (await client.PostReplyAsync("/v1/members/m-guarded/corrections", new
            {
                items = (string[])["name"],
                actor = new { kind = actor },
                channel = "phone",
                verification = new { method = "callback", reference = "통화녹음-4711" },
            })).Recorded("correction.requested");
            var entry = await client.GetReplyAsync($"/v1/ledger/entries/{asked.Positions[0]}");
            Assert.Equal(actor, (string)entry.Json["data"]!["actor"]!["kind"]!);
            Assert.Equal("phone", (string)entry.Json["data"]!["channel"]!);
            Assert.Equal("callback", (string)entry.Json["data"]!["verificationMethod"]!);
            Assert.DoesNotContain("4711", entry.Text, StringComparison.Ordinal);
            Assert.NotNull(entry.Json["sealed"]);
        }
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
