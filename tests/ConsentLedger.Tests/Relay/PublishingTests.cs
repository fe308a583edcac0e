using ConsentLedger.Relay;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using static ConsentLedger.Tests.Relay.RelayHarness;

namespace ConsentLedger.Tests.Relay;

[CollectionDefinition(nameof(SharedBroker))]
public sealed class SharedBroker : ICollectionFixture<TemporaryBroker>;

[Collection(nameof(SharedBroker))]
public sealed class PublishingTests(TemporaryBroker broker)
{
    [Fact]
    public async Task A_partner_reads_the_exact_bytes_in_order_with_plain_headers()
    {
        await using var relay = new RelayHarness(broker);
        // Its queue is made before its first event; what other tests left there goes.
        Assert.Equal(0, await relay.Worker.PublishOnceAsync(Ct));
        await relay.TakeAllAsync("partner.iheart");
        var sent = relay.Append("iheart", 1000, "consent.withdrawn");
        Assert.Equal(1000, await relay.Worker.PublishOnceAsync(Ct));
        Assert.Equal(1000, relay.PublishedTo("iheart"));
        var read = await new ForeignPartner(broker.Address("partner-iheart")).ReadAsync("partner.iheart", 1000);
        Assert.Equal(sent.Select(e => Convert.ToBase64String(e.Body.Span)), read.Select(m => m.GetProperty("body").GetString()));
        Assert.Equal(sent.Select(e => e.Id.ToString()), read.Select(m => m.GetProperty("messageId").GetString()));
        Assert.All(read, m =>
        {
            Assert.Equal("consent-ledger.events", m.GetProperty("exchange").GetString());
            Assert.Equal("iheart.consent.withdrawn", m.GetProperty("routingKey").GetString());
            Assert.Equal("application/cloudevents+json; charset=utf-8", m.GetProperty("contentType").GetString());
            Assert.Equal(2, m.GetProperty("deliveryMode").GetInt32());
            Assert.Equal(0, m.GetProperty("headers").GetArrayLength());
        });
        Assert.Equal(0, await relay.Worker.PublishOnceAsync(Ct));
    }

    [Fact]
    public async Task An_event_without_a_queue_waits_and_goes_first_once_there_is_one()
    {
        await using var relay = new RelayHarness(broker);
        relay.Append("gone", 200);
        await relay.Worker.PublishOnceAsync(Ct);
        await relay.AsAdminAsync(channel => channel.QueueDeleteAsync("partner.gone", cancellationToken: Ct));
        relay.Append("gone", 300);
        Assert.Equal(0, await relay.Worker.PublishOnceAsync(Ct));
        Assert.Equal(200, relay.PublishedTo("gone"));
        Assert.Equal(1, relay.Log.Lines.Count(line => line.Level == LogLevel.Error && line.Text.Contains("wait from sequence 201", StringComparison.Ordinal)));
        await Task.Delay(600, Ct);
        Assert.Equal(300, await relay.Worker.PublishOnceAsync(Ct));
        Assert.Equal(1, relay.Log.Count("flow again"));
        var arrived = (await relay.TakeAllAsync("partner.gone")).Select(m => SequenceOf(m.Body));
        Assert.Equal(Enumerable.Range(201, 300).Select(i => (long)i), arrived);
    }

