using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ConsentLedger.Partners;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Partners;

/// <summary>The annex of vendors: the file as tables, the verb on both stores beside a service that runs.</summary>
public sealed class ImportVendorsTests(PostgresServer postgres)
{
    [Theory]
    [InlineData("code,name_ko,name_en\nvendor-a,가,A\nvendor-b,나,B\n", "2 vendor-a 가 A|3 vendor-b 나 B")]
    [InlineData("code,name_ko,name_en\r\nvendor-a,가,A\r\nvendor-b,나,B", "2 vendor-a 가 A|3 vendor-b 나 B")]
    [InlineData("\uFEFFcode,name_ko\nvendor-a,가", "2 vendor-a 가 가")]
    [InlineData("name_en,name_ko,code\n,가,vendor-a\nB,나,vendor-b", "2 vendor-a 가 가|3 vendor-b 나 B")]
    [InlineData("\n\ncode,name_ko\n\nvendor-a,가\n,\n\n\nvendor-b,나\n\n", "5 vendor-a 가 가|9 vendor-b 나 나")]
    [InlineData("code,name_ko\nvendor-a,\"가, \"\"나\"\"\"\nvendor-b,다", "2 vendor-a 가, \"나\" 가, \"나\"|3 vendor-b 다 다")]
    [InlineData("code,name_ko\r\nvendor-a,\"가\r\n나\"\r\nvendor-b,다\r\n", "2 vendor-a 가\n나 가\n나|4 vendor-b 다 다")]
    // Decomposed, as other systems type it.
    [InlineData("code,name_ko,name_en\nvendor-a,\u1100\u1161,Cafe\u0301", "2 vendor-a 가 Caf\u00E9")]
    public void A_file_is_read(string text, string vendors)
    {
        var file = VendorFile.Read(Encoding.UTF8.GetBytes(text), cp949: false);
        Assert.Empty(file.Errors);
        Assert.Equal(vendors, string.Join('|', file.Vendors.Select(v => $"{v.Line} {v.Code} {v.NameKo} {v.NameEn}")));
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("\uFEFF\n\r\n", "the file is empty")]
    [InlineData("code,name_ko\n", "there is no vendor")]
    [InlineData("vendor-a,가\n", "line 1: vendor-a: it is not a column", "line 1: 가: it is", "line 1: code: the column is missing", "line 1: name_ko: the column is missing")]
    [InlineData("code\nvendor-a\n", "line 1: name_ko: the column is missing")]
    [InlineData("code,name_ko,phone\nvendor-a,가,02\n", "line 1: phone: it is not a column")]
    [InlineData("code,name_ko,code\nvendor-a,가,vendor-a\n", "line 1: code: the column occurs twice")]
    [InlineData("code,name_ko\nVendor-A,가\nacme,나\nvendor-,다\nvendor-가,라\n,마", "line 2: code: ", "line 3: code: ", "line 4: code: ", "line 5: code: ", "line 6: code: ")]
    [InlineData("code,name_ko\nvendor-0123456789012345678901234567890123,가", "line 2: code: ")]
    [InlineData("code,name_ko\nvendor-a,\nvendor-b,  \n", "line 2: name_ko: ", "line 3: name_ko: ")]
    [InlineData("code,name_ko\nvendor-a,가\n\nvendor-a,가\n", "line 4: code: vendor-a is on line 2 already")]
    [InlineData("code,name_ko\nvendor-a\nvendor-b,나,B\n", "line 2: 2 fields are expected, 1 are there", "line 3: 2 fields are expected, 3 are there")]
    [InlineData("code,name_ko\nvendor-a,가\0\nvendor-b,나\n", "line 2: U+0000")]
    [InlineData("code,name_ko\rvendor-a,가\r", "line 1: a carriage return")]
    [InlineData("code,name_ko\nvendor-a,\uFFFE\n", "line 2: name_ko: ")]
    [InlineData("code,name_ko\nvendor-a,가\nvendor-b,\"나\nvendor-c,다\n", "line 3: the quotes do not match")]
    [InlineData("code,name_ko\nvendor-a,\"가\"나\nvendor-b,다\"라\nvendor-c,라\n", "line 2: the quotes do not match", "line 3: the quotes do not match")]
    public void A_file_that_is_wrong_is_refused_by_line(string text, params string[] errors) =>
        Refused(VendorFile.Read(Encoding.UTF8.GetBytes(text), cp949: false), errors);

