using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace ConsentLedger.Tests.Transparency;

/// <summary>Stands before a ledger and changes some of its answers.</summary>
public sealed class SpoilingProxy : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient ledger;

    private SpoilingProxy(WebApplication app, HttpClient ledger) => (this.app, this.ledger) = (app, ledger);

    public Uri Address => new(app.Urls.Single());

    /// <param name="ledger">A client of the ledger.</param>
    /// <param name="spoil">Path, query and body in; the body that is passed on out.</param>
    public static async Task<SpoilingProxy> StartAsync(HttpClient ledger, Func<string, byte[], byte[]> spoil)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var proxy = new SpoilingProxy(builder.Build(), ledger);
        proxy.app.Run(async http =>
        {
            var path = http.Request.Path + http.Request.QueryString.Value;
            using var answer = await ledger.GetAsync(new Uri(path, UriKind.Relative), http.RequestAborted);
            http.Response.StatusCode = (int)answer.StatusCode;
            await http.Response.Body.WriteAsync(spoil(path, await answer.Content.ReadAsByteArrayAsync(http.RequestAborted)), http.RequestAborted);
        });
        await proxy.app.StartAsync(TestContext.Current.CancellationToken);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        ledger.Dispose();
    }
}
