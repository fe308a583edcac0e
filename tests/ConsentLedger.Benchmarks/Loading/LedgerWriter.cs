using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace ConsentLedger.Benchmarks.Loading;

/// <summary>The service's own appender in this process, without server and workers: every entry goes through the one door, with all that belongs to it.</summary>
public sealed class LedgerWriter : IAsyncDisposable
{
    private const int Waiting = 4096;

    private readonly IHost host;
    private readonly LedgerAppender appender;
    private readonly Queue<Task<Answer>> answers = new();

    private LedgerWriter(IHost host) => (this.host, appender) = (host, host.Services.GetRequiredService<LedgerAppender>());

    /// <summary>The last position that was written.</summary>
    public long Position { get; private set; }

    /// <summary>Commands that the ledger refused; a script that knows the rules has none.</summary>
    public long Refused { get; private set; }

    /// <param name="settings">Where the ledger is, in the service's own settings.</param>
    /// <param name="time">The clock that the entries are recorded by.</param>
    public static async Task<LedgerWriter> OpenAsync(IEnumerable<KeyValuePair<string, string?>> settings, TimeProvider time)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = [], ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = "Warning",
            // That the keys are not encrypted, which a ledger for an hour does not need.
            ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",
            ["Ledger:SubjectCacheCapacity"] = "500000",
        });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddSingleton(time);
        builder.AddStorage();
        builder.AddLedger();
        var writer = new LedgerWriter(builder.Build());
        await writer.host.StartAsync();
        writer.Position = writer.host.Services.GetRequiredService<LedgerReplica>().Applied;
        return writer;
    }

    public static Task<LedgerWriter> OpenAsync(string ledger, TimeProvider time) =>
        OpenAsync([KeyValuePair.Create<string, string?>("ConnectionStrings:Ledger", ledger)], time);

    /// <summary>Queues a command, and waits where too many do already. Commands are appended in the order of the calls.</summary>
    public async Task AppendAsync(SubjectRef? subject, Func<DecisionContext, Decision> decide)
    {
        if (answers.Count >= Waiting)
            await SettleAsync(Waiting / 2);
        answers.Enqueue(appender.AppendAsync(
            new LedgerCommand
            {
                Subjects = subject is { } one ? [one] : [],
                Decide = decide,
                Render = static (reply, position) => new Answer(reply.Status, "", position),
            },
            CancellationToken.None));
    }

    /// <summary>Returns when at most so many commands still wait.</summary>
    public async Task SettleAsync(int left = 0)
    {
        while (answers.Count > left)
        {
            var answer = await answers.Dequeue();
            if (answer.Status >= StatusCodes.Status400BadRequest)
                Refused++;
            Position = Math.Max(Position, answer.Position ?? 0);
        }
    }

    /// <summary>
    /// Statistics for PostgreSQL's planner, which autovacuum makes once a minute: a load is further than that by then, and what was
    /// planned for empty tables reads all of them.
    /// </summary>
    public async Task AnalyzeAsync()
    {
        if (host.Services.GetService<NpgsqlDataSource>() is not { } database)
            return;
        await using var command = database.CreateCommand("ANALYZE");
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await SettleAsync();
        await host.StopAsync();
        host.Dispose();
    }
}
