using System.Collections.Immutable;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;

namespace ConsentLedger.Rights;

/// <summary>정정 요구 / items that the member says are wrong.</summary>
public sealed record CorrectionRequest
{
    /// <summary>정정할 항목 / items that are wrong.</summary>
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

/// <summary>정정 접수 / a correction that was accepted; its items are on hold from now on.</summary>
public sealed record CorrectionAccepted
{
    /// <summary>정정 식별자 / id of the correction.</summary>
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
        var unknown = request.Items.Index().Where(i => !catalog.HasItem(i.Item)).Select(i => new FieldError($"items[{i.Index}]", Texts.UnknownItem)).ToArray();
        if (unknown.Length > 0)
            return Decision.Refuse(Problems.Invalid(unknown));
        var requested = new CorrectionRequested
        {
            CorrectionId = Guid.CreateVersion7(now),
            Items = [.. request.Items],
            Actor = request.Actor,
            Channel = request.Channel,
            VerificationMethod = request.Verification?.Method,
            DueAt = Clocks.Due(now, Clocks.CorrectionDays),
        };
        var recipients = CorrectionRecipients.Of(member, requested.Items, EventTypes.CorrectionRequested, catalog, now);
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
}

/// <summary>Who must be told of a correction: the partners that were given any of its items, each of those items only.</summary>
public static class CorrectionRecipients
{
    // Policy, members' rights clause 3: the result goes to the third parties that were already given the wrong data.
    public static ImmutableArray<NewRecipient> Of(
        SubjectState member, ImmutableArray<string> items, string eventType, CatalogState catalog, DateTimeOffset now) =>
    [
        .. catalog.Holders(member)
            .Select(partner => (partner.Code, Items: ItemsOf(partner, member).Intersect(items).Order(StringComparer.Ordinal).ToImmutableArray()))
            .Where(holder => !holder.Items.IsEmpty)
            .Select(holder => new NewRecipient(holder.Code, eventType)
            {
                Items = holder.Items,
                AcknowledgeBy = Clocks.Due(now, Clocks.AcknowledgementDays),
            }),
    ];

    private static IEnumerable<string> ItemsOf(Partner partner, SubjectState member) =>
        partner.Standing ? partner.Purposes.SelectMany(p => p.Items).Union(member.ItemsOf(partner.Code)) : member.ItemsOf(partner.Code);
}
