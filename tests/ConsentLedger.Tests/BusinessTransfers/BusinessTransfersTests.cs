using System.Net;
using ConsentLedger.Rights;
using ConsentLedger.Tests.Harness;
using static ConsentLedger.Tests.Consents.ConsentsTests;

namespace ConsentLedger.Tests.BusinessTransfers;

/// <summary>Policy, entrustment 다: a sale or merger is announced beforehand, and a member may choose not to go along.</summary>
public sealed class BusinessTransfersTests(ClockedLedgers ledgers) : IClassFixture<ClockedLedgers>
{
    [Theory, BothStores]
    public async Task It_is_announced_beforehand_with_all_that_the_law_wants_told_and_anybody_may_read_it(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        var date = clock.Now.AddDays(30);
        var announced = (await client.AnnounceAsync(date)).Recorded("business_transfer.announced");
        var listed = Assert.Single((await ledger.Client("").GetReplyAsync("/v1/business-transfers")).List("transfers"), t => (string)t["id"]! == announced.Id());
        Assert.Equal(announced.Json["transfer"]!.ToJsonString(), listed.ToJsonString());
        Assert.Equal(["contact", "effected", "effectiveAt", "howToObject", "id", "position", "reason", "transferee"], listed.NamesOf());
        Assert.Equal((false, date, announced.Positions[0]), ((bool)listed["effected"]!, listed["effectiveAt"].Instant(), (long)listed["position"]!));
        var owed = Assert.Single(await client.ObligationsAsync("kind=business_transfer"), o => (long)o["position"]! == announced.Positions[0]);
        Assert.Equal(("open", date), ((string)owed["status"]!, owed["dueAt"].Instant()));
        Assert.Null(owed["subject"]);

        var head = await ledger.HeadAsync();
        (await client.AnnounceAsync(clock.Now)).Names(HttpStatusCode.BadRequest, "effectiveAt");
        (await client.AnnounceAsync(clock.Now.AddYears(-1))).Names(HttpStatusCode.BadRequest, "effectiveAt");
        var words = new { ko = "가", en = "a" };
        (await client.PostReplyAsync("/v1/business-transfers", new { transferee = words, contact = words, reason = words, effectiveAt = date })).Names(HttpStatusCode.BadRequest, "howToObject");
        (await client.PostReplyAsync("/v1/business-transfers", new { transferee = new { ko = "", en = "a" }, contact = words, reason = words, howToObject = words, effectiveAt = date }))
            .Names(HttpStatusCode.BadRequest, "transferee.ko");
        Assert.Equal(head, await ledger.HeadAsync());
        clock.MoveTo(date);
        await ledger.WorkAsync();
    }

