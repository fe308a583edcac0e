using System.Globalization;

namespace ConsentLedger.Benchmarks.Rows;

/// <summary>From the start of the process to the first good answer of <c>/readyz</c>, after a kill in the midst of appends, on a large ledger; beside an ASP.NET app of one route.</summary>
public static class Ready
{
    public const string Name = "ready";

    private static readonly TimeSpan InTheMidst = TimeSpan.FromMilliseconds(300);

    public static async Task MeasureAsync(Bench bench)
    {
        var ledger = await bench.LargeLedgerAsync(bench.Effort.Sizes[^1]);
        var requests = Shop.SingleEntries(Shop.Members(500));
        var service = await ServerProcess.ServiceAsync(ledger);
        try
        {
            var pairs = await Pairs.MeasureAsync(
                new("after_kill", async _ =>
                {
                    await KillAsync(service, requests);
                    await service.DisposeAsync();
                    service = await ServerProcess.ServiceAsync(ledger);
                    return Of(service);
                }),
                new("bare_app", async _ =>
                {
                    await using var bare = await ServerProcess.BareAsync();
                    return Of(bare);
                }),
                bench.Effort.LongWindows);
            var entries = await PostgresServer.ScalarAsync<long>(ledger, "SELECT position FROM log_head");
            string Start(Measured side) => string.Create(CultureInfo.InvariantCulture, $"[{side.P50 / 1000:0}ms cpu={side.ServiceCpu / 1000:0}ms]");
            bench.Report.Add(new(Name, pairs.Ratio(m => m.P50), Bound.AtMost, 2, pairs)
            {
                Sides = $"after_kill{Start(pairs.Ours())} bare_app{Start(pairs.Baseline())}",
                Note = string.Create(CultureInfo.InvariantCulture, $"{entries} entries; from the start of the process to its first good answer"),
            });
        }
        finally
        {
            await service.DisposeAsync();
        }
    }

    private static async Task KillAsync(ServerProcess service, IReadOnlyList<PreparedRequest> requests)
    {
        var load = new LoadGenerator(service.Endpoint, 8, requests).RunAsync(TimeSpan.FromMinutes(1));
        await Task.Delay(InTheMidst);
        await service.KillAsync();
        try
        {
            await load;
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            // That is what a kill looks like to its callers.
        }
    }

    private static Measured Of(ServerProcess server)
    {
        var microseconds = server.ReadyAfter.TotalMicroseconds;
        return new(1e6 / microseconds, microseconds, microseconds, ProcessorTime.Of(server.Id).TotalMicroseconds);
    }
}
