using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace ConsentLedger.Hosting;

/// <summary>What an operation is called and does, in both languages.</summary>
public sealed record OperationWords(Text Name, Text Details);

/// <summary>Marks an operation that appends: it takes an idempotency key.</summary>
public sealed record WriteOperation;

/// <summary>Marks an operation that may be denied: its 403 has reasons.</summary>
public sealed record DeniableOperation;

/// <summary>Marks an operation whose pages have a length of its own: it takes no limit, and links to the next page all the same.</summary>
public sealed record PagedOperation;

/// <summary>Statuses that answer with a problem.</summary>
public sealed record ProblemStatuses(IReadOnlyList<int> Statuses);

/// <summary>Bodies to show: of the request, and of the answer that recorded something.</summary>
public sealed record BodyExamples(string? Request, string? Answer);

/// <summary>An answer that is text, or bytes where there is no example, and not a document.</summary>
public sealed record TextAnswer(string MediaType, Text Description, string? Example);

/// <summary>What a request's body is, where it is text and not a document.</summary>
public sealed record TextBody(Text Description, string Example);

/// <summary>Words, statuses and examples of each operation, beside its route.</summary>
public static class OperationDescriptions
{
    /// <param name="route">The operation.</param>
    /// <param name="korean">Its name, a few words.</param>
    /// <param name="english">The same in English.</param>
    /// <param name="koreanDetails">What it does, in sentences; its name if there is no more to say.</param>
    /// <param name="englishDetails">The same in English.</param>
    public static RouteHandlerBuilder Describe(
        this RouteHandlerBuilder route, string korean, string english, string? koreanDetails = null, string? englishDetails = null) =>
        route.WithMetadata(new OperationWords(new(korean, english), new(koreanDetails ?? korean, englishDetails ?? english)));

    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder route, params int[] statuses) =>
        route.WithMetadata(new ProblemStatuses(statuses));

    public static RouteHandlerBuilder ProducesText(
        this RouteHandlerBuilder route, string mediaType, string korean, string english, [StringSyntax("text")] string example) =>
        route.WithMetadata(new TextAnswer(mediaType, new(korean, english), example));

    public static RouteHandlerBuilder ProducesBinary(this RouteHandlerBuilder route, string korean, string english) =>
        route.WithMetadata(new TextAnswer("application/octet-stream", new(korean, english), Example: null));

    public static RouteHandlerBuilder AcceptsText(this RouteHandlerBuilder route, string korean, string english, [StringSyntax("text")] string example) =>
        route.WithMetadata(new TextBody(new(korean, english), example));

    public static RouteHandlerBuilder Examples(
        this RouteHandlerBuilder route, [StringSyntax(StringSyntaxAttribute.Json)] string? request = null, [StringSyntax(StringSyntaxAttribute.Json)] string? answer = null) =>
        route.WithMetadata(new BodyExamples(request, answer));

    public static RouteHandlerBuilder IsWrite(this RouteHandlerBuilder route) => route.WithMetadata(new WriteOperation());

    public static RouteHandlerBuilder IsPaged(this RouteHandlerBuilder route) => route.WithMetadata(new PagedOperation());

    public static RouteHandlerBuilder IsDeniable(this RouteHandlerBuilder route) => route.WithMetadata(new DeniableOperation());
}

