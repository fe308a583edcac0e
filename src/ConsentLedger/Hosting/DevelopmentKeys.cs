using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ConsentLedger.Hosting;

/// <summary>A signing key made on the spot so that a fresh checkout can be used at once. Refused outside development.</summary>
public static class DevelopmentKeys
{
    public const string Issuer = "consent-ledger-development";
    public const string Audience = "consent-ledger";
    public const string KeyFile = "data/development-signing-key";

    private const string Section = "Authentication:Schemes:Bearer";
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>The tokens that a developer needs, by role.</summary>
    public static readonly IReadOnlyList<(string Role, string Scope, string? Partner)> Roles =
    [
        ("storefront", $"{Scopes.ConsentsWrite} {Scopes.ConsentsRead} {Scopes.DecisionsRead} {Scopes.ProvisionsWrite}", null),
        ("privacy-officer", $"{Scopes.RightsWrite} {Scopes.ConsentsRead} {Scopes.ConsentsWrite} {Scopes.LedgerRead}", null),
        ("operations", $"{Scopes.LedgerRead} {Scopes.CatalogWrite} {Scopes.ConsentsRead} {Scopes.DecisionsRead}", null),
        ("partner-inicis", Scopes.Partner, "inicis"),
        ("partner-cj-gls", Scopes.Partner, "cj-gls"),
        ("partner-areumnet", Scopes.Partner, "areumnet"),
        ("partner-iheart", Scopes.Partner, "iheart"),
        ("partner-vendor-sample-a", Scopes.Partner, "vendor-sample-a"),
        ("partner-vendor-sample-b", Scopes.Partner, "vendor-sample-b"),
    ];

    /// <summary>True when no identity provider is configured and this is a developer's machine.</summary>
    public static bool InUse(IConfiguration configuration) => configuration[$"{Section}:ValidIssuer"] == Issuer;

    public static void Configure(WebApplicationBuilder builder)
    {
        var section = builder.Configuration.GetSection(Section);
        var configured = section["Authority"] is { Length: > 0 } || section.GetSection("SigningKeys").GetChildren().Any();
        if (!builder.Environment.IsDevelopment())
        {
            if (!configured)
                throw new InvalidOperationException($"No identity provider: set {Section}:Authority or {Section}:SigningKeys. Development keys are for the Development environment only.");
            if (section["ValidIssuer"] == Issuer || section.GetSection("ValidIssuers").GetChildren().Any(i => i.Value == Issuer))
                throw new InvalidOperationException($"The issuer '{Issuer}' is for the Development environment only.");
            return;
        }

        if (configured)
            return;
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"{Section}:ValidIssuer"] = Issuer,
            [$"{Section}:ValidAudiences:0"] = Audience,
            [$"{Section}:SigningKeys:0:Issuer"] = Issuer,
            [$"{Section}:SigningKeys:0:Value"] = ReadOrCreate(),
        });
    }

    /// <summary>Signs a token with the configured symmetric key.</summary>
    public static string Token(IConfiguration configuration, TimeProvider time, string scope, string? partner, string? subject = null)
    {
        var section = configuration.GetSection(Section);
        var key = section["SigningKeys:0:Value"] ?? throw new InvalidOperationException("There is no signing key to make a token with.");
        Dictionary<string, object> claims = new() { ["sub"] = subject ?? partner ?? "developer", ["scope"] = scope };
        if (partner is not null)
            claims[Authentication.PartnerClaim] = partner;
        var now = time.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = section["ValidIssuer"] ?? section["ValidIssuers:0"],
            Audience = section["ValidAudiences:0"] ?? section["ValidAudience"],
            IssuedAt = now,
            NotBefore = now,
            Expires = now + Lifetime,
            Claims = claims,
            SigningCredentials = new(new SymmetricSecurityKey(Convert.FromBase64String(key)), SecurityAlgorithms.HmacSha256),
        });
    }

    private static string ReadOrCreate()
    {
        if (File.Exists(KeyFile))
            return File.ReadAllText(KeyFile).Trim();
        Directory.CreateDirectory(Path.GetDirectoryName(KeyFile)!);
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(new FileStream(KeyFile, options));
        writer.Write(key);
        return key;
    }
}
