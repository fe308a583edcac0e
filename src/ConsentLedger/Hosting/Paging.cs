using System.Globalization;
using ConsentLedger.Ledger;
using Microsoft.AspNetCore.WebUtilities;

namespace ConsentLedger.Hosting;

/// <summary>The instant that a question about the past names.</summary>
internal static class PastInstant
{
    public static bool TryRead(string at, DateTimeOffset now, out DateTimeOffset instant, out Problem problem)
    {
        var parsed = Timestamps.TryParse(at, out instant);
        problem = Problems.Invalid("at", parsed ? Texts.Future : Texts.Malformed);
        return parsed && instant <= now;
    }
}

/// <summary>Pages by key: <c>after</c> and <c>limit</c>, and an RFC 8288 link to the next page while there is one.</summary>
public readonly record struct Paging(long After, int Limit)
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    public static bool TryRead(long? after, int? limit, out Paging page, out Problem problem)
    {
        page = new(after ?? 0, limit ?? DefaultLimit);
        problem = after < 0 ? Problems.Invalid("after", Texts.Range(0, long.MaxValue))
            : page.Limit is < 1 or > MaxLimit ? Problems.Invalid("limit", Texts.Range(1, MaxLimit))
            : Problems.OfStatus(200);
        return problem.Status != StatusCodes.Status400BadRequest;
    }

    /// <summary>Sets <c>Link</c> when one row more than the limit was read.</summary>
    public void Link<T>(HttpContext http, IReadOnlyList<T> rows, Func<T, long> key) => Link(http, rows, Limit, key);

    /// <summary>The same where a page has another length than the limit.</summary>
    public void Link<T>(HttpContext http, IReadOnlyList<T> rows, int length, Func<T, long> key)
    {
        if (rows.Count <= length)
            return;
        Link(http, key(rows[length - 1]), Limit);
    }

    /// <summary>Links to what follows a position; with no limit where the page's length is not the caller's to choose.</summary>
    public static void Link(HttpContext http, long after, int? limit = null)
    {
        var query = QueryHelpers.ParseQuery(http.Request.QueryString.Value);
        query["after"] = after.ToString(CultureInfo.InvariantCulture);
        if (limit is { } length)
            query["limit"] = length.ToString(CultureInfo.InvariantCulture);
        var target = QueryHelpers.AddQueryString(
            http.Request.Path.Value ?? "", query.SelectMany(p => p.Value, (p, value) => KeyValuePair.Create(p.Key, value)));
        http.Response.Headers.Link = $"<{target}>; rel=\"next\"";
    }
}