    [Fact]
    public async Task A_partner_in_trouble_does_not_hold_up_another_and_is_reported_once()
    {
        await using var relay = new RelayHarness(broker);
        // Ours must be a quorum queue: declaring it is refused for as long as this one is there.
        await relay.AsAdminAsync(channel => channel.QueueDeclareAsync("partner.stuck", durable: true, exclusive: false, autoDelete: false, cancellationToken: Ct));
        relay.Append("stuck", 10);
        for (var i = 1; i <= 20; i++)
        {
            relay.Append("fine", 50);
            Assert.Equal(50, await relay.Worker.PublishOnceAsync(Ct));
        }
        Assert.Equal(0, relay.PublishedTo("stuck"));
        Assert.Equal("stuck", Assert.Single(relay.Worker.Troubles()).Partner);
        Assert.Equal(1, relay.Log.Count("Events for partner stuck wait from sequence 1 "));
        Assert.Equal(HealthStatus.Degraded, (await relay.HealthAsync()).Entries["relay"].Status);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("64")]
    public async Task A_route_that_is_taken_away_while_events_flow_costs_no_event_and_no_order(string window)
    {
        var partner = "flaky-" + window;
        await using var relay = new RelayHarness(broker, Quick(window));
        await using var consumer = await DeduplicatingConsumer.StartAsync(broker.Admin, "partner." + partner, declareFirst: true);
        await relay.StartAsync();
        relay.Append(partner, 1500);
        await relay.AsAdminAsync(async channel =>
        {
            for (var round = 1; round <= 20; round++)
            {
                relay.Append(partner, 100);
                await UntilAsync(() => relay.PublishedTo(partner) > 150 * round, 30, "some published");
                await channel.QueueUnbindAsync("partner." + partner, "consent-ledger.events", partner + ".#", cancellationToken: Ct);
            }
            return true;
        });
        await UntilAsync(() => relay.PublishedTo(partner) == 3500, 60, "all published");
        await UntilAsync(() => consumer.Last == 3500, 20, "all consumed");
        Assert.Empty(consumer.Skipped);
        Assert.True(relay.Log.Count("wait from sequence") >= 5, "The route was hardly ever missed: " + relay.Log.Count("wait from sequence"));
        Assert.Equal(0, relay.Log.Count("reached the queue before"));
    }

    [Fact]
    public async Task With_one_event_in_flight_no_limit_or_route_that_others_change_costs_an_event_or_its_order()
    {
        await using var relay = new RelayHarness(broker, Quick("1"));
        // The policy "full" makes the broker refuse what comes while five wait; the consumer makes room all the time, and an operator toggles the route.
        await using var consumer = await DeduplicatingConsumer.StartAsync(broker.Admin, "partner.full", declareFirst: true);
        await relay.StartAsync();
        relay.Append("full", 1500);
        await relay.AsAdminAsync(async channel =>
        {
            for (var round = 0; relay.PublishedTo("full") < 1500 && round < 100_000; round++)
            {
                await channel.QueueUnbindAsync("partner.full", "consent-ledger.events", "full.#", cancellationToken: Ct);
                await channel.QueueBindAsync("partner.full", "consent-ledger.events", "full.#", cancellationToken: Ct);
                await Task.Delay(10, Ct);
            }
            return true;
        });
        await UntilAsync(() => consumer.Last == 1500, 20, "all consumed");
        Assert.Empty(consumer.Skipped);
        Assert.True(relay.Log.Count("wait from sequence") > 0, "Nothing was ever refused.");
    }

    [Fact]
    public async Task What_a_partner_hands_back_without_end_lies_in_its_dead_letter_queue()
    {
        await using var relay = new RelayHarness(broker);
        var sent = relay.Append("poison", 3);
        await relay.Worker.PublishOnceAsync(Ct);
        await relay.AsAdminAsync(async channel =>
        {
            for (var i = 0; i <= RelayTopology.DeliveryLimit; i++)
            {
                var message = await channel.BasicGetAsync("partner.poison", autoAck: false, Ct);
                await channel.BasicNackAsync(message!.DeliveryTag, multiple: false, requeue: true, Ct);
            }
            return true;
        });
        await Task.Delay(500, Ct);
        var dead = Assert.Single(await relay.TakeAllAsync("partner.poison.dead"));
        Assert.Equal(sent[0].Body.ToArray(), dead.Body.ToArray());
        Assert.Equal("poison.correction.completed", dead.RoutingKey);
        Assert.Equal([2, 3], (await relay.TakeAllAsync("partner.poison")).Select(m => SequenceOf(m.Body)));
    }

    [Fact]
    public async Task An_event_asked_for_again_is_sent_again_and_never_before_its_time()
    {
        await using var relay = new RelayHarness(broker);
        var sent = relay.Append("again", 5);
        await relay.Worker.PublishOnceAsync(Ct);
        await relay.TakeAllAsync("partner.again");
        await relay.AskAgainAsync(sent[1]);
        var next = relay.Append("again", 2);
        await relay.AskAgainAsync(next[1]);
        await relay.Worker.PublishOnceAsync(Ct);
        var arrived = (await relay.TakeAllAsync("partner.again")).Select(m => SequenceOf(m.Body)).ToList();
        Assert.Equal([6, 7, 2], arrived);
        Assert.False(relay.IsAskedAgain(sent[1]));
    }

