using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Ledger;

/// <summary>The query of operations: filters, order, pages, and the two exports.</summary>
public sealed class EntriesApiTests(Ledgers ledgers, PostgresServer postgres) : IClassFixture<Ledgers>
{
    [Theory, BothStores]
    public async Task Every_filter_and_every_pair_of_filters_finds_what_a_look_at_all_entries_finds(Store store)
    {
        var client = await FilledAsync(store);
        var all = (await client.GetReplyAsync("/v1/ledger/entries?limit=1000")).List("entries");
        Assert.Equal(Enumerable.Range(1, all.Count).Select(i => (long)i), all.Select(Position));
        var subject = (string)(await client.GetReplyAsync("/v1/ledger/entries?member=m-f1&limit=1")).List("entries")[0]["subject"]!;
        var (from, to) = ((string)all[all.Count / 3]["recordedAt"]!, (string)all[2 * all.Count / 3]["recordedAt"]!);
        (string Query, Func<JsonNode, bool> Holds)[] filters =
        [
            ("member=m-f1", e => (string?)e["subject"] == subject),
            ("partner=cj-gls", e => (string?)e["partner"] == "cj-gls"),
            ("type=consent.granted", e => (string)e["type"]! == "consent.granted"),
            ("type=consent.refused,provision.recorded,correction.completed", e => (string)e["type"]! is "consent.refused" or "provision.recorded" or "correction.completed"),
            ($"from={from}", e => Instant(e) >= Parse(from)),
            ($"to={to}", e => Instant(e) < Parse(to)),
            ($"from={Uri.EscapeDataString(Parse(from).ToOffset(TimeSpan.FromHours(9)).ToString("O", CultureInfo.InvariantCulture))}", e => Instant(e) >= Parse(from)),
            ($"after={all.Count / 2}", e => Position(e) > all.Count / 2),
        ];
        foreach (var (i, first) in filters.Index())
        {
            foreach (var second in filters.Skip(i))
            {
                if (first.Query[..4] == second.Query[..4] && first != second)
                    continue;
                var query = first == second ? first.Query : $"{first.Query}&{second.Query}";
                var expected = all.Where(first.Holds).Where(second.Holds).ToList();
                Assert.True(first != second || expected.Count > 0, $"{query} finds nothing at all");
                Assert.Equal(expected.ToJson(), (await client.GetReplyAsync($"/v1/ledger/entries?limit=1000&{query}")).List("entries").ToJson());
                if (!query.Contains("after", StringComparison.Ordinal))
                {
                    expected.Reverse();
                    Assert.Equal(expected.ToJson(), (await client.GetReplyAsync($"/v1/ledger/entries?limit=1000&order=desc&{query}")).List("entries").ToJson());
                }
            }
        }
    }

    [Theory, BothStores]
    public async Task Pages_go_to_the_end_in_both_directions_and_keep_the_filters(Store store)
    {
        var client = await FilledAsync(store);
        foreach (var filter in (string[])["", "&type=consent.granted,provision.recorded", "&member=m-f2"])
        {
            var all = (await client.GetReplyAsync($"/v1/ledger/entries?limit=1000{filter}")).List("entries");
            foreach (var limit in (int[])[1, 3, all.Count - 1, all.Count, all.Count + 1])
            {
                if (limit < 1)
                    continue;
                Assert.Equal(all.ToJson(), (await client.AllPagesAsync($"/v1/ledger/entries?limit={limit}{filter}", "entries", limit)).ToJson());
                Assert.Equal(
                    all.Reverse().ToJson(), (await client.AllPagesAsync($"/v1/ledger/entries?order=desc&limit={limit}{filter}", "entries", limit)).ToJson());
            }

            Assert.Null((await client.GetReplyAsync($"/v1/ledger/entries?limit={all.Count}{filter}")).Next());
        }

        Assert.Equal(100, (await client.GetReplyAsync("/v1/ledger/entries")).List("entries").Count);
    }

