using System.Text.Json;

namespace ConsentLedger.Hosting;

/// <summary>Writes the framework's own problems whatever the caller accepts: its writer gives way to plain JSON for one that asked for CSV.</summary>
internal sealed class ProblemWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        Apply(context);
        var details = context.ProblemDetails;
        return new(context.HttpContext.Response.WriteAsJsonAsync(
            details, details.GetType(), ApiJson.Options, Problems.MediaType, context.HttpContext.RequestAborted));
    }

    // In the words and field names of this API.
    private static void Apply(ProblemDetailsContext context)
    {
        var details = context.ProblemDetails;
        var language = context.HttpContext.Language();
        var problem = details is HttpValidationProblemDetails
            ? Problems.Invalid()
            : Problems.OfStatus(details.Status ?? context.HttpContext.Response.StatusCode);
        details.Type = Problems.TypeOf(problem.Code);
        details.Title = problem.Title.In(language);
        details.Status = problem.Status;
        details.Detail = problem.Detail.In(language);
        details.Extensions.Remove("traceId");
        if (details is HttpValidationProblemDetails validation)
        {
            validation.Errors = validation.Errors.ToDictionary(
                e => string.Join('.', e.Key.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName)), e => e.Value, StringComparer.Ordinal);
        }
    }
}
