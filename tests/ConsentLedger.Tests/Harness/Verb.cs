using System.Diagnostics;

namespace ConsentLedger.Tests.Harness;

/// <summary>A verb as an operator runs it: a process of its own, beside the service.</summary>
public static class Verb
{
    /// <summary>Answers what it said.</summary>
    public static async Task<string> RunAsync(string connection, int exitCode, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ConsentLedger.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Production", ["ConnectionStrings__Ledger"] = connection },
        })!;
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        var text = string.Concat(texts);
        Assert.True(process.ExitCode == exitCode, $"{arguments[0]} ended with {process.ExitCode} instead of {exitCode}:\n{text}");
        return text;
    }
}