    [Theory, BothStores]
    public async Task Each_line_of_NDJSON_is_the_exact_leaf(Store store)
    {
        var client = await FilledAsync(store);
        var all = (await client.GetReplyAsync("/v1/ledger/entries?limit=1000")).List("entries");
        var export = (await client.GetReplyAsync("/v1/ledger/entries", "application/x-ndjson")).Is(HttpStatusCode.OK);
        Assert.Equal("application/x-ndjson", export.ContentHeaders.ContentType!.MediaType);
        Assert.EndsWith("\n", export.Text, StringComparison.Ordinal);
        var lines = export.Text[..^1].Split('\n');
        Assert.Equal(all.Count, lines.Length);
        foreach (var (entry, line) in all.Zip(lines))
        {
            var leaf = Encoding.UTF8.GetBytes(line);
            Assert.Equal((string)entry["leafHash"]!, Convert.ToBase64String(SHA256.HashData([0, .. leaf])));
            var parsed = JsonNode.Parse(line)!;
            Assert.Equal(Position(entry), Position(parsed));
            Assert.Equal(entry["data"]!.ToJsonString(), parsed["data"]!.ToJsonString());
        }

        foreach (var position in (long[])[1, all.Count / 2, all.Count])
        {
            var one = (await client.GetReplyAsync($"/v1/ledger/entries/{position}")).Is(HttpStatusCode.OK).Json;
            Assert.Equal(lines[position - 1], Encoding.UTF8.GetString(Convert.FromBase64String((string)one["leaf"]!)));
        }

        var some = await client.GetReplyAsync("/v1/ledger/entries?type=consent.granted&order=desc&limit=2", "application/x-ndjson");
        Assert.Equal(
            all.Where(e => (string)e["type"]! == "consent.granted").Reverse().Take(2).Select(Position),
            some.Text[..^1].Split('\n').Select(l => Position(JsonNode.Parse(l)!)));
        Assert.Empty((await client.GetReplyAsync($"/v1/ledger/entries?after={all.Count}", "application/x-ndjson")).Is(HttpStatusCode.OK).Text);
    }

    [Theory, BothStores]
    public async Task The_CSV_is_RFC_4180_and_has_a_record_for_each_entry(Store store)
    {
        var client = await FilledAsync(store);
        var all = (await client.GetReplyAsync("/v1/ledger/entries?limit=1000")).List("entries");
        var export = (await client.GetReplyAsync("/v1/ledger/entries", "text/csv")).Is(HttpStatusCode.OK);
        Assert.Equal("text/csv", export.ContentHeaders.ContentType!.MediaType);
        Assert.Equal("attachment", export.ContentHeaders.ContentDisposition!.DispositionType);
        var records = ParseCsv(export.Text);
        Assert.Equal(["position", "recordedAt", "type", "subject", "partner", "leafHash", "entry"], records[0]);
        Assert.Equal(all.Count + 1, records.Count);
        foreach (var (entry, record) in all.Zip(records.Skip(1)))
        {
            Assert.Equal(
                [$"{Position(entry)}", (string)entry["recordedAt"]!, (string)entry["type"]!, (string?)entry["subject"] ?? "", (string?)entry["partner"] ?? "", (string)entry["leafHash"]!],
                record[..6]);
            Assert.Equal((string)entry["leafHash"]!, Convert.ToBase64String(SHA256.HashData([0, .. Encoding.UTF8.GetBytes(record[6])])));
        }
    }

