namespace ConsentLedger.Cookies;

/// <summary>Bodies that the API's description shows. A test sends each request to the service.</summary>
internal static class CookiesExamples
{
    public const string Choices = """
        {
          "choices": [ { "purpose": "visit_analytics", "granted": true }, { "purpose": "targeted_marketing", "granted": false } ],
          "channel": "web",
          "occurredAt": "2026-01-05T09:00:00+09:00",
          "evidence": { "ip": "203.0.113.7", "userAgent": "Mozilla/5.0" }
        }
        """;

    public const string Recorded = """
        {
          "entries": [ { "position": 61, "type": "cookies.chosen" } ],
          "cookies": {
            "choices": [ { "purpose": "targeted_marketing", "granted": false }, { "purpose": "visit_analytics", "granted": true } ],
            "occurredAt": "2026-01-05T00:00:00Z", "recordedAt": "2026-01-05T00:00:01.25Z", "position": 61
          }
        }
        """;

    public const string Cookies = """
        {
          "visitor": "v-7f3a",
          "cookies": {
            "choices": [ { "purpose": "targeted_marketing", "granted": false }, { "purpose": "visit_analytics", "granted": true } ],
            "occurredAt": "2026-01-05T00:00:00Z", "recordedAt": "2026-01-05T00:00:01.25Z", "position": 61
          },
          "asOfPosition": 64
        }
        """;

    public const string Decisions = """
        { "purposes": [ "visit_analytics", "targeted_marketing", "personalisation" ] }
        """;

    public const string Decided = """
        {
          "decisions": [
            { "purpose": "visit_analytics", "decision": "permit" },
            { "purpose": "targeted_marketing", "decision": "deny" },
            { "purpose": "personalisation", "decision": "ask" }
          ],
          "asOfPosition": 64
        }
        """;

    public const string Link = """
        { "member": "m-1001" }
        """;

    public const string Linked = """
        { "entries": [ { "position": 62, "type": "visitor.linked" }, { "position": 63, "type": "visitor.linked" } ] }
        """;
}
