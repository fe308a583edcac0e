using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ConsentLedger.Tests.Harness;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ConsentLedger.Tests.Hosting;

/// <summary>Who may call what. The table is the contract's; an endpoint that is not in it fails.</summary>
public sealed class AccessTests(Ledgers ledgers) : IClassFixture<Ledgers>
{
    private const string Public = "";

    // Public, and refused unless it is signed by a witness.
    private const string Cosignatures = "POST /v1/ledger/cosignatures";

    private static readonly string[] Bodiless = ["/end", "/redelivery", "/deletions/{id:guid}/completion", "/suspensions/{id:guid}/completion"];

    private const string AnId = "018f0000-0000-7000-8000-000000000000";

    private static readonly Dictionary<string, string> Scopes = new()
    {
        ["POST /v1/members/{memberId}/consents"] = "consents:write",
        ["GET /v1/members/{memberId}/consents"] = "consents:read",
        ["POST /v1/members/{memberId}/withdrawals"] = "consents:write",
        ["POST /v1/members/{memberId}/decisions"] = "decisions:read",
        ["POST /v1/decisions"] = "decisions:read",
        ["POST /v1/members/{memberId}/provisions"] = "provisions:write",
        ["POST /v1/members/{memberId}/checkouts"] = "consents:write provisions:write",
        ["GET /v1/members/{memberId}/provisions"] = "consents:read",
        ["POST /v1/provisions"] = "provisions:write",
        ["POST /v1/members/{memberId}/corrections"] = "rights:write",
        ["GET /v1/members/{memberId}/record"] = "rights:write",
        ["GET /v1/members/{memberId}/receipts/{position:long}"] = "consents:read",
        ["POST /v1/corrections/{id:guid}/completion"] = "rights:write",
        ["POST /v1/corrections/{id:guid}/rejection"] = "rights:write",
        ["POST /v1/visitors/{visitorId}/cookie-choices"] = "consents:write",
        ["GET /v1/visitors/{visitorId}/cookie-choices"] = "consents:read",
        ["POST /v1/visitors/{visitorId}/cookie-decisions"] = "decisions:read",
        ["POST /v1/visitors/{visitorId}/link"] = "consents:write",
        ["POST /v1/members/{memberId}/deletions"] = "rights:write",
        ["POST /v1/deletions/{id:guid}/completion"] = "rights:write",
        ["POST /v1/deletions/{id:guid}/rejection"] = "rights:write",
        ["POST /v1/members/{memberId}/suspensions"] = "rights:write",
        ["POST /v1/suspensions/{id:guid}/completion"] = "rights:write",
        ["POST /v1/suspensions/{id:guid}/rejection"] = "rights:write",
        ["POST /v1/suspensions/{id:guid}/lifting"] = "rights:write",
        ["POST /v1/members/{memberId}/termination"] = "rights:write",
        ["PUT /v1/members/{memberId}/guardian"] = "rights:write",
        ["POST /v1/members/{memberId}/complaints"] = "rights:write",
        ["POST /v1/complaints/{id:guid}/answer"] = "rights:write",
        ["POST /v1/members/{memberId}/reconfirmations"] = "consents:write",
        ["POST /v1/members/{memberId}/result-notices"] = "consents:write",
        ["POST /v1/members/{memberId}/notices"] = "consents:write",
        ["POST /v1/business-transfers"] = "catalog:write",
        ["GET /v1/business-transfers"] = Public,
        ["POST /v1/members/{memberId}/transfer-objections"] = "consents:write",
        ["GET /v1/obligations"] = "ledger:read",
        ["GET /v1/partners"] = "ledger:read",
        ["PUT /v1/partners/{code}"] = "catalog:write",
        ["POST /v1/partners/{code}/end"] = "catalog:write",
        ["GET /v1/partners/{code}/events"] = "partner",
        ["GET /v1/partners/{code}/events/stream"] = "partner",
        ["POST /v1/partners/{code}/acknowledgements"] = "partner",
        ["GET /v1/deliveries"] = "ledger:read",
        ["POST /v1/deliveries/{id:guid}/redelivery"] = "catalog:write",
        ["GET /v1/notices"] = Public,
        ["POST /v1/notices"] = "catalog:write",
        ["GET /v1/notices/{id}/versions/{version:int}"] = Public,
        ["GET /v1/contacts"] = Public,
        ["GET /v1/ledger/entries"] = "ledger:read",
        ["GET /v1/ledger/entries/{position:long}"] = "ledger:read",
        ["GET /v1/ledger/entries/{position:long}/proof"] = "ledger:read",
        ["GET /v1/ledger/checkpoint"] = Public,
        ["GET /v1/ledger/vkey"] = Public,
        ["GET /v1/ledger/vkeys"] = Public,
        ["GET /v1/ledger/consistency"] = Public,
        ["GET /v1/ledger/tile/{**path}"] = Public,
        [Cosignatures] = Public,
        ["GET /livez"] = Public,
        ["GET /readyz"] = Public,
    };

