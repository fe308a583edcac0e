using ConsentLedger.Hosting;

namespace ConsentLedger.Catalog;

public static class CatalogApi
{
    public static void MapCatalog(this IEndpointRouteBuilder api)
    {
        var notices = api.MapGroup("/notices").WithTags("Notices");
        notices.MapGet("", ReadCatalog.Notices).AllowAnonymous()
            .Describe("고지 목록", "Every published notice version.")
            .Produces<NoticesPage>();
        notices.MapGet("/{id}/versions/{version:int}", ReadCatalog.Notice).AllowAnonymous()
            .Describe("고지 조회", "One notice version, word for word as it was shown.")
            .Produces<NoticeView>().ProducesProblems(404);
        notices.MapPost("", PublishNotice.Handle).RequireScope(Scopes.CatalogWrite)
            .Describe("고지 게시", "Publishes a notice version; one that lacks any of the five facts is refused.")
            .Produces<NoticeRecorded>(201).ProducesProblems(400, 422).IsWrite();
        api.MapGet("/contacts", ReadCatalog.Contacts).WithTags("Contacts").AllowAnonymous()
            .Describe("문의처", "The privacy officer's desk and the bodies outside the company.")
            .Produces<ContactsPage>();
    }
}
