namespace ConsentLedger.Provisions;

/// <summary>Bodies that the API's description shows. A test sends each request to the service.</summary>
internal static class ProvisionsExamples
{
    public const string Request = """
        {
          "partner": "cj-gls",
          "purpose": "delivery",
          "items": [ "name", "address", "phone" ],
          "reference": { "order": "20261122-0001" }
        }
        """;

    public const string Recorded = """
        { "entries": [ { "position": 43, "type": "provision.recorded" } ], "legalBasis": "contract" }
        """;

    public const string Statistics = """
        { "partner": "market-research", "purpose": "statistics", "items": [ "product_info" ] }
        """;

    public const string StatisticsRecorded = """
        { "entries": [ { "position": 54, "type": "provision.recorded" } ], "legalBasis": "anonymised_statistics" }
        """;

    public const string Checkout = """
        {
          "consents": {
            "notice": { "id": "third-party-provision", "version": 1 },
            "choices": [ { "purpose": "sms_marketing", "granted": true } ],
            "actor": { "kind": "member" },
            "channel": "mobile"
          },
          "provisions": [
            {
              "partner": "inicis", "purpose": "payment", "items": [ "name", "mobile", "payment_info" ],
              "reference": { "order": "20261122-0002" }
            },
            {
              "partner": "cj-gls", "purpose": "delivery", "items": [ "name", "address", "mobile" ],
              "reference": { "order": "20261122-0002" }
            }
          ]
        }
        """;

    public const string CheckoutRecorded = """
        {
          "entries": [
            { "position": 44, "type": "consent.granted" },
            { "position": 45, "type": "provision.recorded" },
            { "position": 46, "type": "provision.recorded" }
          ],
          "consents": [
            {
              "purpose": "sms_marketing", "status": "granted", "notice": { "id": "third-party-provision", "version": 1 },
              "occurredAt": "2026-11-22T00:00:00Z", "recordedAt": "2026-11-22T00:00:00Z", "position": 44
            }
          ]
        }
        """;

    public const string Provisions = """
        {
          "member": "m-1001",
          "provisions": [
            {
              "position": 43, "recordedAt": "2026-11-22T00:00:00Z", "partner": "cj-gls", "purpose": "delivery",
              "items": [ "name", "address", "phone" ], "decision": "permit", "legalBasis": "contract",
              "reference": { "order": "20261122-0001" }
            }
          ]
        }
        """;
}
