using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Cookies;
using ConsentLedger.Ledger;
using ConsentLedger.Provisions;

namespace ConsentLedger.Rights;

// Members are named as ISO/IEC TS 27560:2023 (consent record information structure) names its fields, and else as the W3C Data Privacy
// Vocabulary does; each says which. Where neither has a word for it, the name is the ledger's own.

/// <summary>회원의 상태 / how the membership stands.</summary>
public enum MemberStatus
{
    /// <summary>이용 중 / nothing stops the processing.</summary>
    Active,

    /// <summary>처리정지 중(개인정보 보호법 제37조) / processing is suspended (PIPA art. 37).</summary>
    Suspended,

    /// <summary>탈퇴: 보존 기간까지 보관할 뿐 이용하지 않음 / the membership ended: kept until the retention ends, and not used.</summary>
    Restricted,
}

/// <summary>동의에 관한 사건(27560 event_state, DPV ConsentStatus) / what happened to a consent (27560 event_state, DPV ConsentStatus).</summary>
public enum ConsentEvent
{
    /// <summary>동의함 / given (DPV ConsentGiven).</summary>
    Given,

    /// <summary>거부함 / refused (DPV ConsentRefused).</summary>
    Refused,

    /// <summary>철회함 / withdrawn (DPV ConsentWithdrawn).</summary>
    Withdrawn,

    /// <summary>유효기간 경과 / expired (DPV ConsentExpired).</summary>
    Expired,

    /// <summary>광고 수신동의를 다시 확인함 / reconfirmed; DPV has no word for it.</summary>
    Reconfirmed,
}

/// <summary>권리행사의 처리 상태 / how a request stands.</summary>
public enum RequestStatus
{
    /// <summary>처리 중 / not yet settled.</summary>
    Open,

    /// <summary>요구대로 처리함. 처리정지는 결과를 알렸고 계속됨 / done as asked; a suspension was confirmed and goes on.</summary>
    Completed,

    /// <summary>거절함 / refused, for the reason given.</summary>
    Rejected,

    /// <summary>처리정지를 해제함 / the suspension was lifted.</summary>
    Lifted,

    /// <summary>민원에 답변함 / the complaint was answered.</summary>
    Answered,

    /// <summary>처리되기 전에 회원탈퇴로 끝남 / overtaken by the end of the membership.</summary>
    Lapsed,

    /// <summary>이 쪽 뒤에 처리됨: 결과는 다음 쪽에, 없으면 회원탈퇴로 끝남 / settled after this page: the result is on a later one, or the end of the membership overtook it.</summary>
    SettledLater,
}

/// <summary>당사자(27560 party) / a party (27560 party).</summary>
public sealed record PartyView
{
    /// <summary>제공처 코드. 회사 자신이거나 종류로 지정되었으면 생략(27560 party_id) / partner code; absent for the controller itself and where a whole kind is named (27560 party_id).</summary>
    public string? PartyId { get; init; }

    /// <summary>명칭(27560 party_name) / name (27560 party_name).</summary>
    public required LocalText PartyName { get; init; }

    /// <summary>제공처의 법적 구분(27560 party_role) / what the partner is in law (27560 party_role).</summary>
    public PartnerKind? PartyRole { get; init; }
}

/// <summary>보여 준 고지(27560 privacy_notice) / the notice that was shown (27560 privacy_notice).</summary>
public sealed record PrivacyNoticeView
{
    /// <summary>고지 식별자 / the notice's id.</summary>
    public required string Id { get; init; }

    /// <summary>버전 번호(1부터) / version, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>제목 / title.</summary>
    public required LocalText Title { get; init; }

    /// <summary>이 목적에 관한 고지 사항 다섯 가지, 제공받는 자별 / the five facts on this purpose, for each recipient.</summary>
    public required IReadOnlyList<Disclosure> Disclosures { get; init; }
}

/// <summary>동의 기록(ISO/IEC TS 27560): 동의에 관한 사건마다 하나 / a consent record (ISO/IEC TS 27560), one for each event.</summary>
public sealed record ConsentRecord
{
    /// <summary>기록 식별자: 원장 위치(27560 record_id) / the position in the ledger (27560 record_id).</summary>
    public required long RecordId { get; init; }

    /// <summary>목적 코드(27560 purpose) / purpose code (27560 purpose).</summary>
    public required string Purpose { get; init; }

    /// <summary>사건(27560 event_state) / what happened (27560 event_state).</summary>
    public required ConsentEvent EventState { get; init; }

    /// <summary>정보주체가 선택한 시각(27560 event_time) / when the person chose (27560 event_time).</summary>
    public required DateTimeOffset EventTime { get; init; }

