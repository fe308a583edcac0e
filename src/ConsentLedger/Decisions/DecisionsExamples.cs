namespace ConsentLedger.Decisions;

/// <summary>Bodies that the API's description shows. A test sends each request to the service.</summary>
internal static class DecisionsExamples
{
    public const string Request = """
        { "partner": "cj-gls", "purpose": "delivery", "items": [ "name", "address", "phone" ] }
        """;

    public const string Permitted = """
        {
          "decision": "permit",
          "legalBasis": "contract",
          "items": [
            { "item": "name", "decision": "permit" },
            { "item": "address", "decision": "permit" },
            { "item": "phone", "decision": "permit" }
          ],
          "reasons": [],
          "asOfPosition": 42
        }
        """;

    public const string ManyRequest = """
        { "members": [ "m-1001", "m-1002" ], "partner": "areumnet", "purpose": "email_marketing", "items": [ "name", "mobile" ] }
        """;

    public const string Many = """
        {
          "decisions": [
            { "member": "m-1001", "decision": "permit", "reasons": [] },
            { "member": "m-1002", "decision": "deny", "reasons": [ "no_consent" ] }
          ],
          "asOfPosition": 42
        }
        """;
}
