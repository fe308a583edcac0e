using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace ConsentLedger.Hosting;

/// <summary>The scopes of the API.</summary>
public static class Scopes
{
    public const string ConsentsWrite = "consents:write";
    public const string ConsentsRead = "consents:read";
    public const string DecisionsRead = "decisions:read";
    public const string ProvisionsWrite = "provisions:write";
    public const string RightsWrite = "rights:write";
    public const string LedgerRead = "ledger:read";
    public const string CatalogWrite = "catalog:write";
    public const string Partner = "partner";

    public static readonly IReadOnlyDictionary<string, Text> All = new Dictionary<string, Text>
    {
        [ConsentsWrite] = new("동의 기록", "record consents"),
        [ConsentsRead] = new("동의와 제공 내역 조회", "read consents and provisions"),
        [DecisionsRead] = new("제공 가능 여부 조회", "ask for decisions"),
        [ProvisionsWrite] = new("제공 기록", "record provisions"),
        [RightsWrite] = new("정보주체 권리행사 처리", "handle rights requests"),
        [LedgerRead] = new("원장 조회", "query the ledger"),
        [CatalogWrite] = new("고지와 제공처 관리", "manage notices and partners"),
        [Partner] = new("제공처 전용(claim: partner)", "a partner's own events (claim: partner)"),
    };
}

public static class Authentication
{
    public const string PartnerClaim = "partner";

    public static void AddBearerAuthentication(this WebApplicationBuilder builder)
    {
        DevelopmentKeys.Configure(builder);
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
        {
            options.MapInboundClaims = false;
            options.TokenValidationParameters.ClockSkew = TimeSpan.FromSeconds(30);
            options.TokenValidationParameters.NameClaimType = "sub";
        });
        // The framework would read the keys out of the configuration again for every token; once is enough until that changes.
        builder.Services.AddSingleton<IOptionsChangeTokenSource<JwtBearerOptions>>(new ConfigurationChangeTokenSource<JwtBearerOptions>(
            JwtBearerDefaults.AuthenticationScheme, builder.Configuration));
        builder.Services.PostConfigure<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme, options =>
            options.TokenValidationParameters.IssuerSigningKeys = [.. options.TokenValidationParameters.IssuerSigningKeys ?? []]);
        builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(
            new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
    }

    /// <summary>Every one of these scopes is needed.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, params string[] scopes)
        where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization(policy => policy.RequireAuthenticatedUser().RequireAssertion(context => scopes.All(context.User.HasScope)))
            .WithMetadata(new RequiredScopes(scopes));

    /// <summary>Only the partner itself: scope <c>partner</c>, and the claim names the partner of the path.</summary>
    public static TBuilder RequirePartner<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization(policy => policy.RequireAuthenticatedUser().RequireAssertion(context =>
                context.User.HasScope(Scopes.Partner)
                && context.Resource is HttpContext http
                && http.GetRouteValue("code") is string code
                && context.User.FindFirstValue(PartnerClaim) == code))
            .WithMetadata(new RequiredScopes([Scopes.Partner]));

    /// <summary>Who asks, as far as idempotency is concerned.</summary>
    public static string Client(this ClaimsPrincipal user) =>
        user.FindFirstValue("client_id") ?? user.FindFirstValue("azp") ?? user.FindFirstValue("sub") ?? user.FindFirstValue("iss") ?? "";

    // OAuth 2.0 (RFC 8693 section 4.2): one claim, scopes separated by spaces.
    private static bool HasScope(this ClaimsPrincipal user, string scope)
    {
        foreach (var claim in user.FindAll("scope"))
        {
            foreach (var range in claim.Value.AsSpan().Split(' '))
            {
                if (claim.Value.AsSpan(range).SequenceEqual(scope))
                    return true;
            }
        }

        return false;
    }
}

/// <summary>For the API's description.</summary>
public sealed record RequiredScopes(IReadOnlyList<string> Scopes);