    /// <summary>원장에 기록된 시각(UTC) / when the ledger recorded it (UTC).</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>보여 준 고지. 철회·만료·재확인이면 그 동의의 고지(27560 privacy_notice) / the notice that was shown; of what ended or was confirmed, the one it was given on (27560 privacy_notice).</summary>
    public PrivacyNoticeView? PrivacyNotice { get; init; }

    /// <summary>그때의 개인정보처리자(27560 pii_controllers) / the controller at the time (27560 pii_controllers).</summary>
    public required IReadOnlyList<PartyView> PiiControllers { get; init; }

    /// <summary>고지에 따른 제공받는 자(27560 recipient_third_parties, DPV hasRecipient). 수탁자 포함 / who receives, as the notice said; processors too (27560 recipient_third_parties, DPV hasRecipient).</summary>
    public required IReadOnlyList<PartyView> Recipients { get; init; }

    /// <summary>행위자. 만료는 시스템(27560 entity_id) / who acted; at an expiry, the system (27560 entity_id).</summary>
    public required Actor Actor { get; init; }

    /// <summary>접수 경로. 만료이면 생략 / how it came in; absent at an expiry.</summary>
    public Channel? Channel { get; init; }

    /// <summary>본인 확인 / how the person was identified.</summary>
    public Verification? Verification { get; init; }

    /// <summary>동의 방법의 증거 / proof of how consent was given.</summary>
    public Evidence? Evidence { get; init; }

    /// <summary>광고 수신동의를 다시 확인하여야 하는 기한 / consents to advertising: by when they must be reconfirmed.</summary>
    public DateTimeOffset? ReconfirmBy { get; init; }

    /// <summary>확인하지 않으면 끝나는 시각 / from when silence ends it.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>법정대리인 / the legal guardian.</summary>
public sealed record GuardianView
{
    /// <summary>회원 본인의 권리가 돌아오는 시각 / when the member's own right returns.</summary>
    public required DateTimeOffset Under14Until { get; init; }

    /// <summary>동의 확인 방법 / how the guardian's consent was confirmed.</summary>
    public required GuardianMethod Method { get; init; }

    /// <summary>등록된 시각(UTC) / when it was registered (UTC).</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>행위자 / who acted.</summary>
    public required Actor Actor { get; init; }

    /// <summary>접수 경로 / how it came in.</summary>
    public required Channel Channel { get; init; }

    /// <summary>법정대리인이 누구인지 / who the guardian is.</summary>
    public IReadOnlyDictionary<string, string>? Who { get; init; }

    /// <summary>확인 기록의 참조 / where the proof of the confirmation is found.</summary>
    public string? Reference { get; init; }

    internal static GuardianView Of(LedgerEntry entry, GuardianRegistered registered, Sealable? opened) => new()
    {
        Under14Until = registered.Under14Until,
        Method = registered.Method,
        RecordedAt = entry.RecordedAt,
        Actor = registered.Actor,
        Channel = registered.Channel,
        Who = opened?.Values,
        Reference = opened?.Text,
    };
}

/// <summary>누가 어떻게 요구하였는가 / who asked, and how.</summary>
public sealed record AskedBy
{
    /// <summary>행위자 / who asked.</summary>
    public required Actor Actor { get; init; }

    /// <summary>접수 경로 / how it came in.</summary>
    public required Channel Channel { get; init; }

    /// <summary>본인 확인 / how the person was identified.</summary>
    public Verification? Verification { get; init; }

    internal static AskedBy Of(RequestEntry asked, Sealable? opened) => new() { Actor = asked.Actor, Channel = asked.Channel, Verification = opened?.Verification };
}

/// <summary>What the records of requests have in common. What is on an earlier page is absent: the id is the same.</summary>
public abstract record RequestRecord
{
    /// <summary>요구 식별자. 쪽이 나뉘면 앞의 쪽과 같습니다 / id of the request, the same on every page that has a part of it.</summary>
    public required Guid Id { get; init; }

    /// <summary>처리 상태 / how it stands.</summary>
    public required RequestStatus Status { get; init; }

    /// <summary>접수한 시각(UTC). 앞의 쪽에 있으면 생략 / when it came in (UTC); absent when that is on an earlier page.</summary>
    public DateTimeOffset? RequestedAt { get; init; }

    /// <summary>결과 통지 기한 / by when the result must be told.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>행위자 / who asked.</summary>
    public Actor? Actor { get; init; }

    /// <summary>접수 경로 / how it came in.</summary>
    public Channel? Channel { get; init; }

