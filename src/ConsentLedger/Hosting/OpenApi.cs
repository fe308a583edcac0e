using System.Reflection;
using Microsoft.OpenApi;

namespace ConsentLedger.Hosting;

/// <summary>The API's description: <c>/openapi/v1.yaml</c>, and Swagger UI at <c>/swagger</c>, all of it served from here.</summary>
public static class OpenApi
{
    public const string Version = "v1";

    public static void AddOpenApiDescription(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc(Version, new OpenApiInfo
            {
                Title = "ConsentLedger",
                Version = Version,
                Description =
                    "개인정보 제3자 제공·위탁 동의 원장입니다. 동의와 철회, 제공, 정정을 지울 수 없는 원장에 기록하고, 관련된 제공처에만 알립니다.\n\n"
                    + "A ledger of consents for a shop and its partners: records consents, withdrawals, provisions and corrections, "
                    + "decides what may be provided, and tells exactly the partners concerned.",
            });
            options.AddSecurityDefinition("bearer", new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "권한(scope) 클레임이 있는 JWT / a JWT with the scopes:\n\n"
                    + string.Join("\n", Scopes.All.Select(s => $"- `{s.Key}` {s.Value.Ko} / {s.Value.En}")),
            });
            options.SupportNonNullableReferenceTypes();
            options.NonNullableReferenceTypesAsRequired();
            options.OperationFilter<CommonOperationFilter>();
            options.SchemaFilter<RulesSchemaFilter>();
            options.IncludeXmlComments(Path.ChangeExtension(Assembly.GetExecutingAssembly().Location, ".xml"));
            options.CustomOperationIds(api => OperationId(api.RelativePath!, api.HttpMethod!));
        });
    }

    public static void UseOpenApiDescription(this WebApplication app)
    {
        app.UseSwagger(options =>
        {
            options.RouteTemplate = "openapi/{documentName}.{extension:regex(^(json|ya?ml)$)}";
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        });
        app.UseSwaggerUI(options =>
        {
            options.RoutePrefix = "swagger";
            options.DocumentTitle = "ConsentLedger";
            options.SwaggerEndpoint($"/openapi/{Version}.yaml", "ConsentLedger v1");
            options.EnablePersistAuthorization();
            options.EnableTryItOutByDefault();
            options.DisplayRequestDuration();
            options.ConfigObject.AdditionalItems["validatorUrl"] = null;
        });
    }

    private static string OperationId(string path, string method) =>
        method.ToLowerInvariant() + string.Concat(path.Split('/', '{', '}', '-', ':').Where(part => part.Length > 0 && part != "v1" && part is not ("guid" or "int" or "long"))
            .Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
}
