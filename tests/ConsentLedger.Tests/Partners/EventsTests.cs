using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ConsentLedger.Tests.Harness;

namespace ConsentLedger.Tests.Partners;

public sealed class EventsTests(Ledgers ledgers) : IClassFixture<Ledgers>
{
    [Theory, BothStores]
    public async Task An_event_is_a_CloudEvent_with_nothing_beside_what_the_contract_has(Store store)
    {
        var ledger = await ledgers.On(store);
        await MakeEventsAsync(ledger, "inicis", "payment", "m-cloud", 1);
        var events = await ledger.Partner("inicis").EventsAsync("inicis");
        string[] names = ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "partner", "sequence", "ledgerposition", "data"];
        Assert.All(events, e => Assert.Equal(names, e.AsObject().Select(m => m.Key)));
        Assert.All(events, e => Assert.Equal(("1.0", "/consent-ledger", "application/json", "inicis"),
            ((string)e["specversion"]!, (string)e["source"]!, (string)e["datacontenttype"]!, (string)e["partner"]!)));
        Assert.All(events, e => Assert.Equal(JsonValueKind.String, e["sequence"]!.GetValueKind()));
        Assert.All(events, e => Assert.Equal(7, Guid.Parse((string)e["id"]!).Version));
    }

    [Theory, BothStores]
    public async Task The_feed_pages_to_the_end_in_order_without_a_gap(Store store)
    {
        var ledger = await ledgers.On(store);
        await MakeEventsAsync(ledger, "cj-gls", "delivery", "m-feed", 4);
        var partner = ledger.Partner("cj-gls");
        var all = await partner.EventsAsync("cj-gls");
        Assert.Equal(Enumerable.Range(1, all.Count).Select(i => $"{i}"), all.Select(e => (string)e["sequence"]!));
        foreach (var limit in (int[])[1, 3, 8])
            Assert.Equal(all.ToJson(), (await partner.AllPagesAsync($"/v1/partners/cj-gls/events?limit={limit}", "events", limit)).ToJson());
        Assert.Equal(all.Skip(3).ToJson(), (await partner.EventsAsync("cj-gls", after: 3)).ToJson());
        Assert.Empty(await partner.EventsAsync("cj-gls", after: all.Count));
    }

    [Theory, BothStores]
    public async Task The_stream_has_the_bytes_of_the_feed_and_goes_on_where_the_partner_left_off(Store store)
    {
        var ledger = await ledgers.On(store);
        await MakeEventsAsync(ledger, "areumnet", "website_maintenance", "m-stream", 3);
        var feed = (await ledger.Partner("areumnet").GetReplyAsync("/v1/partners/areumnet/events?limit=1000")).Text;
        var raw = JsonDocument.Parse(feed).RootElement.GetProperty("events").EnumerateArray().Select(e => e.GetRawText()).ToList();

        await using (var whole = await StreamAsync(ledger, "areumnet", ""))
        {
            foreach (var (i, body) in raw.Index())
                Assert.Equal(($"{i + 1}", body), await whole.NextAsync());
        }

        await using (var queried = await StreamAsync(ledger, "areumnet", "?after=4"))
            Assert.Equal(("5", raw[4]), await queried.NextAsync());

        await using var resumed = await StreamAsync(ledger, "areumnet", "?after=1", lastEventId: $"{raw.Count - 1}");
        Assert.Equal(($"{raw.Count}", raw[^1]), await resumed.NextAsync());
        // What happens while it is open arrives too.
        await MakeEventsAsync(ledger, "areumnet", "website_maintenance", "m-stream", 1);
        var (id, live) = await resumed.NextAsync();
        Assert.Equal($"{raw.Count + 1}", id);
        var after = JsonDocument.Parse((await ledger.Partner("areumnet").GetReplyAsync($"/v1/partners/areumnet/events?after={raw.Count}")).Text);
        Assert.Equal(after.RootElement.GetProperty("events")[0].GetRawText(), live);
    }

    [Theory, BothStores]
    public async Task A_stream_names_the_type_of_each_event_and_says_that_it_is_one(Store store)
    {
        var ledger = await ledgers.On(store);
        await MakeEventsAsync(ledger, "vendor-sample-b", "vendor_delivery", "m-types", 1, "phone");
        await using var stream = await StreamAsync(ledger, "vendor-sample-b", "");
        Assert.Equal("text/event-stream", stream.ContentType);
        await stream.NextAsync();
        Assert.Equal("correction.requested", stream.LastType);
        await stream.NextAsync();
        Assert.Equal("correction.completed", stream.LastType);
    }

    private static async Task MakeEventsAsync(LedgerService ledger, string partner, string purpose, string member, int pairs, string item = "mobile")
    {
        var client = ledger.Client();
        (await client.ProvideAsync(member, partner, purpose, item)).Recorded("provision.recorded");
        for (var i = 0; i < pairs; i++)
            await client.CompleteAsync((string)(await client.CorrectAsync(member, item)).Json["id"]!, (item, $"값 \"{i}\"\n<{i}>"));
    }

    private static async Task<EventStream> StreamAsync(LedgerService ledger, string partner, string query, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/partners/{partner}/events/stream{query}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await ledger.Partner(partner).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new EventStream(response, new StreamReader(await response.Content.ReadAsStreamAsync(), new UTF8Encoding(false, throwOnInvalidBytes: true)));
    }

    /// <summary>Server-sent events as the WHATWG standard has them read.</summary>
    private sealed class EventStream(HttpResponseMessage response, StreamReader reader) : IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

        public string? ContentType => response.Content.Headers.ContentType?.MediaType;

        public string? LastType { get; private set; }

        public async Task<(string Id, string Data)> NextAsync()
        {
            var (id, data) = ("", new List<string>());
            while (true)
            {
                var line = await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience)
                    ?? throw new InvalidOperationException("the stream ended");
                if (line.Length == 0 && data.Count > 0)
                    return (id, string.Join('\n', data));
                if (line.StartsWith("data:", StringComparison.Ordinal))
                    data.Add(line[5..].TrimStart(' '));
                else if (line.StartsWith("id:", StringComparison.Ordinal))
                    id = line[3..].Trim();
                else if (line.StartsWith("event:", StringComparison.Ordinal))
                    LastType = line[6..].Trim();
            }
        }

        public ValueTask DisposeAsync()
        {
            reader.Dispose();
            response.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
