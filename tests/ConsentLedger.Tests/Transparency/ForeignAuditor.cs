using System.Diagnostics;
using System.Runtime.CompilerServices;
using ConsentLedger.Tests.Transparency;

[assembly: AssemblyFixture(typeof(ForeignAuditor))]

namespace ConsentLedger.Tests.Transparency;

/// <summary>Builds checklog.go, once a run, and runs it: another language and library than ours, as an auditor would.</summary>
public sealed class ForeignAuditor : IDisposable
{
    // Debian's own Go and packages: a compiler that comes first in PATH may not know them.
    private const string Compiler = "/usr/bin/go";
    private const string Packages = "/usr/share/gocode";

    private readonly string folder = Directory.CreateTempSubdirectory("consent-ledger-go-").FullName;
    private readonly Lazy<Task<string>> program;

    public ForeignAuditor() => program = new(BuildAsync);

    /// <summary>Has the auditor check a ledger against a checkpoint that it kept.</summary>
    /// <returns>Its exit status, and what it printed and complained about.</returns>
    public async Task<(int Status, string Output)> CheckAsync(Uri ledger, string token, string vkey, string keptCheckpoint)
    {
        var kept = Path.Combine(folder, Path.GetRandomFileName());
        await File.WriteAllTextAsync(kept, keptCheckpoint);
        return await RunAsync(await program.Value, [ledger.ToString(), token, vkey, kept]);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<string> BuildAsync()
    {
        var built = Path.Combine(folder, "checklog");
        var (status, output) = await RunAsync(Compiler, ["build", "-o", built, Source()], new()
        {
            ["GO111MODULE"] = "off",
            ["GOPATH"] = Packages,
            ["GOCACHE"] = Path.Combine(folder, "cache"),
            ["HOME"] = folder,
            ["GOFLAGS"] = "",
            ["CGO_ENABLED"] = "0",
        });
        Assert.True(status == 0, output);
        return built;
    }

    private static async Task<(int Status, string Output)> RunAsync(string program, string[] arguments, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    private static string Source([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "checklog.go");
}
