namespace ConsentLedger.Partners;

/// <summary>The events that a partner gets.</summary>
public static class EventTypes
{
    public const string CorrectionRequested = "correction.requested";
    public const string CorrectionCompleted = "correction.completed";
    public const string CorrectionRejected = "correction.rejected";
    public const string ConsentWithdrawn = "consent.withdrawn";
    public const string ConsentGranted = "consent.granted";
    public const string DeletionRequested = "deletion.requested";
    public const string DeletionCompleted = "deletion.completed";
    public const string DeletionRejected = "deletion.rejected";
    public const string ProcessingSuspended = "processing.suspended";
    public const string ProcessingResumed = "processing.resumed";
    public const string MemberTerminated = "member.terminated";
    public const string SubjectErased = "subject.erased";
    public const string EntrustmentEnded = "entrustment.ended";

    /// <summary>Those that a partner gets only when it asks for them.</summary>
    public static readonly IReadOnlyList<string> Optional = [ConsentGranted];
}
