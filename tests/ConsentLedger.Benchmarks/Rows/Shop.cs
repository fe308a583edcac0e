using System.Globalization;
using ConsentLedger.Benchmarks.Loading;

namespace ConsentLedger.Benchmarks.Rows;

/// <summary>The requests of a shop, as the rows send them.</summary>
public static class Shop
{
    public const string WriteScopes = "consents:write provisions:write";

    /// <summary>Three items of one member to one partner.</summary>
    public static IReadOnlyList<PreparedRequest> Decisions(IEnumerable<long> members)
    {
        var token = Tokens.Create("decisions:read");
        return [.. members.Select(m => PreparedRequest.Query(
            $"/v1/members/{ShopLife.MemberId(m)}/decisions", token, """{"partner":"areumnet","purpose":"email_marketing","items":["name","phone","mobile"]}"""))];
    }

    /// <summary>The same for many members in one request.</summary>
    public static PreparedRequest ManyDecisions(IEnumerable<long> members) => PreparedRequest.Query(
        "/v1/decisions",
        Tokens.Create("decisions:read"),
        $$"""{"members":[{{string.Join(',', members.Select(m => $"\"{ShopLife.MemberId(m)}\""))}}],"partner":"areumnet","purpose":"email_marketing","items":["name","phone","mobile"]}""");

    /// <summary>One entry a request: a provision, then a choice, in turn. No partner has to be told of them.</summary>
    public static IReadOnlyList<PreparedRequest> SingleEntries(IEnumerable<long> members)
    {
        var token = Tokens.Create(WriteScopes);
        return [.. members.SelectMany((m, i) => new[]
        {
            PreparedRequest.Command(
                $"/v1/members/{ShopLife.MemberId(m)}/provisions", token,
                """{"partner":"cj-gls","purpose":"delivery","items":["name","address","phone"],"reference":{"order":"20261122-00000001"}}"""),
            PreparedRequest.Command($"/v1/members/{ShopLife.MemberId(m)}/consents", token, Choice("email_marketing", granted: i % 3 > 0)),
        })];
    }

    /// <summary>As many provisions as one checkout may have.</summary>
    public static IReadOnlyList<PreparedRequest> Checkouts(IEnumerable<long> members, int provisions)
    {
        var token = Tokens.Create(WriteScopes);
        return [.. members.Select(m => PreparedRequest.Command(
            $"/v1/members/{ShopLife.MemberId(m)}/checkouts", token,
            $$"""{"provisions":[{{string.Join(',', Enumerable.Range(1, provisions).Select(i => string.Create(
                CultureInfo.InvariantCulture,
                $$$"""{"partner":"cj-gls","purpose":"delivery","items":["name","address","phone"],"reference":{"order":"20261122-{{{i:D8}}}"}}""")))}}]}"""))];
    }

    /// <summary>The first visit of each member, with a consent to e-mail.</summary>
    public static IReadOnlyList<PreparedRequest> FirstCheckouts(IEnumerable<long> members)
    {
        var token = Tokens.Create(WriteScopes);
        return [.. members.Select(m => PreparedRequest.Command(
            $"/v1/members/{ShopLife.MemberId(m)}/checkouts", token,
            $$"""{"consents":{{Choice("email_marketing", granted: true)}},"provisions":[{"partner":"inicis","purpose":"payment","items":["name","mobile"]}]}"""))];
    }

    public static string Choice(string purpose, bool granted) =>
        $$"""{"notice":{"id":"third-party-provision","version":1},"choices":[{"purpose":"{{purpose}}","granted":{{(granted ? "true" : "false")}}}],"actor":{"kind":"member"},"channel":"web"}""";

    public static IEnumerable<long> Members(int count) => Enumerable.Range(0, count).Select(m => (long)m);
}
