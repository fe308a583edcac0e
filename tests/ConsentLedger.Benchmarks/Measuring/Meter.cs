namespace ConsentLedger.Benchmarks.Measuring;

/// <summary>Reads the processor time of a service and of PostgreSQL around a load.</summary>
public static class Meter
{
    /// <param name="service">Whose processor time counts as the service's.</param>
    /// <param name="postgres">Whose as the database's; null where none is behind the service.</param>
    /// <param name="operations">In one request.</param>
    /// <param name="load">What is measured.</param>
    public static async Task<Measured> RunAsync(ServerProcess service, PostgresServer? postgres, int operations, Func<Task<Load>> load)
    {
        var before = (Service: ProcessorTime.Of(service.Id), Database: Database(postgres));
        var done = await load();
        var after = (Service: ProcessorTime.Of(service.Id), Database: Database(postgres));
        var count = (double)done.Latencies.Length * operations;
        return new(
            done.Rate * operations,
            done.Percentile(0.50),
            done.Percentile(0.99),
            (after.Service - before.Service).TotalMicroseconds / count,
            postgres is null ? null : (after.Database - before.Database).TotalMicroseconds / count);
    }

    /// <summary>A side that is asked over HTTP for as long as a window is.</summary>
    public static Side Side(string name, ServerProcess service, PostgresServer? postgres, LoadGenerator load, int operations = 1) =>
        new(name, length => RunAsync(service, postgres, operations, () => load.RunAsync(length)));

    private static TimeSpan Database(PostgresServer? postgres) => postgres is null ? TimeSpan.Zero : ProcessorTime.OfTree(postgres.Postmaster);
}