    [Theory, BothStores]
    public async Task Who_objects_before_the_date_is_withdrawn_and_suspended_from_it_on_to_the_second(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        foreach (var member in (string[])["m-no", "m-yes"])
        {
            await client.ConsentAsync(member, ("email_marketing", true), ("telemarketing", true), ("sms_marketing", false));
            (await client.ProvideAsync(member, "areumnet", "email_marketing", "name")).Recorded("provision.recorded");
            (await client.ProvideAsync(member, "cj-gls", "delivery", "name", "address")).Recorded("provision.recorded");
        }

        var date = clock.Now.AddDays(10);
        var transfer = (await client.AnnounceAsync(date)).Id();
        var objected = (await client.ObjectAsync("m-no", transfer)).Recorded("business_transfer.objected");
        Assert.Empty(objected.Json["notified"].Strings());
        var entry = (await client.GetReplyAsync($"/v1/ledger/entries/{objected.Positions[0]}")).Json["data"]!;
        Assert.Equal((transfer, date, "member"), ((string)entry["transferId"]!, entry["effectiveAt"].Instant(), (string)entry["actor"]!["kind"]!));
        (await client.ObjectAsync("m-no", transfer)).Names(HttpStatusCode.Conflict, "transferId");

        clock.MoveTo(date - TestClock.Tick);
        await ledger.WorkAsync();
        (await client.DecideAsync("m-no", "cj-gls", "delivery", "name")).Permits();
        clock.MoveTo(date);
        // Before any entry says so.
        (await client.DecideAsync("m-no", "cj-gls", "delivery", "name")).Denies("processing_suspended");
        (await client.UseAsync("m-no", "telemarketing", "phone")).Denies("processing_suspended");
        Assert.Equal(["processing_suspended"], (await client.ProvideAsync("m-no", "cj-gls", "delivery", "name")).IsProblem(HttpStatusCode.Forbidden).Reasons);
        (await client.DecideAsync("m-yes", "cj-gls", "delivery", "name")).Permits();

        await ledger.WorkAsync();
        var enforced = (await client.EntriesAsync("m-no")).TakeLast(3).ToList();
        Assert.Equal(["consent.withdrawn", "consent.withdrawn", "processing.suspended"], enforced.TypesOf());
        Assert.Equal(["email_marketing", "telemarketing"], enforced.Take(2).Select(e => (string)e["data"]!["purpose"]!));
        Assert.All(enforced, e => Assert.Equal("system", (string)e["data"]!["actor"]!["kind"]!));
        Assert.Equal(["areumnet:consent.withdrawn"], enforced[0].ToldOf());
        Assert.Equal(["areumnet:processing.suspended", "cj-gls:processing.suspended"], enforced[2].ToldOf());
        Assert.Equal(transfer, (string)enforced[2]["data"]!["businessTransferId"]!);
        Assert.DoesNotContain(await client.OwedAsync("m-no"), o => o.StartsWith("suspension_result", StringComparison.Ordinal));
        Assert.Equal("business_transfer.effected", (await client.GetReplyAsync("/v1/ledger/entries?type=business_transfer.effected&order=desc&limit=1")).List("entries").TypesOf()[0]);
        Assert.Equal("provision.recorded", (await client.EntriesAsync("m-yes")).TypesOf()[^1]);
        var told = (await EventsOf(ledger, "cj-gls", "m-no"))[^1];
        Assert.Equal(("processing.suspended", (string)enforced[2]["data"]!["suspensionId"]!), ((string)told["type"]!, (string)told["data"]!["suspensionId"]!));
        // Once.
        var head = await ledger.HeadAsync();
        await ledger.WorkAsync();
        Assert.Equal(head, await ledger.HeadAsync());
        (await client.DecideAsync("m-no", "cj-gls", "delivery", "name")).Denies("processing_suspended");

        // The member may want it lifted, like any other suspension; the consents stay withdrawn.
        (await client.PostReplyAsync($"/v1/suspensions/{told["data"]!["suspensionId"]}/lifting", RightsRequests.Asked)).Recorded("processing.resumed");
        (await client.DecideAsync("m-no", "cj-gls", "delivery", "name")).Permits();
        (await client.UseAsync("m-no", "telemarketing", "phone")).Denies("consent_withdrawn");
        await ledger.WorkAsync();
        (await client.DecideAsync("m-no", "cj-gls", "delivery", "name")).Permits();
    }

    [Theory, BothStores]
    public async Task From_the_date_on_it_is_too_late_to_object_though_not_to_suspend(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        var date = clock.Now.AddDays(1);
        var transfer = (await client.AnnounceAsync(date)).Id();
        clock.MoveTo(date - TestClock.Tick);
        (await client.ObjectAsync("m-in-time", transfer)).Recorded("business_transfer.objected");
        clock.MoveTo(date);
        var late = (await client.ObjectAsync("m-late", transfer)).Names(HttpStatusCode.Conflict, "transferId");
        Assert.EndsWith(":transfer-effective", (string)late.Json["type"]!, StringComparison.Ordinal);
        await ledger.WorkAsync();
        (await client.ObjectAsync("m-late", transfer)).Names(HttpStatusCode.Conflict, "transferId");
        (await client.ObjectAsync("m-in-time", transfer)).Names(HttpStatusCode.Conflict, "transferId");
        (await client.ObjectAsync("m-late", Guid.Empty.ToString())).Names(HttpStatusCode.BadRequest, "transferId");
        (await client.SuspendAsync("m-late")).Recorded("processing.suspended");
    }

