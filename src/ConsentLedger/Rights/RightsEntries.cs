using System.Collections.Immutable;
using ConsentLedger.Consents;
using ConsentLedger.Ledger;

namespace ConsentLedger.Rights;

/// <summary>보존 의무의 근거(전자상거래법 시행령 제6조) / why something must be kept after the membership ended (E-Commerce Act Decree art. 6).</summary>
public enum RetentionGround
{
    /// <summary>계약 또는 청약철회 등에 관한 기록 5년 / contracts and withdrawals from them, 5 years.</summary>
    ContractOrWithdrawal,

    /// <summary>대금결제 및 재화 등의 공급에 관한 기록 5년 / payment and supply, 5 years.</summary>
    PaymentAndSupply,

    /// <summary>소비자의 불만 또는 분쟁처리에 관한 기록 3년 / complaints and disputes, 3 years.</summary>
    Complaints,

    /// <summary>표시·광고에 관한 기록 6개월 / labelling and advertising, 6 months.</summary>
    Advertising,
}

/// <summary>보존 의무 하나 / one thing that must be kept, and until when.</summary>
public sealed record RetainedGround
{
    /// <summary>보존 근거 / why.</summary>
    public required RetentionGround Ground { get; init; }

    /// <summary>보존 기한 / until when.</summary>
    public required DateTimeOffset Until { get; init; }
}

/// <summary>A request of a member or guardian: who asked, and how.</summary>
public abstract record RequestEntry : EntryData
{
    public required Actor Actor { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>How the person was identified; its reference is in the sealed part.</summary>
    public string? VerificationMethod { get; init; }
}

/// <summary>Items to be deleted 삭제 (PIPA art. 36); from here they are neither used nor provided.</summary>
public sealed record DeletionRequested : RequestEntry
{
    public required Guid DeletionId { get; init; }

    public required ImmutableArray<string> Items { get; init; }

    public required DateTimeOffset DueAt { get; init; }
}

/// <summary>How a request for deletion ended.</summary>
public abstract record DeletionResult : EntryData
{
    public required Guid DeletionId { get; init; }

    public required ImmutableArray<string> Items { get; init; }
}

public sealed record DeletionCompleted : DeletionResult;

/// <summary>The items stay; the reason is in the sealed part.</summary>
public sealed record DeletionRejected : DeletionResult;

/// <summary>All processing stops 처리정지 (PIPA art. 37).</summary>
public sealed record ProcessingSuspended : RequestEntry
{
    public required Guid SuspensionId { get; init; }

    /// <summary>By when the result must be told.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>The business transfer that the member objected to, where that is the cause.</summary>
    public Guid? BusinessTransferId { get; init; }
}

/// <summary>The member was told that processing is suspended.</summary>
public sealed record SuspensionConfirmed(Guid SuspensionId) : EntryData;

/// <summary>The request was refused, for a reason in the sealed part (PIPA art. 37(2)); processing goes on.</summary>
public sealed record SuspensionRejected(Guid SuspensionId) : EntryData;

/// <summary>The suspension was lifted.</summary>
public sealed record ProcessingResumed : RequestEntry
{
    public required Guid SuspensionId { get; init; }
}

/// <summary>Of a member who has left: a complaint is kept three years more, and the erasure waits for that.</summary>
public sealed record RetentionExtended(DateTimeOffset Until, DateTimeOffset EraseAt);

/// <summary>A complaint 민원; its text is in the sealed part.</summary>
public sealed record ComplaintReceived : RequestEntry
{
    public required Guid ComplaintId { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public RetentionExtended? Extended { get; init; }
}

/// <summary>The answer is in the sealed part.</summary>
public sealed record ComplaintAnswered(Guid ComplaintId) : EntryData
{
    public RetentionExtended? Extended { get; init; }
}

/// <summary>법정대리인 동의 확인 방법(개인정보 보호법 시행령 제17조의2 제1항) / how a guardian's consent is confirmed (PIPA Decree art. 17-2(1)).</summary>
public enum GuardianMethod
{
    /// <summary>1. 인터넷 사이트 표시 후 휴대전화 문자로 확인 / shown on the site, confirmed by text message.</summary>
    TextMessage,

    /// <summary>2. 인터넷 사이트 표시와 신용카드·직불카드 정보 / shown on the site, with card information.</summary>
    PaymentCard,

    /// <summary>3. 인터넷 사이트 표시와 휴대전화 본인인증 등 / shown on the site, with identification by mobile phone.</summary>
    MobileIdentification,

    /// <summary>4. 서면을 직접, 우편 또는 팩스로 / in writing, by hand, post or fax.</summary>
    Written,

    /// <summary>5. 전자우편 / by e-mail.</summary>
    Email,

    /// <summary>6. 전화 / by telephone.</summary>
    Phone,

    /// <summary>7. 그에 준하는 방법 / another way of the same worth.</summary>
    Equivalent,
}

/// <summary>A legal guardian 법정대리인 acts for the member until the fourteenth birthday (PIPA art. 22-2). Who it is stands in the sealed part.</summary>
public sealed record GuardianRegistered : EntryData
{
    /// <summary>The first instant at which the member acts alone: the start of the fourteenth birthday in Seoul.</summary>
    public required DateTimeOffset Under14Until { get; init; }

    public required GuardianMethod Method { get; init; }

    public required Actor Actor { get; init; }

    public required Channel Channel { get; init; }
}

/// <summary>회원탈퇴: nothing is used any more; what the law wants kept is kept, then the member is erased.</summary>
public sealed record MemberTerminated : RequestEntry
{
    /// <summary>Sorted by ground; empty where nothing must be kept.</summary>
    public required ImmutableArray<RetainedGround> Retentions { get; init; }

    public required DateTimeOffset EraseAt { get; init; }
}

/// <summary>What was kept on a ground need not be kept any longer.</summary>
public sealed record RetentionEnded(RetentionGround Ground) : EntryData;

/// <summary>The member's key and the mapping to the member's own id are destroyed with this entry.</summary>
public sealed record SubjectErased : EntryData;
