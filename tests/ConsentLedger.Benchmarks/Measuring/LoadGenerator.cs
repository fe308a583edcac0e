using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ConsentLedger.Benchmarks.Measuring;

/// <summary>What one run of requests came to.</summary>
/// <param name="Elapsed">Wall time.</param>
/// <param name="Latencies">Of each answer with status 200 or 201, sorted.</param>
/// <param name="Refusals">Of each answer with status 503, sorted.</param>
public sealed record Load(TimeSpan Elapsed, TimeSpan[] Latencies, TimeSpan[] Refusals)
{
    public double Rate => Latencies.Length / Elapsed.TotalSeconds;

    /// <summary>In microseconds.</summary>
    public double Percentile(double p) => Of(Latencies, p);

    /// <summary>How long a refusal takes, in microseconds.</summary>
    public double RefusalPercentile(double p) => Of(Refusals, p);

    private static double Of(TimeSpan[] sorted, double p) => sorted.Length == 0 ? double.NaN : sorted[(int)(p * (sorted.Length - 1))].TotalMicroseconds;
}

/// <summary>A request as it goes over the wire. One with an idempotency key gets a key of its own each time that it is sent.</summary>
public sealed class PreparedRequest
{
    private const int KeyDigits = 18;
    private const string KeyHeader = "Idempotency-Key: ";

    private static long lastKey;

    private readonly byte[] bytes;
    private readonly int key;

    private PreparedRequest(string head, string body, bool withKey)
    {
        bytes = Encoding.UTF8.GetBytes($"{head}{(withKey ? KeyHeader + new string('0', KeyDigits) + "\r\n" : "")}\r\n{body}");
        key = withKey ? bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(KeyHeader)) + KeyHeader.Length : -1;
    }

    public static PreparedRequest Get(string path, string token) => new(Head("GET", path, token), "", withKey: false);

    /// <summary>A question: nothing is recorded.</summary>
    public static PreparedRequest Query(string path, string token, string body) => new(Head("POST", path, token) + Length(body), body, withKey: false);

    /// <summary>Something to record, with <c>Idempotency-Key</c>.</summary>
    public static PreparedRequest Command(string path, string token, string body) => new(Head("POST", path, token) + Length(body), body, withKey: true);

    /// <summary>The bytes to send next, in a buffer of the caller's where they differ each time.</summary>
    public ReadOnlyMemory<byte> Next(ref byte[] buffer)
    {
        if (key < 0)
            return bytes;
        if (buffer.Length < bytes.Length)
            buffer = new byte[bytes.Length];
        bytes.CopyTo(buffer, 0);
        Utf8Formatter.TryFormat(Interlocked.Increment(ref lastKey), buffer.AsSpan(key, KeyDigits), out _, new('D', KeyDigits));
        return buffer.AsMemory(0, bytes.Length);
    }

    private static string Head(string method, string path, string token) => $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n";

    private static string Length(string body) => $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n";
}

/// <summary>
/// Connections over plain sockets: each sends the next prepared request when the last is answered, or at its time where a rate is
/// asked for. As light as possible, because it takes its share of the same processors: buffers are as small as what goes through them,
/// and kept. Each run goes on where the one before it ended.
/// </summary>
public sealed class LoadGenerator
{
    private readonly IPEndPoint server;
    private readonly IReadOnlyList<PreparedRequest> requests;
    private readonly int[] next;
    private readonly Buffers[] buffers;

    public LoadGenerator(IPEndPoint server, int connections, IReadOnlyList<PreparedRequest> requests)
    {
        (this.server, this.requests) = (server, requests);
        // Connections start apart, so that they do not all ask for the same member at once.
        next = [.. Enumerable.Range(0, connections).Select(c => (int)((long)c * requests.Count / connections))];
        buffers = [.. next.Select(_ => new Buffers())];
    }

    /// <summary>As much as goes in the time.</summary>
    public Task<Load> RunAsync(TimeSpan length) => RunAsync(new Limits(length, long.MaxValue, null));

    /// <summary>As much as goes in the time, but not more than so many requests.</summary>
    public Task<Load> RunAsync(TimeSpan length, long count) => RunAsync(new Limits(length, count, null));

    /// <summary>So many requests, however long they take.</summary>
    public Task<Load> RunAsync(long count) => RunAsync(new Limits(TimeSpan.FromHours(1), count, null));

