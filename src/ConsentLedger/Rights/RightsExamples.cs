namespace ConsentLedger.Rights;

/// <summary>Bodies that the API's description shows. A test sends each request to the service.</summary>
internal static class RightsExamples
{
    public const string Correction = """
        {
          "items": [ "mobile" ],
          "actor": { "kind": "legal_guardian" },
          "channel": "phone",
          "verification": { "method": "callback", "reference": "call 20261122-3" }
        }
        """;

    public const string Accepted = """
        {
          "id": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10",
          "dueAt": "2026-12-02T14:59:59Z",
          "heldItems": [ "mobile" ],
          "entries": [ { "position": 47, "type": "correction.requested" } ],
          "notified": [ "cj-gls", "inicis" ]
        }
        """;

    public const string Completion = """
        { "values": { "mobile": "010-1234-5678" } }
        """;

    public const string Completed = """
        { "entries": [ { "position": 48, "type": "correction.completed" } ], "notified": [ "cj-gls", "inicis" ] }
        """;

    public const string Rejection = """
        { "reason": "본인 확인이 되지 않았습니다." }
        """;

    public const string Rejected = """
        { "entries": [ { "position": 48, "type": "correction.rejected" } ], "notified": [ "cj-gls", "inicis" ] }
        """;

    public const string Request = """
        { "actor": { "kind": "member" }, "channel": "web", "verification": { "method": "mobile_carrier" } }
        """;

    public const string Deletion = """
        { "items": [ "phone" ], "actor": { "kind": "member" }, "channel": "web" }
        """;

    public const string DeletionAccepted = """
        { "id": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10", "dueAt": "2026-12-02T14:59:59Z", "heldItems": [ "phone" ], "entries": [ { "position": 47, "type": "deletion.requested" } ], "notified": [ "cj-gls" ] }
        """;

    public const string Deleted = """
        { "entries": [ { "position": 48, "type": "deletion.completed" } ], "notified": [ "cj-gls", "inicis" ] }
        """;

    public const string DeletionRejected = """
        { "entries": [ { "position": 48, "type": "deletion.rejected" } ], "notified": [ "cj-gls", "inicis" ] }
        """;

    public const string Suspended = """
        { "id": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10", "dueAt": "2026-12-02T14:59:59Z", "entries": [ { "position": 47, "type": "processing.suspended" } ], "notified": [ "cj-gls", "inicis" ] }
        """;

    public const string SuspensionConfirmed = """
        { "entries": [ { "position": 48, "type": "suspension.confirmed" } ], "notified": [] }
        """;

    public const string SuspensionRejected = """
        { "entries": [ { "position": 48, "type": "suspension.rejected" } ], "notified": [ "cj-gls", "inicis" ] }
        """;

    public const string Lifted = """
        { "entries": [ { "position": 48, "type": "processing.resumed" } ], "notified": [ "cj-gls", "inicis" ] }
        """;

    public const string Terminated = """
        { "entries": [ { "position": 70, "type": "member.terminated" } ], "retentions": [ { "ground": "contract_or_withdrawal", "until": "2031-11-22T14:59:59Z" } ], "eraseAt": "2031-11-22T14:59:59Z", "notified": [ "cj-gls", "inicis" ] }
        """;

    public const string Guardian = """
        { "under14Until": "2028-03-01", "verification": { "method": "mobile_identification", "reference": "ci-20261122-7" }, "channel": "web" }
        """;

    public const string GuardianRegistered = """
        { "entries": [ { "position": 40, "type": "guardian.registered" } ], "under14Until": "2028-02-29T15:00:00Z" }
        """;

    public const string Complaint = """
        { "text": "탈퇴 후에도 문자가 옵니다.", "actor": { "kind": "member" }, "channel": "phone" }
        """;

    public const string ComplaintAccepted = """
        { "id": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10", "dueAt": "2026-12-02T14:59:59Z", "entries": [ { "position": 47, "type": "complaint.received" } ], "notified": [] }
        """;

    public const string Answer = """
        { "text": "발송을 중단하였습니다." }
        """;

    public const string Answered = """
        { "entries": [ { "position": 48, "type": "complaint.answered" } ], "notified": [] }
        """;
}
