using System.Diagnostics;
using System.Globalization;
using ConsentLedger.Benchmarks.Loading;

namespace ConsentLedger.Benchmarks.Rows;

/// <summary>
/// The verb <c>verify</c> beside <c>COPY (SELECT * FROM ledger_entries) TO STDOUT (FORMAT binary)</c> by psql over TCP into nothing: the least that
/// anybody pays who has every row out of the server, with a client in C that looks at none of them. Both with their start.
/// </summary>
public static class Verify
{
    public const string Name = "verify";

    /// <summary>More than this takes minutes a window: a larger ledger is verified once, for its rate and the memory.</summary>
    private const long MostEntries = 1_000_000;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public static async Task MeasureAsync(Bench bench)
    {
        var size = bench.Effort.Sizes[^1];
        var ledger = size <= MostEntries ? await bench.LargeLedgerAsync(size) : await LedgerAsync(bench.Postgres);
        var entries = await PostgresServer.ScalarAsync<long>(ledger, "SELECT position FROM log_head");
        long peak = 0;
        var ours = new Side("verify", async _ =>
        {
            var (measured, megabytes) = await VerifyAsync(bench.Postgres, ledger, entries);
            peak = Math.Max(peak, megabytes);
            return measured;
        });
        var copy = new Side("psql_copy", async _ => (await RunAsync(
            bench.Postgres,
            bench.Postgres.Program("psql", ledger, "-X", "-q", "-o", "/dev/null", "-c", "COPY (SELECT * FROM ledger_entries) TO STDOUT (FORMAT binary)"),
            entries, expected: null)).Measured);
        var pairs = await Pairs.MeasureAsync(ours, copy, bench.Effort.LongWindows);
        var note = string.Create(CultureInfo.InvariantCulture, $"{entries} entries; rates are entries, with the start of the program");
        if (size > MostEntries)
        {
            await bench.Postgres.DropDatabaseAsync(ledger);
            ledger = await bench.LargeLedgerAsync(size);
            entries = await PostgresServer.ScalarAsync<long>(ledger, "SELECT position FROM log_head");
            var (once, megabytes) = await VerifyAsync(bench.Postgres, ledger, entries);
            note += string.Create(CultureInfo.InvariantCulture, $"; once with {entries}: rate={once.Rate:0}/s cpu={once.Cpu:0.0}us/op peak={megabytes}MB");
        }

        bench.Report.Add(new(Name, pairs.Ratio(m => m.Rate), Bound.AtLeast, 0.5, pairs) { PeakMegabytes = peak, Note = note });
    }

    private static async Task<string> LedgerAsync(PostgresServer postgres)
    {
        var ledger = await GrowingLedger.CreateAsync(postgres, MostEntries);
        await ledger.GrowToAsync(MostEntries);
        return ledger.ConnectionString;
    }

    private static Task<(Measured Measured, long PeakMegabytes)> VerifyAsync(PostgresServer postgres, string ledger, long entries) =>
        RunAsync(postgres, Verb(ledger), entries, $"ok: {entries} entries verified");

    private static ProcessStartInfo Verb(string ledger) => new("dotnet", [ServerProcess.Service, "verify"])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = AppContext.BaseDirectory,
        Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Production", ["ConnectionStrings__Ledger"] = ledger },
    };

    private static async Task<(Measured Measured, long PeakMegabytes)> RunAsync(PostgresServer postgres, ProcessStartInfo start, long entries, string? expected)
    {
        var before = ProcessorTime.OfTree(postgres.Postmaster);
        var since = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var (output, errors, done) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync(), process.WaitForExitAsync());
        var (cpu, peak) = (TimeSpan.Zero, 0L);
        while (await Task.WhenAny(done, Task.Delay(Look)) != done)
        {
            // What has ended reads as nothing: the last look before it counts.
            cpu = ProcessorTime.Of(process.Id) is { } time && time > cpu ? time : cpu;
            peak = Math.Max(peak, ProcessMemory.PeakKilobytes(process.Id));
        }

        var elapsed = Stopwatch.GetElapsedTime(since);
        if (process.ExitCode != 0 || (expected is not null && !(await output).Contains(expected, StringComparison.Ordinal)))
            throw new InvalidOperationException($"{start.FileName} ended with {process.ExitCode}: {await output}{await errors}");
        return (new(
            entries / elapsed.TotalSeconds,
            ServiceCpu: cpu.TotalMicroseconds / entries,
            DatabaseCpu: (ProcessorTime.OfTree(postgres.Postmaster) - before).TotalMicroseconds / entries), peak >> 10);
    }
}
