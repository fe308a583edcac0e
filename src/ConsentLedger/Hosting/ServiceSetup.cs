using System.Globalization;
using ConsentLedger.BusinessTransfers;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Cookies;
using ConsentLedger.Decisions;
using ConsentLedger.Ledger;
using ConsentLedger.Ledger.Verification;
using ConsentLedger.Partners;
using ConsentLedger.Provisions;
using ConsentLedger.Retention;
using ConsentLedger.Rights;
using ConsentLedger.Transparency;
using Microsoft.Extensions.Options;

namespace ConsentLedger.Hosting;

/// <summary>The parts of the service and how a request passes through them.</summary>
public static class ServiceSetup
{
    private const int MaxBodyBytes = 4 * 1024 * 1024;

    public static void AddLedger(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddTimeProvider();
        services.AddOptions<LedgerOptions>().BindConfiguration("Ledger").ValidateDataAnnotations()
            .Validate(options => options.Tree || builder.Environment.IsDevelopment(), "Ledger:Tree can be turned off in the Development environment only.").ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<LedgerOptions>>().Value);
        services.AddOptions<MarketingOptions>().BindConfiguration("Marketing").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<MarketingOptions>>().Value);
        services.AddSingleton<SubjectVault>();
        services.AddSingleton<LedgerSignal>();
        services.AddSingleton<LedgerReplica>();
        services.AddSingleton<LedgerVerifier>();
        services.AddSingleton<LogKeys>();
        services.AddSingleton<TileSource>();
        services.AddSingleton<CheckpointPublisher>();
        services.AddSingleton<CatalogLoader>();
        services.AddSingleton<PartnerEvents>();
        services.AddSingleton<AcknowledgeDeliveries>();
        services.AddSingleton<RequestHasher>();
        services.AddSingleton<CommandSender>();
        // First: the ledger is open before anything that uses it starts.
        services.AddHostedService<LedgerStartup>();
        services.AddSingleton<LedgerAppender>();
        services.AddHostedService(provider => provider.GetRequiredService<LedgerAppender>());
        // By the one door, and before the server listens: no request finds an empty catalog.
        services.AddHostedService(provider => provider.GetRequiredService<CatalogLoader>());
        services.AddMetrics();
        services.AddSingleton<ObligationMetrics>();
        services.AddSingleton<ObligationWorker>();
    }

    /// <summary>What goes on by itself while the service runs.</summary>
    public static void AddWorkers(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHostedService<StoreKeeper>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<CheckpointPublisher>());
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ObligationWorker>());
    }

    public static void AddHttpApi(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        });
        var services = builder.Services;
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddValidation();
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        services.AddProblemDetails();
        services.AddExceptionHandler<ExceptionProblems>();
        services.AddSingleton<BackPressure>();
        services.AddHealthChecks().AddCheck<LedgerHealth>("ledger");
        services.AddRequestLocalization(options =>
        {
            // Words are in the caller's language; how dates and numbers are read and written is nobody's language. (Where it was Korean, the token
            // library's look at the first claim, whether it is a date, took a second: ICU's tables of Korean collation.)
            options.DefaultRequestCulture = new(CultureInfo.InvariantCulture, CultureInfo.GetCultureInfo("ko"));
            options.SupportedCultures = [CultureInfo.InvariantCulture];
            options.SupportedUICultures = [CultureInfo.GetCultureInfo("ko"), CultureInfo.GetCultureInfo("en")];
            options.RequestCultureProviders = [new Microsoft.AspNetCore.Localization.AcceptLanguageHeaderRequestCultureProvider()];
        });
        services.AddOpenApiDescription();
    }

    public static void UseHttpApi(this WebApplication app)
    {
        app.UseRequestLocalization();
        app.UseExceptionHandler();
        app.UseStatusCodePages(async context =>
            await new ProblemResult(Problems.OfStatus(context.HttpContext.Response.StatusCode)).ExecuteAsync(context.HttpContext));
        app.Use(static (http, next) =>
        {
            http.Response.Headers.XContentTypeOptions = "nosniff";
            return next(http);
        });
        app.Use(app.Services.GetRequiredService<BackPressure>().Invoke);
        // Public, so before authorization asks for a token.
        app.UseOpenApiDescription();
        app.UseAuthentication();
        app.UseAuthorization();
        app.RequireUtf8Bodies();
        app.MapHealth();
        var api = app.MapGroup("/v1");
        api.NameMalformedQuery();
        api.MapConsents();
        api.MapDecisions();
        api.MapProvisions();
        api.MapRights();
        api.MapBusinessTransfers();
        api.MapRetention();
        api.MapCookies();
        api.MapPartners();
        api.MapCatalog();
        api.MapLedger();
        api.MapTransparency();
    }

    private static void TryAddTimeProvider(this IServiceCollection services)
    {
        if (!services.Any(s => s.ServiceType == typeof(TimeProvider)))
            services.AddSingleton(TimeProvider.System);
    }
}
