using System.Net;
using System.Net.Http.Headers;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Tests.Servers;

namespace ConsentLedger.Tests.Ledger;

/// <summary>More writes than the appender takes: what is accepted is there, what is refused leaves nothing and may come again.</summary>
public sealed class BackPressureTests(PostgresServer postgres)
{
    private const int Writers = 200;

    [Theory, BothStores]
    public Task Writes_beyond_the_queue_are_refused_leave_nothing_and_are_taken_when_they_come_again(Store store) => PressAsync(store, "Ledger:QueueLimit");

    [Theory, BothStores]
    public Task Writes_beyond_those_that_may_wait_are_refused_leave_nothing_and_are_taken_when_they_come_again(Store store) => PressAsync(store, "Ledger:WritesAtOnce");

    [Fact]
    public async Task What_is_refused_under_pressure_costs_no_look_at_token_or_body()
    {
        await using var ledger = await LedgerService.StartAsync(Store.Postgres, postgres, time: null, ("Ledger:WritesAtOnce", "1"), ("Ledger:BatchLimit", "1"));
        var client = ledger.Client();
        using var anybody = new HttpClient { BaseAddress = client.BaseAddress };
        using var enough = new CancellationTokenSource();
        var writers = Task.WhenAll(Enumerable.Range(0, 16).Select(WriteOnAsync));
        while (await AskAsync() is var answer && answer != HttpStatusCode.ServiceUnavailable)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, answer);
            Assert.False(writers.IsCompleted, writers.Exception?.ToString());
        }

        await enough.CancelAsync();
        await writers;
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync());

        async Task<HttpStatusCode> AskAsync()
        {
            using var body = new StringContent("{", MediaTypeHeaderValue.Parse("application/json"));
            using var reply = await anybody.PostAsync(new Uri("/v1/members/m-anybody/consents", UriKind.Relative), body, TestContext.Current.CancellationToken);
            return reply.StatusCode;
        }

        async Task WriteOnAsync(int i)
        {
            while (!enough.IsCancellationRequested)
                await client.PostReplyAsync($"/v1/members/m-writer-{i}/consents", Requests.Consents(("sms_marketing", true)));
        }
    }

    [Fact]
    public async Task Questions_are_answered_while_writes_are_refused()
    {
        await using var ledger = await LedgerService.StartAsync(Store.Postgres, postgres, time: null, ("Ledger:QueueLimit", "1"), ("Ledger:BatchLimit", "1"));
        var client = ledger.Client();
        await client.ConsentAsync("m-asked", ("email_marketing", true));
        var writes = Task.WhenAll(Enumerable.Range(0, Writers).Select(i =>
            client.PostReplyAsync($"/v1/members/m-writer-{i}/consents", Requests.Consents(("sms_marketing", true)))));
        do
        {
            Assert.Equal("permit", (string?)(await client.DecideAsync("m-asked", "areumnet", "email_marketing", "name")).Json["decision"]);
        }
        while (!writes.IsCompleted);
        Assert.Contains(await writes, r => r.Status == HttpStatusCode.ServiceUnavailable);
    }

    private async Task PressAsync(Store store, string bound)
    {
        await using var ledger = await LedgerService.StartAsync(store, postgres, time: null, (bound, "4"), ("Ledger:BatchLimit", "2"));
        var client = ledger.Client();
        var head = await ledger.HeadAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, Writers).Select(WriteAsync));
        Assert.Contains(replies, r => r.Status == HttpStatusCode.Created);
        var refused = replies.Where(r => r.Status != HttpStatusCode.Created).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, r =>
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, r.Status);
            Assert.Equal(TimeSpan.FromSeconds(1), r.Headers.RetryAfter?.Delta);
            Assert.Equal("application/problem+json", r.ContentHeaders.ContentType?.MediaType);
        });
        Assert.Equal(head + Writers - refused.Count, await ledger.HeadAsync());

        // Under the same key, as the answer says: what was accepted gets its first answer, what was refused is done now.
        for (var i = 0; i < Writers; i++)
        {
            Reply again;
            while ((again = await WriteAsync(i)).Status == HttpStatusCode.ServiceUnavailable)
                await Task.Delay(10, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Created, again.Status);
            if (replies[i].Status == HttpStatusCode.Created)
                Assert.Equal(replies[i].Text, again.Text);
        }

        Assert.Equal(head + Writers, await ledger.HeadAsync());

        Task<Reply> WriteAsync(int i) => client.PostReplyAsync($"/v1/members/m-pressed-{i}/consents", Requests.Consents(("sms_marketing", true)), $"pressed-{i}");
    }
}
