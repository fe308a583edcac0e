using ConsentLedger.Hosting;

namespace ConsentLedger.Consents;

public static class ConsentsApi
{
    public static void MapConsents(this IEndpointRouteBuilder api)
    {
        var member = api.MapGroup("/members/{memberId}").WithTags("Consents");
        member.MapPost("/consents", RecordConsents.Handle).RequireScope(Scopes.ConsentsWrite)
            .Describe("동의·거부 기록", "Records choices, granted and refused, against a notice version.")
            .Produces<ConsentsRecorded>(201).ProducesProblems(400, 422).IsWrite();
        member.MapGet("/consents", ReadConsents.Handle).RequireScope(Scopes.ConsentsRead)
            .Describe("동의 상태 조회", "How the member's consents stand now, or stood at an instant.")
            .Produces<MemberConsents>().ProducesProblems(400, 404);
        member.MapPost("/withdrawals", WithdrawConsents.Handle).RequireScope(Scopes.ConsentsWrite)
            .Describe("동의 철회", "Withdraws purposes. From the answer on no decision permits them; the partners concerned are told.")
            .Produces<ConsentsRecorded>(201).ProducesProblems(400, 422).IsWrite();
    }
}
