using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace ConsentLedger.Benchmarks;

/// <summary>
/// Two replicas under load. What one of them has answered as withdrawn, held or suspended, the other must not permit: from the answer
/// on until the opposite is asked for. Members are forbidden and allowed again by many writers; readers ask about them all the time,
/// one by one right after the answer and by the hundred.
/// </summary>
public sealed class Staleness : IDisposable
{
    private const int Members = 4000;
    private const int Writers = 24;
    private const int Readers = 8;
    private const int InOneRequest = 200;
    private const int RightAfter = 3;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    private readonly HttpClient[] replicas;
    private readonly long target;
    private readonly Subject[] members = [.. Enumerable.Range(0, Members).Select(m => new Subject($"m-{m}"))];
    private long checks, violations, permits, withdrawals, holds, suspensions;

    private Staleness(HttpClient[] replicas, long target) => (this.replicas, this.target) = (replicas, target);

    private bool Done => Interlocked.Read(ref checks) >= target;

    public static async Task<int> RunAsync(long target)
    {
        await using var postgres = await PostgresServer.StartAsync();
        var ledger = await postgres.CreateDatabaseAsync();
        await using var one = await ServerProcess.ServiceAsync(ledger);
        await using var other = await ServerProcess.ServiceAsync(ledger);
        const string Scopes = "consents:write provisions:write decisions:read rights:write";
        using var staleness = new Staleness([one.Client(Scopes), other.Client(Scopes)], target);
        return await staleness.CheckAsync(ledger);
    }

    public void Dispose()
    {
        foreach (var replica in replicas)
            replica.Dispose();
    }

