using System.Text;
using System.Text.Json;
using ConsentLedger.Ledger;

namespace ConsentLedger.Hosting;

/// <summary>Turns an HTTP write into a ledger command: idempotency key, language and answer.</summary>
public sealed class CommandSender(LedgerAppender appender, BackPressure pressure, RequestHasher hasher)
{
    /// <param name="http">The request.</param>
    /// <param name="body">The request's body as read: what makes a repetition the same request.</param>
    /// <param name="subjects">Whom the decision looks at.</param>
    /// <param name="decide">The decision.</param>
    /// <param name="events">Deliveries that the decision looks at.</param>
    public async Task<IResult> SendAsync(
        HttpContext http, object? body, IReadOnlyList<SubjectRef> subjects, Func<DecisionContext, Decision> decide, IReadOnlyList<Guid>? events = null)
    {
        if (!IdempotencyHeader.TryRead(http.Request, out var key))
            return new ProblemResult(Problems.Invalid(IdempotencyHeader.Name, IdempotencyHeader.Rule));
        var language = http.Language();
        var answer = await pressure.WaitAsync(appender.AppendAsync(
            new LedgerCommand
            {
                Subjects = subjects,
                Events = events ?? [],
                Key = key is null ? null : new IdempotencyKey(http.User.Client(), key),
                RequestHash = key is null ? [] : hasher.Compute(http.Request, body),
                Decide = decide,
                Render = (reply, position) => new Answer(reply.Status, Write(reply.Body, language), position),
            },
            http.RequestAborted));
        return new AnswerResult(answer);
    }

    private static string Write(object body, Language language) => body is Problem problem
        ? JsonSerializer.Serialize(problem.In(language), ApiJson.Options)
        : JsonSerializer.Serialize(body, body.GetType(), ApiJson.Options);

    private sealed class AnswerResult(Answer answer) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = answer.Status;
            if (answer.Position is { } position)
                response.Headers["Ledger-Position"] = position.ToString(System.Globalization.CultureInfo.InvariantCulture);
            return JsonAnswer.WriteAsync(httpContext, Encoding.UTF8.GetBytes(answer.Body), answer.Status >= 400 ? Problems.MediaType : JsonAnswer.MediaType);
        }
    }
}

/// <summary><c>Idempotency-Key</c> as of draft-ietf-httpapi-idempotency-key-header: a structured-field string, accepted unquoted too.</summary>
public static class IdempotencyHeader
{
    public const string Name = "Idempotency-Key";

    public static readonly Text Rule = new("1~200자의 출력 가능한 ASCII 문자여야 합니다.", "It is 1 to 200 printable ASCII characters.");

    private const int Limit = 200;

    /// <summary>False when the header is there and not valid; null key when it is absent.</summary>
    public static bool TryRead(HttpRequest request, out string? key)
    {
        key = null;
        if (!request.Headers.TryGetValue(Name, out var values))
            return true;
        if (values.Count != 1 || values[0] is not { } value)
            return false;
        if (value.Length >= 2 && value[0] == '"' && value[^1] == '"')
            value = value[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
        if (value.Length is 0 or > Limit || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return false;
        key = value;
        return true;
    }
}
