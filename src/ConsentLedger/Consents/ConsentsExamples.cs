namespace ConsentLedger.Consents;

/// <summary>Bodies that the API's description shows. A test sends each request to the service.</summary>
internal static class ConsentsExamples
{
    public const string Request = """
        {
          "notice": { "id": "third-party-provision", "version": 1 },
          "choices": [ { "purpose": "email_marketing", "granted": true }, { "purpose": "sms_marketing", "granted": false } ],
          "actor": { "kind": "member" },
          "channel": "web",
          "occurredAt": "2026-01-05T09:00:00+09:00",
          "evidence": { "ip": "203.0.113.7", "userAgent": "Mozilla/5.0" }
        }
        """;

    public const string Recorded = """
        {
          "entries": [ { "position": 41, "type": "consent.granted" }, { "position": 42, "type": "consent.refused" } ],
          "consents": [
            {
              "purpose": "email_marketing", "status": "granted", "notice": { "id": "third-party-provision", "version": 1 },
              "occurredAt": "2026-01-05T00:00:00Z", "recordedAt": "2026-01-05T00:00:01.25Z", "position": 41
            },
            {
              "purpose": "sms_marketing", "status": "refused", "notice": { "id": "third-party-provision", "version": 1 },
              "occurredAt": "2026-01-05T00:00:00Z", "recordedAt": "2026-01-05T00:00:01.25Z", "position": 42
            }
          ]
        }
        """;

    public const string Consents = """
        {
          "member": "m-1001",
          "consents": [
            {
              "purpose": "email_marketing", "status": "granted", "notice": { "id": "third-party-provision", "version": 1 },
              "occurredAt": "2026-01-05T00:00:00Z", "recordedAt": "2026-01-05T00:00:01.25Z", "position": 41
            }
          ],
          "heldItems": [ "mobile" ],
          "asOfPosition": 57
        }
        """;

    public const string Withdrawal = """
        {
          "purposes": [ "email_marketing" ],
          "actor": { "kind": "member" },
          "channel": "phone",
          "verification": { "method": "callback", "reference": "call 20260301-17" }
        }
        """;

    public const string Withdrawn = """
        {
          "entries": [ { "position": 58, "type": "consent.withdrawn" } ],
          "consents": [
            {
              "purpose": "email_marketing", "status": "withdrawn",
              "occurredAt": "2026-03-01T02:10:00Z", "recordedAt": "2026-03-01T02:10:00Z", "position": 58
            }
          ]
        }
        """;

    public const string Reconfirmation = """
        { "purposes": [ "email_marketing" ], "actor": { "kind": "member" }, "channel": "email" }
        """;

    public const string Reconfirmed = """
        {
          "entries": [ { "position": 49, "type": "consent.reconfirmed" } ],
          "consents": [
            {
              "purpose": "email_marketing", "status": "granted", "notice": { "id": "third-party-provision", "version": 1 },
              "occurredAt": "2026-11-22T09:00:00Z", "recordedAt": "2026-11-22T09:00:00Z", "position": 41
            }
          ]
        }
        """;

    public const string ResultNotice = """
        { "purposes": [ "email_marketing" ], "channel": "email" }
        """;

    public const string ResultNotified = """
        { "entries": [ { "position": 50, "type": "consent.result_notified" } ], "notified": [] }
        """;

    public const string NoticeGiven = """
        { "notice": { "id": "third-party-provision", "version": 1 }, "channel": "email" }
        """;

    public const string NoticeRecorded = """
        { "entries": [ { "position": 51, "type": "notice.given" } ], "notified": [] }
        """;
}
