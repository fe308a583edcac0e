using ConsentLedger.Ledger;
using ConsentLedger.Ledger.Verification;
using ConsentLedger.Retention;
using ConsentLedger.Storage;
using ConsentLedger.Transparency;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Hosting;

/// <summary>A command of the program beside serving.</summary>
public sealed record Verb(string Name, string Usage, Func<string[], Task<int>> RunAsync);

/// <summary>The commands: <c>migrate</c>, <c>token</c>, <c>verify</c>, <c>rotate-key</c>, <c>rebuild</c>, <c>erase-due</c>, <c>import-vendors</c>, <c>openapi</c>, <c>healthcheck</c>.</summary>
public static class Verbs
{
    private static readonly Verb[] All =
    [
        new("migrate", "migrate", MigrateAsync),
        new("token", "token --scope \"…\" [--partner code] [--subject name]", TokenAsync),
        new("verify", "verify [--checkpoint file]…", VerifyAsync),
        new("rotate-key", "rotate-key", RotateKeyAsync),
        new("rebuild", "rebuild", RebuildAsync),
        new("erase-due", "erase-due", EraseDueAsync),
        new("import-vendors", ImportVendorsVerb.Usage, ImportVendorsVerb.RunAsync),
        new("openapi", "openapi > openapi.yaml", OpenApiAsync),
        new("healthcheck", "healthcheck [--url http://localhost:8080]", HealthCheckAsync),
    ];

    /// <summary>The verb that the arguments start with, or null to serve. Host settings (<c>--name=value</c>) may stand before it.</summary>
    public static Verb? Find(string[] args)
    {
        if (args.FirstOrDefault(a => !a.StartsWith("--", StringComparison.Ordinal) || !a.Contains('=', StringComparison.Ordinal)) is not { } first
            || first.StartsWith('-'))
            return null;
        return Array.Find(All, v => v.Name == first) ?? new Verb(first, "", _ =>
        {
            Console.Error.WriteLine($"There is no command '{first}'. The commands are:\n{string.Join('\n', All.Select(v => "  " + v.Usage))}");
            return Task.FromResult(2);
        });
    }

