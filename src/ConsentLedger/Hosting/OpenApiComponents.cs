using System.Text.Json;
using System.Text.Json.Nodes;
using ConsentLedger.Decisions;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace ConsentLedger.Hosting;

/// <summary>What operations share by name: problems, headers, parameters.</summary>
internal static class OpenApiComponents
{
    public const string IdempotencyKey = "IdempotencyKey";
    public const string AcceptLanguage = "AcceptLanguage";
    public const string LedgerPosition = "LedgerPosition";
    public const string Link = "Link";
    public const string Denied = "Denied";

    private static readonly (int Status, string Name, Problem Example)[] Answers =
    [
        (400, "Invalid", Problems.Invalid("channel", Texts.Malformed)),
        (401, "Unauthenticated", Problems.OfStatus(401)),
        (403, "Forbidden", Problems.OfStatus(403)),
        (404, "NotFound", Problems.NotFound("memberId", Texts.NoRecord)),
        (409, "Conflict", Problems.Conflict("correction-closed", "id", new("이미 처리된 정정 요구입니다.", "The correction has already been settled."))),
        (413, "PayloadTooLarge", Problems.OfStatus(413)),
        (415, "UnsupportedMediaType", Problems.OfStatus(415)),
        (422, "KeyReused", Problems.IdempotencyKeyReused),
        (503, "Unavailable", Problems.Unavailable),
    ];

    public static string NameOf(int status) => Answers.First(a => a.Status == status).Name;

    public static void AddTo(OpenApiDocument document, IOpenApiSchema problem)
    {
        var components = document.Components ??= new();
        components.Parameters = new Dictionary<string, IOpenApiParameter>
        {
            // No example: Swagger UI would send it with every request, and the second would be another request under a used key.
            [IdempotencyKey] = new OpenApiParameter
            {
                Name = IdempotencyHeader.Name,
                In = ParameterLocation.Header,
                Description = "멱등 키(예: `order-20261122-0001`). 같은 키와 같은 요청은 처음의 응답을 다시 받고, 같은 키의 다른 요청은 422입니다 / "
                    + "the same key with the same request gets the first answer again, with another request 422. 1–200 printable ASCII characters.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 200, Pattern = "^[ -~]+$" },
            },
            [AcceptLanguage] = new OpenApiParameter
            {
                Name = "Accept-Language",
                In = ParameterLocation.Header,
                Description = "오류와 사유의 언어, 기본 ko / language of messages, ko by default.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["ko", "en"] },
            },
        };
        components.Headers = new Dictionary<string, IOpenApiHeader>
        {
            [LedgerPosition] = new OpenApiHeader
            {
                Description = "기록된 마지막 원장 위치, 기록한 것이 없으면 생략 / last position that was written; absent when nothing was.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "1" },
            },
            [Link] = new OpenApiHeader
            {
                Description = "다음 쪽이 있으면 그 주소(RFC 8288) / the next page while there is one: `</v1/…?after=100&limit=100>; rel=\"next\"`.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            },
        };
        components.Responses = Answers.ToDictionary(a => a.Name, a => (IOpenApiResponse)Answer(a.Example, problem));
        components.Responses[Denied] = DeniedAnswer(problem);
    }

    private static OpenApiResponse Answer(Problem example, IOpenApiSchema schema)
    {
        var response = new OpenApiResponse
        {
            // What is not there, or in the way, differs by operation: the example is one of them.
            Description = example.Status is 404 or 409
                ? $"{example.Title.Ko} / {example.Title.En}"
                : $"{example.Title.Ko}: {example.Detail.Ko} / {example.Title.En}: {example.Detail.En}",
            Content = new Dictionary<string, IOpenApiMediaType>
            {
                [Problems.MediaType] = new OpenApiMediaType { Schema = schema, Example = Json(example) },
            },
        };
        if (example.Status == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Retry-After"] = new OpenApiHeader
                {
                    Description = "다시 시도하기까지의 초 / seconds to wait before trying again.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Minimum = "1" },
                },
            };
        }

        return response;
    }

    private static OpenApiResponse DeniedAnswer(IOpenApiSchema schema) => new()
    {
        Description = "제공할 수 없으면 `reasons`에 사유가 있습니다. 토큰의 권한이 모자라면 `reasons`가 없습니다 / "
            + "denied, with `reasons`; or, without them, the token lacks a scope.",
        Content = new Dictionary<string, IOpenApiMediaType>
        {
            [Problems.MediaType] = new OpenApiMediaType
            {
                Schema = schema,
                Examples = new Dictionary<string, IOpenApiExample>
                {
                    ["denied"] = new OpenApiExample
                    {
                        Summary = "사유가 있는 거절 / denied, with reasons",
                        Value = Json(Problems.Denied([DenyReason.ConsentWithdrawn])),
                    },
                    ["forbidden"] = new OpenApiExample { Summary = "권한 없음 / the token lacks a scope", Value = Json(Problems.OfStatus(403)) },
                },
            },
        },
    };

    private static JsonNode? Json(Problem problem) => JsonSerializer.SerializeToNode(problem.In(Language.Korean), ApiJson.Options);
}

/// <summary>The document as a whole: tags, shared parts, and which bodies may grow.</summary>
internal sealed class CommonDocumentFilter : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var used = swaggerDoc.Paths.SelectMany(p => p.Value.Operations!.Values).SelectMany(o => o.Tags!).Select(t => t.Name).ToHashSet();
        swaggerDoc.Tags = OpenApiWords.Tags.Where(t => used.Contains(t.Name))
            .Select(t => new OpenApiTag { Name = t.Name, Description = $"{t.Description.Ko} / {t.Description.En}" }).ToHashSet();
        OpenApiComponents.AddTo(swaggerDoc, context.SchemaGenerator.GenerateSchema(typeof(ProblemBody), context.SchemaRepository));
        var schemas = context.SchemaRepository.Schemas;
        var requests = Reachable(swaggerDoc, schemas);
        foreach (var (name, schema) in schemas)
        {
            if (schema is not OpenApiSchema { Properties: { } properties } target)
                continue;
            // A request's members are all defined; an answer may have more of them in a later version.
            target.AdditionalPropertiesAllowed = !requests.Contains(name);
            foreach (var property in properties.Values.OfType<OpenApiSchema>())
            {
                // A reference says what the type says; only a member says something of its own.
                if (property.Items is OpenApiSchemaReference element)
                    element.Reference.Description = null;
                // What is not there is left out, never null.
                if (property.Type is { } type && type != JsonSchemaType.Null)
                    property.Type = type & ~JsonSchemaType.Null;
            }
        }
    }

    private static HashSet<string> Reachable(OpenApiDocument document, Dictionary<string, IOpenApiSchema> schemas)
    {
        HashSet<string> reached = [];
        foreach (var operation in document.Paths.SelectMany(p => p.Value.Operations!.Values))
        {
            foreach (var content in operation.RequestBody?.Content?.Values ?? [])
                Follow(content.Schema);
        }

        return reached;

        void Follow(IOpenApiSchema? schema)
        {
            if (schema is OpenApiSchemaReference { Reference.Id: { } id })
            {
                if (reached.Add(id))
                    Follow(schemas[id]);
                return;
            }

            foreach (var part in (schema?.Properties?.Values ?? []).Append(schema?.Items).Append(schema?.AdditionalProperties))
            {
                if (part is not null)
                    Follow(part);
            }
        }
    }
}