    /// <summary>본인 확인 / how the person was identified.</summary>
    public Verification? Verification { get; init; }

    /// <summary>결과가 기록된 시각(UTC) / when the result was recorded (UTC).</summary>
    public DateTimeOffset? SettledAt { get; init; }
}

/// <summary>정정 요구 / a request for correction.</summary>
public sealed record CorrectionRecord : RequestRecord
{
    /// <summary>개인정보 항목 코드(27560 pii_information) / item codes (27560 pii_information).</summary>
    public required IReadOnlyList<string> Items { get; init; }

    /// <summary>정정된 값. 그 뒤 삭제된 항목은 생략 / the corrected values, but for items that were deleted since.</summary>
    public IReadOnlyDictionary<string, string>? Values { get; init; }

    /// <summary>거절 사유 / why it was refused.</summary>
    public string? Reason { get; init; }
}

/// <summary>삭제 요구 / a request for deletion.</summary>
public sealed record DeletionRecord : RequestRecord
{
    /// <summary>개인정보 항목 코드(27560 pii_information) / item codes (27560 pii_information).</summary>
    public required IReadOnlyList<string> Items { get; init; }

    /// <summary>거절 사유 / why it was refused.</summary>
    public string? Reason { get; init; }
}

/// <summary>처리정지 요구 / a request for suspension.</summary>
public sealed record SuspensionRecord : RequestRecord
{
    /// <summary>거절 사유 / why it was refused.</summary>
    public string? Reason { get; init; }

    /// <summary>이전을 거부하여 정지된 경우 그 영업양도 / the business transfer that the member objected to, where that is the cause.</summary>
    public Guid? BusinessTransferId { get; init; }

    /// <summary>해제된 시각(UTC) / when it was lifted (UTC).</summary>
    public DateTimeOffset? LiftedAt { get; init; }

    /// <summary>해제를 요구한 사람 / who wanted it lifted.</summary>
    public AskedBy? LiftedBy { get; init; }
}

/// <summary>민원 / a complaint.</summary>
public sealed record ComplaintRecord : RequestRecord
{
    /// <summary>민원 내용 / what it is about.</summary>
    public string? Text { get; init; }

    /// <summary>답변 / the answer.</summary>
    public string? Answer { get; init; }
}

/// <summary>영업양도 이전 거부 / an objection to a business transfer.</summary>
public sealed record TransferObjectionRecord
{
    /// <summary>영업양도 식별자 / id of the business transfer.</summary>
    public required Guid TransferId { get; init; }

    /// <summary>양수인의 성명(명칭) / who takes over.</summary>
    public LocalText? Transferee { get; init; }

    /// <summary>이전되는 시각 / when the transfer takes effect.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>거부가 기록된 시각(UTC) / when the objection was recorded (UTC).</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>행위자 / who objected.</summary>
    public required Actor Actor { get; init; }

    /// <summary>접수 경로 / how it came in.</summary>
    public required Channel Channel { get; init; }

    /// <summary>본인 확인 / how the person was identified.</summary>
    public Verification? Verification { get; init; }
}

/// <summary>개별 고지 / a notice version that the member was given individually.</summary>
public sealed record GivenNoticeRecord
{
    /// <summary>고지 버전 / the notice version.</summary>
    public required NoticeReference Notice { get; init; }

    /// <summary>고지한 경로 / how the member was told.</summary>
    public required Channel Channel { get; init; }

    /// <summary>원장에 기록된 시각(UTC) / when the ledger recorded it (UTC).</summary>
    public required DateTimeOffset RecordedAt { get; init; }
}

/// <summary>광고 수신동의 처리결과 통지 / that the member was told how a choice on advertising was handled.</summary>
public sealed record ResultNoticeRecord
{
    /// <summary>목적 코드 / purpose code.</summary>
    public required string Purpose { get; init; }

    /// <summary>통지한 경로 / how the member was told.</summary>
    public required Channel Channel { get; init; }

    /// <summary>원장에 기록된 시각(UTC) / when the ledger recorded it (UTC).</summary>
    public required DateTimeOffset RecordedAt { get; init; }
}

/// <summary>연결된 방문자의 쿠키 선택 / the cookie choices of a visitor that the member logged in from.</summary>
public sealed record LinkedVisitorCookies
{
    /// <summary>방문자 식별자 / visitor id.</summary>
    public required string Visitor { get; init; }

    /// <summary>이 회원이 처음 로그인한 시각 / when the member first logged in from there.</summary>
    public required DateTimeOffset LinkedAt { get; init; }

