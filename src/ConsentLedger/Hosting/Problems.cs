using System.Collections.Immutable;
using ConsentLedger.Decisions;
using ConsentLedger.Ledger;

namespace ConsentLedger.Hosting;

/// <summary>One field that was wrong.</summary>
public readonly record struct FieldError(string Field, Text Message);

/// <summary>Why a request was not done: RFC 9457 before it is put into the caller's language.</summary>
public sealed record Problem(int Status, string Code, Text Title, Text Detail)
{
    public ImmutableArray<FieldError> Errors { get; init; } = [];

    public ImmutableArray<DenyReason> Reasons { get; init; } = [];

    public ProblemBody In(Language language) => new()
    {
        Type = Problems.TypeOf(Code),
        Title = Title.In(language),
        Status = Status,
        Detail = Reasons.IsEmpty ? Detail.In(language) : string.Join(' ', Reasons.Select(r => Texts.Of(r).In(language))),
        Errors = Errors.IsEmpty
            ? null
            : Errors.GroupBy(e => e.Field, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Select(e => e.Message.In(language)).Distinct().ToArray(), StringComparer.Ordinal),
        Reasons = Reasons.IsEmpty ? null : [.. Reasons],
    };

    public static implicit operator Reply(Problem problem) => new(problem.Status, problem);
}

/// <summary>RFC 9457 오류 본문 / problem details.</summary>
public sealed record ProblemBody
{
    /// <summary>오류 종류(변하지 않음) / stable identifier of the kind of problem.</summary>
    public required string Type { get; init; }

    /// <summary>오류 이름 / short name.</summary>
    public required string Title { get; init; }

    /// <summary>HTTP 상태 / HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>설명 / what happened this time.</summary>
    public required string Detail { get; init; }

    /// <summary>항목별 오류 / messages by field, such as <c>choices[0].purpose</c>.</summary>
    public Dictionary<string, string[]>? Errors { get; init; }

    /// <summary>거절 사유 / reasons of a denial.</summary>
    public IReadOnlyList<DenyReason>? Reasons { get; init; }
}

/// <summary>Every problem that the service answers with; the codes are part of the contract.</summary>
public static class Problems
{
    public const string MediaType = "application/problem+json";

    public static readonly Problem IdempotencyKeyReused = new(
        StatusCodes.Status422UnprocessableEntity,
        "idempotency-key-reused",
        new("멱등 키 재사용", "Idempotency key reused"),
        new("같은 Idempotency-Key가 다른 요청에 사용되었습니다.", "This Idempotency-Key was used for another request."))
    {
        Errors = [new("Idempotency-Key", new("다른 요청에 사용된 키입니다.", "The key was used for another request."))],
    };

    public static readonly Problem GuardianRequired = new(
        StatusCodes.Status403Forbidden, "guardian-required", new("법정대리인 동의 필요", "Guardian required"), default)
    {
        Errors = [new("actor.kind", Texts.Of(DenyReason.GuardianRequired))],
        Reasons = [DenyReason.GuardianRequired],
    };

    public static readonly Problem MemberRestricted = new(
        StatusCodes.Status403Forbidden, "member-restricted", new("열람 제한", "Viewing restricted"), default)
    {
        Reasons = [DenyReason.MemberRestricted],
    };

    public static readonly Problem Unavailable = new(
        StatusCodes.Status503ServiceUnavailable,
        "unavailable",
        new("일시적으로 사용할 수 없음", "Temporarily unavailable"),
        new("원장을 사용할 수 없습니다. 잠시 후 다시 시도하십시오.", "The ledger cannot be reached. Try again shortly."));

    public static readonly Problem Unexpected = new(
        StatusCodes.Status500InternalServerError,
        "unexpected",
        new("내부 오류", "Internal error"),
        new("요청을 처리하지 못했습니다.", "The request could not be processed."));

    public static string TypeOf(string code) => $"urn:consent-ledger:problem:{code}";

