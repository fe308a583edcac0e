using ConsentLedger.Hosting;

namespace ConsentLedger.Catalog;

public static class CatalogApi
{
    public static void MapCatalog(this IEndpointRouteBuilder api)
    {
        var notices = api.MapGroup("/notices").WithTags("Notices");
        notices.MapGet("", ReadCatalog.Notices).AllowAnonymous()
            .Describe("고지 목록", "list notices",
                "게시된 모든 고지 버전입니다.",
                "Every published notice version.")
            .WithName("listNotices")
            .Produces<NoticesPage>()
            .Examples(answer: CatalogExamples.Notices);
        notices.MapGet("/{id}/versions/{version:int}", ReadCatalog.Notice).AllowAnonymous()
            .Describe("고지 조회", "read a notice",
                "고지 버전 하나를 보여 준 그대로 조회합니다.",
                "One notice version, word for word as it was shown.")
            .WithName("readNotice")
            .Produces<NoticeView>().ProducesProblems(400, 404)
            .Examples(answer: CatalogExamples.Notice);
        notices.MapPost("", PublishNotice.Handle).RequireScope(Scopes.CatalogWrite)
            .Describe("고지 게시", "publish a notice",
                "고지의 다음 버전을 게시합니다. 다섯 가지 고지 사항 중 하나라도 없으면 거절합니다. 게시한 고지는 바뀌지 않습니다. `renewals`는 앞 버전에서 달라져 다시 동의받거나(제17조 제2항) 개별로 알려야(제26조 제3항) 하는 것입니다.",
                "Publishes the next version of a notice; one that lacks any of the five facts is refused. Once published it never changes. `renewals`: what differs from the version before, and so needs consent (PIPA art. 17(2)) or individual notice (art. 26(3)) again.")
            .Produces<NoticeRecorded>(201).ProducesProblems(400, 422).IsWrite()
            .Examples(CatalogExamples.Request, CatalogExamples.Published);
        api.MapGet("/contacts", ReadCatalog.Contacts).WithTags("Contacts").AllowAnonymous()
            .Describe("문의처", "read contacts",
                "개인정보 보호책임자의 창구와 외부 기관입니다.",
                "The privacy officer's desk and the bodies outside the company.")
            .WithName("readContacts")
            .Produces<ContactsPage>()
            .Examples(answer: CatalogExamples.Contacts);
    }
}
