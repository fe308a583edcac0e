using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;

namespace ConsentLedger.Hosting;

/// <summary>
/// A query parameter that may be absent must be well-formed where it is there. The generated binding (RequestDelegateGenerator) answers 400 to such a
/// value without its name, and takes an empty one for none.
/// </summary>
public static class OptionalQuery
{
    public static void NameMalformedQuery(this IEndpointConventionBuilder endpoints) => endpoints.Finally(static endpoint =>
    {
        var parameters = endpoint.Metadata.OfType<IParameterBindingMetadata>()
            .Where(p => p.IsOptional && Nullable.GetUnderlyingType(p.ParameterInfo.ParameterType) is not null)
            .Select(p => (Name: JsonNamingPolicy.CamelCase.ConvertName(p.Name), IsWellFormed: Rule(p.ParameterInfo.ParameterType)))
            .ToArray();
        if (parameters.Length == 0 || endpoint.RequestDelegate is not { } handle)
            return;
        endpoint.RequestDelegate = http =>
        {
            foreach (var (name, isWellFormed) in parameters)
            {
                if (http.Request.Query.TryGetValue(name, out var text) && !isWellFormed(text))
                    return new ProblemResult(Problems.Invalid(name, Texts.Malformed)).ExecuteAsync(http);
            }

            return handle(http);
        };
    });

    private static Func<string?, bool> Rule(Type nullable) => Type.GetTypeCode(Nullable.GetUnderlyingType(nullable)) switch
    {
        TypeCode.Int64 => static text => long.TryParse(text, CultureInfo.InvariantCulture, out _),
        TypeCode.Int32 => static text => int.TryParse(text, CultureInfo.InvariantCulture, out _),
        TypeCode.Boolean => static text => bool.TryParse(text, out _),
        _ => throw new NotSupportedException($"An optional query parameter of type {nullable} has no rule yet."),
    };
}
