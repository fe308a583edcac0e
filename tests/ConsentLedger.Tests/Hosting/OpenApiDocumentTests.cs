using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ConsentLedger.Tests.Hosting;

/// <summary>The API's description: the file in the repository, the words in both languages, and nothing left out.</summary>
public sealed partial class OpenApiDocumentTests(PostgresServer postgres)
{
    [Fact]
    public async Task The_file_in_the_repository_is_what_the_service_serves()
    {
        await using var ledger = await LedgerService.StartAsync(Store.Sqlite, postgres);
        var served = await ledger.Client("").GetReplyAsync("/openapi/v1.yaml");
        Assert.Equal("text/yaml", served.ContentHeaders.ContentType!.MediaType);
        var file = await File.ReadAllTextAsync(Path.Combine(Root(), "openapi.yaml"), TestContext.Current.CancellationToken);
        Assert.True(
            served.Text == file,
            "openapi.yaml is not what the service serves. Write it anew, look at the difference and commit it:\n"
            + "  dotnet run --project src/ConsentLedger -- openapi > openapi.yaml");
    }

    [Fact]
    public async Task Every_operation_is_described_in_Korean_and_English()
    {
        List<string> lacking = [];
        foreach (var (name, operation) in Operations(await DocumentAsync()))
        {
            if (!IsInBoth(operation["summary"]) || !IsInBoth(operation["description"]))
                lacking.Add(name);
            lacking.AddRange((operation["parameters"]?.AsArray() ?? [])
                .Where(p => p!["$ref"] is null && !IsInBoth(p["description"])).Select(p => $"{name} parameter {p!["name"]}"));
        }

        Assert.True(lacking.Count == 0, "A Korean and an English text is missing:\n" + string.Join('\n', lacking));
    }

    [Fact]
    public async Task Every_schema_and_member_is_described_in_Korean_and_English()
    {
        List<string> lacking = [];
        foreach (var (name, schema) in (await DocumentAsync())["components"]!["schemas"]!.AsObject())
        {
            if (!IsInBoth(schema!["description"]))
                lacking.Add(name);
            lacking.AddRange((schema["properties"]?.AsObject() ?? []).Where(p => !IsInBoth(p.Value!["description"])).Select(p => $"{name}.{p.Key}"));
            // Each value of an enum has a line of its own.
            if (schema["enum"] is JsonArray values)
            {
                lacking.AddRange(values.Where(v => !((string)schema["description"]!).Split('\n').Any(l => l.StartsWith($"- `{v}` ", StringComparison.Ordinal) && IsInBoth(l)))
                    .Select(v => $"{name} {v}"));
            }
        }

        Assert.True(lacking.Count == 0, "A Korean and an English text is missing:\n" + string.Join('\n', lacking));
    }

    [Fact]
    public async Task Every_route_is_in_the_document_with_the_scopes_that_it_needs()
    {
        await using var ledger = await LedgerService.StartAsync(Store.Sqlite, postgres);
        var operations = Operations(await DocumentAsync(ledger)).ToDictionary(o => o.Name, o => o.Operation);
        var routes = ledger.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/v1/", StringComparison.Ordinal)).ToList();
        foreach (var route in routes)
        {
            var path = Constraint().Replace(route.RoutePattern.RawText!.TrimEnd('/'), "}").Replace("{**", "{", StringComparison.Ordinal);
            foreach (var method in route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods)
            {
                Assert.True(operations.Remove($"{method} {path}", out var operation), $"{method} {path} is not in the document");
                if (route.Metadata.GetMetadata<IAllowAnonymous>() is not null)
                {
                    Assert.Empty(operation["security"]!.AsArray());
                    Assert.Null(operation["responses"]!["401"]);
                    continue;
                }

                var scopes = route.Metadata.GetOrderedMetadata<ConsentLedger.Hosting.RequiredScopes>().SelectMany(s => s.Scopes).ToList();
                Assert.NotEmpty(scopes);
                Assert.Equal(scopes, operation["security"]![0]!["bearer"]!.AsArray().Select(s => (string)s!));
                Assert.All(scopes, scope => Assert.Contains($"`{scope}`", (string)operation["description"]!, StringComparison.Ordinal));
                Assert.NotNull(operation["responses"]!["401"]);
                Assert.NotNull(operation["responses"]!["403"]);
            }
        }

        Assert.Empty(operations.Keys);
    }

    [Fact]
    public async Task Operations_have_names_tags_and_examples()
    {
        var document = await DocumentAsync();
        var operations = Operations(document).ToList();
        Assert.Equal(operations.Count, operations.Select(o => (string)o.Operation["operationId"]!).Distinct().Count());
        var tags = document["tags"]!.AsArray().Where(t => IsInBoth(t!["description"])).Select(t => (string)t!["name"]!).ToHashSet();
        Assert.All(operations, o => Assert.True(tags.Contains((string)o.Operation["tags"]![0]!), $"{o.Name}: the tag has no words in OpenApiWords.Tags"));
        var silent = operations.Where(o => o.Operation["requestBody"] is { } body && body["content"]!.AsObject().Single().Value!["example"] is null).Select(o => o.Name);
        Assert.Empty(silent);
    }

    [Fact]
    public async Task Requests_refuse_what_is_not_defined_and_answers_may_grow()
    {
        var document = await DocumentAsync();
        var schemas = document["components"]!["schemas"]!;
        Assert.False((bool)schemas["ConsentsRequest"]!["additionalProperties"]!);
        Assert.False((bool)schemas["NoticeReference"]!["additionalProperties"]!);
        Assert.Null(schemas["ConsentsRecorded"]!["additionalProperties"]);
        // No name of a .NET type or namespace.
        Assert.DoesNotMatch("System\\.|ConsentLedger\\.[A-Z]|`1|JsonElement|IReadOnly|ImmutableArray", document.ToJsonString());
    }

    [Fact]
    public async Task Swagger_UI_may_load_nothing_from_elsewhere()
    {
        await using var ledger = await LedgerService.StartAsync(Store.Sqlite, postgres);
        var page = await ledger.Client("").GetReplyAsync("/swagger/index.html");
        Assert.StartsWith("default-src 'none'; script-src 'self';", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.DoesNotMatch("""(src|href)="(https?:)?//""", page.Text);
    }

    private static IEnumerable<(string Name, JsonNode Operation)> Operations(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select ($"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value!);

    private static bool IsInBoth(JsonNode? text) => text is not null && Hangul().IsMatch((string)text!) && Latin().IsMatch((string)text!);

    private static async Task<JsonNode> DocumentAsync(LedgerService ledger) => (await ledger.Client("").GetReplyAsync("/openapi/v1.json")).Json;

    internal static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ConsentLedger.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder.FullName;
    }

    [GeneratedRegex("[가-힣]")]
    private static partial Regex Hangul();

    [GeneratedRegex("[A-Za-z]{2}")]
    private static partial Regex Latin();

    [GeneratedRegex(":[a-z]+}")]
    private static partial Regex Constraint();

    private async Task<JsonNode> DocumentAsync()
    {
        await using var ledger = await LedgerService.StartAsync(Store.Sqlite, postgres);
        return await DocumentAsync(ledger);
    }
}
