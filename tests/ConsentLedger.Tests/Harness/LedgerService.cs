using System.Net.Http.Headers;
using ConsentLedger.Ledger.Verification;
using ConsentLedger.Storage;
using ConsentLedger.Tests.Servers;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ConsentLedger.Tests.Harness;

/// <summary>The two stores: every test of the service runs on both.</summary>
public enum Store
{
    Sqlite,
    Postgres,
}

/// <summary>Where one test keeps its ledger; several services may share it when it is PostgreSQL.</summary>
public sealed class LedgerDatabase : IDisposable
{
    private readonly string folder;

    private LedgerDatabase(string connection, string folder) => (Connection, this.folder) = (connection, folder);

    public string Connection { get; }

    /// <summary>Where the ledger's services find the keys that sign its checkpoints.</summary>
    public string SigningKeyFile => Path.Combine(folder, "signing-key.pem");

    public static async Task<LedgerDatabase> CreateAsync(Store store, PostgresServer postgres) =>
        store == Store.Postgres ? new(await postgres.CreateDatabaseAsync(), NewFolder()) : CreateSqlite();

    /// <summary>A ledger that is there, as one of its users.</summary>
    public static LedgerDatabase At(string connection) => new(connection, NewFolder());

    public static LedgerDatabase CreateSqlite(string settings = "")
    {
        var folder = NewFolder();
        return new($"Data Source={Path.Combine(folder, "ledger.db")};{settings}", folder);
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    private static string NewFolder() => Directory.CreateTempSubdirectory("consent-ledger-").FullName;
}

/// <summary>The service in this process, on real sockets and a real store. Ends every test by verifying the ledger.</summary>
public sealed class LedgerService : WebApplicationFactory<Program>
{
    private readonly Dictionary<string, string?> settings;
    private readonly TimeProvider time;
    private readonly LedgerDatabase database;
    private readonly bool ownsDatabase;

    private LedgerService(LedgerDatabase database, bool ownsDatabase, Dictionary<string, string?> settings, TimeProvider? time)
    {
        (this.database, this.ownsDatabase, this.settings, this.time) = (database, ownsDatabase, settings, time ?? DaytimeClock.Instance);
        UseKestrel(0);
    }

    /// <summary>Starts a service on a fresh ledger of its own.</summary>
    public static async Task<LedgerService> StartAsync(
        Store store, PostgresServer postgres, TimeProvider? time = null, params (string Key, string? Value)[] settings) =>
        Start(await LedgerDatabase.CreateAsync(store, postgres), ownsDatabase: true, time, settings);

    /// <summary>Starts one of several services on a ledger that the caller keeps.</summary>
    public static LedgerService Start(LedgerDatabase database, TimeProvider? time = null, params (string Key, string? Value)[] settings) =>
        Start(database, ownsDatabase: false, time, settings);

    /// <summary>A client with a token for these scopes; one with no scope has no token.</summary>
    public HttpClient Client(string scopes, string? partner = null, string subject = "test")
    {
        var client = CreateClient();
        if (scopes.Length > 0)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.Create(scopes, partner, subject));
        return client;
    }

    /// <summary>A client that may do everything but be a partner.</summary>
    public HttpClient Client() => Client(Tokens.AllScopes);

    public HttpClient Partner(string code) => Client("partner", code);

    /// <summary>What must always hold (design, section 8): positions without a gap, hashes, states and deliveries as the entries say.</summary>
    public async Task VerifyAsync()
    {
        var findings = await Verifier().VerifyAsync(progress: null, CancellationToken.None);
        Assert.True(findings.Count == 0, string.Join('\n', findings.Select(f => $"position {f.Position}: {f.What}")));
    }

    /// <summary>One that folds a few entries at a time, so that even a short ledger has many buckets.</summary>
    public LedgerVerifier Verifier() =>
        new(Services.GetRequiredService<ILedgerStore>(), Services.GetRequiredService<IDbContextFactory<LedgerDbContext>>(), entriesInBucket: 4);

    public async Task<T> QueryAsync<T>(Func<LedgerDbContext, Task<T>> query)
    {
        await using var context = await Services.GetRequiredService<IDbContextFactory<LedgerDbContext>>().CreateDbContextAsync();
        return await query(context);
    }

    /// <summary>Ends it without verifying: for a test that has spoilt its ledger.</summary>
    public ValueTask EndAsync() => base.DisposeAsync();

    public override async ValueTask DisposeAsync()
    {
        await VerifyAsync();
        await base.DisposeAsync();
        if (ownsDatabase)
            database.Dispose();
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("ConnectionStrings:Ledger", database.Connection);
        builder.UseSetting("Ledger:SigningKeyFile", database.SigningKeyFile);
        foreach (var (key, value) in Tokens.Settings)
            builder.UseSetting(key, value);
        // Tests take the workers' steps themselves: nothing is appended between two looks at the head.
        builder.UseSetting("Ledger:ObligationInterval", "1.00:00:00");
        builder.UseSetting("Ledger:CheckpointInterval", "1.00:00:00");
        foreach (var (key, value) in settings)
            builder.UseSetting(key, value);
        builder.UseSetting("Logging:LogLevel:Default", "Warning");
        builder.ConfigureTestServices(services => services.AddSingleton(time));
    }

    private static LedgerService Start(LedgerDatabase database, bool ownsDatabase, TimeProvider? time, (string Key, string? Value)[] settings)
    {
        var service = new LedgerService(database, ownsDatabase, settings.ToDictionary(s => s.Key, s => s.Value), time);
        service.StartServer();
        return service;
    }
}
