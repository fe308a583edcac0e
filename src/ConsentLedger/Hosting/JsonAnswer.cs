using System.Text.Json;

namespace ConsentLedger.Hosting;

/// <summary>200 with a short JSON body.</summary>
public sealed class JsonAnswer<T>(T body) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => JsonAnswer.WriteAsync(httpContext, body, "application/json; charset=utf-8");
}

public static class JsonAnswer
{
    /// <summary>Writes a short body, whose length is known, so that head and body leave in one packet; a chunked answer takes a second to say that it has ended.</summary>
    public static Task WriteAsync<T>(HttpContext http, T body, string contentType)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Options);
        var response = http.Response;
        response.ContentType = contentType;
        response.ContentLength = bytes.Length;
        return response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }
}
