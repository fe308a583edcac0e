using System.Text;
using System.Text.Json;
using ConsentLedger.Partners;
using ConsentLedger.Relay;
using static ConsentLedger.Tests.Relay.RelayHarness;

namespace ConsentLedger.Tests.Relay;

[Collection(nameof(SharedBroker))]
public sealed class AcknowledgementTests(TemporaryBroker broker)
{
    private const string Refused = "consent-ledger.acknowledgements_error";

    private ForeignPartner Iheart => new(broker.Address("partner-iheart"));

    [Theory]
    [InlineData("-")]
    [InlineData("application/json")]
    [InlineData("application/vnd.masstransit+json")]
    [InlineData("text/plain")]
    [InlineData("no content type at all")]
    public async Task A_partner_acknowledges_its_events_whatever_its_content_type(string contentType)
    {
        await using var relay = new RelayHarness(broker);
        var sent = relay.Append("iheart", 2);
        await relay.StartAsync();
        await ReadyAsync(relay);
        await Iheart.AcknowledgeAsync($$"""{"acknowledgements":[{"eventId":"{{sent[0].Id}}","outcome":"done"},{"eventId":"{{sent[1].Id}}","outcome":"partial","note":"메모"}]}""", "partner-iheart", contentType);
        await UntilAsync(() => relay.Answers("iheart").Count == 2, 20, "accepted");
        Assert.Equal([(sent[0].Id, AcknowledgementOutcome.Done), (sent[1].Id, AcknowledgementOutcome.Partial)], relay.Answers("iheart"));
    }

    [Fact]
    public async Task What_cannot_be_accepted_is_set_aside_with_its_reason_and_stops_nothing()
    {
        await using var relay = new RelayHarness(broker);
        var sent = relay.Append("iheart", 1);
        relay.Append("inicis", 1);
        await relay.StartAsync();
        await ReadyAsync(relay);
        await AtRestAsync(relay);
        var right = $$"""{"acknowledgements":[{"eventId":"{{sent[0].Id}}","outcome":"done"}]}""";
        await Iheart.AcknowledgeAsync(right);
        await new ForeignPartner(broker.Address("stranger")).AcknowledgeAsync(right, "stranger");
        await new ForeignPartner(broker.Address("partner-inicis")).AcknowledgeAsync(right, "partner-inicis");
        string[] unreadable = ["", "not json", "null", "[]", "\"text\"", "12", "{}", right[..^1], right.Replace("done", "perhaps", StringComparison.Ordinal)];
        foreach (var body in unreadable) await Iheart.AcknowledgeAsync(body, "partner-iheart");
        await Iheart.AcknowledgeAsync(right, "partner-iheart");
        await UntilAsync(() => relay.Answers("iheart").Count == 1, 20, "the right one is accepted");
        await Task.Delay(500, Ct);
        var refused = await relay.TakeAllAsync(Refused);
        Assert.Equal(
            Enumerable.Repeat("invalid_acknowledgement", unreadable.Length).Append("unknown_event").Append("unidentified_sender").Append("unidentified_sender").Order(),
            refused.Select(m => Encoding.UTF8.GetString((byte[])m.BasicProperties.Headers![RefuseAcknowledgement.ReasonHeader]!)).Order());
        Assert.Contains(refused, m => m.BasicProperties.Headers![RefuseAcknowledgement.UserHeader] is byte[] user && Encoding.UTF8.GetString(user) == "partner-inicis");
        Assert.Equal(unreadable.Append(right).Append(right).Append(right).Order(), refused.Select(m => Encoding.UTF8.GetString(m.Body.Span)).Order());
    }

    [Fact]
    public async Task A_partner_cannot_speak_for_another()
    {
        await using var relay = new RelayHarness(broker);
        await relay.StartAsync();
        await ReadyAsync(relay);
        Assert.Equal(406, (await Iheart.AcknowledgeAsync("{}", "partner-inicis")).GetProperty("refused").GetInt32());
    }

