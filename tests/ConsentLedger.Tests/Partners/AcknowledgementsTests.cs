using System.Net;
using System.Text.Json.Nodes;
using ConsentLedger.Tests.Harness;
using Microsoft.EntityFrameworkCore;
using static ConsentLedger.Tests.Consents.ConsentsTests;

namespace ConsentLedger.Tests.Partners;

public sealed class AcknowledgementsTests(Ledgers ledgers) : IClassFixture<Ledgers>
{
    [Theory]
    [BothStores("done", "partial", "not_held", "failed")]
    public async Task What_the_partner_did_stands_in_the_delivery(Store store, string outcome)
    {
        var ledger = await ledgers.On(store);
        var id = await EventAsync(ledger, $"m-{outcome}", "cj-gls");
        var answer = (await ledger.Partner("cj-gls").AcknowledgeAsync("cj-gls", (id, outcome, null))).Recorded("delivery.acknowledged");
        var delivery = await DeliveryAsync(ledger, id);
        Assert.Equal("acknowledged", (string)delivery["status"]!);
        Assert.Equal(outcome, (string)delivery["outcome"]!);
        Assert.Equal(answer.Positions[0], (long)delivery["acknowledgedPosition"]!);
        var entry = (await ledger.Client().GetReplyAsync($"/v1/ledger/entries/{answer.Positions[0]}")).Json;
        Assert.Equal(outcome, (string)entry["data"]!["outcome"]!);
        Assert.Equal((string)entry["recordedAt"]!, (string)delivery["acknowledgedAt"]!);
    }

    [Theory, BothStores]
    public async Task The_same_answer_again_is_no_entry_and_another_answer_is(Store store)
    {
        var ledger = await ledgers.On(store);
        var partner = ledger.Partner("cj-gls");
        var id = await EventAsync(ledger, "m-again", "cj-gls");
        (await partner.AcknowledgeAsync("cj-gls", (id, "failed", null))).Recorded("delivery.acknowledged");
        var head = await ledger.HeadAsync();
        var again = (await partner.AcknowledgeAsync("cj-gls", (id, "failed", null))).Is(HttpStatusCode.Created);
        Assert.Empty(again.Positions);
        Assert.False(again.Headers.Contains("Ledger-Position"));
        Assert.Empty((await partner.AcknowledgeAsync("cj-gls", (id, "failed", null), (id, "failed", "again"))).Positions);
        Assert.Equal(head, await ledger.HeadAsync());
        (await partner.AcknowledgeAsync("cj-gls", (id, "done", null), (id, "done", null), (id, "partial", null), (id, "done", null)))
            .Recorded("delivery.acknowledged", "delivery.acknowledged", "delivery.acknowledged");
        Assert.Equal("done", (string)(await DeliveryAsync(ledger, id))["outcome"]!);
    }

    [Theory, BothStores]
    public async Task An_answer_to_another_partners_event_refuses_the_whole_request(Store store)
    {
        var ledger = await ledgers.On(store);
        var mine = await EventAsync(ledger, "m-foreign", "cj-gls");
        var other = await EventAsync(ledger, "m-foreign", "inicis");
        var head = await ledger.HeadAsync();
        (await ledger.Partner("cj-gls").AcknowledgeAsync("cj-gls", (mine, "done", null), (other, "done", null)))
            .Names(HttpStatusCode.BadRequest, "acknowledgements[1].eventId");
        (await ledger.Partner("cj-gls").AcknowledgeAsync("cj-gls", ("018f0000-0000-7000-8000-000000000000", "done", null), (mine, "done", null)))
            .Names(HttpStatusCode.BadRequest, "acknowledgements[0].eventId");
        Assert.Equal(head, await ledger.HeadAsync());
        foreach (var id in (string[])[mine, other])
            Assert.Null((await DeliveryAsync(ledger, id))["outcome"]);
    }

    [Theory, BothStores]
    public async Task A_note_is_sealed(Store store)
    {
        var ledger = await ledgers.On(store);
        var id = await EventAsync(ledger, "m-note", "cj-gls");
        var answer = await ledger.Partner("cj-gls").AcknowledgeAsync("cj-gls", (id, "partial", "홍길동 고객 주소 일부만 변경"));
        var entry = await ledger.Client().GetReplyAsync($"/v1/ledger/entries/{answer.Positions[0]}");
        Assert.NotNull(entry.Json["sealed"]);
        Assert.NotNull(entry.Json["subject"]);
        Assert.DoesNotContain("홍길동", entry.Text, StringComparison.Ordinal);
    }

