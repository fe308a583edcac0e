using System.Reflection;
using System.Text.RegularExpressions;
using ConsentLedger.Tests.Harness;

namespace ConsentLedger.Tests.Hosting;

/// <summary>The table of clauses in the README names tests that there are, and that run on both stores.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task Every_clause_of_the_policy_has_a_test_that_runs_on_both_stores()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(OpenApiDocumentTests.Root(), "README.md"), TestContext.Current.CancellationToken);
        var table = readme[readme.IndexOf("## The policy, clause by clause", StringComparison.Ordinal)..readme.IndexOf("## Where things are", StringComparison.Ordinal)];
        var rows = table.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToList();
        Assert.True(rows.Count > 30, $"{rows.Count} rows");
        foreach (var row in rows)
        {
            var named = TestName().Matches(row);
            Assert.True(named.Count > 0, $"no test in: {row}");
            foreach (Match name in named)
            {
                var type = typeof(ReadmeTests).Assembly.GetTypes().SingleOrDefault(t => t.Name == name.Groups["type"].Value);
                var test = type?.GetMethod(name.Groups["test"].Value, BindingFlags.Public | BindingFlags.Instance);
                Assert.True(test is not null, $"there is no test {name.Value}");
                Assert.True(test.GetParameters() is [{ ParameterType: var first }, ..] && first == typeof(Store), $"{name.Value} is not run on both stores");
            }
        }
    }

    [GeneratedRegex(@"`(?<type>[A-Za-z]+Tests)\.(?<test>[A-Za-z0-9_]+)`")]
    private static partial Regex TestName();
}
