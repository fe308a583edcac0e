namespace ConsentLedger.Partners;

/// <summary>Bodies that the API's description shows. A test sends each request to the service.</summary>
internal static class PartnersExamples
{
    public const string Request = """
        {
          "kind": "third_party",
          "name": { "ko": "㈜여행클럽", "en": "Travel Club Co., Ltd." },
          "purposes": [ { "purpose": "partner_offers", "legalBasis": "consent", "items": [ "name", "mobile" ] } ],
          "subscriptions": [ "consent.granted" ]
        }
        """;

    public const string Registered = """
        {
          "entries": [ { "position": 50, "type": "partner.registered" } ],
          "partner": {
            "code": "travel-club", "kind": "third_party", "name": { "ko": "㈜여행클럽", "en": "Travel Club Co., Ltd." },
            "purposes": [ { "purpose": "partner_offers", "legalBasis": "consent", "items": [ "name", "mobile" ] } ],
            "standing": false, "subscriptions": [ "consent.granted" ], "active": true, "position": 50
          }
        }
        """;

    public const string Ended = """
        {
          "entries": [ { "position": 51, "type": "partner.ended" } ],
          "partner": {
            "code": "travel-club", "kind": "third_party", "name": { "ko": "㈜여행클럽", "en": "Travel Club Co., Ltd." },
            "purposes": [ { "purpose": "partner_offers", "legalBasis": "consent", "items": [ "name", "mobile" ] } ],
            "standing": false, "subscriptions": [ "consent.granted" ], "active": false, "position": 51
          }
        }
        """;

    public const string Partners = """
        {
          "partners": [
            {
              "code": "cj-gls", "kind": "processor", "name": { "ko": "CJ GLS주식회사", "en": "CJ GLS Corporation" },
              "purposes": [ { "purpose": "delivery", "legalBasis": "contract", "items": [ "name", "address", "phone", "mobile" ] } ],
              "standing": false, "subscriptions": [], "active": true, "position": 4
            }
          ]
        }
        """;

    public const string Events = """
        {
          "events": [
            {
              "specversion": "1.0", "id": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10", "source": "/consent-ledger",
              "type": "correction.completed", "subject": "m-1001", "time": "2026-11-22T00:10:00Z",
              "datacontenttype": "application/json", "partner": "cj-gls", "sequence": "2", "ledgerposition": 48,
              "data": {
                "correctionId": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b11", "items": [ "mobile" ],
                "values": { "mobile": "010-1234-5678" }, "acknowledgeBy": "2026-11-27T14:59:59Z"
              }
            }
          ]
        }
        """;

    public const string EventStream = """
        event: correction.requested
        data: {"specversion":"1.0","id":"019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10","source":"/consent-ledger","type":"correction.requested","subject":"m-1001","time":"2026-11-22T00:00:00Z","datacontenttype":"application/json","partner":"cj-gls","sequence":"1","ledgerposition":47,"data":{"correctionId":"019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b11","items":["mobile"],"acknowledgeBy":"2026-11-27T14:59:59Z"}}
        id: 1

        """;

    public const string Acknowledgements = """
        { "acknowledgements": [ { "eventId": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10", "outcome": "done", "note": "운송장 정보까지 정정함" } ] }
        """;

    public const string Acknowledged = """
        { "entries": [ { "position": 49, "type": "delivery.acknowledged" } ] }
        """;

    public const string Deliveries = """
        {
          "deliveries": [
            {
              "id": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10", "partner": "cj-gls", "sequence": 2, "type": "correction.completed",
              "position": 48, "recordedAt": "2026-11-22T00:10:00Z", "status": "acknowledged", "outcome": "done",
              "acknowledgeBy": "2026-11-27T14:59:59Z", "acknowledgedAt": "2026-11-22T01:00:00Z", "acknowledgedPosition": 49,
              "overdue": false
            }
          ]
        }
        """;

    public const string Redelivery = """
        { "entries": [ { "position": 52, "type": "delivery.redelivery_requested" } ] }
        """;
}