    [Theory, BothStores]
    public async Task Deliveries_are_filtered_by_partner_status_type_and_entry(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        await client.ProvideAsync("m-filter", "areumnet", "website_maintenance", "mobile");
        var first = await client.CorrectAsync("m-filter", "mobile");
        await client.CompleteAsync((string)first.Json["id"]!, ("mobile", "1"));
        var events = await EventsOf(ledger, "areumnet", "m-filter");
        await ledger.Partner("areumnet").AcknowledgeAsync("areumnet", ((string)events[0]["id"]!, "done", null));

        var mine = $"partner=areumnet&after={first.Positions[0] - 1}"; // other members' stand before
        var all = (await client.GetReplyAsync($"/v1/deliveries?{mine}")).List("deliveries");
        Assert.Equal(events.Select(e => (string)e["id"]!), all.Select(d => (string)d["id"]!));
        Assert.Equal(events.Select(e => (string)e["sequence"]!), all.Select(d => d["sequence"]!.ToJsonString()));
        Assert.Equal(["acknowledged", "pending"], all.Select(d => (string)d["status"]!));
        Assert.All(all, d => Assert.False((bool)d["overdue"]!));
        foreach (var (query, expected) in ((string, int[])[])
        [
            ("status=pending", [1]), ("status=acknowledged", [0]), ("status=published", []), ("status=overdue", []),
            ("type=correction.completed", [1]), ("type=correction.rejected", []), ($"position={first.Positions[0]}", [0]),
            ("status=pending&type=correction.requested", []),
        ])
        {
            var found = (await client.GetReplyAsync($"/v1/deliveries?{mine}&{query}")).List("deliveries");
            Assert.Equal(expected.Select(i => (string)all[i]["id"]!), found.Select(d => (string)d["id"]!));
        }
    }

    [Theory, BothStores]
    public async Task Deliveries_page_to_the_end_without_losing_one_of_an_entry_that_went_to_many(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        foreach (var (partner, purpose) in ((string, string)[])[("inicis", "payment"), ("cj-gls", "delivery"), ("areumnet", "website_maintenance"), ("vendor-sample-a", "vendor_delivery")])
            await client.ProvideAsync("m-pages", partner, purpose, "phone");
        foreach (var i in Enumerable.Range(0, 3))
            await client.CompleteAsync((string)(await client.CorrectAsync("m-pages", "phone")).Json["id"]!, ("phone", $"{i}"));
        var all = (await client.GetReplyAsync("/v1/deliveries?limit=1000")).List("deliveries");
        Assert.True(all.Count >= 24);
        foreach (var limit in (int[])[1, 2, 3, 4, 5, 7, 9, 100])
        {
            // An entry's deliveries stay together, so a page may be longer than its limit, never shorter than one entry.
            List<JsonNode> rows = [];
            for (var path = $"/v1/deliveries?limit={limit}"; path is not null;)
            {
                var reply = await client.GetReplyAsync(path);
                rows.AddRange(reply.List("deliveries"));
                path = reply.Next();
            }

            Assert.Equal(all.ToJson(), rows.ToJson());
        }
    }

    [Theory, BothStores]
    public async Task A_redelivery_is_an_entry_and_changes_neither_id_nor_sequence(Store store)
    {
        var ledger = await ledgers.On(store);
        var id = await EventAsync(ledger, "m-redelivery", "cj-gls");
        var before = await EventsOf(ledger, "cj-gls", "m-redelivery");
        var asked = (await ledger.Client().PostReplyAsync($"/v1/deliveries/{id}/redelivery", null)).Recorded("delivery.redelivery_requested");
        var entry = (await ledger.Client().GetReplyAsync($"/v1/ledger/entries/{asked.Positions[0]}")).Json;
        Assert.Equal(id, (string)entry["data"]!["eventId"]!);
        Assert.Equal("cj-gls", (string)entry["partner"]!);
        Assert.Equal(before.ToJson(), (await EventsOf(ledger, "cj-gls", "m-redelivery")).ToJson());
        Assert.True(await ledger.QueryAsync(context => context.Deliveries.AnyAsync(d => d.EventId == Guid.Parse(id) && d.RedeliveryRequested)));
    }

    private static async Task<string> EventAsync(LedgerService ledger, string member, string partner)
    {
        var client = ledger.Client();
        (await client.ProvideAsync(member, partner, partner == "inicis" ? "payment" : "delivery", "mobile")).Recorded("provision.recorded");
        await client.CompleteAsync((string)(await client.CorrectAsync(member, "mobile")).Json["id"]!, ("mobile", "010-0000-0000"));
        return (string)(await EventsOf(ledger, partner, member))[^1]["id"]!;
    }

    private static async Task<JsonNode> DeliveryAsync(LedgerService ledger, string id) =>
        (await ledger.Client().GetReplyAsync("/v1/deliveries?limit=1000")).List("deliveries").Single(d => (string)d["id"]! == id);
}
