using System.Collections.Concurrent;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;
using ConsentLedger.Relay;
using ConsentLedger.Rights;
using ConsentLedger.Storage;
using ConsentLedger.Tests.Harness;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace ConsentLedger.Tests.Relay;

/// <summary>A relay beside a service that writes: two processes' worth of hosts on one ledger, and a broker.</summary>
public sealed class RelayHarness : IAsyncDisposable
{
    private const string MemberId = "m-1";

    private readonly LedgerDatabase database;
    private readonly bool ownsDatabase;
    private readonly LedgerService ledger;
    private readonly IHost host;
    private readonly Uri admin;

    public RelayHarness(TemporaryBroker? broker, Dictionary<string, string?>? settings = null, Uri? address = null, LedgerDatabase? database = null)
    {
        admin = broker?.Admin ?? new Uri("amqp://127.0.0.1");
        ownsDatabase = database is null;
        this.database = database ?? NewDatabase();
        ledger = LedgerService.Start(this.database);
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.Configuration["ConnectionStrings:Ledger"] = this.database.Connection;
        builder.Configuration["Ledger:SigningKeyFile"] = this.database.SigningKeyFile;
        if (broker is not null) builder.Configuration["ConnectionStrings:Broker"] = (address ?? broker.Relay).ToString();
        builder.Logging.ClearProviders().AddProvider(Log).AddFilter("Microsoft", LogLevel.Error);
        builder.Services.AddHealthChecks();
        builder.AddStorage();
        builder.AddLedger();
        builder.AddRelay();
        host = builder.Build();
        // What the service does when it starts; a step of the relay needs no more.
        host.Services.GetRequiredService<LedgerReplica>().StartAsync(Ct).GetAwaiter().GetResult();
    }

    public LogLines Log { get; } = new();

    public RelayWorker Worker => host.Services.GetRequiredService<RelayWorker>();

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A SQLite ledger whose writers wait one second for each other, and then say that it cannot be written.</summary>
    public static LedgerDatabase NewDatabase() => LedgerDatabase.CreateSqlite("Default Timeout=1");

    public Task StartAsync() => host.StartAsync(Ct);

    public Task StopAsync() => host.StopAsync(Ct);

