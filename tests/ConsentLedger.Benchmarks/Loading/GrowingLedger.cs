namespace ConsentLedger.Benchmarks.Loading;

/// <summary>A clock that goes with the ledger: the entries of a load are spread evenly over some days and end now.</summary>
public sealed class LoadClock(DateTimeOffset from, DateTimeOffset to, long entries) : TimeProvider
{
    private long position;

    public override DateTimeOffset GetUtcNow() => from + ((to - from) * Math.Min(1, (double)Interlocked.Read(ref position) / entries));

    public void MoveTo(long entry) => Interlocked.Exchange(ref position, entry);
}

/// <summary>A ledger that is loaded to one size after the other.</summary>
public sealed class GrowingLedger
{
    /// <summary>Shorter than any period after which the service would act on what was loaded.</summary>
    private static readonly TimeSpan Span = TimeSpan.FromDays(10);

    private const long FirstAnalysis = 2000;
    private const int DefaultSeed = 20261122;

    private readonly ShopLife life;
    private readonly LoadClock clock;

    private GrowingLedger(string ledger, long planned, int seed)
    {
        var now = TimeProvider.System.GetUtcNow();
        (ConnectionString, life, clock) = (ledger, new ShopLife(seed), new LoadClock(now - Span, now, planned));
    }

    public string ConnectionString { get; }

    /// <summary>How many entries it has.</summary>
    public long Entries { get; private set; }

    public static async Task<GrowingLedger> CreateAsync(PostgresServer postgres, long planned) => new(await postgres.CreateDatabaseAsync(), planned, DefaultSeed);

    /// <summary>Loads until there are at least so many entries; nothing when there are.</summary>
    public async Task GrowToAsync(long entries)
    {
        if (Entries >= entries)
            return;
        await using (var writer = await LedgerWriter.OpenAsync(ConnectionString, clock))
            await LoadAsync(writer, life, clock, entries);
        await PostgresServer.SettleAsync(ConnectionString);
        Entries = entries;
    }

    /// <summary>The command <c>load</c>: so many more entries into the ledger of the service's own settings.</summary>
    public static async Task<int> LoadAsync(long count, int seed, IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var now = TimeProvider.System.GetUtcNow();
        var clock = new LoadClock(now - Span, now, count);
        await using var writer = await LedgerWriter.OpenAsync(settings, clock);
        var start = writer.Position;
        await LoadAsync(writer, new ShopLife(seed), clock, start + count);
        Console.WriteLine($"{writer.Position - start} entries loaded, positions {start + 1} to {writer.Position}; {writer.Refused} commands refused");
        return 0;
    }

    private static async Task LoadAsync(LedgerWriter writer, ShopLife life, LoadClock clock, long entries)
    {
        var start = writer.Position;
        using var progress = new Progress(entries - start);
        var analyze = Math.Max(start, FirstAnalysis);
        // The last few thousand are still under way when the count is read: what is too much is not begun.
        while (writer.Position < entries)
        {
            for (var i = 0; i < 64; i++)
            {
                foreach (var happened in life.Next(writer.Position))
                    await writer.AppendAsync(happened.Member, happened.Decide);
            }

            if (entries - writer.Position < 20_000)
                await writer.SettleAsync();
            if (writer.Position >= analyze)
            {
                await writer.AnalyzeAsync();
                analyze = writer.Position * 4;
            }

            clock.MoveTo(writer.Position);
            progress.Report(writer.Position - start);
        }

        await writer.SettleAsync();
    }
}
