using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace ConsentLedger.Hosting;

/// <summary>Marks an operation that appends: it takes an idempotency key.</summary>
public sealed record WriteOperation;

/// <summary>Statuses that answer with a problem.</summary>
public sealed record ProblemStatuses(IReadOnlyList<int> Statuses);

/// <summary>Words and statuses of each operation, beside its route.</summary>
public static class OperationDescriptions
{
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder route, string korean, string english) =>
        route.WithSummary(korean).WithDescription($"{korean}.\n\n{english}");

    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder route, params int[] statuses) =>
        route.WithMetadata(new ProblemStatuses(statuses));

    public static RouteHandlerBuilder IsWrite(this RouteHandlerBuilder route) => route.WithMetadata(new WriteOperation());
}

/// <summary>What every operation has in common: who may call it, which problems it answers with, the headers of a write.</summary>
public sealed class CommonOperationFilter : IOperationFilter
{
    private const string ProblemSchema = nameof(ProblemBody);

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var anonymous = metadata.OfType<IAllowAnonymous>().Any();
        List<int> statuses = [.. metadata.OfType<ProblemStatuses>().SelectMany(p => p.Statuses), 503];
        if (!anonymous)
        {
            statuses.AddRange([401, 403]);
            var scopes = metadata.OfType<RequiredScopes>().SelectMany(s => s.Scopes).ToList();
            operation.Security = [new() { [new OpenApiSecuritySchemeReference("bearer", context.Document)] = [] }];
            operation.Description += $"\n\n필요한 권한 / scope: {string.Join(" ", scopes.Select(s => $"`{s}`"))}";
        }

        operation.Responses ??= [];
        foreach (var status in statuses.Distinct().Order())
            operation.Responses[status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = Problem(status, context);
        if (metadata.OfType<WriteOperation>().Any())
            DescribeWrite(operation);
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = "Accept-Language",
            In = ParameterLocation.Header,
            Description = "오류와 사유의 언어: ko(기본) 또는 en / language of messages: ko by default.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["ko", "en"] },
        });
    }

    private static OpenApiResponse Problem(int status, OperationFilterContext context)
    {
        var schema = context.SchemaGenerator.GenerateSchema(typeof(ProblemBody), context.SchemaRepository);
        return new OpenApiResponse
        {
            Description = Problems.OfStatus(status) is var problem && status is not (409 or 422)
                ? $"{problem.Title.Ko} / {problem.Title.En}"
                : status == 409 ? "현재 상태와 충돌 / conflict with the current state" : "멱등 키가 다른 요청에 쓰임 / idempotency key used for another request",
            Content = new Dictionary<string, IOpenApiMediaType> { [Problems.MediaType] = new OpenApiMediaType { Schema = schema } },
        };
    }

    private static void DescribeWrite(OpenApiOperation operation)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = IdempotencyHeader.Name,
            In = ParameterLocation.Header,
            Description = "같은 키와 본문은 처음의 응답을 다시 받습니다 / the same key and body get the first answer again.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 200 },
            Example = JsonValue.Create("order-20261122-0001"),
        });
        foreach (var (status, response) in operation.Responses ?? [])
        {
            if (status is not ("200" or "201") || response is not OpenApiResponse success)
                continue;
            success.Headers ??= new Dictionary<string, IOpenApiHeader>();
            success.Headers["Ledger-Position"] = new OpenApiHeader
            {
                Description = "기록된 마지막 원장 위치 / last position that was written.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
            };
        }
    }
}

/// <summary>Codes and ids in the schema as the validation has them.</summary>
public sealed class RulesSchemaFilter : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema target || context.MemberInfo is null)
            return;
        foreach (var rule in context.MemberInfo.GetCustomAttributes(inherit: true))
        {
            switch (rule)
            {
                case CodeAttribute:
                    target.Pattern = "^[a-z][a-z0-9_-]{1,39}$";
                    break;
                case SubjectIdAttribute:
                    target.Pattern = "^[A-Za-z0-9._~@:+-]{1,128}$";
                    break;
                case Sha256HexAttribute:
                    target.Pattern = "^[0-9A-Fa-f]{64}$";
                    break;
            }
        }
    }
}
