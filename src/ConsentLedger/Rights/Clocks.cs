namespace ConsentLedger.Rights;

/// <summary>The periods that law and policy set, each with its source, and how they are counted.</summary>
public static class Clocks
{
    /// <summary>The result of a correction is told within ten days: PIPA Decree art. 43(3).</summary>
    public const int CorrectionDays = 10;

    /// <summary>"Without delay" 지체 없이 is five days: Standard Personal Data Protection Guidelines. A partner should have answered by then.</summary>
    public const int AcknowledgementDays = 5;

    private static readonly TimeZoneInfo Seoul = TimeZoneInfo.FindSystemTimeZoneById("Asia/Seoul");

    /// <summary>The last second of the n-th day after an instant, in Seoul. Civil Act art. 157, 159: the first day does not count, the last ends with its day.</summary>
    public static DateTimeOffset Due(DateTimeOffset from, int days)
    {
        var local = TimeZoneInfo.ConvertTime(from, Seoul);
        var end = new DateTime(local.Year, local.Month, local.Day, 23, 59, 59, DateTimeKind.Unspecified).AddDays(days);
        return new DateTimeOffset(end, Seoul.GetUtcOffset(end)).ToUniversalTime();
    }
}