    // What a verb prints is its result: the service's own log stays out of it unless something is wrong.
    private static readonly Dictionary<string, string?> Quiet = new() { ["Logging:LogLevel:Default"] = "Warning", ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning" };

    private static WebApplicationBuilder Builder(string[] args)
    {
        var settings = args.TakeWhile(a => a.StartsWith("--", StringComparison.Ordinal)).ToArray();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(Quiet);
        return builder;
    }

    private static async Task<int> MigrateAsync(string[] args)
    {
        var builder = Builder(args);
        builder.AddStorage();
        await using var app = builder.Build();
        await app.Services.MigrateAsync(CancellationToken.None);
        Console.WriteLine("The tables are up to date.");
        return 0;
    }

    private static Task<int> TokenAsync(string[] args)
    {
        if (Option(args, "--scope") is not { } scope)
        {
            Console.Error.WriteLine("token needs --scope \"…\", for example: token --scope \"consents:write decisions:read\"");
            return Task.FromResult(2);
        }

        var builder = Builder(args);
        if (!builder.Environment.IsDevelopment())
        {
            Console.Error.WriteLine("Tokens are made here in development only; elsewhere the identity provider issues them.");
            return Task.FromResult(1);
        }

        builder.AddBearerAuthentication();
        Console.WriteLine(DevelopmentKeys.Token(builder.Configuration, TimeProvider.System, scope, Option(args, "--partner"), Option(args, "--subject")));
        return Task.FromResult(0);
    }

    private static async Task<int> VerifyAsync(string[] args)
    {
        var builder = Builder(args);
        builder.AddStorage();
        builder.Services.AddSingleton<LedgerVerifier>();
        await using var app = builder.Build();
        if (!TryReadKept(args, out var kept))
            return 2;
        if (!await app.Services.HasLedgerAsync(CancellationToken.None))
        {
            Console.Error.WriteLine("There is no ledger of this version here: start the service once, or run migrate. Is ConnectionStrings__Ledger set?");
            return 2;
        }

        var bar = new ProgressBar("verified");
        var progress = new Synchronous<VerifyProgress>(p => bar.Show((p.Read + p.Folded) / 2, p.Total));
        var findings = await app.Services.GetRequiredService<LedgerVerifier>().VerifyAsync(progress, CancellationToken.None, kept);
        bar.End();
        foreach (var finding in findings)
            Console.WriteLine(finding.Position is { } position ? $"position {position}: {finding.What}" : finding.What);
        Console.WriteLine(findings.Count == 0 ? $"ok: {bar.Total} entries verified" : $"failed: {findings.Count} findings in {bar.Total} entries");
        return findings.Count == 0 ? 0 : 1;
    }

    // Notes that were kept elsewhere, such as by an auditor: the ledger must extend them, whatever its own tables say.
    private static bool TryReadKept(string[] args, out IReadOnlyList<CheckpointRow> kept)
    {
        List<CheckpointRow> rows = [];
        kept = rows;
        for (var at = Array.IndexOf(args, "--checkpoint"); at >= 0; at = Array.IndexOf(args, "--checkpoint", at + 1))
        {
            if (at + 1 >= args.Length || !File.Exists(args[at + 1]) || !SignedNote.TryParse(File.ReadAllBytes(args[at + 1]), out var note)
                || !Checkpoint.TryParse(note.Text, out var checkpoint))
            {
                Console.Error.WriteLine("--checkpoint needs a file with the signed note of a checkpoint, as GET /v1/ledger/checkpoint serves it");
                return false;
            }

            rows.Add(new() { Size = checkpoint.Size, Root = checkpoint.Root.ToArray(), Note = note.ToString(), SignedAt = default });
        }

        return true;
    }

    private static async Task<int> RotateKeyAsync(string[] args)
    {
        using var host = LedgerHost(args);
        await host.Services.MigrateAsync(CancellationToken.None);
        var keys = host.Services.GetRequiredService<LogKeys>();
        Console.WriteLine((await keys.RotateAsync(CancellationToken.None)).ToString());
        Progress("Services that are started from now on sign with this key too. Once everybody who verifies has it, take the old key out of the file.");
        return 0;
    }

    private static async Task<int> RebuildAsync(string[] args)
    {
        var builder = Builder(args);
        builder.AddStorage();
        builder.Services.AddSingleton<ProjectionRebuilder>();
        await using var app = builder.Build();
        await app.Services.MigrateAsync(CancellationToken.None);
        var last = await app.Services.GetRequiredService<ProjectionRebuilder>().RebuildAsync(new Synchronous<long>(p => Progress($"{p} entries read")), CancellationToken.None);
        Console.WriteLine($"The projections were made anew from {last} entries. Replicas that run must be started again.");
        return 0;
    }

    // Beside services that run, or alone: what is due is done through the same door, and once.
    private static async Task<int> EraseDueAsync(string[] args)
    {
        using var host = LedgerHost(args);
        await host.StartAsync();
        var done = await host.Services.GetRequiredService<ObligationWorker>().RunOnceAsync(p => Progress($"{p.Done} acted on, {p.Left} left"), CancellationToken.None);
        await host.StopAsync();
        Console.WriteLine($"{done} obligations that fell due were acted on.");
        return 0;
    }

    // The ledger without the server and the workers.
    internal static IHost LedgerHost(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = [.. args.TakeWhile(a => a.StartsWith("--", StringComparison.Ordinal))],
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.AddInMemoryCollection(Quiet);
        builder.AddStorage();
        builder.AddLedger();
        return builder.Build();
    }

    // To the error stream: what is asked for stands alone on the other.
    private static void Progress(string text) => Console.Error.WriteLine(text);

    private static async Task<int> OpenApiAsync(string[] args)
    {
        // The routes alone: no store is opened and nothing is started.
        var builder = Builder([.. args.TakeWhile(a => a.StartsWith("--", StringComparison.Ordinal)), "--ConnectionStrings:Ledger=Data Source=:memory:"]);
        builder.Services.AddAuthorization();
        builder.AddStorage();
        builder.AddLedger();
        builder.AddHttpApi();
        await using var app = builder.Build();
        app.UseRouting();
        app.UseHttpApi();
        app.UseEndpoints(_ => { });
        await using var output = Console.OpenStandardOutput();
        await output.WriteAsync(System.Text.Encoding.UTF8.GetBytes(await OpenApi.YamlAsync(app.Services, CancellationToken.None)));
        return 0;
    }

    private static async Task<int> HealthCheckAsync(string[] args)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var response = await client.GetAsync(new Uri((Option(args, "--url") ?? "http://localhost:8080") + "/readyz"));
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static string? Option(string[] args, string name)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }

    private sealed class Synchronous<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
