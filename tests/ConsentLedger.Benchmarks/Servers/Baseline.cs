using System.Text;
using ConsentLedger.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ConsentLedger.Benchmarks.Servers;

/// <summary>What any such service costs at least.</summary>
public static class Baseline
{
    /// <summary>A decision on three items, as the service answers it.</summary>
    private static readonly byte[] Answer = Encoding.UTF8.GetBytes(
        """{"decision":"permit","legalBasis":"consent","items":[{"item":"name","decision":"permit"},{"item":"phone","decision":"permit"},{"item":"mobile","decision":"permit"}],"reasons":[],"asOfPosition":12345}""");

    /// <summary>The same Kestrel, the same authentication and scopes, an answer of the same size that is always the same.</summary>
    public static async Task<int> ServeAsync(string address)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddBearerAuthentication();
        await using var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapPost("/v1/members/{memberId}/decisions", () => Results.Bytes(Answer, "application/json; charset=utf-8")).RequireScope(Scopes.DecisionsRead);
        app.MapGet("/readyz", () => "ready").AllowAnonymous();
        await app.RunAsync(address);
        return 0;
    }

    /// <summary>One route and nothing else.</summary>
    public static async Task<int> ServeBareAsync(string address)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        await using var app = builder.Build();
        app.MapGet("/readyz", () => "ready");
        await app.RunAsync(address);
        return 0;
    }
}
