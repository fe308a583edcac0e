using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ConsentLedger.Benchmarks;

/// <summary>What one window measured.</summary>
/// <param name="Operations">Answers with status 200 or 201.</param>
/// <param name="Elapsed">Wall time.</param>
/// <param name="Latencies">Of each answer, sorted.</param>
public sealed record Window(long Operations, TimeSpan Elapsed, TimeSpan[] Latencies)
{
    public double Rate => Operations / Elapsed.TotalSeconds;

    public double Percentile(double p) => Latencies[(int)(p * (Latencies.Length - 1))].TotalMicroseconds;
}

/// <summary>
/// A closed loop of connections over plain sockets: each sends the next prepared request when the last is answered. As light as
/// possible, because it takes its share of the same processors.
/// </summary>
public sealed class LoadGenerator(IPEndPoint server, int connections)
{
    public async Task<Window> RunAsync(IReadOnlyList<byte[]> requests, TimeSpan duration)
    {
        var since = Stopwatch.GetTimestamp();
        var until = since + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var latencies = await Task.WhenAll(Enumerable.Range(0, connections).Select(c => Task.Run(() => LoopAsync(requests, c, until))));
        var elapsed = Stopwatch.GetElapsedTime(since);
        TimeSpan[] sorted = [.. latencies.SelectMany(l => l).Order()];
        return new(sorted.Length, elapsed, sorted);
    }

    public static byte[] Request(string path, string token, string body) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    private async Task<List<TimeSpan>> LoopAsync(IReadOnlyList<byte[]> requests, int start, long until)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        var latencies = new List<TimeSpan>(16_384);
        var buffer = new byte[256 * 1024];
        // Connections start apart, so that they do not all ask for the same member at once.
        for (var i = start * requests.Count / connections; Stopwatch.GetTimestamp() < until; i++)
        {
            var sent = Stopwatch.GetTimestamp();
            await socket.SendAsync(requests[i % requests.Count]);
            await ReadAnswerAsync(socket, buffer);
            latencies.Add(Stopwatch.GetElapsedTime(sent));
        }

        return latencies;
    }

    private static async Task ReadAnswerAsync(Socket socket, byte[] buffer)
    {
        var length = 0;
        int expected;
        while (!TryMeasure(buffer.AsSpan(0, length), out expected) || length < expected)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length));
            if (read == 0)
                throw new InvalidOperationException("The server closed the connection.");
            length += read;
        }
    }

    private static bool TryMeasure(ReadOnlySpan<byte> answer, out int expected)
    {
        expected = 0;
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        if (!answer.StartsWith("HTTP/1.1 20"u8))
            throw new InvalidOperationException($"The server answered: {Encoding.UTF8.GetString(answer[..Math.Min(answer.Length, 300)])}");
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
}
