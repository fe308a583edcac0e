using Microsoft.Net.Http.Headers;

namespace ConsentLedger.Hosting;

/// <summary>RFC 8259 section 8.1: JSON between systems is UTF-8. The framework answers 500 to a charset that it does not know.</summary>
public static class Utf8Bodies
{
    public static void RequireUtf8Bodies(this WebApplication app) => app.Use((context, next) => IsUtf8(context.Request.ContentType)
        ? next(context)
        : new ProblemResult(Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType)).ExecuteAsync(context));

    private static bool IsUtf8(string? contentType) =>
        !MediaTypeHeaderValue.TryParse(contentType, out var type)
        || !type.Charset.HasValue
        || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);
}
