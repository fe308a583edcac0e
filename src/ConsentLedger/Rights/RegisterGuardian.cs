using System.Collections.Immutable;
using System.Globalization;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;

namespace ConsentLedger.Rights;

/// <summary>법정대리인 등록 / the legal guardian of a member under fourteen.</summary>
public sealed record GuardianRequest
{
    /// <summary>만 14세가 되는 날(YYYY-MM-DD, 서울 기준) 또는 시각(RFC 3339) / the fourteenth birthday: a date (in Seoul) or an instant. From then on the member acts alone.</summary>
    /// <example>2028-03-01</example>
    [PlainText(40)]
    public required string Under14Until { get; init; }

    /// <summary>법정대리인 동의 확인 방법(시행령 제17조의2) / how the guardian's consent was confirmed (PIPA Decree art. 17-2).</summary>
    public required GuardianVerification Verification { get; init; }

    /// <summary>행위자, 생략하면 법정대리인 / who acts; the guardian if absent.</summary>
    public Actor? Actor { get; init; }

    /// <summary>접수 경로 / how it came in.</summary>
    public required Channel Channel { get; init; }

    /// <summary>법정대리인이 누구인지(성명, 연락처 등), 암호화 보관 / who the guardian is, such as name and telephone; stored encrypted.</summary>
    [TextMap(10, 200)]
    public IReadOnlyDictionary<string, string>? Guardian { get; init; }
}

/// <summary>법정대리인 확인 / how the guardian was confirmed.</summary>
public sealed record GuardianVerification
{
    /// <summary>확인 방법 / which of the seven ways.</summary>
    public required GuardianMethod Method { get; init; }

    /// <summary>확인 기록의 참조, 암호화 보관 / where the proof of it is found, stored encrypted.</summary>
    [PlainText(200)]
    public string? Reference { get; init; }
}

/// <summary>등록된 법정대리인 / the guardian as registered.</summary>
public sealed record GuardianRecorded
{
    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>회원 본인의 권리가 돌아오는 시각 / when the member's own right returns.</summary>
    public required DateTimeOffset Under14Until { get; init; }
}

/// <summary>PUT /v1/members/{memberId}/guardian</summary>
public static class RegisterGuardian
{
    private static readonly Text Adult = new("이미 만 14세가 지난 날입니다.", "The member is fourteen already.");
    private static readonly Text TooFar = new("14년보다 먼 날일 수 없습니다.", "It lies more than fourteen years ahead.");
    private static readonly Text NotADate = new("YYYY-MM-DD 또는 시간대가 있는 RFC 3339 시각이어야 합니다.", "It is a date (YYYY-MM-DD) or an instant of RFC 3339 with an offset.");

    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle([SubjectId] string memberId, GuardianRequest request, CommandSender commands, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(http, request, [member], context => Decide(context.Member(member), request, context.Now));
    }

    public static Decision Decide(SubjectState member, GuardianRequest request, DateTimeOffset now)
    {
        if (OpenRequests.RefuseTerminated(member) is { } refusal)
            return refusal;
        if (!TryRead(request.Under14Until, out var until))
            return Decision.Refuse(Problems.Invalid("under14Until", NotADate));
        if (until <= now || until > now.AddYears(14))
            return Decision.Refuse(Problems.Invalid("under14Until", until <= now ? Adult : TooFar));
        return new(
            [new(new GuardianRegistered { Under14Until = until, Method = request.Verification.Method, Channel = request.Channel })
            {
                Subject = member.Subject,
                Sealed = new()
                {
                    Values = request.Guardian?.ToImmutableSortedDictionary(StringComparer.Ordinal),
                    Text = request.Verification.Reference,
                },
            }],
            entries => new(StatusCodes.Status201Created, new GuardianRecorded { Entries = EntryReference.Of(entries), Under14Until = until }));
    }

    // A date is the day in Seoul: a birthday begins at midnight there.
    private static bool TryRead(string text, out DateTimeOffset until)
    {
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return Timestamps.TryParse(text, out until);
        // The first day of the calendar begins in Seoul before there are instants.
        until = day == DateOnly.MinValue ? DateTimeOffset.MinValue : Clocks.StartOf(day);
        return true;
    }
}
