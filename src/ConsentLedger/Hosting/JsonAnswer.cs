using System.Text.Json;

namespace ConsentLedger.Hosting;

/// <summary>200 with a short JSON body.</summary>
public sealed class JsonAnswer<T>(T body) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => JsonAnswer.WriteAsync(httpContext, body, JsonAnswer.MediaType);
}

/// <summary>Writes short bodies, whose length is known, so that head and body leave in one packet; a chunked answer takes a second to say that it has ended.</summary>
public static class JsonAnswer
{
    public const string MediaType = "application/json; charset=utf-8";

    public static Task WriteAsync<T>(HttpContext http, T body, string contentType) =>
        WriteAsync(http, JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Options), contentType);

    /// <summary>A body that is JSON already.</summary>
    public static Task WriteAsync(HttpContext http, byte[] json, string contentType)
    {
        var response = http.Response;
        response.ContentType = contentType;
        response.ContentLength = json.Length;
        return response.Body.WriteAsync(json, http.RequestAborted).AsTask();
    }
}
