using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Rights;

/// <summary>누가 어떻게 요구하는가 / who asks, and how the request came in.</summary>
public sealed record RightsRequest
{
    /// <summary>행위자 / who acts.</summary>
    public required Actor Actor { get; init; }

    /// <summary>접수 경로 / how the request came in.</summary>
    public required Channel Channel { get; init; }

    /// <summary>본인 확인 방법 / how the person was identified.</summary>
    public Verification? Verification { get; init; }
}

/// <summary>기록 결과 / what was recorded.</summary>
public sealed record RightsRecorded
{
    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>통지받는 제공처 / the partners that are told.</summary>
    public required IReadOnlyList<string> Notified { get; init; }

    /// <summary>One entry and its answer.</summary>
    public static Decision Decide(NewEntry entry) => new([entry], entries => new(StatusCodes.Status201Created, new RightsRecorded
    {
        Entries = EntryReference.Of(entries),
        Notified = [.. entry.Recipients.Select(r => r.Partner)],
    }));
}

/// <summary>권리행사 접수 / a request that was accepted.</summary>
public sealed record RequestAccepted
{
    /// <summary>요구 식별자 / id of the request.</summary>
    public required Guid Id { get; init; }

    /// <summary>결과 통지 기한 / by when the result must be told.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>통지받는 제공처 / the partners that are told.</summary>
    public required IReadOnlyList<string> Notified { get; init; }
}

/// <summary>What the results of requests have in common: they name the request and not the member.</summary>
internal static class OpenRequests
{
    private static readonly Text Unknown = new("해당 요구가 없습니다.", "There is no such request.");
    private static readonly Text Closed = new("이미 처리된 요구입니다.", "The request has already been settled.");

    /// <summary>Sends a result. Whose request it is never changes, so it is looked up before the append; whether it is open is decided within.</summary>
    /// <param name="id">Of the request.</param>
    /// <param name="request">The body.</param>
    /// <param name="opened">The type of the entry that opened it.</param>
    /// <param name="decide">Null where the request is not open.</param>
    /// <param name="commands">To the ledger.</param>
    /// <param name="contexts">To look up whose it is.</param>
    /// <param name="http">The request.</param>
    /// <param name="ct">Stops the look-up.</param>
    public static async Task<IResult> SettleAsync(
        Guid id, object? request, string opened, Func<SubjectState, DecisionContext, Decision?> decide,
        CommandSender commands, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        var owner = await context.RightsRequests.Where(r => r.Id == id).Select(r => new { r.SubjectId, r.Position }).SingleOrDefaultAsync(ct);
        if (owner is null || !await context.Entries.AnyAsync(e => e.Position == owner.Position && e.Type == opened, ct))
            return new ProblemResult(Problems.NotFound("id", Unknown));
        var member = SubjectRef.ById(owner.SubjectId);
        return await commands.SendAsync(http, request, [member], c =>
            c.Find(member) is not { } state ? Decision.Refuse(Problems.NotFound("id", Unknown))
            : decide(state, c) ?? Decision.Refuse(Problems.Conflict($"{KindOf(opened)}-closed", "id", Closed)));
    }

    /// <param name="field">That names the member.</param>
    public static Problem Terminated(string field) => Problems.Conflict("member-terminated", field, new("탈퇴한 회원입니다.", "The membership was terminated."));

    /// <summary>The refusal of a request about a member who has left, or null.</summary>
    public static Decision? RefuseTerminated(SubjectState member) =>
        member.Termination is null ? null : Decision.Refuse(Terminated("memberId"));

    // A suspension's entry is named after what it does and not after what was asked for.
    private static string KindOf(string opened) => opened == "processing.suspended" ? "suspension" : opened.Split('.')[0];
}
