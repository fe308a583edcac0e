using System.Text.Json;

namespace ConsentLedger.Hosting;

/// <summary>200 with a short JSON body. Its length is known, so that head and body leave in one packet; a chunked answer takes a second to say that it has ended.</summary>
public sealed class JsonAnswer<T>(T body) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Options);
        var response = httpContext.Response;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = bytes.Length;
        return response.Body.WriteAsync(bytes, httpContext.RequestAborted).AsTask();
    }
}