    public Task<HealthReport> HealthAsync() => host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Ct);

    /// <summary>Appends entries that this partner must be told of, and returns the events as the feed would serve them.</summary>
    public List<PartnerEvent> Append(string partner, int count, string type = "correction.completed")
    {
        var before = Last(partner);
        AppendTold(count, _ => [partner], type);
        return Feed(partner, before, count);
    }

    /// <summary>Appends entries that each tell several partners.</summary>
    public void AppendTold(int count, Func<int, string[]> partners, string type = "correction.completed")
    {
        var member = SubjectRef.Member(MemberId);
        var told = Enumerable.Range(0, count).Select(partners).ToList();
        var appender = ledger.Services.GetRequiredService<LedgerAppender>();
        appender.AppendAsync(
            new LedgerCommand
            {
                Subjects = [member],
                Decide = context => new Decision(
                    [
                        .. told.SelectMany(p => p).Distinct().Where(p => context.Catalog.FindPartner(p) is null).Select(p => new NewEntry(new PartnerRegistered(Registered(p)))),
                        .. told.Select(p => Entry(context.Member(member).Subject, p, type, context.Now)),
                    ],
                    _ => new(201, "")),
                Render = (reply, position) => new Answer(reply.Status, "", position),
            },
            Ct).GetAwaiter().GetResult();
        // Another process wrote: what the relay's own signal would have told, it finds at its next look.
        host.Services.GetRequiredService<LedgerSignal>().Raise();
    }

    public List<PartnerEvent> Feed(string partner, long after, int limit) =>
        [.. ledger.Services.GetRequiredService<PartnerEvents>().ReadAsync(partner, after, limit, Ct).GetAwaiter().GetResult()];

    public long PublishedTo(string partner) => Query(c => c.RelayCursors.Where(r => r.Partner == partner).Sum(r => r.Sequence));

    /// <summary>What this partner answered: event, outcome, and the note as it was sealed.</summary>
    public List<(Guid EventId, AcknowledgementOutcome Outcome)> Answers(string partner) => Query(c => c.Deliveries
        .Where(d => d.Partner == partner && d.Outcome != null).OrderBy(d => d.Sequence).ToList().ConvertAll(d => (d.EventId, d.Outcome!.Value)));

    public async Task AskAgainAsync(PartnerEvent again) =>
        Assert.Equal(System.Net.HttpStatusCode.Created, (await ledger.Client().PostReplyAsync($"/v1/deliveries/{again.Id}/redelivery", body: null)).Status);

    public bool IsAskedAgain(PartnerEvent again) => Query(c => c.Deliveries.Single(d => d.EventId == again.Id).RedeliveryRequested);

    /// <summary>Keeps every writer out of the ledger for as long as the returned connection is open.</summary>
    public async Task<IAsyncDisposable> LockLedgerAsync()
    {
        var connection = new Microsoft.Data.Sqlite.SqliteConnection(database.Connection + ";Pooling=False");
        await connection.OpenAsync(Ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync(Ct);
        return connection;
    }

    public async Task<T> AsAdminAsync<T>(Func<IChannel, Task<T>> act)
    {
        await using var connection = await new ConnectionFactory { Uri = admin }.CreateConnectionAsync(Ct);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Ct);
        return await act(channel);
    }

    /// <summary>Everything in a queue, oldest first; it is gone from there afterwards.</summary>
    public Task<List<BasicGetResult>> TakeAllAsync(string queue) => AsAdminAsync(async channel =>
    {
        var taken = new List<BasicGetResult>();
        while (await channel.BasicGetAsync(queue, autoAck: true, Ct) is { } message) taken.Add(message);
        return taken;
    });

    public static long SequenceOf(ReadOnlyMemory<byte> body) =>
        long.Parse(System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("sequence").GetString()!, System.Globalization.CultureInfo.InvariantCulture);

    public static async Task UntilAsync(Func<bool> reached, int seconds, string what)
    {
        for (var i = 0; i < seconds * 20; i++)
        {
            if (reached()) return;
            await Task.Delay(50, Ct);
        }
        Assert.Fail("Not reached: " + what);
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        if (host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        await ledger.DisposeAsync();
        if (ownsDatabase) database.Dispose();
    }

    private static Partner Registered(string code) => new()
    {
        Code = code,
        Kind = PartnerKind.Processor,
        Name = new() { Ko = code, En = code },
        Purposes = [new() { Purpose = "delivery", LegalBasis = LegalBasis.Contract, Items = ["mobile"] }],
    };

    private static NewEntry Entry(Guid subject, string[] partners, string type, DateTimeOffset now) => new(
        type == "consent.withdrawn"
            ? new ConsentWithdrawn { Purpose = "email_marketing", OccurredAt = now, Actor = new() { Kind = ActorKind.Member }, Channel = Channel.Web }
            : new CorrectionCompleted { CorrectionId = Guid.CreateVersion7(now), Items = ["mobile"] })
    {
        Subject = subject,
        Recipients = [.. partners.Select(partner => new NewRecipient(partner, type) { Items = ["mobile"] })],
    };

    private long Last(string partner) => Query(c => c.Deliveries.Where(d => d.Partner == partner).Max(d => (long?)d.Sequence) ?? 0);

    private T Query<T>(Func<LedgerDbContext, T> query) => ledger.QueryAsync(c => Task.FromResult(query(c))).GetAwaiter().GetResult();
}

public sealed class LogLines : ILoggerProvider
{
    public ConcurrentQueue<(LogLevel Level, string Category, string Text)> Lines { get; } = new();

    public int Count(string text) => Lines.Count(line => line.Text.Contains(text, StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogLines lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Lines.Enqueue((logLevel, category, formatter(state, exception) + (exception is null ? "" : " " + exception)));
    }
}
