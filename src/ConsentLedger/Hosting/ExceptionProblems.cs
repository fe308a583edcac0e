using System.Text.Json;
using System.Text.RegularExpressions;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using Microsoft.AspNetCore.Diagnostics;

namespace ConsentLedger.Hosting;

/// <summary>Turns what the framework throws at a bad request into a problem that names the field, without names of .NET types.</summary>
public sealed partial class ExceptionProblems(ILedgerStore store, ILogger<ExceptionProblems> log) : IExceptionHandler
{
    private const int MaxFieldName = 120;

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.Response.HasStarted)
            return false;
        var problem = exception switch
        {
            BadHttpRequestException bad => Of(bad),
            LedgerUnavailableException => Problems.Unavailable,
            _ when store.IsTransient(exception) => Problems.Unavailable,
            OperationCanceledException when httpContext.RequestAborted.IsCancellationRequested => Problems.OfStatus(StatusCodes.Status499ClientClosedRequest),
            _ => Problems.Unexpected,
        };
        // The type alone: messages of drivers can carry parameters.
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
            LogUnavailable(log, exception.GetType().Name);
        else if (problem.Status >= 500)
            LogFailure(log, problem.Status, exception.GetType().Name, exception.StackTrace);
        await new ProblemResult(problem).ExecuteAsync(httpContext);
        return true;
    }

    private static Problem Of(BadHttpRequestException exception)
    {
        if (exception.StatusCode != StatusCodes.Status400BadRequest)
            return Problems.OfStatus(exception.StatusCode);
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is JsonException json)
                return Problems.Invalid(Of(json));
        }

        return BoundParameter().Match(exception.Message) is { Success: true } parameter
            ? Problems.Invalid(JsonNamingPolicy.CamelCase.ConvertName(parameter.Groups["name"].Value), Texts.Malformed)
            : Problems.Invalid("body", exception.Message.Contains("no body", StringComparison.Ordinal) ? Texts.Required : Texts.Malformed);
    }

    // System.Text.Json gives the place in Path, the names of missing and unknown members only in its message.
    private static FieldError[] Of(JsonException exception)
    {
        var path = exception.Path is { Length: > 1 } full ? full.TrimStart('$').TrimStart('.') : "";
        var missing = MissingMembers().Match(exception.Message);
        if (missing.Success)
            return [.. Quoted().Matches(missing.Groups["names"].Value).Select(m => new FieldError(Join(path, m.Groups[1].Value), Texts.Required))];
        if (UnmappedMember().Match(exception.Message) is { Success: true } unmapped)
            return [new(Join(path, unmapped.Groups["name"].Value), Texts.UnknownMember)];
        if (DuplicateMember().Match(exception.Message) is { Success: true } duplicate)
            return [new(Join(path, duplicate.Groups["name"].Value), Texts.DuplicateMember)];
        return path.Length == 0 ? [new("body", Texts.Truncated)] : [new(Short(path), Texts.Malformed)];
    }

    private static string Join(string path, string name) =>
        Short(path.Length == 0 ? name : path == name || path.EndsWith("." + name, StringComparison.Ordinal) ? path : $"{path}.{name}");

    // A caller's own name comes back to it; a megabyte of it need not.
    private static string Short(string field) => field.Length <= MaxFieldName ? field : string.Concat(field.AsSpan(0, MaxFieldName), "…");

    [GeneratedRegex("missing required properties including: (?<names>.*)$")]
    private static partial Regex MissingMembers();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();

    [GeneratedRegex("JSON property '(?<name>[^']*)' could not be mapped")]
    private static partial Regex UnmappedMember();

    [GeneratedRegex("Duplicate property '(?<name>[^']*)'")]
    private static partial Regex DuplicateMember();

    [GeneratedRegex("parameter \"[^\"]*? (?<name>[A-Za-z]+)\"")]
    private static partial Regex BoundParameter();

    [LoggerMessage(Level = LogLevel.Warning, Message = "A request was answered 503: {Error}")]
    private static partial void LogUnavailable(ILogger log, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed with {Status}: {Error}\n{Stack}")]
    private static partial void LogFailure(ILogger log, int status, string error, string? stack);
}
