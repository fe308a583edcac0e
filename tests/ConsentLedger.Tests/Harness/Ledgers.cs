using System.Reflection;
using ConsentLedger.Tests.Servers;
using Xunit.Sdk;
using Xunit.v3;

namespace ConsentLedger.Tests.Harness;

/// <summary>One service on each store for all tests of a class, which keep apart by the members and partners that they use.</summary>
public sealed class Ledgers : IAsyncDisposable
{
    private readonly Dictionary<Store, Lazy<Task<LedgerService>>> services;

    public Ledgers(PostgresServer postgres) =>
        services = Enum.GetValues<Store>().ToDictionary(store => store, store => new Lazy<Task<LedgerService>>(() => LedgerService.StartAsync(store, postgres)));

    /// <summary>The service on this store, started by the first test that asks.</summary>
    public Task<LedgerService> On(Store store) => services[store].Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var service in services.Values.Where(s => s.IsValueCreated))
            await (await service.Value).DisposeAsync();
    }
}

/// <summary>Runs a test once on each store, for each of the given cases if there are any.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BothStoresAttribute(params object?[] cases) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) => new(
    [
        .. from store in Enum.GetValues<Store>()
           from row in cases.Length == 0 ? [[store]] : cases.Select(c => new object?[] { store, c })
           select new TheoryDataRow(row),
    ]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
