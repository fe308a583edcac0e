using System.Net;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Scenario;

/// <summary>The main job from end to end, over HTTP.</summary>
public sealed class CheckoutToCorrectionTests(PostgresServer postgres)
{
    [Theory]
    [InlineData(Store.Sqlite)]
    [InlineData(Store.Postgres)]
    public async Task A_correction_reaches_exactly_the_partners_that_hold_the_data(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        var client = ledger.Client();

        var consents = await client.ConsentAsync("m-1001", ("email_marketing", true), ("sms_marketing", false));
        Assert.Equal(HttpStatusCode.Created, consents.Status);
        Assert.Equal(["consent.granted", "consent.refused"], consents.Types);
        Assert.Equal("permit", Decision(await client.DecideAsync("m-1001", "areumnet", "email_marketing", "name", "mobile")));
        Assert.Equal(["consent_refused"], (await client.DecideAsync("m-1001", "iheart", "sms_marketing", "name", "mobile")).Reasons);

        Assert.Equal(HttpStatusCode.Created, (await client.ProvideAsync("m-1001", "inicis", "payment", "name", "mobile", "payment_info")).Status);
        Assert.Equal(HttpStatusCode.Created, (await client.ProvideAsync("m-1001", "cj-gls", "delivery", "name", "address", "mobile")).Status);
        Assert.Equal(HttpStatusCode.Created, (await client.ProvideAsync("m-1001", "vendor-sample-a", "vendor_delivery", "name", "phone")).Status);

        var correction = await client.CorrectAsync("m-1001", "mobile");
        Assert.Equal(HttpStatusCode.Created, correction.Status);
        var held = await client.DecideAsync("m-1001", "cj-gls", "delivery", "name", "mobile");
        Assert.Equal(["correction_pending"], held.Reasons);
        Assert.Equal(["permit", "deny"], held.Json["items"]!.AsArray().Select(i => (string)i!["decision"]!));
        Assert.Equal("permit", Decision(await client.DecideAsync("m-1001", "cj-gls", "delivery", "name", "address")));
        Assert.Equal(HttpStatusCode.Forbidden, (await client.ProvideAsync("m-1001", "cj-gls", "delivery", "mobile")).Status);

        var completed = await client.CompleteAsync((string)correction.Json["id"]!, ("mobile", "010-1234-5678"));
        Assert.Equal(["cj-gls", "inicis"], completed.Json["notified"]!.AsArray().Select(n => (string)n!));
        foreach (var partner in (string[])["cj-gls", "inicis"])
        {
            var events = await ledger.Partner(partner).EventsAsync(partner);
            Assert.Equal(["correction.requested", "correction.completed"], events.Select(e => (string)e["type"]!));
            Assert.Equal(["1", "2"], events.Select(e => (string)e["sequence"]!));
            Assert.Equal("m-1001", (string)events[1]["subject"]!);
            Assert.Equal("""{"mobile":"010-1234-5678"}""", events[1]["data"]!["values"]!.ToJsonString());
        }

        foreach (var partner in (string[])["vendor-sample-a", "vendor-sample-b", "areumnet", "iheart"])
            Assert.Empty(await ledger.Partner(partner).EventsAsync(partner));

        await client.WithdrawAsync("m-1001", "email_marketing");
        Assert.Equal(["consent_withdrawn"], (await client.DecideAsync("m-1001", "areumnet", "email_marketing", "name")).Reasons);
    }

    private static string Decision(Reply reply) => (string)reply.Json["decision"]!;
}