    /// <summary>이 회원이 한 선택의 상태. 마지막으로 로그인한 회원의 선택이며, 누구도 로그인하기 전의 것은 처음 로그인한 회원의 선택입니다. 없으면 생략 / how this member's own choices stand: a choice is of whoever had logged in last, and before any login of the first who did. Absent when there are none.</summary>
    public CookieView? Cookies { get; init; }

    /// <summary>그 마지막 선택의 증거 / proof of the last of them.</summary>
    public Evidence? Evidence { get; init; }
}

/// <summary>회원에 관하여 보유한 기록 전부(열람, 개인정보 보호법 제35조) / everything held about a member (the right of access, PIPA art. 35).</summary>
public sealed record AccessRecord
{
    /// <summary>회원 식별자(27560 pii_principal_id) / member id (27560 pii_principal_id).</summary>
    public required string Member { get; init; }

    /// <summary>회원의 상태 / how the membership stands.</summary>
    public required MemberStatus Status { get; init; }

    /// <summary>법정대리인. 등록되어 있지 않으면 생략 / the legal guardian; absent when none is registered.</summary>
    public GuardianView? Guardian { get; init; }

    /// <summary>앞서 등록되었던 법정대리인, 기록 순서 / guardians that were registered before, in the order recorded.</summary>
    public required IReadOnlyList<GuardianView> FormerGuardians { get; init; }

    /// <summary>탈퇴한 시각(UTC) / when the membership ended (UTC).</summary>
    public DateTimeOffset? TerminatedAt { get; init; }

    /// <summary>탈퇴를 요구한 사람. 그 항목이 있는 쪽에만 / who asked for the end of the membership; on the page that has the entry.</summary>
    public AskedBy? TerminatedBy { get; init; }

    /// <summary>탈퇴한 경우 법령에 따라 아직 보존하는 것과 그 기한(27560 retention_period) / once terminated: what the law still wants kept, and until when (27560 retention_period).</summary>
    public IReadOnlyList<RetainedGround>? Retentions { get; init; }

    /// <summary>탈퇴한 경우 파기 예정 시각 / once terminated: when the rest is destroyed.</summary>
    public DateTimeOffset? EraseAt { get; init; }

    /// <summary>동의 기록, 기록 순서 / consent records, in the order recorded.</summary>
    public required IReadOnlyList<ConsentRecord> ConsentRecords { get; init; }

    /// <summary>제공 내역: 누구에게 무엇을 언제 어떤 근거로 / provisions: who was given what, when, on which ground.</summary>
    public required IReadOnlyList<ProvisionView> Provisions { get; init; }

    /// <summary>거절되어 제공되지 않은 요청 / what was asked for and not given.</summary>
    public required IReadOnlyList<ProvisionView> DeniedProvisions { get; init; }

    /// <summary>정정 요구와 결과 / corrections and their results.</summary>
    public required IReadOnlyList<CorrectionRecord> Corrections { get; init; }

    /// <summary>삭제 요구와 결과 / deletions and their results.</summary>
    public required IReadOnlyList<DeletionRecord> Deletions { get; init; }

    /// <summary>처리정지와 결과 / suspensions and their results.</summary>
    public required IReadOnlyList<SuspensionRecord> Suspensions { get; init; }

    /// <summary>민원과 답변 / complaints and their answers.</summary>
    public required IReadOnlyList<ComplaintRecord> Complaints { get; init; }

    /// <summary>영업양도 이전 거부 / objections to business transfers.</summary>
    public required IReadOnlyList<TransferObjectionRecord> TransferObjections { get; init; }

    /// <summary>개별로 받은 고지 / notices given individually.</summary>
    public required IReadOnlyList<GivenNoticeRecord> NoticesGiven { get; init; }

    /// <summary>광고 수신동의 처리결과 통지 / notices of how choices on advertising were handled.</summary>
    public required IReadOnlyList<ResultNoticeRecord> ResultNotices { get; init; }

    /// <summary>로그인한 방문자의 쿠키 선택, 최대 100 / cookie choices of the visitors that the member logged in from, at most 100.</summary>
    public required IReadOnlyList<LinkedVisitorCookies> Cookies { get; init; }

    /// <summary>결과에 반영된 마지막 원장 위치 / everything up to this position was taken into account.</summary>
    public required long AsOfPosition { get; init; }

    /// <summary>뒤에 더 있으면 이 쪽의 마지막 원장 위치. <c>after</c>로 이어 읽습니다 / where this page ends, when there is more: go on with it as <c>after</c>.</summary>
    public long? TruncatedAfter { get; init; }
}
