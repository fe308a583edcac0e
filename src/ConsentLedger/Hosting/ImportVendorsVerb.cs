using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Hosting;

/// <summary><c>import-vendors</c>: brings the annex of vendors into the register, beside services that run or alone.</summary>
internal static class ImportVendorsVerb
{
    public const string Usage = "import-vendors file.csv [--encoding cp949] [--end-missing] [--dry-run]";

    // A file that is wrong is refused before the ledger is opened.
    public static async Task<int> RunAsync(string[] args)
    {
        if (!TryRead(args.AsSpan(Array.IndexOf(args, "import-vendors") + 1), out var options))
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        var file = await VendorFile.ReadAsync(options.File, options.Cp949, CancellationToken.None);
        if (!file.Errors.IsEmpty)
            return Refused(file.Errors);
        using var host = Verbs.LedgerHost(args);
        return options.DryRun
            ? await PlanAsync(host, file, options.EndMissing)
            : await ImportAsync(host, file, options.EndMissing);
    }

    private static bool TryRead(ReadOnlySpan<string> args, out Options options)
    {
        options = new("", false, false, false);
        while (args is [var arg, .. var rest])
        {
            args = rest;
            switch (arg)
            {
                case "--encoding" when rest is ["cp949" or "utf-8", ..]:
                    options = options with { Cp949 = rest[0] == "cp949" };
                    args = rest[1..];
                    break;
                case "--end-missing":
                    options = options with { EndMissing = true };
                    break;
                case "--dry-run":
                    options = options with { DryRun = true };
                    break;
                case ['-', ..]:
                    return false;
                default:
                    if (options.File.Length > 0)
                        return false;
                    options = options with { File = arg };
                    break;
            }
        }

        return options.File.Length > 0;
    }

    // The host is not started: a start makes tables and loads the catalog.
    private static async Task<int> PlanAsync(IHost host, VendorFile file, bool endMissing)
    {
        await using (var context = await host.Services.GetRequiredService<IDbContextFactory<LedgerDbContext>>().CreateDbContextAsync())
        {
            if ((await context.Database.GetPendingMigrationsAsync()).Any())
                return Refused([new(null, "the tables are not there or not up to date: start the service, or run migrate")]);
        }

        var replica = host.Services.GetRequiredService<LedgerReplica>();
        await replica.StartAsync(CancellationToken.None);
        if (!replica.Catalog.IsLoaded)
            return Refused([new(null, "no catalog is loaded yet: start the service once")]);
        var import = ImportVendors.Plan(file.Vendors, endMissing, replica.Catalog, host.Services.GetRequiredService<TimeProvider>().Now());
        return import.Errors.IsEmpty ? Imported(import, "Nothing was written (--dry-run).") : Refused(import.Errors);
    }

    private static async Task<int> ImportAsync(IHost host, VendorFile file, bool endMissing)
    {
        await host.StartAsync();
        VendorImport import = new();
        var answer = await host.Services.GetRequiredService<LedgerAppender>().AppendAsync(
            new LedgerCommand
            {
                Decide = context => ImportVendors.Decide(file.Vendors, endMissing, context.Catalog, context.Now),
                Render = (reply, position) =>
                {
                    import = (VendorImport)reply.Body;
                    return new Answer(reply.Status, "", position);
                },
            },
            CancellationToken.None);
        await host.StopAsync();
        if (!import.Errors.IsEmpty)
            return Refused(import.Errors);
        return Imported(import, answer.Position is { } last ? $"{import.Entries.Length} entries recorded, the last at position {last}." : "There was nothing to record.");
    }

    private static int Imported(VendorImport import, string result)
    {
        foreach (var line in import.Lines())
            Console.WriteLine(line);
        Console.WriteLine(result);
        return 0;
    }

    private static int Refused(IReadOnlyCollection<LineError> errors)
    {
        foreach (var error in errors)
            Console.Error.WriteLine(error);
        if (errors.Count == VendorFile.MaxErrors)
            Console.Error.WriteLine($"These are the first {VendorFile.MaxErrors} errors.");
        Console.Error.WriteLine("Nothing was written.");
        return 1;
    }

    private sealed record Options(string File, bool Cp949, bool EndMissing, bool DryRun);
}
