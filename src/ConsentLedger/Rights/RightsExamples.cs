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
}
