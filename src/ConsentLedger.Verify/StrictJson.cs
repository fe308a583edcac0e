using System.Text.Json;
using System.Text.Unicode;

namespace ConsentLedger.Verify;

/// <summary>JSON of somebody who is not trusted: no name twice, and every string is valid Unicode, or reading it later would throw.</summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <returns>The document; null where it is not one.</returns>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span))
            return null;
        try
        {
            var reader = new Utf8JsonReader(json.Span);
            while (reader.Read())
            {
                if (reader is { TokenType: JsonTokenType.String or JsonTokenType.PropertyName, ValueIsEscaped: true })
                    reader.GetString();
            }

            return JsonDocument.Parse(json, Options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