    [Fact]
    public async Task However_much_waits_it_goes_out_in_order_by_small_pages()
    {
        await using var relay = new RelayHarness(broker, new() { ["Relay:PageSize"] = "100", ["Relay:Window"] = "7" });
        relay.Append("much", 2000);
        var published = 0;
        for (var step = 0; step < 10; step++) published += await relay.Worker.PublishOnceAsync(Ct);
        Assert.Equal(2000, published);
        Assert.Equal(Enumerable.Range(1, 2000).Select(i => (long)i), (await relay.TakeAllAsync("partner.much")).Select(m => SequenceOf(m.Body)));
    }

    // Pages of ten entries with room for eighty events: twelve partners in each entry overflow them, six do not.
    [Theory]
    [InlineData(12, "1")]
    [InlineData(6, "4")]
    public async Task Partners_told_by_the_same_entries_each_get_all_of_their_own_beside_one_that_lags_and_one_that_is_seldom_told(int many, string window)
    {
        string Name(string partner) => $"{partner}-of-{many}";
        string[] all = [.. Enumerable.Range(0, many).Select(i => Name($"shared-{i}"))];
        await using var relay = new RelayHarness(broker, new(Quick(window)) { ["Relay:PageSize"] = "10" });
        await relay.AsAdminAsync(channel => channel.QueueDeclareAsync("partner." + Name("lags"), durable: true, exclusive: false, autoDelete: false, cancellationToken: Ct));
        relay.AppendTold(400, i => [.. all, .. i % 3 == 0 ? [Name("lags")] : Array.Empty<string>(), .. i % 57 == 0 ? [Name("seldom")] : Array.Empty<string>()]);
        for (var step = 0; step < 40 && all.Append(Name("seldom")).Any(p => relay.PublishedTo(p) < relay.Feed(p, 0, 1000).Count); step++)
            await relay.Worker.PublishOnceAsync(Ct);
        Assert.Equal(0, relay.PublishedTo(Name("lags")));
        await relay.AsAdminAsync(channel => channel.QueueDeleteAsync("partner." + Name("lags"), cancellationToken: Ct));
        relay.AppendTold(100, _ => [.. all, Name("lags")]);
        await UntilAsync(
            () =>
            {
                relay.Worker.PublishOnceAsync(Ct).GetAwaiter().GetResult();
                return relay.PublishedTo(Name("lags")) == 234;
            },
            20,
            "the one that lagged");
        foreach (var partner in all.Append(Name("seldom")).Append(Name("lags")))
        {
            // As a consumer reads that drops what is not above the last sequence it saw: where a confirmation is late, events come twice.
            var last = 0L;
            var arrived = (await relay.TakeAllAsync("partner." + partner)).Where(m => SequenceOf(m.Body) > last && (last = SequenceOf(m.Body)) > 0).ToList();
            Assert.Equal(relay.Feed(partner, 0, 1000).Select(e => Convert.ToBase64String(e.Body.Span)), arrived.Select(m => Convert.ToBase64String(m.Body.Span)));
        }
    }

    [Fact]
    public async Task Partners_reach_only_their_own()
    {
        await using var relay = new RelayHarness(broker);
        relay.Append("iheart", 1);
        relay.Append("inicis", 1);
        await relay.Worker.PublishOnceAsync(Ct);
        var partner = new ForeignPartner(broker.Address("partner-inicis"));
        Assert.Equal(403, (await partner.ReadAsync("partner.iheart", 1)).Single().GetProperty("refused").GetInt32());
        Assert.Equal(403, (await partner.ReadAsync("partner.inicis.dead", 1)).Single().GetProperty("refused").GetInt32());
        Assert.Equal(403, (await partner.WriteAsync("consent-ledger.events", "iheart.forged", "{}")).GetProperty("refused").GetInt32());
        Assert.Equal(403, (await partner.WriteAsync("", "partner.iheart", "{}")).GetProperty("refused").GetInt32());
        Assert.Equal(403, (await partner.DeclareAsync("partner.mine")).GetProperty("refused").GetInt32());
        Assert.Single(await partner.ReadAsync("partner.inicis", 1));
    }

