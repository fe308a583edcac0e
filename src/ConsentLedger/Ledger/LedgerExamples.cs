namespace ConsentLedger.Ledger;

/// <summary>Answers that the API's description shows.</summary>
internal static class LedgerExamples
{
    public const string Entries = """
        {
          "entries": [
            {
              "position": 43, "type": "provision.recorded", "recordedAt": "2026-11-22T00:00:00Z",
              "subject": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b12", "partner": "cj-gls",
              "data": { "purpose": "delivery", "items": [ "name", "address", "phone" ], "legalBasis": "contract" },
              "sealed": "AQx3…", "leafHash": "9yQ2…="
            },
            {
              "position": 47, "type": "correction.requested", "recordedAt": "2026-11-22T00:05:00Z",
              "subject": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b12",
              "data": {
                "correctionId": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b11", "items": [ "mobile" ], "actor": { "kind": "member" },
                "channel": "phone", "dueAt": "2026-12-02T14:59:59Z"
              },
              "recipients": [
                {
                  "partner": "cj-gls", "sequence": 1, "eventId": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10",
                  "event": "correction.requested", "items": [ "mobile" ], "acknowledgeBy": "2026-11-27T14:59:59Z"
                }
              ],
              "leafHash": "r0Xb…="
            }
          ]
        }
        """;

    public const string Entry = """
        {
          "position": 43, "type": "provision.recorded", "recordedAt": "2026-11-22T00:00:00Z",
          "subject": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b12", "partner": "cj-gls",
          "data": { "purpose": "delivery", "items": [ "name", "address", "phone" ], "legalBasis": "contract" },
          "sealed": "AQx3…", "leafHash": "9yQ2…=", "leaf": "eyJw…"
        }
        """;

    public const string Lines = """
        {"position":41,"type":"consent.granted","recordedAt":"2026-11-22T00:00:00Z","subject":"019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b12","data":{"…":"…"}}
        {"position":42,"type":"consent.refused","recordedAt":"2026-11-22T00:00:00Z","subject":"019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b12","data":{"…":"…"}}

        """;

    public const string Csv = """
        position,recordedAt,type,subject,partner,leafHash,entry
        43,2026-11-22T00:00:00Z,provision.recorded,019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b12,cj-gls,9yQ2…=,"{""position"":43,…}"

        """;
}
