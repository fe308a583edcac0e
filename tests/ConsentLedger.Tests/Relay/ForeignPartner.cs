using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace ConsentLedger.Tests.Relay;

/// <summary>Runs partner.py: Python with pika, as a partner would.</summary>
public sealed record ForeignPartner(Uri Address)
{
    public async Task<List<JsonElement>> ReadAsync(string queue, int count) => await RunAsync([], "read", queue, count.ToString(CultureInfo.InvariantCulture));

    public Task<JsonElement> AcknowledgeAsync(string body, string userId = "-", string contentType = "-") =>
        WriteAsync("consent-ledger.acknowledgements", "", body, userId, contentType);

    public async Task<JsonElement> WriteAsync(string exchange, string routingKey, string body, string userId = "-", string contentType = "-") =>
        (await RunAsync(Encoding.UTF8.GetBytes(body), "write", exchange, routingKey, userId, contentType)).Single();

    public async Task<JsonElement> DeclareAsync(string queue) => (await RunAsync([], "declare", queue)).Single();

    private async Task<List<JsonElement>> RunAsync(byte[] input, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[ScriptPath(), Address.ToString(), .. arguments]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string ScriptPath([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "partner.py");
}