    [Fact]
    public async Task A_store_that_is_away_delays_an_acknowledgement_and_a_restart_hands_it_on()
    {
        using var database = NewDatabase();
        Guid asked;
        await using (var first = new RelayHarness(broker, database: database))
        {
            asked = first.Append("iheart", 1)[0].Id;
            await first.StartAsync();
            await ReadyAsync(first);
            await AtRestAsync(first);
            await using (await first.LockLedgerAsync())
            {
                await Iheart.AcknowledgeAsync($$"""{"acknowledgements":[{"eventId":"{{asked}}","outcome":"not_held"}]}""", "partner-iheart");
                await UntilAsync(() => first.Log.Count("they wait on the broker") == 1, 30, "it waits");
                await first.StopAsync();
            }

            Assert.Empty(first.Answers("iheart"));
            Assert.Equal(1u, await first.AsAdminAsync(channel => channel.MessageCountAsync("consent-ledger.acknowledgements", Ct)));
        }

        await using var second = new RelayHarness(broker, database: database);
        await second.StartAsync();
        await UntilAsync(() => second.Answers("iheart").Count == 1, 30, "handed on");
        Assert.Equal([(asked, AcknowledgementOutcome.NotHeld)], second.Answers("iheart"));
    }

    [Theory]
    [InlineData("""{"acknowledgements":[{"eventId":"00000000-0000-0000-0000-000000000001","outcome":"done","outcome":"failed"}]}""")]
    [InlineData("""{"acknowledgements":[{"eventId":"00000000-0000-0000-0000-000000000001","outcome":"done","more":1}]}""")]
    [InlineData("""{"acknowledgements":[{"eventId":"00000000-0000-0000-0000-000000000001","Outcome":"done"}]}""")]
    [InlineData("""{"acknowledgements":[{"eventId":"00000000-0000-0000-0000-000000000001"}]}""")]
    [InlineData("""{"acknowledgements":[{"eventId":"x","outcome":"done"}]}""")]
    [InlineData("""{"acknowledgements":[{"eventId":"00000000-0000-0000-0000-000000000001","outcome":null}]}""")]
    [InlineData("""{"acknowledgements":[{"eventId":"00000000-0000-0000-0000-000000000001","outcome":"done","note":"\ud800"}]}""")]
    [InlineData("""{"acknowledgements":[{"eventId":"00000000-0000-0000-0000-000000000001","outcome":"done","note":"a\u0000"}]}""")]
    [InlineData("""{"acknowledgements":[null]}""")]
    [InlineData("""{"acknowledgements":null}""")]
    [InlineData("""{"acknowledgements":[]}""")]
    [InlineData("""{"acknowledgements":[]} {}""")]
    public void A_body_that_is_not_exactly_of_the_contract_is_refused(string body) =>
        Assert.Equal("invalid_acknowledgement", Assert.Throws<UnacceptableMessageException>(() => AcknowledgementMessage.Parse(Encoding.UTF8.GetBytes(body))).Code);

    [Fact]
    public void A_body_beyond_its_bounds_is_refused()
    {
        var many = JsonSerializer.SerializeToUtf8Bytes(new { acknowledgements = Enumerable.Range(0, 101).Select(_ => new { eventId = Guid.Empty, outcome = "done" }) });
        Assert.Throws<UnacceptableMessageException>(() => AcknowledgementMessage.Parse(many));
        var big = JsonSerializer.SerializeToUtf8Bytes(new { acknowledgements = new[] { new { eventId = Guid.Empty, outcome = "done", note = new string('a', 1001) } } });
        Assert.Throws<UnacceptableMessageException>(() => AcknowledgementMessage.Parse(big));
        Assert.Throws<UnacceptableMessageException>(() => AcknowledgementMessage.Parse(new byte[1_000_001]));
    }

    [Theory]
    [InlineData("partner-iheart", "iheart")]
    [InlineData("partner-vendor-sample-a", "vendor-sample-a")]
    [InlineData("partner-", null)]
    [InlineData("partner-Iheart", null)]
    [InlineData("partner-i", null)]
    [InlineData("iheart", null)]
    [InlineData("guest", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_partner_is_known_by_its_broker_user(string? user, string? partner) => Assert.Equal(partner, RelayTopology.PartnerOf(user));

    private static Task ReadyAsync(RelayHarness relay) =>
        UntilAsync(() => relay.HealthAsync().GetAwaiter().GetResult().Status == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy, 30, "healthy");

    private static async Task AtRestAsync(RelayHarness relay)
    {
        await relay.AsAdminAsync(channel => channel.QueueDeclareAsync(Refused, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-max-length"] = RelayTopology.RefusedAcknowledgementsKept }, cancellationToken: Ct));
        await relay.TakeAllAsync(Refused);
    }
}