    private async Task<int> CheckAsync(string ledger)
    {
        await Parallel.ForEachAsync(members, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (member, ct) => await ConsentAsync(0, member));
        await PostgresServer.SettleAsync(ledger);
        using var end = new CancellationTokenSource(Longest);
        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(
        [
            .. Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriteAsync(w, end.Token))),
            .. Enumerable.Range(0, Readers).Select(r => Task.Run(() => ReadAsync(r, end.Token))),
            Task.Run(() => TellAsync(end.Token)),
        ]);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"staleness checks={checks} violations={violations} withdrawals={withdrawals} holds={holds} suspensions={suspensions} permits_between={permits} seconds={Stopwatch.GetElapsedTime(since).TotalSeconds:0}"));
        // Without a permit in between nothing was checked: everything may simply have been denied.
        return violations == 0 && permits > 0 && Done ? 0 : 1;
    }

    private async Task TellAsync(CancellationToken ct)
    {
        using var progress = new Loading.Progress(target);
        while (!Done && !ct.IsCancellationRequested)
        {
            progress.Report(Interlocked.Read(ref checks));
            await Task.Delay(200, CancellationToken.None);
        }
    }

    // Each writer has members of its own, so that it knows what is in force; the replica that is told changes with every turn.
    private async Task WriteAsync(int writer, CancellationToken ct)
    {
        var mine = members.Where((_, i) => i % Writers == writer).ToArray();
        var inForce = new Queue<(Subject Member, Func<int, Task> AllowAsync)>();
        for (var turn = 0; !Done && !ct.IsCancellationRequested; turn++)
        {
            var member = mine[turn % mine.Length];
            var told = turn % 2;
            var allow = await ForbidAsync(told, member, (turn / mine.Length) + turn);
            member.Forbidden();
            for (var i = 0; i < RightAfter; i++)
                await AskAsync(1 - told, member);
            inForce.Enqueue((member, allow));
            // About a quarter of the members are forbidden at any time.
            if (inForce.Count < mine.Length / 4)
                continue;
            var (released, allowAsync) = inForce.Dequeue();
            released.Allowing();
            await allowAsync(told);
            if (turn % 10 == 0 && await IsPermittedAsync(1 - told, released))
                Interlocked.Increment(ref permits);
        }
    }

    private async Task ReadAsync(int reader, CancellationToken ct)
    {
        for (var turn = 0; !Done && !ct.IsCancellationRequested; turn++)
        {
            var start = (int)(((long)turn * InOneRequest) + (reader * Members / Readers)) % Members;
            var asked = Enumerable.Range(start, InOneRequest).Select(i => members[i % Members]).ToArray();
            var before = Array.ConvertAll(asked, m => m.Version);
            var outcomes = await DecideAsync((reader + turn) % 2, asked);
            for (var i = 0; i < asked.Length; i++)
                Count(asked[i], before[i], outcomes[i]);
        }
    }

    private async Task AskAsync(int replica, Subject member)
    {
        var before = member.Version;
        Count(member, before, await IsPermittedAsync(replica, member));
    }

    // Forbidden before it was asked, and nobody had begun to allow it again when the answer was there.
    private void Count(Subject member, long before, bool permitted)
    {
        if (!Subject.IsForbidden(before) || member.Version != before)
            return;
        Interlocked.Increment(ref checks);
        if (!permitted)
            return;
        Interlocked.Increment(ref violations);
        Console.Error.WriteLine($"{member.Id}: permitted though forbidden ({member.Reason})");
    }

    private async Task<Func<int, Task>> ForbidAsync(int replica, Subject member, int kind)
    {
        switch (kind % 3)
        {
            case 0:
                Interlocked.Increment(ref withdrawals);
                member.Reason = "withdrawal";
                await PostAsync(replica, $"/v1/members/{member.Id}/withdrawals", """{"purposes":["email_marketing"],"actor":{"kind":"member"},"channel":"web"}""");
                return r => ConsentAsync(r, member);
            case 1:
                Interlocked.Increment(ref holds);
                member.Reason = "hold";
                var correction = await PostAsync(replica, $"/v1/members/{member.Id}/corrections", """{"items":["mobile"],"actor":{"kind":"member"},"channel":"web"}""");
                return r => PostAsync(r, $"/v1/corrections/{correction.GetProperty("id").GetGuid()}/completion", """{"values":{"mobile":"010-1234-5678"}}""");
            default:
                Interlocked.Increment(ref suspensions);
                member.Reason = "suspension";
                var suspension = await PostAsync(replica, $"/v1/members/{member.Id}/suspensions", """{"actor":{"kind":"member"},"channel":"web"}""");
                return r => PostAsync(r, $"/v1/suspensions/{suspension.GetProperty("id").GetGuid()}/lifting", """{"actor":{"kind":"member"},"channel":"web"}""");
        }
    }

    private Task<JsonElement> ConsentAsync(int replica, Subject member) => PostAsync(replica, $"/v1/members/{member.Id}/consents", Rows.Shop.Choice("email_marketing", granted: true));

    private async Task<bool> IsPermittedAsync(int replica, Subject member)
    {
        var answer = await PostAsync(replica, $"/v1/members/{member.Id}/decisions", """{"partner":"areumnet","purpose":"email_marketing","items":["name","mobile"]}""");
        return answer.GetProperty("decision").GetString() == "permit";
    }

    private async Task<bool[]> DecideAsync(int replica, Subject[] asked)
    {
        var answer = await PostAsync(
            replica, "/v1/decisions",
            $$"""{"members":[{{string.Join(',', asked.Select(m => $"\"{m.Id}\""))}}],"partner":"areumnet","purpose":"email_marketing","items":["name","mobile"]}""");
        return [.. answer.GetProperty("decisions").EnumerateArray().Select(d => d.GetProperty("decision").GetString() == "permit")];
    }

    private async Task<JsonElement> PostAsync(int replica, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await replicas[replica].PostAsync(new Uri(path, UriKind.Relative), content);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>A member, and whether it is forbidden: odd from the answer that forbids on, even from the request that allows.</summary>
    private sealed class Subject(string id)
    {
        private long version;

        public string Id => id;

        public string Reason { get; set; } = "";

        public long Version => Interlocked.Read(ref version);

        public static bool IsForbidden(long version) => version % 2 == 1;

        public void Forbidden() => Interlocked.Increment(ref version);

        public void Allowing() => Interlocked.Increment(ref version);
    }
}
