using System.Collections.Immutable;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConsentLedger.Ledger;

/// <summary>JSON as the ledger stores it. A change here changes what new entries look like, never old ones: their bytes are kept.</summary>
public static class LedgerJson
{
    /// <summary>Korean, base64 and telephone numbers stay readable. Whoever puts JSON into HTML escapes it there; answers are never sniffed.</summary>
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    public static readonly JsonSerializerOptions Options = Create();

    /// <summary>The same, for states, of which many are kept in memory.</summary>
    public static readonly JsonSerializerOptions States = Create(new CodePool.Converter());

    private static JsonSerializerOptions Create(params IEnumerable<JsonConverter> more)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = Encoder,
            Converters = { new StrictEnumConverter(), new Timestamps.Converter() },
            TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver
            {
                Modifiers = { LeaveOutEmptyArrays },
            },
        };
        foreach (var converter in more)
            options.Converters.Add(converter);
        options.MakeReadOnly();
        return options;
    }

    private static void LeaveOutEmptyArrays(System.Text.Json.Serialization.Metadata.JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            // What must be there to be read back is written even when it is empty.
            if (property is { IsRequired: false, AssociatedParameter: null, PropertyType: { IsGenericType: true } array }
                && array.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            {
                property.ShouldSerialize = typeof(LedgerJson).GetMethod(nameof(HasElements), BindingFlags.NonPublic | BindingFlags.Static)!
                    .MakeGenericMethod(array.GetGenericArguments()).CreateDelegate<Func<object, object?, bool>>();
            }
        }
    }

    private static bool HasElements<T>(object owner, object? value) => value is ImmutableArray<T> { IsDefaultOrEmpty: false };
}
