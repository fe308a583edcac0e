using System.Collections.Concurrent;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using ConsentLedger.Tests.Harness;
using ConsentLedger.Transparency;
using ConsentLedger.TransparencyLog;
using ConsentLedger.Verify;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ConsentLedger.Tests.Transparency;

/// <summary>What the auditor's program said, and how it ended.</summary>
internal sealed record AuditResult(int ExitCode, string Output, string Error)
{
    /// <summary>The line that scripts look at.</summary>
    public string Last => Output.TrimEnd().Split('\n')[^1];

    public AuditResult Is(int exitCode, string beginning)
    {
        Assert.True(ExitCode == exitCode && Last.StartsWith(beginning, StringComparison.Ordinal), $"exit code {ExitCode}:\n{Output}\n{Error}");
        Assert.DoesNotContain("   at ", Output + Error, StringComparison.Ordinal);
        return this;
    }

    public AuditResult IsOk() => Is(ExitCodes.Verified, "ok: ");

    public AuditResult Fails(string beginning) => Is(ExitCodes.Tampered, "failed: " + beginning);

    /// <summary>Neither verified nor found wrong.</summary>
    public AuditResult Stops(int exitCode, string error)
    {
        Assert.True(ExitCode == exitCode && Error.Contains(error, StringComparison.Ordinal), $"exit code {ExitCode}:\n{Output}\n{Error}");
        Assert.DoesNotContain("   at ", Output + Error, StringComparison.Ordinal);
        return this;
    }
}