    public static Problem Invalid(params ReadOnlySpan<FieldError> errors) => new(
        StatusCodes.Status400BadRequest,
        "validation",
        new("잘못된 요청", "Invalid request"),
        new("요청에 올바르지 않은 항목이 있습니다.", "The request has fields that are not valid."))
    {
        Errors = [.. errors],
    };

    public static Problem Invalid(string field, Text message) => Invalid(new FieldError(field, message));

    public static Problem NotFound(string field, Text detail) => new(
        StatusCodes.Status404NotFound, "not-found", new("찾을 수 없음", "Not found"), detail)
    { Errors = [new(field, detail)] };

    public static Problem Conflict(string code, string field, Text detail) => new(
        StatusCodes.Status409Conflict, code, new("현재 상태와 충돌", "Conflict with the current state"), detail)
    { Errors = [new(field, detail)] };

    public static Problem Denied(ImmutableArray<DenyReason> reasons) => new(
        StatusCodes.Status403Forbidden,
        "provision-denied",
        new("제공할 수 없음", "Provision denied"),
        default)
    {
        Reasons = reasons,
    };

    /// <summary>The problem of a bare HTTP status, such as a 401 of the authentication.</summary>
    public static Problem OfStatus(int status) => status switch
    {
        StatusCodes.Status400BadRequest => new(status, "malformed", new("잘못된 요청", "Bad request"),
            new("요청을 해석할 수 없습니다.", "The request cannot be understood.")),
        StatusCodes.Status401Unauthorized => new(status, "unauthenticated", new("인증 필요", "Authentication required"),
            new("유효한 Bearer 토큰이 필요합니다.", "A valid bearer token is required.")),
        StatusCodes.Status403Forbidden => new(status, "forbidden", new("권한 없음", "Forbidden"),
            new("이 토큰의 권한으로는 허용되지 않습니다.", "The token does not allow this.")),
        StatusCodes.Status404NotFound => new(status, "not-found", new("찾을 수 없음", "Not found"),
            new("해당 자원이 없습니다.", "There is no such resource.")),
        StatusCodes.Status405MethodNotAllowed => new(status, "method-not-allowed", new("허용되지 않는 메서드", "Method not allowed"),
            new("이 경로에서는 사용할 수 없는 메서드입니다.", "The method is not available here.")),
        StatusCodes.Status406NotAcceptable => new(status, "not-acceptable", new("지원하지 않는 응답 형식", "Not acceptable"),
            new("요청한 형식으로 응답할 수 없습니다.", "No representation of the requested type exists.")),
        StatusCodes.Status413PayloadTooLarge => new(status, "payload-too-large", new("본문이 너무 큼", "Payload too large"),
            new("요청 본문이 허용 크기를 넘었습니다.", "The request body is larger than allowed."))
        { Errors = [new("body", Texts.Malformed)] },
        StatusCodes.Status415UnsupportedMediaType => new(status, "unsupported-media-type", new("지원하지 않는 본문 형식", "Unsupported media type"),
            new("본문은 UTF-8로 된 application/json이어야 합니다.", "The body must be application/json in UTF-8."))
        {
            Errors = [new("Content-Type", new("UTF-8로 된 application/json이어야 합니다.", "It must be application/json in UTF-8."))],
        },
        StatusCodes.Status503ServiceUnavailable => Unavailable,
        >= 500 => Unexpected with { Status = status },
        _ => new(status, "http-" + status, new("요청 거절", "Request refused"), new("요청이 거절되었습니다.", "The request was refused.")),
    };
}

/// <summary>Writes a <see cref="Problem"/> in the caller's language.</summary>
public sealed class ProblemResult(Problem problem) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = problem.Status;
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
            httpContext.Response.Headers.RetryAfter = "1";
        return JsonAnswer.WriteAsync(httpContext, problem.In(httpContext.Language()), Problems.MediaType);
    }
}
