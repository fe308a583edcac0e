using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Rights;

namespace ConsentLedger.BusinessTransfers;

/// <summary>이전 거부 / a member does not want to be transferred.</summary>
public sealed record ObjectionRequest
{
    /// <summary>영업양도 식별자. 예정된 것이 하나뿐이면 생략할 수 있습니다 / id of the business transfer; may be absent when just one is ahead.</summary>
    public Guid? TransferId { get; init; }

    /// <summary>행위자 / who acts.</summary>
    public required Actor Actor { get; init; }

    /// <summary>접수 경로 / how it came in.</summary>
    public required Channel Channel { get; init; }

    /// <summary>본인 확인 방법 / how the person was identified.</summary>
    public Verification? Verification { get; init; }
}

/// <summary>POST /v1/members/{memberId}/transfer-objections (policy, entrustment 다: the choice to withdraw consent)</summary>
public static class ObjectToTransfer
{
    private static readonly Text Unknown = new("해당 영업양도가 없습니다.", "There is no such business transfer.");
    private static readonly Text TooLate = new("이미 시행된 영업양도입니다. 처리정지나 탈퇴를 요구할 수 있습니다.", "It has taken effect. Suspension or termination may still be asked for.");
    private static readonly Text Which = new("예정된 영업양도가 하나가 아니므로 지정하여야 합니다.", "Name it: not just one business transfer is ahead.");
    private static readonly Text Already = new("이미 거부하였습니다.", "The member has objected already.");

    /// <param name="memberId" example="m-1001">회원 식별자 / member id.</param>
    public static Task<IResult> Handle([SubjectId] string memberId, ObjectionRequest request, CommandSender commands, HttpContext http)
    {
        var member = SubjectRef.Member(memberId);
        return commands.SendAsync(http, request, [member], context => Decide(context.Member(member), request, context.Catalog, context.Now));
    }

    public static Decision Decide(SubjectState member, ObjectionRequest request, CatalogState catalog, DateTimeOffset now)
    {
        if (OpenRequests.RefuseTerminated(member) is { } refusal)
            return refusal;
        var ahead = catalog.Transfers.Where(t => t.Announced.EffectiveAt > now).ToList();
        if (request.TransferId is null && ahead.Count != 1)
            return Decision.Refuse(Problems.Invalid("transferId", ahead.Count == 0 ? Unknown : Which));
        if ((request.TransferId is { } id ? catalog.FindTransfer(id) : ahead[0]) is not { Announced: var transfer })
            return Decision.Refuse(Problems.Invalid("transferId", Unknown));
        if (transfer.EffectiveAt <= now)
            return Decision.Refuse(Problems.Conflict("transfer-effective", "transferId", TooLate));
        return member.TransferObjections.Any(o => o.TransferId == transfer.TransferId)
            ? Decision.Refuse(Problems.Conflict("already-objected", "transferId", Already))
            : RightsRecorded.Decide(new(new BusinessTransferObjected
            {
                TransferId = transfer.TransferId,
                EffectiveAt = transfer.EffectiveAt,
                Actor = request.Actor,
                Channel = request.Channel,
                VerificationMethod = request.Verification?.Method,
            })
            {
                Subject = member.Subject,
                Sealed = new() { Verification = request.Verification },
            });
    }
}