    [Fact]
    public void Names_have_500_characters_at_most_and_lines_are_counted_through_quotes()
    {
        var text = $"code,name_ko,name_en\nvendor-a,\"가\n\n나\",\nvendor-b,{new string('가', 500)},\nvendor-c,{new string('가', 501)},\nvendor-d,라,{new string('d', 501)}\n";
        Refused(VendorFile.Read(Encoding.UTF8.GetBytes(text), cp949: false), "line 6: name_ko: ", "line 7: name_en: ");
        // 501 code points of which each two make one.
        var composed = $"code,name_ko\nvendor-a,{string.Concat(Enumerable.Repeat("\u1100\u1161", 500))}";
        Assert.Equal(500, Assert.Single(VendorFile.Read(Encoding.UTF8.GetBytes(composed), cp949: false).Vendors).NameKo.Length);
    }

    [Fact]
    public void Bytes_that_are_neither_encoding_are_refused_by_line_and_Korean_Windows_is_read_when_said()
    {
        var korean = CodePagesEncodingProvider.Instance.GetEncoding(949)!;
        var bytes = korean.GetBytes("code,name_ko\r\nvendor-a,똠방각하\r\nvendor-b,A\r\nvendor-c,펲시\r\n");
        var refused = VendorFile.Read(bytes, cp949: false);
        Refused(refused, "line 2: the bytes are not UTF-8; ", "line 4: the bytes are not UTF-8; ");
        Assert.All(refused.Errors, e => Assert.Contains("--encoding cp949", e.What, StringComparison.Ordinal));
        Assert.Equal(["똠방각하", "A", "펲시"], VendorFile.Read(bytes, cp949: true).Vendors.Select(v => v.NameKo));
        foreach (var invalid in (byte[][])[[0xFF], [0x80], [0xB0], [0xB0, (byte)'"'], [0xC9, 0xA1]])
        {
            byte[] file = [.. "code,name_ko\nvendor-a,가\nvendor-b,"u8.ToArray().Where(b => b < 0x80), .. invalid, (byte)'\n'];
            Refused(VendorFile.Read(file, cp949: true), "line 3: the bytes are not CP949");
        }

        Refused(VendorFile.Read([.. "code,name_ko\nvendor-a,"u8, 0xFF, 0xFE], cp949: false), "line 2: the bytes are not UTF-8");
        // These bytes are other characters in CP949.
        Refused(VendorFile.Read("code,name_ko\nvendor-a,규규\n"u8, cp949: true), "the file is UTF-8: leave out --encoding cp949");
        Assert.Equal("A", Assert.Single(VendorFile.Read("code,name_ko\nvendor-a,A\n"u8, cp949: true).Vendors).NameKo);
        Refused(VendorFile.Read([.. Encoding.UTF8.Preamble, .. "code,name_ko\nvendor-a,A"u8], cp949: true), "line 1: the file starts with the mark of UTF-8");
    }

    [Fact]
    public void A_thousand_lines_name_both_places_of_a_duplicate_and_everything_has_a_limit()
    {
        var lines = Lines(999);
        Assert.Equal(999, VendorFile.Read(Bytes(lines), cp949: false).Vendors.Length);
        lines[899] = lines[4];
        Refused(VendorFile.Read(Bytes(lines), cp949: false), "line 900: code: vendor-0004 is on line 5 already");
        Assert.Equal(9999, VendorFile.Read(Bytes(Lines(9999)), cp949: false).Vendors.Length);
        Refused(VendorFile.Read(Bytes(Lines(10_000)), cp949: false), "line 10001: a file has at most 10000 lines");
        Refused(VendorFile.Read(new byte[VendorFile.MaxBytes + 1], cp949: false), "the file is larger than 10 MB");
        var wrong = VendorFile.Read(Bytes(Lines(500).Select(l => l.Replace("vendor-", "v-", StringComparison.Ordinal))), cp949: false);
        Assert.Equal(Enumerable.Range(2, 100), wrong.Errors.Select(e => e.Line!.Value));
    }

