using System.Reflection;
using System.Text.Json;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace ConsentLedger.Hosting;

/// <summary>What a member that is passed on as JSON looks like.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ShapeAttribute(Type type) : Attribute
{
    public Type Type { get; } = type;
}

/// <summary>The rules of the validation in the schema of each member.</summary>
internal sealed class RulesSchemaFilter : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema target || context.MemberInfo is not PropertyInfo property)
            return;
        foreach (var rule in property.GetCustomAttributes<RuleAttribute>())
            rule.Describe(target);
        if (property.GetCustomAttribute<ShapeAttribute>() is { Type: var shape }
            && context.SchemaGenerator.GenerateSchema(shape, context.SchemaRepository) is OpenApiSchema described)
            (target.Type, target.Items) = (described.Type, described.Items);
        else if (property.PropertyType == typeof(JsonElement))
            (target.Type, target.AdditionalPropertiesAllowed) = (JsonSchemaType.Object, true);
        if (property.Name is "Position" or "Sequence" or "Version" && property.PropertyType != typeof(string))
            target.Minimum = "1";
        if (property.PropertyType == typeof(bool) && property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is null)
            target.Default = false;
    }
}

/// <summary>The rules of the validation in the schema of each parameter.</summary>
internal sealed class RulesParameterFilter : IParameterFilter
{
    public void Apply(IOpenApiParameter parameter, ParameterFilterContext context)
    {
        if (parameter is not OpenApiParameter { Schema: OpenApiSchema schema } target)
            return;
        var rules = context.PropertyInfo?.GetCustomAttributes<RuleAttribute>() ?? context.ParameterInfo?.GetCustomAttributes<RuleAttribute>() ?? [];
        foreach (var rule in rules)
            rule.Describe(schema);
        // Lists in a query are separated by commas.
        if (schema.Type == JsonSchemaType.Array)
            (target.Style, target.Explode) = (ParameterStyle.Form, false);
        (schema.Minimum, schema.Maximum) = parameter.Name switch
        {
            "limit" => ("1", Paging.MaxLimit.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            "after" => ("0", null),
            "position" or "version" => ("1", null),
            _ => (schema.Minimum, schema.Maximum),
        };
    }
}

/// <summary>What each value of an enum means.</summary>
internal sealed class EnumSchemaFilter : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (!context.Type.IsEnum || context.MemberInfo is not null || context.ParameterInfo is not null)
            return;
        var values = Enum.GetNames(context.Type)
            .Select(name => $"- `{JsonNamingPolicy.SnakeCaseLower.ConvertName(name)}` {OpenApiWords.Of(context.Type, name)}");
        schema.Description = $"{schema.Description}\n\n{string.Join('\n', values)}";
    }
}
