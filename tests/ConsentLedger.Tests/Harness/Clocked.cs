using System.Globalization;
using ConsentLedger.Tests.Servers;
using Microsoft.Extensions.Time.Testing;

namespace ConsentLedger.Tests.Harness;

/// <summary>A clock that tests move, from noon in Seoul on. Timers run by the real one: nothing fires because a test moves it by years.</summary>
public sealed class TestClock() : FakeTimeProvider(DateTimeOffset.Parse("2026-11-25T03:00:00Z", CultureInfo.InvariantCulture))
{
    public static readonly TimeSpan Tick = TimeSpan.FromMicroseconds(1);

    private static readonly TimeSpan Seoul = TimeSpan.FromHours(9);

    public DateTimeOffset Now => GetUtcNow();

    /// <summary>Today in Seoul.</summary>
    public DateOnly Today => DateOnly.FromDateTime(Now.ToOffset(Seoul).DateTime);

    /// <summary>Moves on to an instant that may not lie behind.</summary>
    public DateTimeOffset MoveTo(DateTimeOffset instant)
    {
        SetUtcNow(instant);
        return instant;
    }

    /// <summary>Moves on to the next time that it is this late in Seoul.</summary>
    public DateTimeOffset MoveTo(TimeOnly time)
    {
        var next = new DateTimeOffset(Today.ToDateTime(time), Seoul);
        return MoveTo(next < Now ? next.AddDays(1) : next);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime, period);
}

/// <summary>A service on each store with a clock of its own, for all tests of a class.</summary>
public sealed class ClockedLedgers : IAsyncDisposable
{
    private readonly Dictionary<Store, (TestClock Clock, Lazy<Task<LedgerService>> Service)> services;

    public ClockedLedgers(PostgresServer postgres) => services = Enum.GetValues<Store>().ToDictionary(store => store, store =>
    {
        var clock = new TestClock();
        return (clock, new Lazy<Task<LedgerService>>(() => LedgerService.StartAsync(store, postgres, clock)));
    });

    public async Task<(LedgerService Ledger, TestClock Clock)> On(Store store) => (await services[store].Service.Value, services[store].Clock);

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, service) in services.Values.Where(s => s.Service.IsValueCreated))
            await (await service.Value).DisposeAsync();
    }
}
