namespace ConsentLedger.Transparency;

/// <summary>A receipt that the API's description shows; it verifies.</summary>
internal static class ReceiptExamples
{
    public const string Receipt = """
        {
          "memberId": "m-1001",
          "subject": "01a210a5-5380-78eb-aab5-56f5b0d83280",
          "position": 10,
          "type": "consent.granted",
          "recordedAt": "2026-11-25T03:00:00Z",
          "occurredAt": "2026-01-05T00:00:00Z",
          "actor": {
            "kind": "member"
          },
          "channel": "web",
          "choices": [
            {
              "purpose": "email_marketing",
              "granted": true
            }
          ],
          "data": {
            "notice": {
              "id": "newsletter",
              "version": 1
            },
            "reconfirmBy": "2028-01-05T14:59:59Z",
            "expiresAt": "2028-01-05T15:00:00Z",
            "purpose": "email_marketing",
            "occurredAt": "2026-01-05T00:00:00Z",
            "actor": {
              "kind": "member"
            },
            "channel": "web",
            "resultNoticeBy": "2026-12-09T14:59:59Z"
          },
          "notice": {
            "id": "newsletter",
            "version": 1,
            "sha256": "d35b1131bcc67297ed001cc490ae6e5d5d17e55e2361d1f6e46cd54477321c25",
            "text": "{\"id\":\"newsletter\",\"version\":1,\"title\":{\"ko\":\"소식지\",\"en\":\"Newsletter\"},\"effectiveAt\":\"2026-11-25T03:00:00Z\",\"disclosures\":[{\"purpose\":\"email_marketing\",\"recipient\":\"areumnet\",\"recipientName\":{\"ko\":\"받는 자\",\"en\":\"recipient\"},\"purposeOfUse\":{\"ko\":\"이용 목적\",\"en\":\"purpose of use\"},\"items\":[\"name\",\"mobile\"],\"retention\":{\"ko\":\"철회 시까지\",\"en\":\"until withdrawn\"},\"rightToRefuse\":{\"ko\":\"거부할 수 있습니다\",\"en\":\"you may refuse\"}}]}",
            "position": 9,
            "leaf": "eyJwb3NpdGlvbiI6OSwidHlwZSI6Im5vdGljZS5wdWJsaXNoZWQiLCJyZWNvcmRlZEF0IjoiMjAyNi0xMS0yNVQwMzowMDowMFoiLCJkYXRhIjp7Im5vdGljZSI6eyJpZCI6Im5ld3NsZXR0ZXIiLCJ2ZXJzaW9uIjoxLCJ0aXRsZSI6eyJrbyI6IuyGjOyLneyngCIsImVuIjoiTmV3c2xldHRlciJ9LCJlZmZlY3RpdmVBdCI6IjIwMjYtMTEtMjVUMDM6MDA6MDBaIiwiZGlzY2xvc3VyZXMiOlt7InB1cnBvc2UiOiJlbWFpbF9tYXJrZXRpbmciLCJyZWNpcGllbnQiOiJhcmV1bW5ldCIsInJlY2lwaWVudE5hbWUiOnsia28iOiLrsJvripQg7J6QIiwiZW4iOiJyZWNpcGllbnQifSwicHVycG9zZU9mVXNlIjp7ImtvIjoi7J207JqpIOuqqeyggSIsImVuIjoicHVycG9zZSBvZiB1c2UifSwiaXRlbXMiOlsibmFtZSIsIm1vYmlsZSJdLCJyZXRlbnRpb24iOnsia28iOiLssqDtmowg7Iuc6rmM7KeAIiwiZW4iOiJ1bnRpbCB3aXRoZHJhd24ifSwicmlnaHRUb1JlZnVzZSI6eyJrbyI6IuqxsOu2gO2VoCDsiJgg7J6I7Iq164uI64ukIiwiZW4iOiJ5b3UgbWF5IHJlZnVzZSJ9fV19fX0=",
            "proof": {
              "leafIndex": 8,
              "treeSize": 10,
              "leafHash": "pcIgoWiQMrhIMnY8BBIpf58FwriJxV7RkaXuPL0Zu00=",
              "hashes": [
                "KpQP6AEpM5jrj50bH0DXAARTEDItzScdHANzF7EwYGs=",
                "jyAyMfflrn5WE8RnLL7WmESCK8hDZ76zdzBpz+SUwvU="
              ]
            },
            "tlogProof": "c2sp.org/tlog-proof@v1\nindex 8\nKpQP6AEpM5jrj50bH0DXAARTEDItzScdHANzF7EwYGs=\njyAyMfflrn5WE8RnLL7WmESCK8hDZ76zdzBpz+SUwvU=\n\nshop.example/consents\n10\nJkZx6HFCEm6I6LAMCH43xXbKNxPXd+PbkBgNOZIV+40=\n\n— shop.example/consents 4AnMs9xkxB9U1FJQc7wxFn4cplP8UNh7qAjLlwKC8gHmamLLdE6SWJ/L2T+AHZQbcgRiaZ/OARlcjYe+ehtKUnPT0AU=\n"
          },
          "leaf": "eyJwb3NpdGlvbiI6MTAsInR5cGUiOiJjb25zZW50LmdyYW50ZWQiLCJyZWNvcmRlZEF0IjoiMjAyNi0xMS0yNVQwMzowMDowMFoiLCJzdWJqZWN0IjoiMDFhMjEwYTUtNTM4MC03OGViLWFhYjUtNTZmNWIwZDgzMjgwIiwiZGF0YSI6eyJub3RpY2UiOnsiaWQiOiJuZXdzbGV0dGVyIiwidmVyc2lvbiI6MX0sInJlY29uZmlybUJ5IjoiMjAyOC0wMS0wNVQxNDo1OTo1OVoiLCJleHBpcmVzQXQiOiIyMDI4LTAxLTA1VDE1OjAwOjAwWiIsInB1cnBvc2UiOiJlbWFpbF9tYXJrZXRpbmciLCJvY2N1cnJlZEF0IjoiMjAyNi0wMS0wNVQwMDowMDowMFoiLCJhY3RvciI6eyJraW5kIjoibWVtYmVyIn0sImNoYW5uZWwiOiJ3ZWIiLCJyZXN1bHROb3RpY2VCeSI6IjIwMjYtMTItMDlUMTQ6NTk6NTlaIn19",
          "leafHash": "KpQP6AEpM5jrj50bH0DXAARTEDItzScdHANzF7EwYGs=",
          "proof": {
            "leafIndex": 9,
            "treeSize": 10,
            "leafHash": "KpQP6AEpM5jrj50bH0DXAARTEDItzScdHANzF7EwYGs=",
            "hashes": [
              "pcIgoWiQMrhIMnY8BBIpf58FwriJxV7RkaXuPL0Zu00=",
              "jyAyMfflrn5WE8RnLL7WmESCK8hDZ76zdzBpz+SUwvU="
            ]
          },
          "checkpoint": "shop.example/consents\n10\nJkZx6HFCEm6I6LAMCH43xXbKNxPXd+PbkBgNOZIV+40=\n\n— shop.example/consents 4AnMs9xkxB9U1FJQc7wxFn4cplP8UNh7qAjLlwKC8gHmamLLdE6SWJ/L2T+AHZQbcgRiaZ/OARlcjYe+ehtKUnPT0AU=\n",
          "vkey": "shop.example/consents+e009ccb3+AStPptfuR2HT+R2BJYHSlpjDY1kd1wngRN12n+gN+DTa",
          "tlogProof": "c2sp.org/tlog-proof@v1\nindex 9\npcIgoWiQMrhIMnY8BBIpf58FwriJxV7RkaXuPL0Zu00=\njyAyMfflrn5WE8RnLL7WmESCK8hDZ76zdzBpz+SUwvU=\n\nshop.example/consents\n10\nJkZx6HFCEm6I6LAMCH43xXbKNxPXd+PbkBgNOZIV+40=\n\n— shop.example/consents 4AnMs9xkxB9U1FJQc7wxFn4cplP8UNh7qAjLlwKC8gHmamLLdE6SWJ/L2T+AHZQbcgRiaZ/OARlcjYe+ehtKUnPT0AU=\n"
        }
        """;

    public const string Page = """
        <!doctype html>
        <html lang="ko">
        <head><title>확인서 10 · 동의</title></head>
        <body>…</body>
        </html>

        """;
}
