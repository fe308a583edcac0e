using System.Reflection;
using ConsentLedger.Partners;
using ConsentLedger.Tests.Hosting;

namespace ConsentLedger.Tests.Partners;

/// <summary>What partners read about events says all that there are.</summary>
public sealed class AsyncApiTests
{
    [Fact]
    public async Task Every_event_type_is_described_and_no_other()
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(OpenApiDocumentTests.Root(), "asyncapi.yaml"), TestContext.Current.CancellationToken);
        var described = lines.Where(l => l.StartsWith("      name: ", StringComparison.Ordinal)).Select(l => l["      name: ".Length..]).Where(n => n.Contains('.', StringComparison.Ordinal));
        var sent = typeof(EventTypes).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!);
        Assert.Equal(sent.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }
}
