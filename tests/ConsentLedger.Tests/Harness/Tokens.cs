using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ConsentLedger.Tests.Harness;

/// <summary>The identity provider of the tests: a key that the service is configured with, as any other provider's.</summary>
public static class Tokens
{
    public const string AllScopes =
        "consents:write consents:read decisions:read provisions:write rights:write ledger:read catalog:write";

    private const string Issuer = "https://identity.test";
    private const string Audience = "consent-ledger";

    private static readonly byte[] Key = Encoding.UTF8.GetBytes("a key for tests only, never a secret");

    public static IReadOnlyList<(string Key, string Value)> Settings { get; } =
    [
        ("Authentication:Schemes:Bearer:ValidIssuer", Issuer),
        ("Authentication:Schemes:Bearer:ValidAudiences:0", Audience),
        ("Authentication:Schemes:Bearer:SigningKeys:0:Issuer", Issuer),
        ("Authentication:Schemes:Bearer:SigningKeys:0:Value", Convert.ToBase64String(Key)),
    ];

    public static string Create(string scopes, string? partner = null, string subject = "test")
    {
        Dictionary<string, object> claims = new() { ["sub"] = subject, ["scope"] = scopes };
        if (partner is not null)
            claims["partner"] = partner;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Audience,
            Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(1),
            Claims = claims,
            SigningCredentials = new(new SymmetricSecurityKey(Key), SecurityAlgorithms.HmacSha256),
        });
    }
}
