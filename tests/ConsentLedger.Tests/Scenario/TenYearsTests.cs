using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ConsentLedger.Retention;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace ConsentLedger.Tests.Scenario;

/// <summary>Ten years of one member's life, by a clock that the test moves: the exact entries, events and obligations, verified at every step.</summary>
public sealed class TenYearsTests(PostgresServer postgres)
{
    private const string Child = "m-child";

    [Theory]
    [InlineData(Store.Sqlite, "Block")]
    [InlineData(Store.Sqlite, "Remind")]
    [InlineData(Store.Postgres, "Block")]
    [InlineData(Store.Postgres, "Remind")]
    public async Task From_joining_at_twelve_to_erasure(Store store, string silence)
    {
        var clock = new FakeTimeProvider(Seoul("2026-03-02T10:00:00"));
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock, ("Marketing:Silence", silence));
        var life = new Life(ledger, clock, silence == "Block");
        await life.JoinsAtTwelveAsync();
        await life.TurnsFourteenAsync();
        await life.IsSilentForTwoYearsAsync();
        await life.CorrectsAndSuspendsAsync();
        await life.LeavesAsync();
        await life.IsErasedAsync();
    }

    private static DateTimeOffset Seoul(string local) => DateTimeOffset.Parse(local + "+09:00", CultureInfo.InvariantCulture).ToUniversalTime();

    private sealed class Life(LedgerService ledger, FakeTimeProvider clock, bool block)
    {
        // A token lasts an hour and the clock of the service jumps by years; whoever signs them follows no clock.
        private readonly HttpClient client = ledger.Client();
        private long seen;
        private long owed;

        public async Task JoinsAtTwelveAsync()
        {
            seen = await ledger.HeadAsync();
            var guardian = await client.SendReplyAsync(HttpMethod.Put, $"/v1/members/{Child}/guardian", new
            {
                under14Until = "2028-02-29",
                verification = new { method = "mobile_identification", reference = "ci-1" },
                channel = "web",
                guardian = new { name = "보호자" },
            });
            Assert.Equal("2028-02-28T15:00:00Z", (string)guardian.Recorded("guardian.registered").Json["under14Until"]!);
            // Below fourteen only the guardian grants; refusing is anybody's own right.
            (await GrantAsync("member", true, "email_marketing")).IsProblem(HttpStatusCode.Forbidden);
            (await GrantAsync("member", false, "sms_marketing")).Recorded("consent.refused");
            (await GrantAsync("legal_guardian", true, "email_marketing")).Recorded("consent.granted");
            (await client.ProvideAsync(Child, "cj-gls", "delivery", "name", "address", "mobile")).Recorded("provision.recorded");
            (await client.ProvideAsync(Child, "areumnet", "email_marketing", "name", "mobile")).Recorded("provision.recorded");
            await EntriesAsync("guardian.registered", "consent.refused", "consent.granted", "provision.recorded", "provision.recorded");
            await OwedAsync(
                "marketing_result_notice 2026-03-16", "marketing_result_notice 2026-03-16", "marketing_reconfirmation 2028-03-02");
            (await client.PostReplyAsync($"/v1/members/{Child}/result-notices", new { purposes = (string[])["email_marketing", "sms_marketing"], channel = "email" }))
                .Recorded("consent.result_notified", "consent.result_notified");
            await EntriesAsync("consent.result_notified", "consent.result_notified");
            await OpenAsync("marketing_reconfirmation");
        }

        public async Task TurnsFourteenAsync()
        {
            clock.SetUtcNow(Seoul("2028-02-28T20:59:59"));
            (await GrantAsync("member", true, "sms_marketing")).IsProblem(HttpStatusCode.Forbidden);
            // The right returns by itself, at midnight in Seoul; the guardian's consent goes on.
            clock.SetUtcNow(Seoul("2028-02-29T00:00:00"));
            (await GrantAsync("member", true, "sms_marketing")).Recorded("consent.granted");
            Assert.Equal("permit", await DecideAsync("areumnet", "email_marketing"));
            Assert.Equal("night_time", await DecideAsync("iheart", "sms_marketing"));
            clock.SetUtcNow(Seoul("2028-02-29T08:00:00"));
            Assert.Equal("permit", await DecideAsync("iheart", "sms_marketing"));
            (await client.ProvideAsync(Child, "iheart", "sms_marketing", "name", "mobile")).Recorded("provision.recorded");
            await EntriesAsync("consent.granted", "provision.recorded");
            await OwedAsync("marketing_result_notice 2028-03-14", "marketing_reconfirmation 2030-02-28");
        }

        public async Task IsSilentForTwoYearsAsync()
        {
            // E-mail was granted on 2 March 2026: its two years end with 2 March 2028.
            clock.SetUtcNow(Seoul("2028-03-02T23:59:59"));
            Assert.Equal("permit", await DecideAsync("areumnet", "email_marketing"));
            clock.SetUtcNow(Seoul("2028-03-03T09:00:00"));
            Assert.Equal(block ? "consent_expired" : "permit", await DecideAsync("areumnet", "email_marketing"));
            await WorkAsync();
            Assert.Equal(block ? "consent_expired" : "permit", await DecideAsync("areumnet", "email_marketing"));
            await EntriesAsync(block ? ["consent.expired"] : []);
            await EventsAsync("areumnet", block ? ["consent.withdrawn"] : []);
            if (block)
            {
                await OwedAsync("acknowledgement 2028-03-08");
                (await GrantAsync("member", true, "email_marketing")).Recorded("consent.granted");
                await EntriesAsync("consent.granted");
                await OwedAsync("marketing_result_notice 2028-03-17", "marketing_reconfirmation 2030-03-03");
            }
            else
            {
                await OverdueAsync("marketing_reconfirmation");
                (await client.PostReplyAsync($"/v1/members/{Child}/reconfirmations", new { purposes = (string[])["email_marketing"], actor = Requests.Member, channel = "email" }))
                    .Recorded("consent.reconfirmed");
                await EntriesAsync("consent.reconfirmed");
                await OwedAsync("marketing_reconfirmation 2030-03-03");
            }

            Assert.Equal("permit", await DecideAsync("areumnet", "email_marketing"));
        }

        public async Task CorrectsAndSuspendsAsync()
        {
            clock.SetUtcNow(Seoul("2029-06-01T10:00:00"));
            var asked = (await client.CorrectAsync(Child, "mobile")).Recorded("correction.requested");
            Assert.Equal(["areumnet", "cj-gls", "iheart"], asked.Json["notified"].Strings());
            Assert.Equal("correction_pending", await DecideAsync("areumnet", "email_marketing", "mobile"));
            (await client.CompleteAsync((string)asked.Json["id"]!, ("mobile", "010-1111-2222"))).Recorded("correction.completed");
            var suspended = (await client.PostReplyAsync($"/v1/members/{Child}/suspensions", Asked)).Recorded("processing.suspended");
            Assert.Equal("processing_suspended", await DecideAsync("cj-gls", "delivery"));
            (await client.PostReplyAsync($"/v1/suspensions/{(string)suspended.Json["id"]!}/completion", null)).Recorded("suspension.confirmed");
            Assert.Equal("processing_suspended", await DecideAsync("cj-gls", "delivery"));
            (await client.PostReplyAsync($"/v1/suspensions/{(string)suspended.Json["id"]!}/lifting", Asked)).Recorded("processing.resumed");
            Assert.Equal("permit", await DecideAsync("cj-gls", "delivery"));
            await EntriesAsync("correction.requested", "correction.completed", "processing.suspended", "suspension.confirmed", "processing.resumed");
            string[] told = ["correction.requested", "correction.completed", "processing.suspended", "processing.resumed"];
            await EventsAsync("cj-gls", told);
            await EventsAsync("iheart", told);
            await EventsAsync("areumnet", [.. block ? ["consent.withdrawn"] : Array.Empty<string>(), .. told]);
            await OwedAsync([
                "correction_result 2029-06-11", .. Enumerable.Repeat("acknowledgement 2029-06-06", 6),
                "suspension_result 2029-06-11", .. Enumerable.Repeat("acknowledgement 2029-06-06", 6)]);
            await AnswerAllAsync("cj-gls", "iheart", "areumnet");
        }

        public async Task LeavesAsync()
        {
            clock.SetUtcNow(Seoul("2030-01-15T14:00:00"));
            (await client.ProvideAsync(Child, "cj-gls", "delivery", "name", "address")).Recorded("provision.recorded");
            var left = (await client.PostReplyAsync($"/v1/members/{Child}/termination", Asked))
                .Recorded("consent.withdrawn", "consent.withdrawn", "member.terminated");
            // Five years from the last delivery; the half year of advertising has long passed.
            Assert.Equal("2035-01-15T14:59:59Z", (string)left.Json["eraseAt"]!);
            Assert.Equal("contract_or_withdrawal", (string)Assert.Single(left.Json["retentions"]!.AsArray())!["ground"]!);
            await EntriesAsync("provision.recorded", "consent.withdrawn", "consent.withdrawn", "member.terminated");
            await EventsAsync("cj-gls", "correction.requested", "correction.completed", "processing.suspended", "processing.resumed", "member.terminated");
            Assert.Equal("2035-01-15T14:59:59Z", (string)(await LastEventAsync("cj-gls"))["data"]!["retainUntil"]!["contract_or_withdrawal"]!);
            Assert.True((bool)(await LastEventAsync("iheart"))["data"]!["deleteNow"]!);
            await OwedAsync(
                "marketing_result_notice 2030-01-29", "acknowledgement 2030-01-20", "marketing_result_notice 2030-01-29", "acknowledgement 2030-01-20",
                "retention_end 2035-01-15", "erasure 2035-01-15", "acknowledgement 2030-01-20", "acknowledgement 2030-01-20", "acknowledgement 2030-01-20");
            Assert.Equal("member_restricted", (await DecideAsync("cj-gls", "delivery")).Split(' ')[^1]);
            (await client.GetReplyAsync($"/v1/members/{Child}/consents")).IsProblem(HttpStatusCode.Forbidden);
            (await client.PostReplyAsync($"/v1/members/{Child}/termination", Asked)).IsProblem(HttpStatusCode.Conflict);
            await AnswerAllAsync("cj-gls", "iheart", "areumnet");
        }

        public async Task IsErasedAsync()
        {
            clock.SetUtcNow(Seoul("2035-01-15T23:59:59"));
            await WorkAsync();
            await EntriesAsync();
            clock.SetUtcNow(Seoul("2035-01-16T00:00:00"));
            await WorkAsync();
            await EntriesAsync("retention.ended", "subject.erased");
            var erased = await LastEventAsync("cj-gls");
            Assert.Equal("subject.erased", (string)erased["type"]!);
            Assert.Null(erased["subject"]);
            var before = (await ledger.Partner("cj-gls").EventsAsync("cj-gls"))[^2];
            Assert.Equal((string)before["id"]!, (string)erased["data"]!["terminationEventId"]!);
            Assert.Null(before["subject"]);
            (await client.GetReplyAsync($"/v1/members/{Child}/consents")).IsProblem(HttpStatusCode.NotFound);
            (await client.GetReplyAsync($"/v1/ledger/entries?member={Child}")).IsProblem(HttpStatusCode.NotFound);
            Assert.Equal("no_consent", await DecideAsync("areumnet", "email_marketing"));
            await AnswerAllAsync("cj-gls", "iheart", "areumnet");
            await OpenAsync();
            await ledger.VerifyAsync();
        }

        private static object Asked => new { actor = Requests.Member, channel = "web", verification = new { method = "mobile_carrier" } };

        private Task<Reply> GrantAsync(string actor, bool granted, string purpose) => client.PostReplyAsync($"/v1/members/{Child}/consents", new
        {
            notice = Requests.Notice,
            choices = new[] { new { purpose, granted } },
            actor = new { kind = actor },
            channel = "web",
        });

        private async Task<string> DecideAsync(string partner, string purpose, string item = "name")
        {
            var decision = await client.DecideAsync(Child, partner, purpose, item);
            return (string)decision.Is(HttpStatusCode.OK).Json["decision"]! == "permit" ? "permit" : string.Join(' ', decision.Reasons);
        }

        private Task<long> WorkAsync() => ledger.Services.GetRequiredService<ObligationWorker>().RunOnceAsync(null, CancellationToken.None);

        // The worker's own timer runs by the same clock: what it did between two steps is as good.
        private async Task EntriesAsync(params string[] types)
        {
            var entries = await ledger.QueryAsync(c => c.Entries.Where(e => e.Position > seen && e.Type != "delivery.acknowledged").OrderBy(e => e.Position).ToListAsync());
            Assert.Equal(types, entries.Select(e => e.Type));
            seen = await ledger.HeadAsync();
            await ledger.VerifyAsync();
        }

        private async Task OwedAsync(params string[] expected)
        {
            var rows = (await client.GetReplyAsync($"/v1/obligations?after={owed}&limit=1000")).List("obligations");
            Assert.Equal(expected, rows.Select(o => $"{(string)o["kind"]!} {DayInSeoul((string)o["dueAt"]!)}"));
            owed = (long)rows[^1]["id"]!;
        }

        private async Task OpenAsync(params string[] kinds) => Assert.Equal(
            kinds, (await client.GetReplyAsync("/v1/obligations?status=open,overdue&limit=1000")).List("obligations").Select(o => (string)o["kind"]!));

        private async Task OverdueAsync(string kind) =>
            Assert.Contains((await client.GetReplyAsync($"/v1/obligations?status=overdue&kind={kind}&limit=1000")).List("obligations"), o => (string)o["kind"]! == kind);

        private async Task EventsAsync(string partner, params string[] types) =>
            Assert.Equal(types, (await ledger.Partner(partner).EventsAsync(partner)).Select(e => (string)e["type"]!));

        private async Task<JsonNode> LastEventAsync(string partner) => (await ledger.Partner(partner).EventsAsync(partner))[^1];

        private async Task AnswerAllAsync(params string[] partners)
        {
            foreach (var partner in partners)
            {
                using var own = ledger.Partner(partner);
                var answers = (await own.EventsAsync(partner)).Select(e => ((string)e["id"]!, "done", (string?)null)).ToArray();
                (await own.AcknowledgeAsync(partner, answers)).Is(HttpStatusCode.Created);
            }
        }

        private static string DayInSeoul(string instant) =>
            DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture).ToOffset(TimeSpan.FromHours(9)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }
}
