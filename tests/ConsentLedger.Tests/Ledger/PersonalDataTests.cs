using System.Data.Common;
using System.Text;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Tests.Ledger;

/// <summary>What stands in the clear in the store, in any column of any table.</summary>
public sealed class PersonalDataTests(PostgresServer postgres)
{
    private const string MemberId = "kim.secret+member@example.com";
    private const string VisitorId = "browser-cookie-5521";

    private static readonly string[] Secrets =
    [
        "ORDER-9f31c7", "주문메모-비밀", "203.0.113.199", "SecretAgent/7.7", new('d', 64), "carrier-proof-5521", "010-7654-3210", "서울시 비밀구 은닉로 77",
        "reject-because-5521", "note-of-partner-5521",
    ];

    [Theory, BothStores]
    public async Task Nothing_personal_is_in_the_clear_and_the_members_own_id_stands_in_one_column_only(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        await WriteAllSecretsAsync(ledger);
        var cells = await ledger.QueryAsync(ReadAllAsync);
        // The scan sees what is there: the id, where it belongs.
        Assert.Equal(["subjects.external_id"], Where(cells, MemberId));
        Assert.Equal(["subjects.external_id"], Where(cells, VisitorId));
        Assert.Contains("ledger_entries.data", cells.Select(c => c.Column).Distinct());
        Assert.Contains("idempotency_keys.body", cells.Select(c => c.Column).Distinct());
        foreach (var secret in Secrets)
            Assert.True(Where(cells, secret) is [], $"'{secret}' stands in {string.Join(", ", Where(cells, secret))}");
    }

    [Theory, BothStores]
    public async Task What_was_sealed_is_shown_to_those_who_may_see_it(Store store)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres);
        await WriteAllSecretsAsync(ledger);
        var provision = Assert.Single((await ledger.Client().GetReplyAsync($"/v1/members/{MemberId}/provisions")).List("provisions"));
        Assert.Equal("ORDER-9f31c7", (string)provision["reference"]!["order"]!);
        Assert.Equal("주문메모-비밀", (string)provision["reference"]!["memo"]!);
        var completed = (await ledger.Partner("cj-gls").EventsAsync("cj-gls")).Single(e => (string)e["type"]! == "correction.completed");
        Assert.Equal("010-7654-3210", (string)completed["data"]!["values"]!["mobile"]!);
    }

    private static async Task WriteAllSecretsAsync(LedgerService ledger)
    {
        var client = ledger.Client();
        var verification = new { method = "mobile_carrier", reference = "carrier-proof-5521" };
        var evidence = new { ip = "203.0.113.199", userAgent = "SecretAgent/7.7", documentSha256 = new string('d', 64) };
        (await client.PostReplyAsync($"/v1/members/{MemberId}/consents", new
        {
            notice = Requests.Notice,
            choices = new[] { new { purpose = "sms_marketing", granted = true } },
            actor = Requests.Member,
            channel = "web",
            evidence,
            verification,
        }, "key-1")).Recorded("consent.granted");
        (await client.PostReplyAsync($"/v1/members/{MemberId}/provisions", new
        {
            partner = "cj-gls",
            purpose = "delivery",
            items = (string[])["mobile", "address"],
            reference = new { order = "ORDER-9f31c7", memo = "주문메모-비밀" },
        }, "key-2")).Recorded("provision.recorded");
        // A denial keeps no reference at all.
        await client.PostReplyAsync($"/v1/members/{MemberId}/provisions", new
        {
            partner = "cj-gls",
            purpose = "delivery",
            items = (string[])["email"],
            reference = new { order = "ORDER-9f31c7" },
        }, "key-3");
        var asked = await client.PostReplyAsync($"/v1/members/{MemberId}/corrections", new
        {
            items = (string[])["mobile", "address"],
            actor = Requests.Member,
            channel = "phone",
            verification,
        }, "key-4");
        (await client.PostReplyAsync($"/v1/corrections/{asked.Json["id"]}/completion", new
        {
            values = new { mobile = "010-7654-3210", address = "서울시 비밀구 은닉로 77" },
        }, "key-5")).Recorded("correction.completed");
        var second = await client.CorrectAsync(MemberId, "mobile");
        (await client.PostReplyAsync($"/v1/corrections/{second.Json["id"]}/rejection", new { reason = "reject-because-5521" }, "key-6")).Recorded("correction.rejected");
        (await client.PostReplyAsync($"/v1/members/{MemberId}/withdrawals", new
        {
            purposes = (string[])["sms_marketing"],
            actor = Requests.Member,
            channel = "email",
            evidence,
            verification,
        }, "key-7")).Recorded("consent.withdrawn");
        (await client.PostReplyAsync($"/v1/visitors/{VisitorId}/cookie-choices", new { choice = "ask", evidence }, "key-8")).Recorded("cookies.chosen");
        (await client.PostReplyAsync($"/v1/visitors/{VisitorId}/link", new { member = MemberId }, "key-9")).Recorded("visitor.linked", "visitor.linked");
        var told = (await ledger.Partner("cj-gls").EventsAsync("cj-gls"))[0];
        (await ledger.Partner("cj-gls").AcknowledgeAsync("cj-gls", ((string)told["id"]!, "partial", "note-of-partner-5521"))).Recorded("delivery.acknowledged");
    }

    private static string[] Where(List<(string Column, byte[] Content)> cells, string text)
    {
        byte[][] forms =
        [
            Encoding.UTF8.GetBytes(text), Encoding.Unicode.GetBytes(text),
            Encoding.UTF8.GetBytes(System.Text.Json.JsonSerializer.Serialize(text).Trim('"')),
            Encoding.UTF8.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(text))),
        ];
        return [.. cells.Where(c => forms.Any(f => c.Content.AsSpan().IndexOf(f) >= 0)).Select(c => c.Column).Distinct().Order(StringComparer.Ordinal)];
    }

    // Every table that the store itself knows, not only those of the model.
    private static async Task<List<(string Column, byte[] Content)>> ReadAllAsync(ConsentLedger.Storage.LedgerDbContext context)
    {
        var connection = context.Database.GetDbConnection();
        await context.Database.OpenConnectionAsync();
        List<(string, byte[])> cells = [];
        var tables = await ListAsync(connection, context.Database.IsNpgsql()
            ? "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
            : "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1");
        Assert.True(tables.Count >= 10, string.Join(", ", tables));
        foreach (var table in tables)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT * FROM \"{table}\"";
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                for (var i = 0; i < reader.FieldCount; i++)
                {
                    var content = reader.GetValue(i) switch
                    {
                        byte[] bytes => bytes,
                        string text => Encoding.UTF8.GetBytes(text),
                        var other => Encoding.UTF8.GetBytes(Convert.ToString(other, System.Globalization.CultureInfo.InvariantCulture) ?? ""),
                    };
                    cells.Add(($"{table}.{reader.GetName(i)}", content));
                }
            }
        }

        return cells;
    }

    private static async Task<List<string>> ListAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        List<string> names = [];
        while (await reader.ReadAsync())
            names.Add(reader.GetString(0));
        return names;
    }
}