    [Theory, BothStores]
    public async Task A_browsers_wish_for_anything_gets_JSON(Store store)
    {
        var client = await FilledAsync(store);
        foreach (var accept in (string[])["*/*", "application/json", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json, text/csv;q=0.5"])
            Assert.Equal("application/json", (await client.GetReplyAsync("/v1/ledger/entries?limit=1", accept)).Is(HttpStatusCode.OK).ContentHeaders.ContentType!.MediaType);
        Assert.Equal("text/csv", (await client.GetReplyAsync("/v1/ledger/entries?limit=1", "application/json;q=0.5, text/csv")).ContentHeaders.ContentType!.MediaType);
    }

    [Theory, BothStores]
    public async Task An_export_longer_than_one_page_of_the_store_is_whole(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        var client = ledger.Client();
        var choices = new[] { "sms_marketing", "email_marketing", "telemarketing", "partner_offers" };
        foreach (var some in Enumerable.Range(0, 270).Chunk(90))
            await Task.WhenAll(some.Select(i => client.ConsentAsync($"m-bulk-{i}", [.. choices.Select(c => (c, i % 2 == 0))])));
        var head = await ledger.HeadAsync();
        Assert.True(head > 1080);
        var positions = (await client.GetReplyAsync("/v1/ledger/entries?order=desc", "application/x-ndjson")).Text[..^1].Split('\n').Select(l => Position(JsonNode.Parse(l)!));
        Assert.Equal(Enumerable.Range(1, (int)head).Select(i => head + 1 - i), positions);
        Assert.Equal(head + 1, ParseCsv((await client.GetReplyAsync("/v1/ledger/entries", "text/csv")).Text).Count);
    }

    private static long Position(JsonNode entry) => (long)entry["position"]!;

    private static DateTimeOffset Instant(JsonNode entry) => Parse((string)entry["recordedAt"]!);

    private static DateTimeOffset Parse(string instant) => DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);

    /// <summary>RFC 4180, strictly: CRLF, quotes doubled within quotes, no quote in a field without them.</summary>
    private static List<string[]> ParseCsv(string text)
    {
        List<string[]> records = [];
        List<string> fields = [];
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == '"')
            {
                var field = new StringBuilder();
                for (at++; text[at] != '"' || (at + 1 < text.Length && text[at + 1] == '"'); at++)
                {
                    if (text[at] == '"')
                        at++;
                    field.Append(text[at]);
                }

                at++;
                fields.Add(field.ToString());
            }
            else
            {
                var end = text.IndexOfAny([',', '\r', '\n', '"'], at);
                Assert.True(end >= 0 && text[end] is ',' or '\r', $"a bare field ends with {(int)text[end]}");
                fields.Add(text[at..end]);
                at = end;
            }

            if (text[at] == ',')
            {
                at++;
                continue;
            }

            Assert.Equal("\r\n", text.Substring(at, 2));
            at += 2;
            records.Add([.. fields]);
            fields.Clear();
        }

        Assert.Empty(fields);
        return records;
    }

    // Something of every kind, once for each store.
    private async Task<HttpClient> FilledAsync(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        if ((await client.GetReplyAsync("/v1/members/m-f1/consents")).Status == HttpStatusCode.OK)
            return client;
        foreach (var i in Enumerable.Range(1, 12))
        {
            var member = $"m-f{i}";
            await client.ConsentAsync(member, ("sms_marketing", true), ("email_marketing", i % 2 == 0));
            await client.ProvideAsync(member, "cj-gls", "delivery", "name", "mobile");
            await client.ProvideAsync(member, "iheart", "sms_marketing", "mobile");
            await client.ProvideAsync(member, "iheart", "delivery", "mobile");
            var correction = await client.CorrectAsync(member, "mobile");
            await client.CompleteAsync((string)correction.Json["id"]!, ("mobile", $"010-{i}"));
            await client.WithdrawAsync(member, "sms_marketing");
            var told = (await ledger.Partner("cj-gls").EventsAsync("cj-gls"))[^1];
            await ledger.Partner("cj-gls").AcknowledgeAsync("cj-gls", ((string)told["id"]!, "done", JsonSerializer.Serialize(new { note = "쉼표, \"따옴표\"\n줄" })));
        }

        await client.PublishAsync(Expect.NoticeBody("with-commas", Expect.Disclosure("sms_marketing", "iheart", "name")));
        return client;
    }
}