    [Theory, BothStores]
    public async Task The_transfer_need_be_named_only_where_not_just_one_is_ahead(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        foreach (var transfer in (await client.GetReplyAsync("/v1/business-transfers")).List("transfers").Where(t => t["effectiveAt"].Instant() > clock.Now).ToList())
            clock.MoveTo(transfer["effectiveAt"].Instant() < clock.Now ? clock.Now : transfer["effectiveAt"].Instant());
        (await client.ObjectAsync("m-unnamed")).Names(HttpStatusCode.BadRequest, "transferId");
        var first = (await client.AnnounceAsync(clock.Now.AddDays(5))).Id();
        var objected = (await client.ObjectAsync("m-unnamed")).Recorded("business_transfer.objected");
        Assert.Equal(first, (string)(await client.GetReplyAsync($"/v1/ledger/entries/{objected.Positions[0]}")).Json["data"]!["transferId"]!);
        await client.AnnounceAsync(clock.Now.AddDays(6));
        (await client.ObjectAsync("m-unnamed-too")).Names(HttpStatusCode.BadRequest, "transferId");
        clock.Advance(TimeSpan.FromDays(6));
        await ledger.WorkAsync();
    }

    [Theory, BothStores]
    public async Task Who_objects_to_two_that_take_effect_at_once_is_withdrawn_and_told_of_once(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        clock.MoveTo(new TimeOnly(12, 0));
        await client.ConsentAsync("m-both", ("email_marketing", true));
        await client.ProvideAsync("m-both", "areumnet", "email_marketing", "name");
        var first = (await client.AnnounceAsync(clock.Now.AddDays(1))).Id();
        var second = (await client.AnnounceAsync(clock.Now.AddDays(1))).Id();
        await client.ObjectAsync("m-both", first);
        await client.ObjectAsync("m-both", second);
        clock.Advance(TimeSpan.FromDays(1));
        await ledger.WorkAsync();
        var entries = (await client.EntriesAsync("m-both")).ToList();
        Assert.Equal(
            ["consent.granted", "provision.recorded", "business_transfer.objected", "business_transfer.objected", "consent.withdrawn", "processing.suspended", "processing.suspended"],
            entries.TypesOf());
        Assert.Equal([first, second], entries.TakeLast(2).Select(e => (string)e["data"]!["businessTransferId"]!));
        Assert.Equal(["consent.withdrawn", "processing.suspended"], (await EventsOf(ledger, "areumnet", "m-both")).TypesOf());
    }

    [Theory, BothStores]
    public async Task A_consent_that_ends_by_silence_on_the_day_of_the_transfer_is_withdrawn_and_told_of_once(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.ConsentAsync("m-silent", ("email_marketing", true));
        await client.ProvideAsync("m-silent", "areumnet", "email_marketing", "name");
        var expiry = Clocks.Due(clock.Now, Periods.MarketingReconfirmation).AddSeconds(1);
        var transfer = (await client.AnnounceAsync(expiry)).Id();
        await client.ObjectAsync("m-silent", transfer);
        clock.MoveTo(expiry);
        await ledger.WorkAsync();
        Assert.Equal(["consent.withdrawn", "processing.suspended"], (await client.EntriesAsync("m-silent")).TypesOf().TakeLast(2));
        Assert.Equal(["consent.withdrawn", "processing.suspended"], (await EventsOf(ledger, "areumnet", "m-silent")).TypesOf());
        Assert.Equal(["marketing_reconfirmation=settled"], await client.OwedAsync("m-silent", "kind=marketing_reconfirmation"));
    }

