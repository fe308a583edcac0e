namespace ConsentLedger.Catalog;

/// <summary>Bodies that the API's description shows. A test sends each request to the service.</summary>
internal static class CatalogExamples
{
    public const string Request = """
        {
          "id": "partner-offers",
          "title": { "ko": "제휴 서비스 안내", "en": "Offers of partners" },
          "disclosures": [
            {
              "purpose": "partner_offers",
              "recipient": "travel-club",
              "recipientName": { "ko": "㈜여행클럽", "en": "Travel Club Co., Ltd." },
              "purposeOfUse": { "ko": "여행 상품 가입권유", "en": "Offers of journeys" },
              "items": [ "name", "mobile" ],
              "retention": { "ko": "동의 철회 시까지", "en": "Until consent is withdrawn" },
              "rightToRefuse": { "ko": "동의를 거부할 수 있으며 불이익이 없습니다.", "en": "You may refuse; nothing follows from it." }
            }
          ]
        }
        """;

    public const string Notice = """
        {
          "id": "partner-offers", "version": 1, "title": { "ko": "제휴 서비스 안내", "en": "Offers of partners" },
          "effectiveAt": "2026-11-22T00:00:00Z", "publishedAt": "2026-11-22T00:00:00Z",
          "disclosures": [
            {
              "purpose": "partner_offers", "recipient": "travel-club",
              "recipientName": { "ko": "㈜여행클럽", "en": "Travel Club Co., Ltd." },
              "purposeOfUse": { "ko": "여행 상품 가입권유", "en": "Offers of journeys" },
              "items": [ "name", "mobile" ],
              "retention": { "ko": "동의 철회 시까지", "en": "Until consent is withdrawn" },
              "rightToRefuse": { "ko": "동의를 거부할 수 있으며 불이익이 없습니다.", "en": "You may refuse; nothing follows from it." }
            }
          ],
          "position": 53
        }
        """;

    public const string Published = $$"""
        { "entries": [ { "position": 53, "type": "notice.published" } ], "notice": {{Notice}}, "renewals": [] }
        """;

    public const string Notices = $$"""
        { "notices": [ {{Notice}} ] }
        """;

    public const string Contacts = """
        {
          "contacts": [
            {
              "code": "privacy-officer", "role": { "ko": "개인정보 보호책임자", "en": "Privacy officer" },
              "phone": "02-000-0000", "hours": { "ko": "평일 09:00 ~ 18:00", "en": "Weekdays 09:00–18:00" }
            }
          ]
        }
        """;
}
