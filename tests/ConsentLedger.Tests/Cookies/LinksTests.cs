using System.Net;
using ConsentLedger.Cookies;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using ConsentLedger.Tests.Harness;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Tests.Cookies;

public sealed class LinksTests(Ledgers ledgers) : IClassFixture<Ledgers>
{
    [Theory, BothStores]
    public async Task A_link_stands_on_both_subjects_and_holds_nothing_but_their_random_ids(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        await client.ChooseCookiesAsync("v-login", "refuse_all");
        var linked = (await client.LinkAsync("v-login", "m-login")).Recorded("visitor.linked", "visitor.linked");
        var (visitor, member) = (await StateAsync(ledger, SubjectKind.Visitor, "v-login"), await StateAsync(ledger, SubjectKind.Member, "m-login"));
        Assert.Equal(member.Subject, visitor.LinkedMember);
        Assert.Equal([visitor.Subject], member.LinkedVisitors);
        Guid[] subjects = [visitor.Subject, member.Subject];
        for (var i = 0; i < 2; i++)
        {
            var entry = (await client.GetReplyAsync($"/v1/ledger/entries/{linked.Positions[i]}")).Is(HttpStatusCode.OK).Json;
            Assert.Equal(subjects[i].ToString(), (string)entry["subject"]!);
            Assert.Equal($$"""{"visitor":"{{visitor.Subject}}","member":"{{member.Subject}}"}""", entry["data"]!.ToJsonString());
            Assert.Null(entry["sealed"]);
        }

        // The choices are the visitor's as before.
        Assert.Equal("refuse_all", (string)(await client.GetReplyAsync("/v1/visitors/v-login/cookie-choices")).Json["cookies"]!["choice"]!);
    }

    [Theory, BothStores]
    public async Task A_visitor_that_never_chose_can_be_linked_and_is_then_known(Store store)
    {
        var client = (await ledgers.On(store)).Client();
        (await client.LinkAsync("v-silent", "m-silent")).Recorded("visitor.linked", "visitor.linked");
        var read = (await client.GetReplyAsync("/v1/visitors/v-silent/cookie-choices")).Is(HttpStatusCode.OK);
        Assert.Null(read.Json["cookies"]);
        Assert.Equal("ask", (string)(await client.DecideCookiesAsync("v-silent", "personalisation")).List("decisions")[0]["decision"]!);
        Assert.Equal("allow_all", (string)(await client.ChooseCookiesAsync("v-silent", "allow_all")).Recorded("cookies.chosen").Json["cookies"]!["choice"]!);
    }

    [Theory, BothStores]
    public async Task The_same_link_again_is_no_news(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        (await client.LinkAsync("v-again", "m-again")).Recorded("visitor.linked", "visitor.linked");
        var head = await ledger.HeadAsync();
        var again = (await client.LinkAsync("v-again", "m-again")).Is(HttpStatusCode.OK);
        Assert.Empty(again.Positions);
        Assert.False(again.Headers.Contains("Ledger-Position"));
        Assert.Equal(head, await ledger.HeadAsync());
    }

    [Theory, BothStores]
    public async Task On_a_shared_browser_the_last_login_counts_and_each_member_keeps_the_visitor(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        foreach (var member in (string[])["m-shared-a", "m-shared-b", "m-shared-a"])
        {
            (await client.LinkAsync("v-shared", member)).Recorded("visitor.linked", "visitor.linked");
            Assert.Equal((await StateAsync(ledger, SubjectKind.Member, member)).Subject, (await StateAsync(ledger, SubjectKind.Visitor, "v-shared")).LinkedMember);
        }

        var visitor = (await StateAsync(ledger, SubjectKind.Visitor, "v-shared")).Subject;
        foreach (var member in (string[])["m-shared-a", "m-shared-b"])
            Assert.Equal([visitor], (await StateAsync(ledger, SubjectKind.Member, member)).LinkedVisitors);
    }

    [Theory, BothStores]
    public async Task A_member_has_at_most_100_visitors_however_many_come_at_once(Store store)
    {
        var ledger = await ledgers.On(store);
        var client = ledger.Client();
        var replies = await Task.WhenAll(Enumerable.Range(0, LinkVisitor.MaxVisitors + 10).Select(i => client.LinkAsync($"v-many-{i}", "m-many")));
        Assert.Equal(LinkVisitor.MaxVisitors, replies.Count(r => r.Status == HttpStatusCode.Created));
        Assert.All(replies.Where(r => r.Status != HttpStatusCode.Created), r => r.Names(HttpStatusCode.Conflict, "visitorId"));
        Assert.Equal(LinkVisitor.MaxVisitors, (await StateAsync(ledger, SubjectKind.Member, "m-many")).LinkedVisitors.Length);
        // A visitor that was refused is still unknown; one that the member has may come back after another.
        var refused = Array.FindIndex(replies, r => r.Status == HttpStatusCode.Conflict);
        (await client.GetReplyAsync($"/v1/visitors/v-many-{refused}/cookie-choices")).Names(HttpStatusCode.NotFound, "visitorId");
        var linked = Array.FindIndex(replies, r => r.Status == HttpStatusCode.Created);
        (await client.LinkAsync($"v-many-{linked}", "m-many-other")).Recorded("visitor.linked", "visitor.linked");
        (await client.LinkAsync($"v-many-{linked}", "m-many")).Recorded("visitor.linked", "visitor.linked");
    }

    private static Task<SubjectState> StateAsync(LedgerService ledger, SubjectKind kind, string id) => ledger.QueryAsync(async context =>
        SubjectState.FromJson(await context.Subjects.Where(s => s.Kind == kind && s.ExternalId == id)
            .Join(context.SubjectStates, s => s.Id, s => s.SubjectId, (_, state) => state.State).SingleAsync()));
}