    [Fact]
    public async Task Every_endpoint_of_the_service_is_in_the_table_and_is_public_only_where_the_table_says_so()
    {
        var ledger = await ledgers.On(Store.Sqlite);
        var endpoints = ledger.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToDictionary(
            e => $"{(e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is [var method] ? method : "GET")} /{e.RoutePattern.RawText!.Trim('/')}",
            e => e.Metadata.GetMetadata<IAllowAnonymous>() is not null);
        Assert.Equal(Scopes.Keys.Order(StringComparer.Ordinal), endpoints.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Scopes.Where(s => s.Value == Public).Select(s => s.Key).Order(StringComparer.Ordinal), endpoints.Where(e => e.Value).Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    [Theory, BothStores]
    public async Task Without_a_token_only_what_is_public_answers(Store store)
    {
        var ledger = await ledgers.On(store);
        var head = await ledger.HeadAsync();
        using var anybody = ledger.Client("");
        foreach (var (endpoint, scopes) in Scopes)
        {
            var reply = await CallAsync(anybody, endpoint);
            if (endpoint == Cosignatures)
                reply.IsProblem(HttpStatusCode.UnsupportedMediaType);
            else if (scopes == Public)
                reply.Is(HttpStatusCode.OK);
            else
                Assert.Contains(reply.IsProblem(HttpStatusCode.Unauthorized).Headers.WwwAuthenticate, h => h.Scheme == "Bearer");
        }

        foreach (var path in (string[])["/v1/nowhere", "/v1", "/"])
            (await anybody.GetReplyAsync(path)).IsProblem(HttpStatusCode.Unauthorized);
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task Without_one_of_its_scopes_an_endpoint_is_forbidden_whatever_else_the_token_has(Store store)
    {
        var ledger = await ledgers.On(store);
        var head = await ledger.HeadAsync();
        foreach (var (endpoint, scopes) in Scopes.Where(s => s.Value != Public))
        {
            foreach (var lacking in scopes.Split(' '))
            {
                var others = $"{Tokens.AllScopes} partner".Split(' ').Where(s => s != lacking);
                using var client = ledger.Client(string.Join(' ', others.Append($"x{lacking}").Append(lacking.ToUpperInvariant())), "inicis");
                (await CallAsync(client, endpoint)).IsProblem(HttpStatusCode.Forbidden);
            }

            // With just these it gets past the door.
            using var enough = ledger.Client(scopes, "inicis");
            Assert.DoesNotContain((await CallAsync(enough, endpoint)).Status, (HttpStatusCode[])[HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.InternalServerError]);
        }

        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task A_partner_reaches_its_own_events_and_nothing_else(Store store)
    {
        var ledger = await ledgers.On(store);
        var head = await ledger.HeadAsync();
        using var courier = ledger.Partner("cj-gls");
        (await courier.GetReplyAsync("/v1/partners/cj-gls/events")).Is(HttpStatusCode.OK);
        foreach (var (endpoint, _) in Scopes.Where(s => s.Value != Public))
            (await CallAsync(courier, endpoint)).IsProblem(HttpStatusCode.Forbidden);
        foreach (var code in (string[])["inicis", "CJ-GLS", "cj-gls%20", "cj-gl", "cj-gls-2", "*", "%2E%2E"])
            Assert.NotEqual(HttpStatusCode.OK, (await courier.GetReplyAsync($"/v1/partners/{code}/events")).Status);
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task The_claim_alone_or_the_scope_alone_makes_no_partner(Store store)
    {
        var ledger = await ledgers.On(store);
        using var scopeOnly = ledger.Client("partner");
        using var claimOnly = ledger.Client("ledger:read", "inicis");
        using var empty = ledger.Client("partner", "");
        foreach (var client in (HttpClient[])[scopeOnly, claimOnly, empty])
        {
            foreach (var endpoint in Scopes.Where(s => s.Value == "partner").Select(s => s.Key))
                (await CallAsync(client, endpoint)).IsProblem(HttpStatusCode.Forbidden);
        }
    }

    [Theory]
    [BothStores("another key", "another issuer", "another audience", "expired", "not yet valid", "no algorithm", "changed", "not a token")]
    public async Task A_token_that_is_not_valid_is_no_token(Store store, string fault)
    {
        var ledger = await ledgers.On(store);
        using var client = ledger.Client("");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Forge(fault));
        (await client.GetReplyAsync("/v1/ledger/entries")).IsProblem(HttpStatusCode.Unauthorized);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Forge(""));
        (await client.GetReplyAsync("/v1/ledger/entries?limit=1")).Is(HttpStatusCode.OK);
    }

    [Theory, BothStores]
    public async Task Refusals_speak_the_callers_language(Store store)
    {
        using var anybody = (await ledgers.On(store)).Client("");
        Assert.Equal("인증 필요", (string)(await anybody.GetReplyAsync("/v1/partners")).Json["title"]!);
        Assert.Equal("Authentication required", (string)(await anybody.GetReplyAsync("/v1/partners", language: "en")).Json["title"]!);
    }

    [Theory, BothStores]
    public async Task A_method_that_a_path_does_not_have_is_refused_as_such(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        foreach (var (method, path) in ((HttpMethod, string)[])
        [
            (HttpMethod.Delete, "/v1/ledger/entries/1"), (HttpMethod.Put, "/v1/ledger/entries/1"), (HttpMethod.Patch, "/v1/members/m-1/consents"),
            (HttpMethod.Delete, "/v1/notices/third-party-provision/versions/1"), (HttpMethod.Post, "/v1/ledger/entries"),
        ])
        {
            (await client.SendReplyAsync(method, path, null)).IsProblem(HttpStatusCode.MethodNotAllowed);
        }
    }

    [Theory, BothStores]
    public async Task Health_says_alive_and_ready_and_nothing_about_the_inside(Store store)
    {
        using var anybody = (await ledgers.On(store)).Client("");
        Assert.Equal("""{"status":"healthy","checks":{}}""", (await anybody.GetReplyAsync("/livez")).Is(HttpStatusCode.OK).Text);
        Assert.Equal("""{"status":"healthy","checks":{"ledger":"healthy"}}""", (await anybody.GetReplyAsync("/readyz")).Is(HttpStatusCode.OK).Text);
    }

    private static Task<Reply> CallAsync(HttpClient client, string endpoint)
    {
        var (method, pattern) = (endpoint.Split(' ')[0], endpoint.Split(' ')[1]);
        // Of the writes without a body, none finds what it would write about.
        var path = pattern.Replace("{code}/end", "nobody/end", StringComparison.Ordinal).Replace("{memberId}", "m-access", StringComparison.Ordinal).Replace("{id:guid}", AnId, StringComparison.Ordinal)
            .Replace("{code}", "inicis", StringComparison.Ordinal).Replace("{id}", "third-party-provision", StringComparison.Ordinal)
            .Replace("{visitorId}", "v-access", StringComparison.Ordinal)
            .Replace("{version:int}", "1", StringComparison.Ordinal).Replace("{position:long}", "1", StringComparison.Ordinal)
            .Replace("{**path}", "0/000.p/1", StringComparison.Ordinal).Replace("/consistency", "/consistency?from=1", StringComparison.Ordinal);
        // A stream would not end; a bad cursor ends it once the door is passed.
        if (path.EndsWith("/stream", StringComparison.Ordinal))
            path += "?after=-1";
        // An empty object is refused by every write that has a body, so nothing is written by getting in.
        return client.SendReplyAsync(new HttpMethod(method), path, method == "GET" || Bodiless.Any(end => pattern.EndsWith(end, StringComparison.Ordinal)) ? null : "{}");
    }

    private static string Forge(string fault)
    {
        if (fault == "not a token")
            return "not.a.token";
        if (fault == "no algorithm")
            return $"{Base64Url("""{"alg":"none","typ":"JWT"}""")}.{Tokens.Create("ledger:read").Split('.')[1]}.";
        var valid = Tokens.Create("ledger:read");
        if (fault.Length == 0)
            return valid;
        if (fault == "changed")
        {
            var parts = valid.Split('.');
            var claims = Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(parts[1])).Replace("ledger:read", "ledger:read catalog:write", StringComparison.Ordinal);
            return $"{parts[0]}.{Base64Url(claims)}.{parts[2]}";
        }

        var settings = Tokens.Settings.ToDictionary(s => s.Key.Split(':', 4)[^1], s => s.Value);
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var key = Convert.FromBase64String(settings["SigningKeys:0:Value"]);
        if (fault == "another key")
            key[0] ^= 1;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = fault == "another issuer" ? "https://elsewhere.test" : settings["ValidIssuer"],
            Audience = fault == "another audience" ? "another-service" : settings["ValidAudiences:0"],
            IssuedAt = now.AddHours(-2),
            NotBefore = fault == "not yet valid" ? now.AddHours(1) : now.AddHours(-2),
            Expires = fault == "expired" ? now.AddHours(-1) : now.AddHours(2),
            Claims = new Dictionary<string, object> { ["sub"] = "test", ["scope"] = "ledger:read" },
            SigningCredentials = new(new SymmetricSecurityKey(key), SecurityAlgorithms.HmacSha256),
        });
    }

    private static string Base64Url(string text) => Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes(text));
}
