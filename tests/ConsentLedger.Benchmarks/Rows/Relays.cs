using System.Globalization;
using ConsentLedger.Benchmarks.Loading;

namespace ConsentLedger.Benchmarks.Rows;

/// <summary>Events from the ledger to the partners' queues beside RabbitMQ.Client alone with the same in flight.</summary>
public static class Relays
{
    public const string Default = "relay", Wide = "relay_window_32";

    private const int WideWindow = 32;

    public static async Task MeasureAsync(Bench bench)
    {
        foreach (var (name, window) in new[] { (Default, 1), (Wide, WideWindow) })
        {
            if (bench.Wants(name))
                await CompareAsync(bench, name, window);
        }
    }

    private static async Task CompareAsync(Bench bench, string name, int window)
    {
        await using var backlog = await RelayBacklog.CreateAsync(
            bench, bench.Effort.LongWindows.Count, ("Relay:Window", window.ToString(CultureInfo.InvariantCulture)));
        await using var raw = await RawPublisher.OpenAsync(backlog.Broker, EventSource.Partners, window, backlog.Body);
        await raw.RunAsync(bench.Effort.WarmUp);
        var pairs = await Pairs.MeasureAsync(new("relay", backlog.DrainAsync), new("rabbitmq_client", raw.RunAsync), bench.Effort.LongWindows);
        bench.Report.Add(new(name, pairs.Ratio(m => m.Rate), Bound.AtLeast, 0.80, pairs)
        {
            PeakMegabytes = ProcessMemory.PeakKilobytes(backlog.Service.Id) >> 10,
            Note = $"{EventSource.Partners} quorum queues, {window} in flight for each, bodies of {backlog.Body.Length} bytes; rates are events",
        });
    }
}