    [Fact]
    public async Task A_broker_whose_certificate_nobody_vouches_for_gets_nothing_and_no_password()
    {
        await using var relay = new RelayHarness(broker, address: broker.Untrusted);
        relay.Append("secret", 1);
        await relay.StartAsync();
        await UntilAsync(() => relay.Log.Count("cannot be reached") == 1, 20, "the attempt");
        Assert.Contains(relay.Log.Lines, line => line.Text.Contains("certificate", StringComparison.OrdinalIgnoreCase));
        await Task.Delay(4000, Ct);
        Assert.Equal(0, relay.PublishedTo("secret"));
        var health = await relay.HealthAsync();
        Assert.All(health.Entries.Values, entry => Assert.Equal(HealthStatus.Degraded, entry.Status));
    }

    [Fact]
    public async Task Without_a_broker_configured_the_relay_is_off_and_says_so_once()
    {
        await using var relay = new RelayHarness(null);
        await relay.StartAsync();
        Assert.Equal(1, relay.Log.Count("the relay is off"));
    }

    private static Dictionary<string, string?> Quick(string window) => new()
    {
        ["Relay:Window"] = window,
        ["Relay:ShortestRest"] = "00:00:00.010",
        ["Relay:LongestRest"] = "00:00:00.020",
        ["Relay:PollInterval"] = "00:00:00.010",
        ["Relay:PageSize"] = "50",
    };

    [Fact]
    public void Rests_grow_to_a_limit_and_leave_something_to_chance()
    {
        var settings = new RelaySettings();
        TimeSpan Rest(int tries, double chance) => Resting.Rest(settings, tries, chance);
        Assert.Equal(TimeSpan.FromMilliseconds(500), Rest(0, 1));
        Assert.Equal(TimeSpan.FromMilliseconds(400), Rest(0, 0));
        Assert.Equal(TimeSpan.FromSeconds(4), Rest(3, 1));
        Assert.Equal(TimeSpan.FromSeconds(15), Rest(1000, 1));
    }

}

/// <summary>A consumer as the contract allows the simplest to be: it drops what is not above the last sequence it saw.</summary>
public sealed class DeduplicatingConsumer : IAsyncDisposable
{
    private readonly Uri address;
    private readonly string queue;
    private IConnection? connection;
    private long last;

    private DeduplicatingConsumer(Uri address, string queue) => (this.address, this.queue) = (address, queue);

    public long Last => Volatile.Read(ref last);

    public List<string> Skipped { get; } = [];

    public int Repeats { get; private set; }

    public static async Task<DeduplicatingConsumer> StartAsync(Uri address, string queue, bool declareFirst = false)
    {
        var consumer = new DeduplicatingConsumer(address, queue);
        if (declareFirst)
        {
            await using var setup = await new ConnectionFactory { Uri = address }.CreateConnectionAsync(Ct);
            await RelayTopology.DeclareAsync(setup, queue["partner.".Length..], Ct);
        }
        await consumer.ConnectAsync();
        return consumer;
    }

    public async Task ConnectAsync()
    {
        if (connection is not null) await connection.DisposeAsync();
        connection = await new ConnectionFactory { Uri = address, AutomaticRecoveryEnabled = false }.CreateConnectionAsync(Ct);
        var channel = await connection.CreateChannelAsync(cancellationToken: Ct);
        await channel.BasicQosAsync(0, 500, global: false, Ct);
        var reader = new AsyncEventingBasicConsumer(channel);
        reader.ReceivedAsync += async (_, delivery) =>
        {
            See(SequenceOf(delivery.Body));
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, Ct);
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, reader, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is not null) await connection.DisposeAsync();
    }

    private void See(long sequence)
    {
        if (sequence <= last) Repeats++;
        else if (sequence != last + 1) Skipped.Add($"{last} → {sequence}");
        if (sequence > last) Volatile.Write(ref last, sequence);
    }
}
