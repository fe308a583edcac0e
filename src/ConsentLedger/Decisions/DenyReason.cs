namespace ConsentLedger.Decisions;

/// <summary>제공할 수 없는 사유, 이 순서로 알립니다 / why items may not go to a partner, in the order in which reasons are reported.</summary>
public enum DenyReason
{
    UnknownPartner,
    PartnerInactive,
    NoticeNotEffective,
    OutOfScope,
    NoConsent,
    ConsentRefused,
    ConsentWithdrawn,
    ConsentExpired,
    GuardianRequired,
    CorrectionPending,
    ProcessingSuspended,
    MemberRestricted,
    NightTime,
    StatisticsNotAnonymous,
}