    [Theory, BothStores]
    public async Task The_annex_is_imported_in_one_append_and_again_without_a_change(Store store)
    {
        using var folder = new Folder();
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        await using var ledger = LedgerService.Start(database);
        var client = ledger.Client();
        var before = await ledger.HeadAsync();
        var file = folder.Write("vendors.csv", Bytes(Lines(1000)));
        var planned = await RunAsync(database, 0, file, "--dry-run");
        Assert.Contains("1000 added, 0 registered again, 0 changed, 0 unchanged, 2 not in the file (left as they are).", planned, StringComparison.Ordinal);
        Assert.Equal(before, await ledger.HeadAsync());
        var imported = await RunAsync(database, 0, file);
        Assert.Contains("added: vendor-0999 상호 999", imported, StringComparison.Ordinal);
        Assert.Equal(before + 1000, await ledger.HeadAsync());
        var entries = (await client.GetReplyAsync($"/v1/ledger/entries?after={before}&limit=1000")).List("entries");
        Assert.Single(entries.Select(e => (string)e["recordedAt"]!).Distinct());
        Assert.All(entries, e => Assert.Equal("partner.registered", (string)e["type"]!));
        var vendor = await FindAsync(client, "vendor-0999");
        Assert.Equal(
            """[{"purpose":"vendor_delivery","legalBasis":"contract","items":["name","address","phone","product_info"]}]""", vendor["purposes"]!.ToJsonString());
        Assert.Equal(("vendor", "상호 999"), ((string)vendor["kind"]!, (string)vendor["name"]!["en"]!));
        Assert.Equal("permit", (string)(await client.DecideAsync("m-vendor", "vendor-0999", "vendor_delivery", "address")).Json["decision"]!);
        Assert.Contains("1000 unchanged", await RunAsync(database, 0, file), StringComparison.Ordinal);
        Assert.Equal(before + 1000, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task What_is_not_in_the_file_stays_or_is_ended_and_told_to_delete_and_what_ended_comes_back(Store store)
    {
        using var folder = new Folder();
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        await using var ledger = LedgerService.Start(database);
        var client = ledger.Client();
        await client.RegisterAsync("vendor-kept", new
        {
            kind = "vendor",
            name = new { ko = "옛 상호", en = "Old" },
            purposes = new[] { new { purpose = "delivery", legalBasis = "contract", items = (string[])["name"] }, new { purpose = "vendor_delivery", legalBasis = "contract", items = (string[])["name"] } },
            subscriptions = (string[])["consent.granted"],
        });
        await client.RegisterAsync("acme", Expect.Partner("vendor", "vendor_delivery", "contract", ["name"])); // no code of the annex
        (await client.PostReplyAsync("/v1/partners/vendor-sample-b/end", null)).Recorded("partner.ended");
        var file = folder.Write("vendors.csv", Encoding.UTF8.GetBytes("code,name_ko,name_en\nvendor-kept,새 상호,New\nvendor-sample-b,벤더사 견본 나,Sample vendor B\nvendor-new,신규,\n"));
        var head = await ledger.HeadAsync();
        await RunAsync(database, 0, file, "--dry-run", "--end-missing");
        Assert.Equal(head, await ledger.HeadAsync());
        Assert.Contains("not in the file: vendor-sample-a", await RunAsync(database, 0, file), StringComparison.Ordinal);
        Assert.Equal(head + 3, await ledger.HeadAsync());
        Assert.True((bool)(await FindAsync(client, "vendor-sample-a"))["active"]!);
        Assert.True((bool)(await FindAsync(client, "vendor-sample-b"))["active"]!);
        // What else it serves and gets is none of the annex's business.
        var kept = await FindAsync(client, "vendor-kept");
        Assert.Equal(["delivery", "vendor_delivery"], kept["purposes"]!.AsArray().Select(p => (string)p!["purpose"]!));
        Assert.Equal(("새 상호", "New", 4), ((string)kept["name"]!["ko"]!, (string)kept["name"]!["en"]!, kept["purposes"]![1]!["items"]!.AsArray().Count));
        Assert.Equal(["consent.granted"], kept["subscriptions"].Strings());

        Assert.Contains("ended: vendor-sample-a", await RunAsync(database, 0, "--end-missing", file), StringComparison.Ordinal);
        Assert.Equal(head + 4, await ledger.HeadAsync());
        Assert.False((bool)(await FindAsync(client, "vendor-sample-a"))["active"]!);
        Assert.True((bool)(await FindAsync(client, "acme"))["active"]!);
        var told = Assert.Single(await ledger.Partner("vendor-sample-a").EventsAsync("vendor-sample-a"));
        Assert.Equal(("entrustment.ended", head + 4), ((string)told["type"]!, (long)told["ledgerposition"]!));
        Assert.NotNull(told["data"]!["acknowledgeBy"]);
        Assert.Contains("There was nothing to record.", await RunAsync(database, 0, "--end-missing", file), StringComparison.Ordinal);
    }

    [Theory, BothStores]
    public async Task One_wrong_line_leaves_nothing_behind(Store store)
    {
        using var folder = new Folder();
        using var database = await LedgerDatabase.CreateAsync(store, postgres);
        await using var ledger = LedgerService.Start(database);
        var client = ledger.Client();
        await client.RegisterAsync("vendor-0900", Expect.Partner("processor", "delivery", "contract", ["name"]));
        var head = await ledger.HeadAsync();
        var lines = Lines(1000);
        lines[500] = "vendor-0001,다시";
        Assert.Contains("line 501: code: vendor-0001 is on line 2 already", await RunAsync(database, 1, folder.Write("twice.csv", Bytes(lines))), StringComparison.Ordinal);
        Assert.Contains("line 901: code: vendor-0900 is registered as another kind of partner", await RunAsync(database, 1, folder.Write("kind.csv", Bytes(Lines(1000)))), StringComparison.Ordinal);
        Assert.Equal(head, await ledger.HeadAsync());
    }

    // Before any store is looked at: on one of them.
    [Fact]
    public async Task What_cannot_be_read_or_was_not_meant_is_refused_and_Korean_Windows_is_read_when_said()
    {
        using var folder = new Folder();
        using var database = LedgerDatabase.CreateSqlite();
        await using var ledger = LedgerService.Start(database);
        var head = await ledger.HeadAsync();
        var korean = folder.Write("cp949.csv", CodePagesEncodingProvider.Instance.GetEncoding(949)!.GetBytes("code,name_ko\nvendor-k,한글\n"));
        Assert.Contains("--encoding cp949", await RunAsync(database, 1, korean), StringComparison.Ordinal);
        await RunAsync(database, 1, folder.Write("empty.csv", []));
        await RunAsync(database, 1, Path.Combine(Path.GetTempPath(), "no-such-vendors.csv"));
        await RunAsync(database, 2);
        await RunAsync(database, 2, korean, "--encoding", "euc-kr");
        await RunAsync(database, 2, korean, "--end-mising");
        Assert.Equal(head, await ledger.HeadAsync());
        await RunAsync(database, 0, "--encoding", "cp949", korean);
        Assert.Equal("한글", (string)(await FindAsync(ledger.Client(), "vendor-k"))["name"]!["ko"]!);
    }

    // On nothing at all: a start would make tables and load the catalog.
    [Fact]
    public async Task A_dry_run_makes_no_ledger()
    {
        using var folder = new Folder();
        using var database = LedgerDatabase.CreateSqlite();
        await RunAsync(database, 1, folder.Write("vendors.csv", Bytes(Lines(1))), "--dry-run");
        Assert.False(File.Exists(new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(database.Connection).DataSource));
    }

    private static List<string> Lines(int vendors) =>
        [.. Enumerable.Range(1, vendors).Select(i => string.Create(CultureInfo.InvariantCulture, $"vendor-{i:0000},상호 {i}")).Prepend("code,name_ko")];

    private static byte[] Bytes(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\r\n")));

    private static void Refused(VendorFile file, params string[] errors)
    {
        Assert.Empty(file.Vendors);
        Assert.True(errors.Length == file.Errors.Length, string.Join('\n', file.Errors));
        foreach (var (expected, error) in errors.Zip(file.Errors))
            Assert.StartsWith(expected, error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<JsonNode> FindAsync(HttpClient client, string code) =>
        (await client.GetReplyAsync("/v1/partners")).List("partners").Single(p => (string)p["code"]! == code);

    private static Task<string> RunAsync(LedgerDatabase database, int exitCode, params string[] arguments) =>
        Verb.RunAsync(database.Connection, exitCode, ["import-vendors", .. arguments]);

    private sealed class Folder : IDisposable
    {
        private readonly string path = Directory.CreateTempSubdirectory("consent-ledger-vendors-").FullName;

        public string Write(string name, byte[] bytes)
        {
            var file = Path.Combine(path, name);
            File.WriteAllBytes(file, bytes);
            return file;
        }

        public void Dispose() => Directory.Delete(path, recursive: true);
    }
}
