using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;

namespace ConsentLedger.BusinessTransfers;

/// <summary>영업양도·합병 고지 / a sale or merger, announced beforehand (PIPA art. 27(1)).</summary>
public sealed record TransferRequest
{
    /// <summary>양수인의 성명(명칭) / who takes over.</summary>
    public required LocalTextRequest Transferee { get; init; }

    /// <summary>양수인의 주소, 전화번호, 그 밖의 연락처 / how the transferee is reached.</summary>
    public required LocalTextRequest Contact { get; init; }

    /// <summary>이전하는 사유와 절차 / why, and how it is done.</summary>
    public required LocalTextRequest Reason { get; init; }

    /// <summary>이전을 원하지 않는 경우의 조치 방법과 절차 / how a member who does not want it objects.</summary>
    public required LocalTextRequest HowToObject { get; init; }

    /// <summary>이전되는 시각. 앞으로의 시각이어야 합니다 / when it takes effect; it lies in the future.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }
}

/// <summary>영업양도·합병 / a business transfer.</summary>
public sealed record TransferView
{
    /// <summary>식별자 / id.</summary>
    public required Guid Id { get; init; }

    /// <summary>양수인의 성명(명칭) / who takes over.</summary>
    public required LocalText Transferee { get; init; }

    /// <summary>양수인의 연락처 / how the transferee is reached.</summary>
    public required LocalText Contact { get; init; }

    /// <summary>이전하는 사유와 절차 / why, and how it is done.</summary>
    public required LocalText Reason { get; init; }

    /// <summary>이전을 원하지 않는 경우의 조치 방법과 절차 / how a member who does not want it objects.</summary>
    public required LocalText HowToObject { get; init; }

    /// <summary>이전되는 시각 / when it takes effect.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>이전이 시행되었는지 / true once it has taken effect.</summary>
    public required bool Effected { get; init; }

    /// <summary>원장 위치(1부터) / position in the ledger, from 1.</summary>
    public required long Position { get; init; }

    public static TransferView Of(BusinessTransfer transfer) => new()
    {
        Id = transfer.Announced.TransferId,
        Transferee = transfer.Announced.Transferee,
        Contact = transfer.Announced.Contact,
        Reason = transfer.Announced.Reason,
        HowToObject = transfer.Announced.HowToObject,
        EffectiveAt = transfer.Announced.EffectiveAt,
        Effected = transfer.Effected,
        Position = transfer.Position,
    };
}

/// <summary>고지 결과 / the business transfer as announced.</summary>
public sealed record TransferRecorded
{
    /// <summary>식별자 / id of the business transfer.</summary>
    public required Guid Id { get; init; }

    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }

    /// <summary>고지된 영업양도 / the business transfer as announced.</summary>
    public required TransferView Transfer { get; init; }
}

/// <summary>영업양도·합병 목록 / business transfers.</summary>
public sealed record TransfersPage
{
    /// <summary>고지한 순서 / in the order in which they were announced.</summary>
    public required IReadOnlyList<TransferView> Transfers { get; init; }
}

/// <summary>POST /v1/business-transfers, and GET: public</summary>
public static class AnnounceTransfer
{
    private static readonly Text NotAhead = new("사전에 고지하여야 하므로 앞으로의 시각이어야 합니다.", "It is announced beforehand, so the date lies in the future.");

    public static Task<IResult> Handle(TransferRequest request, CommandSender commands, HttpContext http) =>
        commands.SendAsync(http, request, [], context => Decide(request, context.Now));

    public static async Task<IResult> List(LedgerReplica replica, CancellationToken ct)
    {
        await replica.SyncAsync(ct);
        return TypedResults.Ok(new TransfersPage { Transfers = [.. replica.Catalog.Transfers.Select(TransferView.Of)] });
    }

    public static Decision Decide(TransferRequest request, DateTimeOffset now)
    {
        if (request.EffectiveAt <= now)
            return Decision.Refuse(Problems.Invalid("effectiveAt", NotAhead));
        var announced = new BusinessTransferAnnounced
        {
            TransferId = Guid.CreateVersion7(now),
            Transferee = request.Transferee.ToText(),
            Contact = request.Contact.ToText(),
            Reason = request.Reason.ToText(),
            HowToObject = request.HowToObject.ToText(),
            EffectiveAt = request.EffectiveAt,
        };
        return new([new(announced)], entries => new(StatusCodes.Status201Created, new TransferRecorded
        {
            Id = announced.TransferId,
            Entries = EntryReference.Of(entries),
            Transfer = TransferView.Of(new(announced, Effected: false, entries[0].Position)),
        }));
    }
}
