using System.Globalization;
using System.Net;
using ConsentLedger.Retention;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace ConsentLedger.Tests.Scenario;

/// <summary>
/// Random commands of every kind against the service and against a small model of the policy that shares no code with it: the same
/// decisions, the same recipients, the same open obligations; and at the end the stored states are, byte for byte, what the entries make.
/// </summary>
public sealed class ModelTests(PostgresServer postgres)
{
    private const int Lives = 20;
    private const int Length = 40;

    private static readonly string[] Items = ["name", "address", "phone", "mobile", "email", "product_info", "payment_info"];

    [Theory, BothStores]
    public async Task The_service_decides_and_tells_as_the_model_does(Store store)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 1, 0, 0, TimeSpan.Zero));
        await using var ledger = await LedgerService.StartAsync(store, postgres, clock, ("Marketing:Silence", "Block"));
        var client = ledger.Client();
        // One seed a store and run: what fails names its life and step, and the steps so far.
        var random = new Random(store == Store.Sqlite ? 17 : 71);
        for (var life = 0; life < Lives; life++)
        {
            var run = new Run(ledger, client, clock, random, $"m-{life}");
            for (var step = 0; step < Length; step++)
            {
                try
                {
                    await run.StepAsync();
                }
                catch (Exception e) when (e is Xunit.Sdk.XunitException or NullReferenceException or InvalidOperationException)
                {
                    throw new InvalidOperationException($"life {life}, step {step} at {clock.GetUtcNow():O}: {string.Join("; ", run.Log)}", e);
                }
            }
        }
    }

    private sealed record Route(string? Partner, string Purpose, string Basis, string[] Items);

    private static readonly Route[] Routes =
    [
        new("inicis", "payment", "contract", ["name", "phone", "mobile", "payment_info"]),
        new("inicis", "settlement", "settlement", ["name", "phone", "mobile", "payment_info"]),
        new("cj-gls", "delivery", "contract", ["name", "address", "phone", "mobile"]),
        new("vendor-sample-a", "vendor_delivery", "contract", ["name", "address", "phone", "product_info"]),
        new("areumnet", "email_marketing", "consent", ["name", "phone", "mobile", "address", "business_registration_number"]),
        new("iheart", "sms_marketing", "consent", ["name", "mobile"]),
        new(null, "telemarketing", "consent", ["name", "address", "phone", "mobile", "business_registration_number"]),
    ];

    private static readonly string[] Purposes = ["email_marketing", "sms_marketing", "telemarketing", "night_marketing"];

    /// <summary>One member as the policy sees it, in the plainest terms.</summary>
    private sealed class Model
    {
        public Dictionary<string, (string Status, DateTimeOffset Ends, bool ByGuardian, DateTimeOffset At)> Consents { get; } = [];

        public Dictionary<string, HashSet<string>> Given { get; } = [];

        public Dictionary<(string Partner, string Basis), DateTimeOffset> LastGiven { get; } = [];

        public Dictionary<string, (string Kind, string[] Items)> Requests { get; } = [];

        public Dictionary<string, bool> Suspensions { get; } = [];

        public HashSet<string> Complaints { get; } = [];

        public DateTimeOffset? LastComplaint { get; set; }

        public DateTimeOffset? Under14Until { get; set; }

        public DateTimeOffset? EraseAt { get; set; }

        public bool Known { get; set; }

        public string ConsentReason(string purpose, DateTimeOffset now)
        {
            if (!Consents.TryGetValue(purpose, out var consent))
                return "no_consent";
            if (consent.Status != "granted")
                return $"consent_{consent.Status}";
            if (consent.Ends <= now)
                return "consent_expired";
            return !consent.ByGuardian && consent.At < Under14Until ? now < Under14Until ? "guardian_required" : "no_consent" : "";
        }

        public HashSet<string> Reasons(Route route, string[] items, DateTimeOffset now)
        {
            HashSet<string> reasons = [];
            var consent = route.Basis == "consent" ? ConsentReason(route.Purpose, now) : "";
            if (consent.Length > 0)
            {
                reasons.Add(consent);
            }
            else
            {
                if (items.Except(route.Items).Any())
                    reasons.Add("out_of_scope");
                if (Requests.Values.Any(r => r.Items.Intersect(items).Any()))
                    reasons.Add("correction_pending");
                var hour = now.ToOffset(TimeSpan.FromHours(9)).Hour;
                var loud = route.Purpose is "sms_marketing" or "telemarketing";
                var night = hour is >= 21 or < 8;
                if (reasons.Count == 0 && loud && night && ConsentReason("night_marketing", now).Length > 0)
                    reasons.Add("night_time");
            }

            if (Suspensions.Count > 0)
                reasons.Add("processing_suspended");
            if (EraseAt is not null)
                reasons.Add("member_restricted");
            return reasons;
        }

        public string[] Holding(IEnumerable<string> items) => [.. Given.Where(g => g.Value.Overlaps(items)).Select(g => g.Key).Order(StringComparer.Ordinal)];

        public string[] Holders() => [.. Given.Keys.Order(StringComparer.Ordinal)];

        public void SweepExpired(DateTimeOffset now)
        {
            foreach (var (purpose, consent) in Consents.Where(c => c.Value.Status == "granted" && c.Value.Ends <= now).ToList())
                Consents[purpose] = consent with { Status = "expired" };
        }
    }

    private sealed class Run(LedgerService ledger, HttpClient client, FakeTimeProvider clock, Random random, string member)
    {
        private Model model = new();

        public List<string> Log { get; } = [];

        private DateTimeOffset Now => clock.GetUtcNow();

        public async Task StepAsync()
        {
            Func<Task>[] commands =
            [
                ChooseAsync, ChooseAsync, WithdrawAsync, ProvideAsync, ProvideAsync, ProvideAsync, AskAsync, AskAsync, SettleAsync, SettleAsync,
                SuspendAsync, SettleSuspensionAsync, SettleSuspensionAsync, ComplainAsync, AnswerAsync, GuardAsync, ReconfirmAsync, PassAsync, PassAsync, PassAsync,
            ];
            // Leaving ends what a life is about, so it comes seldom.
            await (random.Next(30) == 0 ? LeaveAsync() : commands[random.Next(commands.Length)]());
            await ledger.Services.GetRequiredService<ObligationWorker>().RunOnceAsync(null, CancellationToken.None);
            model.SweepExpired(Now);
            if (model.EraseAt <= Now)
            {
                Note("erased");
                model = new();
            }

            await CompareAsync();
        }

        private async Task ChooseAsync()
        {
            var (purpose, granted, actor) = (Pick(Purposes), random.Next(4) > 0, random.Next(3) == 0 ? "legal_guardian" : "member");
            Note($"{actor} {(granted ? "grants" : "refuses")} {purpose}");
            var reply = await client.PostReplyAsync($"/v1/members/{member}/consents", new
            {
                notice = Requests.Notice,
                choices = new[] { new { purpose, granted } },
                actor = new { kind = actor },
                channel = "web",
            });
            if (model.EraseAt is not null)
            {
                reply.IsProblem(HttpStatusCode.Conflict);
                return;
            }

            if (granted && actor == "member" && Now < model.Under14Until)
            {
                Assert.Equal(["guardian_required"], reply.IsProblem(HttpStatusCode.Forbidden).Reasons);
                return;
            }

            reply.Recorded(granted ? "consent.granted" : "consent.refused");
            model.Known = true;
            model.Consents[purpose] = (granted ? "granted" : "refused", EndOfTwoYears(), actor == "legal_guardian", Now);
        }

        private async Task WithdrawAsync()
        {
            var purpose = Pick(Purposes);
            Note($"withdraws {purpose}");
            (await client.WithdrawAsync(member, purpose)).Recorded("consent.withdrawn");
            model.Known = true;
            model.Consents[purpose] = ("withdrawn", default, false, Now);
        }

        private async Task ReconfirmAsync()
        {
            var purpose = Pick(Purposes);
            Note($"reconfirms {purpose}");
            var reply = await client.PostReplyAsync(
                $"/v1/members/{member}/reconfirmations", new { purposes = (string[])[purpose], actor = new { kind = "legal_guardian" }, channel = "web" });
            if (!model.Consents.TryGetValue(purpose, out var consent) || consent.Status != "granted")
            {
                reply.IsProblem(HttpStatusCode.BadRequest);
                return;
            }

            reply.Recorded("consent.reconfirmed");
            model.Consents[purpose] = consent with { Ends = EndOfTwoYears() };
        }

        private async Task ProvideAsync()
        {
            var route = Pick(Routes.Where(r => r.Partner is not null).ToArray());
            string[] items = random.Next(5) == 0 ? Some(Items) : Some(route.Items);
            Note($"provides {string.Join('+', items)} to {route.Partner} for {route.Purpose}");
            var expected = model.Reasons(route, items, Now);
            var reply = await client.ProvideAsync(member, route.Partner!, route.Purpose, items);
            model.Known = true;
            if (expected.Count > 0)
            {
                Assert.Equal(expected.Order(StringComparer.Ordinal), reply.IsProblem(HttpStatusCode.Forbidden).Reasons.Order(StringComparer.Ordinal));
                return;
            }

            reply.Recorded("provision.recorded");
            if (!model.Given.TryGetValue(route.Partner!, out var given))
                model.Given[route.Partner!] = given = [];
            given.UnionWith(items);
            model.LastGiven[(route.Partner!, route.Basis)] = Now;
        }

        private async Task AskAsync()
        {
            var (kind, items) = (random.Next(3) > 0 ? "correction" : "deletion", Some(Items));
            Note($"asks for {kind} of {string.Join('+', items)}");
            var reply = await client.PostReplyAsync($"/v1/members/{member}/{kind}s", new { items, actor = Requests.Member, channel = "phone" });
            if (Left(reply))
                return;
            reply.Recorded($"{kind}.requested");
            model.Known = true;
            Assert.Equal(model.Holding(items), reply.Json["notified"].Strings());
            model.Requests.Add((string)reply.Json["id"]!, (kind, items));
        }

        private async Task SettleAsync()
        {
            if (model.Requests.Count == 0)
                return;
            var (id, (kind, items)) = Pick(model.Requests.ToArray());
            var done = random.Next(3) > 0;
            Note($"{kind} {(done ? "completed" : "rejected")}");
            var reply = !done ? await client.PostReplyAsync($"/v1/{kind}s/{id}/rejection", new { reason = "확인되지 않음" })
                : kind == "correction" ? await client.CompleteAsync(id, [.. items.Select(i => (i, $"값 {i}"))])
                : await client.PostReplyAsync($"/v1/deletions/{id}/completion", null);
            reply.Recorded($"{kind}.{(done ? "completed" : "rejected")}");
            Assert.Equal(model.Holding(items), reply.Json["notified"].Strings());
            model.Requests.Remove(id);
        }

        private async Task SuspendAsync()
        {
            Note("suspends");
            var reply = await client.PostReplyAsync($"/v1/members/{member}/suspensions", new { actor = Requests.Member, channel = "web" });
            if (Left(reply))
                return;
            reply.Recorded("processing.suspended");
            Assert.Equal(model.Suspensions.Count == 0 ? model.Holders() : [], reply.Json["notified"].Strings());
            model.Known = true;
            model.Suspensions.Add((string)reply.Json["id"]!, false);
        }

        private async Task SettleSuspensionAsync()
        {
            if (model.Suspensions.Count == 0)
                return;
            var (id, settled) = Pick(model.Suspensions.ToArray());
            var how = Pick((string[])["completion", "rejection", "lifting"]);
            Note($"suspension {how}");
            var reply = await client.PostReplyAsync(
                $"/v1/suspensions/{id}/{how}",
                how switch { "completion" => null, "rejection" => new { reason = "법정 사유" }, _ => (object)new { actor = Requests.Member, channel = "web" } });
            if (settled && how != "lifting")
            {
                reply.IsProblem(HttpStatusCode.Conflict);
                return;
            }

            reply.Is(HttpStatusCode.Created);
            Assert.Equal(how != "completion" && model.Suspensions.Count == 1 ? model.Holders() : [], reply.Json["notified"].Strings());
            if (how == "completion")
                model.Suspensions[id] = true;
            else
                model.Suspensions.Remove(id);
        }

        private async Task ComplainAsync()
        {
            Note("complains");
            var reply = await client.PostReplyAsync($"/v1/members/{member}/complaints", new { text = "불만", actor = Requests.Member, channel = "email" });
            model.Complaints.Add((string)reply.Recorded("complaint.received").Json["id"]!);
            (model.Known, model.LastComplaint) = (true, Now);
            KeepLonger();
        }

        private async Task AnswerAsync()
        {
            if (model.Complaints.Count == 0)
                return;
            var id = Pick(model.Complaints.ToArray());
            Note("complaint answered");
            (await client.PostReplyAsync($"/v1/complaints/{id}/answer", new { text = "답변" })).Recorded("complaint.answered");
            model.Complaints.Remove(id);
            model.LastComplaint = Now;
            KeepLonger();
        }

        // Who has left may still complain: three years more, from the last word on it.
        private void KeepLonger()
        {
            if (model.EraseAt is { } erase)
                model.EraseAt = erase > Last(Now, 36) ? erase : Last(Now, 36);
        }

        private async Task GuardAsync()
        {
            if (random.Next(3) > 0)
                return;
            var until = Now.AddDays(random.Next(1, 900));
            Note($"guardian until {until:O}");
            var reply = await client.SendReplyAsync(HttpMethod.Put, $"/v1/members/{member}/guardian", new
            {
                under14Until = until.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                verification = new { method = "phone" },
                channel = "phone",
            });
            if (Left(reply))
                return;
            reply.Recorded("guardian.registered");
            model.Known = true;
            model.Under14Until = new DateTimeOffset(until.Ticks - (until.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        }

        private async Task LeaveAsync()
        {
            Note("leaves");
            var reply = await client.PostReplyAsync($"/v1/members/{member}/termination", new { actor = Requests.Member, channel = "web" });
            if (Left(reply))
                return;
            reply.Is(HttpStatusCode.Created);
            Assert.Equal(model.Consents.Count(c => c.Value.Status == "granted") + 1, reply.Types.Count);
            Assert.Equal(model.Holders(), reply.Json["notified"].Strings());
            var ends = model.LastGiven.Select(g => Last(g.Value, g.Key.Basis == "consent" ? 6 : 60)).ToList();
            if (model.LastComplaint is { } complaint)
                ends.Add(Last(complaint, 36));
            ends = [.. ends.Where(e => e > Now)];
            if (model.Given.Count > 0)
                ends.Add(DayEnd(SeoulDay(Now).AddDays(5)));
            model.EraseAt = ends.Append(Now).Max();
            Assert.Equal(model.EraseAt, DateTimeOffset.Parse((string)reply.Json["eraseAt"]!, CultureInfo.InvariantCulture));
            foreach (var purpose in model.Consents.Where(c => c.Value.Status == "granted").Select(c => c.Key).ToList())
                model.Consents[purpose] = ("withdrawn", default, false, Now);
            model.Requests.Clear();
            model.Suspensions.Clear();
            model.Known = true;
        }

        private Task PassAsync()
        {
            var passed = random.Next(10) switch
            {
                < 5 => TimeSpan.FromMinutes(random.Next(1, 900)),
                < 8 => TimeSpan.FromHours(random.Next(1, 400)),
                < 9 => TimeSpan.FromDays(random.Next(1, 400)),
                _ => TimeSpan.FromDays(random.Next(500, 2200)),
            };
            Note($"{passed} pass");
            clock.Advance(passed);
            return Task.CompletedTask;
        }

        // Every route, each with items of its own and of others, at every step.
        private async Task CompareAsync()
        {
            foreach (var route in Routes)
            {
                var items = random.Next(4) == 0 ? Some(Items) : Some(route.Items);
                var reply = await client.PostReplyAsync($"/v1/members/{member}/decisions", new { partner = route.Partner, purpose = route.Purpose, items });
                var expected = model.Reasons(route, items, Now).Order(StringComparer.Ordinal).ToArray();
                Assert.Equal(expected, reply.Is(HttpStatusCode.OK).Reasons.Order(StringComparer.Ordinal));
                Assert.Equal(expected.Length == 0 ? "permit" : "deny", (string)reply.Json["decision"]!);
            }

            var consents = await client.GetReplyAsync($"/v1/members/{member}/consents");
            if (!model.Known)
            {
                consents.IsProblem(HttpStatusCode.NotFound);
                return;
            }

            if (model.EraseAt is not null)
                consents.IsProblem(HttpStatusCode.Forbidden);
            else
                Assert.Equal(model.Consents.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key} {c.Value.Status}"), consents.List("consents").Select(c => $"{(string)c["purpose"]!} {(string)c["status"]!}"));
            await CompareObligationsAsync();
        }

        private async Task CompareObligationsAsync()
        {
            var open = (await client.GetReplyAsync($"/v1/obligations?member={member}&status=open,overdue&limit=1000")).List("obligations").GroupBy(o => (string)o["kind"]!)
                .ToDictionary(g => g.Key, g => g.Count());
            Assert.Equal(model.Requests.Values.Count(r => r.Kind == "correction"), open.GetValueOrDefault("correction_result"));
            Assert.Equal(model.Requests.Values.Count(r => r.Kind == "deletion"), open.GetValueOrDefault("deletion_result"));
            Assert.Equal(model.Suspensions.Values.Count(settled => !settled), open.GetValueOrDefault("suspension_result"));
            Assert.Equal(model.Complaints.Count, open.GetValueOrDefault("complaint_answer"));
            Assert.Equal(model.Consents.Values.Count(c => c.Status == "granted"), open.GetValueOrDefault("marketing_reconfirmation"));
            Assert.Equal(model.Consents.Count, open.GetValueOrDefault("marketing_result_notice"));
            Assert.Equal(model.EraseAt is null ? 0 : 1, open.GetValueOrDefault("erasure"));
        }

        private bool Left(Reply reply)
        {
            if (model.EraseAt is null)
                return false;
            reply.IsProblem(HttpStatusCode.Conflict);
            return true;
        }

        // The first day is the one after; two years later the day before it is the last.
        private DateTimeOffset EndOfTwoYears() => Last(Now, 24).AddSeconds(1);

        private static DateTimeOffset Last(DateTimeOffset from, int months)
        {
            var first = SeoulDay(from).AddDays(1);
            var month = new DateOnly(first.Year, first.Month, 1).AddMonths(months);
            var days = DateTime.DaysInMonth(month.Year, month.Month);
            return DayEnd(first.Day > days ? month.AddDays(days - 1) : month.AddDays(first.Day - 2));
        }

        private static DateOnly SeoulDay(DateTimeOffset instant) => DateOnly.FromDateTime(instant.ToOffset(TimeSpan.FromHours(9)).DateTime);

        private static DateTimeOffset DayEnd(DateOnly day) => new DateTimeOffset(day.ToDateTime(new TimeOnly(23, 59, 59)), TimeSpan.FromHours(9)).ToUniversalTime();

        private string[] Some(string[] of) => [.. of.Where(_ => random.Next(2) == 0).DefaultIfEmpty(Pick(of))];

        private T Pick<T>(T[] of) => of[random.Next(of.Length)];

        private void Note(string what) => Log.Add(what);
    }
}
