using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;

namespace ConsentLedger.Verify;

/// <summary>The service over HTTP. It is not trusted: answers are bounded, slow ones given up, redirections not followed.</summary>
internal sealed class LogClient : IDisposable
{
    /// <summary>Requests at a time.</summary>
    public const int Parallel = 8;

    private const int Attempts = 4;
    private const int MaxEntryLength = 16 * 1024 * 1024;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60); // for an answer, or for the next piece of a long one

    private readonly HttpClient http;
    private readonly string? token;
    private readonly TimeProvider time;

    public LogClient(Uri service, string? token, TimeProvider time)
    {
        (this.token, this.time) = (token, time);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // a token must not wander off to another host
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            MaxConnectionsPerServer = Parallel,
        };
        http = new(handler) { BaseAddress = new(service.AbsoluteUri.TrimEnd('/') + "/"), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.Add(new("consentledger-verify", null));
    }

    /// <summary>The bytes at a path; null where there is nothing (404).</summary>
    public Task<byte[]?> FindAsync(string path, int maxLength, CancellationToken ct) => AskAsync(path, async patience =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        Require(response, path);
        return await ReadAsync(response.Content, path, maxLength, patience);
    }, ct);

    /// <summary>The bytes at a path that every service has.</summary>
    public async Task<byte[]> GetAsync(string path, int maxLength, CancellationToken ct) =>
        await FindAsync(path, maxLength, ct) ?? throw VerifyException.Unreachable($"{Full(path)}: not found (404). Is this the address of a ConsentLedger?");

    /// <summary>Posts a text.</summary>
    /// <returns>The status and the answer.</returns>
    public async Task<(HttpStatusCode Status, byte[] Body)> PostAsync(string path, string text, int maxLength, CancellationToken ct)
    {
        var answer = await AskAsync(path, async patience =>
        {
            using var content = new StringContent(text);
            using var response = await http.PostAsync(new Uri(path, UriKind.Relative), content, patience);
            if (response.StatusCode >= HttpStatusCode.InternalServerError)
                Require(response, path);
            return Tuple.Create(response.StatusCode, await ReadAsync(response.Content, path, maxLength, patience));
        }, ct);
        return (answer!.Item1, answer.Item2);
    }

    /// <summary>The entries after a position, the exact bytes of each, as far as one answer reaches. Each is valid until the next.</summary>
    /// <exception cref="HttpRequestException">The connection broke; so do <see cref="IOException"/> and <see cref="TimeoutException"/>.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> EntriesAsync(long after, [EnumeratorCancellation] CancellationToken ct)
    {
        var path = $"v1/ledger/entries?after={after.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new("application/x-ndjson"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        Require(response, path);
        var reader = PipeReader.Create(await response.Content.ReadAsStreamAsync(patience.Token), new(bufferSize: 64 * 1024));
        while (true)
        {
            patience.CancelAfter(Patience);
            var read = await reader.ReadAsync(patience.Token);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                var line = rest.Slice(0, end);
                yield return line.IsSingleSegment ? line.First : line.ToArray();
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            if (rest.Length > MaxEntryLength)
                throw VerifyException.Unreachable($"{Full(path)}: a line is longer than {MaxEntryLength} bytes.");
            if (read.IsCompleted && !rest.IsEmpty)
                throw new IOException("the answer ends within a line");
            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
                yield break;
        }
    }

    /// <summary>Whether asking again may help.</summary>
    public static bool IsTransient(Exception e, CancellationToken ct) => e switch
    {
        HttpRequestException { StatusCode: { } status } => status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests
            or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout or HttpStatusCode.RequestTimeout,
        HttpRequestException or IOException => true,
        OperationCanceledException => !ct.IsCancellationRequested, // out of patience
        _ => false,
    };

    /// <summary>Waits before the next attempt, each time twice as long.</summary>
    /// <exception cref="VerifyException">There have been enough attempts, or another would not help.</exception>
    public async Task PauseAsync(int attempt, string path, Exception cause, CancellationToken ct)
    {
        if (attempt >= Attempts || !IsTransient(cause, ct))
            throw VerifyException.Unreachable($"{Full(path)}: {Reason(cause)}");
        await Task.Delay(FirstDelay * (1 << (attempt - 1)), time, ct);
    }

    public void Dispose() => http.Dispose();

    private async Task<T> AskAsync<T>(string path, Func<CancellationToken, Task<T>> ask, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
            patience.CancelAfter(Patience);
            try
            {
                return await ask(patience.Token);
            }
            catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
            {
                await PauseAsync(attempt, path, e, ct);
            }
        }
    }

    private void Require(HttpResponseMessage response, string path)
    {
        if (response.IsSuccessStatusCode)
            return;
        var status = response.StatusCode;
        if ((int)status is >= 300 and < 400)
            throw VerifyException.Unreachable($"{Full(path)}: redirected to {response.Headers.Location}, which is not followed. Give that address if it is the right one.");
        if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw VerifyException.Unreachable($"{Full(path)}: the token is not accepted ({(int)status}). It needs the scope ledger:read.");
        throw new HttpRequestException($"answered {(int)status}", inner: null, status);
    }

    private async Task<byte[]> ReadAsync(HttpContent content, string path, int maxLength, CancellationToken ct)
    {
        await using var stream = await content.ReadAsStreamAsync(ct);
        var bytes = new byte[maxLength + 1];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        return length <= maxLength ? bytes[..length] : throw VerifyException.Unreachable($"{Full(path)}: the answer is longer than {maxLength} bytes.");
    }

    private Uri Full(string path) => new(http.BaseAddress!, path);

    private static string Reason(Exception e) => e is OperationCanceledException ? $"no answer within {Patience.TotalSeconds:0} s" : e.Message;
}
