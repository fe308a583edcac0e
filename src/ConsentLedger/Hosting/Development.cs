namespace ConsentLedger.Hosting;

/// <summary>What makes the first minute on a fresh checkout easy.</summary>
public static class Development
{
    private const string DefaultAddress = "http://localhost:5080";

    /// <summary>Loopback only, unless another address is configured.</summary>
    public static void UseDefaultAddress(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        if (string.IsNullOrEmpty(configuration["urls"]) && string.IsNullOrEmpty(configuration["http_ports"]) && string.IsNullOrEmpty(configuration["https_ports"])
            && !configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(DefaultAddress);
    }

    /// <summary>Prints a token for each role once the service is up; only with the keys of development.</summary>
    public static void PrintDevelopmentTokens(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment() || !DevelopmentKeys.InUse(app.Configuration))
            return;
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            var time = app.Services.GetRequiredService<TimeProvider>();
            Console.WriteLine($"""

                Development tokens, valid for 12 hours (Swagger UI: {app.Urls.FirstOrDefault()}/swagger)
                {string.Join("\n", DevelopmentKeys.Roles.Select(r => $"  {r.Role}: {DevelopmentKeys.Token(app.Configuration, time, r.Scope, r.Partner, r.Role)}"))}
                """);
        });
    }
}