    /// <summary>
    /// So many a second, whether they are answered in time or not: a request that has to wait for its connection counts from when it
    /// was due.
    /// </summary>
    public Task<Load> RunAtAsync(TimeSpan length, double rate) => RunAsync(new Limits(length, long.MaxValue, rate, Refusals: true));

    private async Task<Load> RunAsync(Limits limits)
    {
        // The clock starts when all are connected.
        var sockets = await Task.WhenAll(next.Select(_ => ConnectAsync()));
        var run = new Run(limits, next.Length);
        var latencies = await Task.WhenAll(sockets.Select((socket, c) => Task.Run(() => LoopAsync(socket, c, run))));
        var elapsed = Stopwatch.GetElapsedTime(run.Since);
        TimeSpan[] Sorted(Func<(List<TimeSpan> Answered, List<TimeSpan> Refused), List<TimeSpan>> some) => [.. latencies.SelectMany(some).Order()];
        return new(elapsed, Sorted(l => l.Answered), Sorted(l => l.Refused));
    }

    private async Task<(List<TimeSpan> Answered, List<TimeSpan> Refused)> LoopAsync(Socket connected, int connection, Run run)
    {
        using var socket = connected;
        var (answered, refused) = (new List<TimeSpan>(1024), new List<TimeSpan>());
        var own = buffers[connection];
        for (var i = 0; await run.AwaitTurnAsync(connection, i) is { } due; i++)
        {
            var request = requests[next[connection]];
            next[connection] = (next[connection] + 1) % requests.Count;
            await socket.SendAsync(request.Next(ref own.Request));
            var taken = await ReadAnswerAsync(socket, own, run.Refusals);
            (taken ? answered : refused).Add(Stopwatch.GetElapsedTime(due));
        }

        return (answered, refused);
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        return socket;
    }

    /// <returns>False for a 503.</returns>
    private static async Task<bool> ReadAnswerAsync(Socket socket, Buffers own, bool refusals)
    {
        var length = 0;
        int expected;
        while (!TryMeasure(own.Answer.AsSpan(0, length), refusals, out expected) || length < expected)
        {
            if (length == own.Answer.Length)
                Array.Resize(ref own.Answer, 2 * length);
            var read = await socket.ReceiveAsync(own.Answer.AsMemory(length));
            if (read == 0)
                throw new IOException("The server closed the connection.");
            length += read;
        }

        return !IsRefusal(own.Answer);
    }

    private static bool IsRefusal(ReadOnlySpan<byte> answer) => answer.StartsWith("HTTP/1.1 503"u8);

    private static bool TryMeasure(ReadOnlySpan<byte> answer, bool refusals, out int expected)
    {
        expected = 0;
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        if (!answer.StartsWith("HTTP/1.1 20"u8) && !(refusals && IsRefusal(answer)))
            throw new InvalidOperationException($"The server answered: {Encoding.UTF8.GetString(answer[..Math.Min(answer.Length, 600)])}");
        var at = answer.IndexOf("Content-Length: "u8);
        if (at >= 0 && at < end && Utf8Parser.TryParse(answer[(at + 16)..], out int body, out _))
        {
            expected = end + 4 + body;
            return true;
        }

        // Chunked: complete with the last, empty chunk.
        expected = answer.Length;
        return answer.EndsWith("\r\n0\r\n\r\n"u8);
    }

    private sealed class Buffers
    {
        public byte[] Request = [];
        public byte[] Answer = new byte[4096];
    }

    private sealed record Limits(TimeSpan Length, long Count, double? Rate, bool Refusals = false);

    private sealed class Run(Limits limits, int connections)
    {
        private readonly long until = Stopwatch.GetTimestamp() + (long)(limits.Length.TotalSeconds * Stopwatch.Frequency);
        private long taken;

        public long Since { get; } = Stopwatch.GetTimestamp();

        public bool Refusals => limits.Refusals;

        /// <summary>When the connection's next request is due, or null when the run is over.</summary>
        public async ValueTask<long?> AwaitTurnAsync(int connection, int i)
        {
            if (limits.Rate is { } rate)
            {
                var due = Since + (long)((i + ((double)connection / connections)) * connections / rate * Stopwatch.Frequency);
                if (due >= until)
                    return null;
                var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait);
                // A timer that comes early or late is not the server's doing; a connection that is still busy is.
                return wait > TimeSpan.Zero ? Stopwatch.GetTimestamp() : due;
            }

            var now = Stopwatch.GetTimestamp();
            return now < until && Interlocked.Increment(ref taken) <= limits.Count ? now : null;
        }
    }
}
