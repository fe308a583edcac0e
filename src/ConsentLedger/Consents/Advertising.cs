using System.ComponentModel.DataAnnotations;
using ConsentLedger.Catalog;
using ConsentLedger.Rights;

namespace ConsentLedger.Consents;

/// <summary>What happens when two years pass without a reconfirmation.</summary>
public enum Silence
{
    /// <summary>The consent ends.</summary>
    Block,

    /// <summary>The consent holds; the reconfirmation stands among the overdue obligations.</summary>
    Remind,
}

/// <summary>Settings under <c>Marketing</c>.</summary>
public sealed class MarketingOptions
{
    [EnumDataType(typeof(Silence))]
    public Silence Silence { get; set; } = Silence.Block;
}

/// <summary>The clocks of consents to advertising (Network Act art. 50).</summary>
internal static class Advertising
{
    /// <summary>By when the member must be told how a choice was handled; null for what is no advertising.</summary>
    public static DateTimeOffset? ResultNoticeBy(string purpose, CatalogState catalog, DateTimeOffset now) =>
        IsAdvertising(purpose, catalog) ? Clocks.Due(now, Periods.MarketingResult) : null;

    /// <summary>How long a consent lasts without being confirmed again, counted from when it was given.</summary>
    public static (DateTimeOffset? ReconfirmBy, DateTimeOffset? ExpiresAt) Lasts(string purpose, CatalogState catalog, Silence silence, DateTimeOffset from)
    {
        if (!IsAdvertising(purpose, catalog))
            return (null, null);
        var by = Clocks.Due(from, Periods.MarketingReconfirmation);
        return (by, silence == Silence.Block ? by.AddSeconds(1) : null);
    }

    private static bool IsAdvertising(string purpose, CatalogState catalog) => catalog.FindPurpose(purpose) is { Advertising: true };
}