/// <summary>Somebody outside who runs the program with a state folder of their own.</summary>
internal sealed class Auditor : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("auditor-").FullName;

    public Auditor() => File.WriteAllText(Path("token"), Tokens.Create("ledger:read") + "\n");

    public string State => Path("state");

    public string Path(string name) => System.IO.Path.Combine(folder, name);

    public static async Task<AuditResult> RunAsync(params string[] args)
    {
        using StringWriter output = new(), error = new();
        var exitCode = await CommandLine.RunAsync(args, output, error, DaytimeClock.Instance, TestContext.Current.CancellationToken);
        return new(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Verifies hashes and every entry.</summary>
    public Task<AuditResult> LogAsync(Uri service, params string[] options) => HashesAsync(service, ["--token-file", Path("token"), .. options]);

    /// <summary>Verifies hashes.</summary>
    public Task<AuditResult> HashesAsync(Uri service, params string[] options) => RunAsync(["log", service.ToString(), "--state", State, .. options]);

    /// <summary>Every file that is kept, with its contents.</summary>
    public SortedDictionary<string, string> Kept()
    {
        var files = Directory.EnumerateFiles(State, "*", SearchOption.AllDirectories).Select(f => System.IO.Path.GetRelativePath(State, f))
            .Where(f => f != "lock" && !f.StartsWith("evidence", StringComparison.Ordinal));
        return new(files.ToDictionary(f => f, f => Convert.ToBase64String(File.ReadAllBytes(System.IO.Path.Combine(State, f)))), StringComparer.Ordinal);
    }

    /// <summary>The files of the last evidence.</summary>
    public string Evidence(string name) =>
        File.ReadAllText(System.IO.Path.Combine(Directory.EnumerateDirectories(System.IO.Path.Combine(State, "evidence")).Max(StringComparer.Ordinal)!, name));

    public void Dispose() => Directory.Delete(folder, recursive: true);
}

/// <summary>Stands between the auditor and the service: counts what is asked for, and spoils what it is told to.</summary>
internal sealed class Between : IAsyncDisposable
{
    private readonly HttpClient http;
    private readonly WebApplication app;

    private Between(Uri service)
    {
        http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = service };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    public Uri Address => new(app.Urls.Single());

    /// <summary>Changes the body of an answer, by the path of its request.</summary>
    public Func<string, byte[], byte[]> Spoil { get; set; } = (_, body) => body;

    /// <summary>Answers that are given instead of the service's, once each.</summary>
    public ConcurrentQueue<int> Statuses { get; } = new();

    /// <summary>The tiles that were asked for.</summary>
    public ConcurrentQueue<string> Tiles { get; } = new();

    public static async Task<Between> StartAsync(Uri service)
    {
        var between = new Between(service);
        await between.app.StartAsync();
        return between;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        http.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (Statuses.TryDequeue(out var status))
        {
            context.Response.StatusCode = status;
            return;
        }

        var path = context.Request.Path.Value!;
        if (path.StartsWith("/v1/ledger/tile/", StringComparison.Ordinal))
            Tiles.Enqueue(path["/v1/ledger/".Length..]);
        using var request = new HttpRequestMessage(HttpMethod.Get, path + context.Request.QueryString);
        foreach (var header in (string[])["Authorization", "Accept"])
            request.Headers.TryAddWithoutValidation(header, context.Request.Headers[header].ToString());
        using var response = await http.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        await context.Response.Body.WriteAsync(Spoil(path["/v1/ledger/".Length..], await response.Content.ReadAsByteArrayAsync(context.RequestAborted)));
    }
}

/// <summary>The owner of the database who falsifies it, with the ledger's own code and knowledge of all its tables.</summary>
internal static class Forger
{
    public static Task SignAsync(this LedgerService ledger) =>
        ledger.Services.GetRequiredService<CheckpointPublisher>().PublishOnceAsync(TestContext.Current.CancellationToken);

    public static Uri Address(this LedgerService ledger)
    {
        using var client = ledger.Client("");
        return client.BaseAddress!;
    }

    /// <summary>Runs SQL as the owner, who can take the triggers away.</summary>
    public static async Task ForgeAsync(this LedgerService ledger, string sql) => await ledger.QueryAsync(async context =>
    {
        await DropTriggersAsync(context);
        return await context.Database.ExecuteSqlRawAsync(sql);
    });

    /// <summary>Writes another history: entries, hashes, tree, projections and no checkpoint, as if it had always been so.</summary>
    public static async Task RewriteAsync(this LedgerService ledger, Func<IReadOnlyList<LedgerEntry>, IEnumerable<LedgerEntry>> change)
    {
        await ledger.QueryAsync(async context =>
        {
            await DropTriggersAsync(context);
            var entries = (await context.Entries.OrderBy(e => e.Position).Select(e => e.Data).ToListAsync()).ConvertAll(EntryCodec.Decode);
            var encoded = change(entries).Select(e => EntryCodec.Encode(e)).ToList();
            await context.Checkpoints.ExecuteDeleteAsync();
            await context.TreeTiles.ExecuteDeleteAsync();
            await context.Entries.ExecuteDeleteAsync();
            context.Entries.AddRange(encoded.Select((e, i) => new EntryRow
            {
                Position = i + 1,
                Type = e.Entry.Type,
                SubjectId = e.Entry.Subject,
                Partner = e.Entry.Partner,
                RecordedAt = e.Entry.RecordedAt,
                LeafHash = e.LeafHash.ToArray(),
                Data = e.Json,
            }));
            var (edge, filled) = TreeEdge.Empty.Grow(encoded.ConvertAll(e => e.LeafHash));
            context.TreeTiles.AddRange(filled.Select(t => new TileRow { Level = t.Id.Level, Index = t.Id.Index, Hashes = t.Hashes }));
            var head = await context.Head.SingleAsync();
            (head.Position, head.RecordedAt, head.Frontier) = (encoded.Count, encoded[^1].Entry.RecordedAt, edge.FrontierBytes());
            await context.SaveChangesAsync();
            var left = encoded.Select(e => e.Entry.Subject).ToHashSet();
            foreach (var subject in await context.Subjects.AsNoTracking().ToListAsync())
            {
                if (!left.Contains(subject.Id))
                    await context.Subjects.Where(s => s.Id == subject.Id).ExecuteDeleteAsync();
            }

            return true;
        });
        await new ProjectionRebuilder(ledger.Services.GetRequiredService<IDbContextFactory<LedgerDbContext>>()).RebuildAsync(null, TestContext.Current.CancellationToken);
    }

    /// <summary>Gives positions and sequences anew, without a gap.</summary>
    public static IEnumerable<LedgerEntry> Renumber(this IEnumerable<LedgerEntry> entries)
    {
        var sequences = new Dictionary<string, long>();
        return entries.Select((entry, i) => entry with
        {
            Position = i + 1,
            Recipients = [.. entry.Recipients.Select(r => r with { Sequence = sequences[r.Partner] = sequences.GetValueOrDefault(r.Partner) + 1 })],
        });
    }

    private static Task<int> DropTriggersAsync(LedgerDbContext context) => context.Database.ExecuteSqlRawAsync(context.Database.IsNpgsql()
        ? "ALTER TABLE ledger_entries DISABLE TRIGGER ALL"
        : "DROP TRIGGER IF EXISTS ledger_entries_no_update; DROP TRIGGER IF EXISTS ledger_entries_no_delete");
}
