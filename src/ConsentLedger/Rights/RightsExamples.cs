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

    public const string Record = """
        {
          "member": "m-1001",
          "status": "active",
          "formerGuardians": [],
          "consentRecords": [
            {
              "recordId": 41, "purpose": "email_marketing", "eventState": "given",
              "eventTime": "2026-01-05T00:00:00Z", "recordedAt": "2026-01-05T00:00:01.25Z",
              "privacyNotice": {
                "id": "third-party-provision", "version": 1,
                "title": { "ko": "개인정보의 제3자 제공 및 처리위탁에 관한 고지", "en": "Notice of the provision and entrustment of personal data" },
                "disclosures": [
                  {
                    "purpose": "email_marketing", "recipient": "areumnet",
                    "recipientName": { "ko": "㈜아름넷닷컴", "en": "Areumnet.com Co., Ltd." },
                    "purposeOfUse": { "ko": "이메일 마케팅 전송 대행", "en": "Sending of marketing e-mail" },
                    "items": [ "name", "phone", "mobile", "address", "business_registration_number" ],
                    "retention": { "ko": "동의 철회 또는 회원탈퇴 시까지", "en": "Until consent is withdrawn or membership ends" },
                    "rightToRefuse": { "ko": "동의를 거부할 권리가 있습니다. 거부하여도 이메일 안내를 받지 못하는 것 외에 불이익이 없습니다.", "en": "You may refuse. Nothing follows from it except that you will not get marketing e-mail." }
                  }
                ]
              },
              "piiControllers": [ { "partyName": { "ko": "오피스디포", "en": "Office Depot" } } ],
              "recipients": [ { "partyId": "areumnet", "partyName": { "ko": "㈜아름넷닷컴", "en": "Areumnet.com Co., Ltd." }, "partyRole": "processor" } ],
              "actor": { "kind": "member" }, "channel": "web",
              "evidence": { "ip": "203.0.113.7", "userAgent": "Mozilla/5.0" },
              "reconfirmBy": "2028-01-05T14:59:59Z", "expiresAt": "2028-01-05T15:00:00Z"
            }
          ],
          "provisions": [
            {
              "position": 43, "recordedAt": "2026-11-22T00:00:00Z", "partner": "cj-gls", "purpose": "delivery",
              "items": [ "name", "address", "phone" ], "decision": "permit", "legalBasis": "contract", "reference": { "order": "20261122-0001" }
            }
          ],
          "deniedProvisions": [],
          "corrections": [
            {
              "id": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10", "status": "completed", "items": [ "mobile" ], "values": { "mobile": "010-1234-5678" },
              "requestedAt": "2026-11-22T00:10:00Z", "dueAt": "2026-12-02T14:59:59Z", "actor": { "kind": "legal_guardian" }, "channel": "phone",
              "verification": { "method": "callback", "reference": "call 20261122-3" }, "settledAt": "2026-11-23T01:00:00Z"
            }
          ],
          "deletions": [],
          "suspensions": [],
          "complaints": [
            {
              "id": "019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b11", "status": "answered", "text": "탈퇴 후에도 문자가 옵니다.", "answer": "발송을 중단하였습니다.",
              "requestedAt": "2026-11-24T00:10:00Z", "dueAt": "2026-12-04T14:59:59Z", "actor": { "kind": "member" }, "channel": "phone",
              "settledAt": "2026-11-25T02:00:00Z"
            }
          ],
          "transferObjections": [],
          "noticesGiven": [],
          "resultNotices": [],
          "cookies": [
            {
              "visitor": "v-7f3a",
              "linkedAt": "2026-01-05T00:01:00Z",
              "cookies": {
                "choices": [ { "purpose": "targeted_marketing", "granted": false }, { "purpose": "visit_analytics", "granted": true } ],
                "occurredAt": "2026-01-05T00:00:00Z", "recordedAt": "2026-01-05T00:00:01.25Z", "position": 61
              },
              "evidence": { "ip": "203.0.113.7", "userAgent": "Mozilla/5.0" }
            }
          ],
          "asOfPosition": 64
        }
        """;
}
