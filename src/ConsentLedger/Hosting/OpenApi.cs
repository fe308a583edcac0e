using System.Globalization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.Swagger;

namespace ConsentLedger.Hosting;

/// <summary>The API's description: <c>/openapi/v1.yaml</c>, and Swagger UI at <c>/swagger</c>, all of it served from here.</summary>
public static class OpenApi
{
    public const string Version = "v1";

    // What Swagger UI needs and nothing else: its own files, the icons that it draws from data, the styles that it sets.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // One document, so nothing to select; no links; and room for the list of entry types.
    private const string Style = """
        <style>
          .swagger-ui .topbar, .swagger-ui .response-col_links { display: none }
          .swagger-ui select[multiple] { height: 16em }
        </style>
        """;

    public static void AddOpenApiDescription(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc(Version, new OpenApiInfo { Title = "ConsentLedger", Version = "1.0.0", Description = OpenApiWords.Introduction });
            // Relative: wherever the service is reached, that is where its operations are.
            options.AddServer(new OpenApiServer { Url = "/", Description = "이 서버 / this server" });
            options.AddSecurityDefinition(CommonOperationFilter.Scheme, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "권한(scope) 클레임이 있는 JWT / a JWT with the scopes:\n\n"
                    + string.Join("\n", Scopes.All.Select(s => $"- `{s.Key}` {s.Value.Ko} / {s.Value.En}")),
            });
            options.SupportNonNullableReferenceTypes();
            options.DescribeAllParametersInCamelCase();
            options.CustomSchemaIds(OpenApiWords.SchemaName);
            options.CustomOperationIds(OpenApiWords.OperationName);
            options.OrderActionsBy(api => OpenApiWords.TagOrder(api).ToString("D2", CultureInfo.InvariantCulture));
            options.IncludeXmlComments(XmlWords.File);
            // After the comments, which they complete.
            options.ParameterFilter<RulesParameterFilter>();
            options.SchemaFilter<RulesSchemaFilter>();
            options.SchemaFilter<EnumSchemaFilter>();
            options.OperationFilter<CommonOperationFilter>();
            options.DocumentFilter<CommonDocumentFilter>();
        });
    }

    public static void UseOpenApiDescription(this WebApplication app) =>
        // A branch of its own: no other request passes through these.
        app.UseWhen(
            static http => http.Request.Path.StartsWithSegments("/swagger") || http.Request.Path.StartsWithSegments("/openapi"),
            Describe);

    private static void Describe(IApplicationBuilder branch)
    {
        branch.Use(static (http, next) =>
        {
            http.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            return next(http);
        });
        branch.UseSwagger(options =>
        {
            options.RouteTemplate = "openapi/{documentName}.{extension:regex(^(json|ya?ml)$)}";
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        });
        branch.UseSwaggerUI(options =>
        {
            options.RoutePrefix = "swagger";
            options.DocumentTitle = "ConsentLedger";
            options.SwaggerEndpoint($"/openapi/{Version}.yaml", "ConsentLedger v1");
            options.EnablePersistAuthorization();
            options.EnableTryItOutByDefault();
            options.EnableDeepLinking();
            options.EnableFilter();
            options.DisplayRequestDuration();
            options.DefaultModelExpandDepth(2);
            options.DefaultModelsExpandDepth(0);
            options.HeadContent = Style;
            options.ConfigObject.AdditionalItems["validatorUrl"] = null;
        });
    }

    /// <summary>The description as it is served and as it stands in <c>openapi.yaml</c>.</summary>
    public static async Task<string> YamlAsync(IServiceProvider services, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        var document = scope.ServiceProvider.GetRequiredService<ISwaggerProvider>().GetSwagger(Version);
        return await document.SerializeAsync(OpenApiSpecVersion.OpenApi3_1, OpenApiConstants.Yaml, ct);
    }
}
