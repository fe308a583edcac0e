using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;

namespace ConsentLedger.Rights;

/// <summary>정정·삭제 요구 / items that the member wants corrected or deleted.</summary>
public sealed record CorrectionRequest
{
    /// <summary>정정 또는 삭제할 항목 / the items.</summary>
    /// <example>["mobile"]</example>
    [Codes(1, 32)]
    public required IReadOnlyList<string> Items { get; init; }

    /// <summary>행위자 / who acts.</summary>
    public required Actor Actor { get; init; }

    /// <summary>접수 경로 / how the request came in.</summary>
    public required Channel Channel { get; init; }

    /// <summary>본인 확인 방법 / how the person was identified.</summary>
    public Verification? Verification { get; init; }
}

/// <summary>정정·삭제 접수 / a correction or deletion that was accepted; its items are on hold from now on.</summary>
public sealed record CorrectionAccepted
{
    /// <summary>요구 식별자 / id of the request.</summary>
    public required Guid Id { get; init; }

    /// <summary>결과 통지 기한 / by when the result must be told.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>이용·제공이 정지된 항목 / items neither used nor provided until the result.</summary>
    public required IReadOnlyList<string> HeldItems { get; init; }

    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>통지 대상 제공처 / partners that hold the items and are told.</summary>
    public required IReadOnlyList<string> Notified { get; init; }
}

/// <summary>POST /v1/members/{memberId}/corrections</summary>
public static class RequestCorrection
{
    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle([SubjectId] string memberId, CorrectionRequest request, CommandSender commands, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(http, request, [member], context => Decide(context.Member(member), request, context.Catalog, context.Now));
    }

    public static Decision Decide(SubjectState member, CorrectionRequest request, CatalogState catalog, DateTimeOffset now)
    {
        if (OpenRequests.RefuseTerminated(member) is { } refusal)
            return refusal;
        if (UnknownItems(request, catalog) is { Length: > 0 } unknown)
            return Decision.Refuse(Problems.Invalid(unknown));
        var requested = new CorrectionRequested
        {
            CorrectionId = Guid.CreateVersion7(now),
            Items = [.. request.Items],
            Actor = request.Actor,
            Channel = request.Channel,
            VerificationMethod = request.Verification?.Method,
            DueAt = Clocks.Due(now, Periods.CorrectionResult),
        };
        var recipients = HolderRecipients.Of(member, requested.Items, EventTypes.CorrectionRequested, catalog, now);
        return new(
            [new(requested) { Subject = member.Subject, Sealed = new() { Verification = request.Verification }, Recipients = recipients }],
            entries => new(StatusCodes.Status201Created, new CorrectionAccepted
            {
                Id = requested.CorrectionId,
                DueAt = requested.DueAt,
                HeldItems = requested.Items,
                Entries = EntryReference.Of(entries),
                Notified = [.. recipients.Select(r => r.Partner)],
            }));
    }

    internal static FieldError[] UnknownItems(CorrectionRequest request, CatalogState catalog) =>
        [.. request.Items.Index().Where(i => !catalog.HasItem(i.Item)).Select(i => new FieldError($"items[{i.Index}]", Texts.UnknownItem))];
}
