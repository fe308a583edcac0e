namespace ConsentLedger.Decisions;

/// <summary>Why items may not go to a partner. The order is the order in which reasons are reported.</summary>
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