    [Theory, BothStores]
    public async Task Who_had_suspended_already_is_suspended_for_the_transfer_too_and_holders_are_not_told_again(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        await client.ProvideAsync("m-suspended", "cj-gls", "delivery", "name");
        var own = (await client.SuspendAsync("m-suspended")).Id();
        var transfer = (await client.AnnounceAsync(clock.Now.AddDays(1))).Id();
        await client.ObjectAsync("m-suspended", transfer);
        clock.Advance(TimeSpan.FromDays(1));
        await ledger.WorkAsync();
        Assert.Equal("processing.suspended", (await client.EntriesAsync("m-suspended")).TypesOf()[^1]);
        var lifted = (await client.PostReplyAsync($"/v1/suspensions/{own}/lifting", RightsRequests.Asked)).Recorded("processing.resumed");
        Assert.Empty(lifted.Json["notified"].Strings());
        (await client.DecideAsync("m-suspended", "cj-gls", "delivery", "name")).Denies("processing_suspended");
        Assert.Single(await EventsOf(ledger, "cj-gls", "m-suspended"));
    }

    [Theory, BothStores]
    public async Task The_transferee_is_the_controller_from_the_date_on_and_owes_a_notice_of_its_own(Store store)
    {
        var (ledger, clock) = await ledgers.On(store);
        var client = ledger.Client();
        var date = clock.Now.AddDays(1);
        var announced = await client.AnnounceAsync(date);
        var transfer = announced.Id();
        (await client.PublishAsync(Successor(transfer))).Names(HttpStatusCode.BadRequest, "businessTransferId");
        clock.MoveTo(date);
        // Its date alone does not make it so: the objections are enforced first.
        (await client.PublishAsync(Successor(transfer))).Names(HttpStatusCode.BadRequest, "businessTransferId");
        await ledger.WorkAsync();
        Assert.True((bool)(await client.GetReplyAsync("/v1/business-transfers")).List("transfers").Single(t => (string)t["id"]! == transfer)["effected"]!);
        var replica = ledger.Services.GetService(typeof(ConsentLedger.Ledger.LedgerReplica)) as ConsentLedger.Ledger.LedgerReplica;
        Assert.Equal("㈜새가게", replica!.Catalog.Definitions!.Controller.Ko);
        var effected = (await client.GetReplyAsync("/v1/ledger/entries?type=business_transfer.effected&order=desc&limit=1")).List("entries")[0];
        Assert.Equal($$"""{"transferId":"{{transfer}}"}""", effected["data"]!.ToJsonString());
        var owed = Assert.Single(await client.ObligationsAsync("kind=business_transfer,successor_notice"), o => (long)o["position"]! == (long)effected["position"]!);
        Assert.Equal(("successor_notice", "open", Clocks.Due(clock.Now, Periods.SuccessorNotice)), ((string)owed["kind"]!, (string)owed["status"]!, owed["dueAt"].Instant()));
        Assert.Equal("settled", (string)(await client.ObligationsAsync("kind=business_transfer")).Single(o => (long)o["position"]! == announced.Positions[0])["status"]!);

        (await client.PublishAsync(Successor(Guid.Empty.ToString()))).Names(HttpStatusCode.BadRequest, "businessTransferId");
        var published = (await client.PublishAsync(Successor(transfer))).Recorded("notice.published");
        var settled = (await client.ObligationsAsync("kind=successor_notice")).Single(o => (long)o["id"]! == (long)owed["id"]!);
        Assert.Equal(("settled", published.Positions[0]), ((string)settled["status"]!, (long)settled["settledPosition"]!));

        static System.Text.Json.Nodes.JsonObject Successor(string transfer)
        {
            var notice = Expect.NoticeBody("successor", Expect.Disclosure("delivery", "cj-gls", "name", "address", "phone", "mobile"));
            notice["businessTransferId"] = transfer;
            return notice;
        }
    }
}
