using System.Diagnostics;
using ConsentLedger.Tests.Servers;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using static ConsentLedger.Tests.Relay.RelayHarness;

namespace ConsentLedger.Tests.Relay;

/// <summary>Each test has a broker of its own, which it kills.</summary>
public sealed class BrokerOutageTests
{
    [Theory]
    [InlineData("1")]
    [InlineData("64")]
    public async Task A_broker_that_dies_mid_stream_costs_no_event_and_no_order(string window)
    {
        await using var broker = new TemporaryBroker();
        await broker.InitializeAsync();
        await using var relay = new RelayHarness(broker, new() { ["Relay:Window"] = window });
        string[] partners = ["first", "second", "third"];
        using var enough = new CancellationTokenSource();
        var writing = WriteAsync(relay, partners, enough.Token);
        await relay.StartAsync();
        await UntilAsync(() => partners.All(p => relay.PublishedTo(p) > 100), 30, "a few published");
        await broker.StopAsync();
        await UntilAsync(() => relay.Log.Count("cannot be reached") > 0, 20, "the loss is noticed");
        await broker.StartAsync();
        await enough.CancelAsync();
        var sent = await writing;
        Assert.Contains(partners, p => relay.PublishedTo(p) < sent);
        var consumers = new List<DeduplicatingConsumer>();
        foreach (var partner in partners) consumers.Add(await DeduplicatingConsumer.StartAsync(broker.Admin, "partner." + partner));
        await UntilAsync(() => partners.All(p => relay.PublishedTo(p) == sent), 90, "all published");
        await UntilAsync(() => consumers.All(c => c.Last == sent), 30, "all consumed");
        Assert.All(consumers, c => Assert.Empty(c.Skipped));
        Assert.Equal(1, relay.Log.Count("cannot be reached"));
        Assert.Equal(1, relay.Log.Count("is back"));
        foreach (var consumer in consumers) await consumer.DisposeAsync();
    }

    // On and on, while the broker is there and while it is not.
    private static async Task<long> WriteAsync(RelayHarness relay, string[] partners, CancellationToken enough)
    {
        const int AtOnce = 20;
        long sent = 0;
        await Task.Yield();
        while (!enough.IsCancellationRequested && sent < 100_000)
        {
            foreach (var partner in partners) relay.Append(partner, AtOnce);
            sent += AtOnce;
            await Task.Delay(200, CancellationToken.None);
        }

        return sent;
    }
}

/// <summary>Runs by itself: it measures this process's memory.</summary>
[Collection<ServerOutages>]
public sealed class AbsentBrokerTests
{
    [Fact]
    public async Task A_service_starts_without_its_broker_takes_no_memory_and_catches_up_when_there_is_one()
    {
        await using var broker = new TemporaryBroker();
        await broker.PrepareAsync();
        await using var relay = new RelayHarness(broker);
        relay.Append("patient", 4000);
        var started = Stopwatch.StartNew();
        await relay.StartAsync();
        Assert.True(started.Elapsed < TimeSpan.FromSeconds(5), $"Start took {started.Elapsed}.");
        await Task.Delay(4000, Ct);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        relay.Append("patient", 1);
        await Task.Delay(3000, Ct);
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 2_000_000, "Memory grew.");
        var health = await relay.HealthAsync();
        Assert.True(health.Status == HealthStatus.Degraded, string.Join(", ", health.Entries.Select(e => $"{e.Key} {e.Value.Status}")));
        var noise = relay.Log.Lines.Where(line => line.Level >= LogLevel.Warning).ToList();
        Assert.True(noise.Count == 1, string.Join("\n", noise));
        await broker.StartAsync();
        await UntilAsync(() => relay.PublishedTo("patient") == 4001, 60, "all published");
        await UntilAsync(() => relay.HealthAsync().GetAwaiter().GetResult().Status == HealthStatus.Healthy, 60, "healthy again");
    }
}