/// <summary>What every operation has in common: its words, who may call it, which problems it answers with, the headers of a write.</summary>
internal sealed class CommonOperationFilter : IOperationFilter
{
    public const string Scheme = "bearer";

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var scopes = metadata.OfType<RequiredScopes>().SelectMany(s => s.Scopes).ToList();
        var anonymous = metadata.OfType<IAllowAnonymous>().Any();
        DescribeWords(operation, metadata.OfType<OperationWords>().LastOrDefault(), scopes);
        operation.Security = anonymous ? [] : [new() { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = scopes }];
        operation.Responses ??= [];
        foreach (var (status, response) in operation.Responses)
            response.Description = status == "201" ? "기록됨 / recorded" : "정상 / OK";
        DescribeBodies(operation, metadata);
        DescribeHeaders(operation, metadata, context.Document);
        AddProblems(operation, metadata, anonymous, context.Document);
    }

    private static void DescribeWords(OpenApiOperation operation, OperationWords? words, List<string> scopes)
    {
        if (words is not var ((ko, en), details))
            return;
        operation.Summary = $"{ko} / {en}";
        operation.Description = $"{details.Ko}\n\n{details.En}";
        if (scopes.Count > 0)
            operation.Description += $"\n\n필요한 권한 / scope: {string.Join(" ", scopes.Select(s => $"`{s}`"))}";
    }

    private static void DescribeBodies(OpenApiOperation operation, IList<object> metadata)
    {
        var contents = operation.Responses!.Values.Select(r => r.Content).Append(operation.RequestBody?.Content);
        foreach (var reference in contents.SelectMany(c => c?.Values ?? []).Select(m => m.Schema).OfType<OpenApiSchemaReference>())
            reference.Reference.Description = null;
        var answer = operation.Responses!.Where(r => r.Key[0] == '2').OrderByDescending(r => r.Key).Select(r => r.Value).OfType<OpenApiResponse>().First();
        answer.Content ??= new Dictionary<string, IOpenApiMediaType>();
        foreach (var examples in metadata.OfType<BodyExamples>())
        {
            if (examples.Request is { } request && Json(operation.RequestBody?.Content) is { } asked)
                asked.Example = JsonNode.Parse(request);
            if (examples.Answer is { } answered && Json(answer.Content) is { } document)
                document.Example = JsonNode.Parse(answered);
        }

        foreach (var text in metadata.OfType<TextAnswer>())
        {
            answer.Content[text.MediaType] = new OpenApiMediaType
            {
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Format = text.Example is null ? "binary" : null,
                    Description = $"{text.Description.Ko} / {text.Description.En}",
                },
                Example = text.Example is { } shown ? JsonValue.Create(shown) : null,
            };
        }

        // Not by metadata of the framework, which would choose the route by it and call another body's sender unauthenticated.
        if (metadata.OfType<TextBody>().SingleOrDefault() is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Description = $"{body.Description.Ko} / {body.Description.En}",
                Required = true,
                Content = new Dictionary<string, IOpenApiMediaType>
                {
                    ["text/plain"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = JsonValue.Create(body.Example) },
                },
            };
        }

        if (operation.RequestBody is OpenApiRequestBody { Description: null } plain)
            plain.Description = "정의되지 않은 항목은 거절합니다 / members that are not defined are refused.";
    }

    private static OpenApiMediaType? Json(IDictionary<string, IOpenApiMediaType>? content) =>
        content is not null && content.TryGetValue("application/json", out var found) ? found as OpenApiMediaType : null;

    private static void DescribeHeaders(OpenApiOperation operation, IList<object> metadata, OpenApiDocument document)
    {
        operation.Parameters ??= [];
        var paged = operation.Parameters.Any(p => p.Name == "limit") || metadata.OfType<PagedOperation>().Any();
        var write = metadata.OfType<WriteOperation>().Any();
        if (write)
            operation.Parameters.Add(new OpenApiParameterReference(OpenApiComponents.IdempotencyKey, document));
        operation.Parameters.Add(new OpenApiParameterReference(OpenApiComponents.AcceptLanguage, document));
        foreach (var (status, response) in operation.Responses!)
        {
            if (status[0] != '2' || response is not OpenApiResponse success)
                continue;
            success.Headers ??= new Dictionary<string, IOpenApiHeader>();
            if (write)
                success.Headers["Ledger-Position"] = new OpenApiHeaderReference(OpenApiComponents.LedgerPosition, document);
            if (paged)
                success.Headers["Link"] = new OpenApiHeaderReference(OpenApiComponents.Link, document);
        }
    }

    private static void AddProblems(OpenApiOperation operation, IList<object> metadata, bool anonymous, OpenApiDocument document)
    {
        List<int> statuses = [.. metadata.OfType<ProblemStatuses>().SelectMany(p => p.Statuses), StatusCodes.Status503ServiceUnavailable];
        if (!anonymous)
            statuses.AddRange([StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden]);
        if (operation.RequestBody is not null)
            statuses.AddRange([StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType]);
        foreach (var status in statuses.Distinct().Order())
        {
            var name = status == StatusCodes.Status403Forbidden && metadata.OfType<DeniableOperation>().Any()
                ? OpenApiComponents.Denied
                : OpenApiComponents.NameOf(status);
            operation.Responses![status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponseReference(name, document);
        }
    }
}
