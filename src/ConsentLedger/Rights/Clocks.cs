namespace ConsentLedger.Rights;

/// <summary>The unit in which a period is set.</summary>
public enum PeriodUnit
{
    Days,
    Months,
    Years,
}

/// <summary>A period as a law or the policy sets it, with where it is written.</summary>
public sealed record Period(int Amount, PeriodUnit Unit, string Source);

/// <summary>Every period that the service counts, as data.</summary>
public static class Periods
{
    public static readonly Period CorrectionResult = new(10, PeriodUnit.Days, "개인정보 보호법 시행령 제43조 제3항 / PIPA Decree art. 43(3)");

    public static readonly Period DeletionResult = new(10, PeriodUnit.Days, "개인정보 보호법 시행령 제43조 제3항 / PIPA Decree art. 43(3)");

    public static readonly Period SuspensionResult = new(10, PeriodUnit.Days, "개인정보 보호법 시행령 제44조 제2항 / PIPA Decree art. 44(2)");

    /// <summary>The policy promises a quick and sincere answer; how quick is the shop's own word.</summary>
    public static readonly Period ComplaintAnswer = new(10, PeriodUnit.Days, "방침, 개인정보에 관한 민원서비스 / policy, complaints");

    /// <summary>"Without delay" in the policy; five days is what the standard guideline (art. 10) makes of it.</summary>
    public static readonly Period Acknowledgement = new(5, PeriodUnit.Days, "방침, 권리행사 제3항; 표준 개인정보 보호지침 제10조 / policy, members' rights 3; standard guideline art. 10");

    public static readonly Period MarketingResult = new(14, PeriodUnit.Days, "정보통신망법 제50조 제7항 / Network Act art. 50(7)");

    public static readonly Period MarketingReconfirmation = new(2, PeriodUnit.Years, "정보통신망법 제50조 제8항, 시행령 제62조의3 / Network Act art. 50(8), Decree art. 62-3");

    /// <summary>PIPA art. 27(2) says without delay.</summary>
    public static readonly Period SuccessorNotice = new(5, PeriodUnit.Days, "개인정보 보호법 제27조 제2항 / PIPA art. 27(2)");

    /// <summary>E-Commerce Act Decree art. 6(1): what must be kept, and how long.</summary>
    public static readonly IReadOnlyDictionary<RetentionGround, Period> Retention = new Dictionary<RetentionGround, Period>
    {
        [RetentionGround.ContractOrWithdrawal] = new(5, PeriodUnit.Years, "전자상거래법 시행령 제6조 제1항 제2호 / E-Commerce Act Decree art. 6(1)2"),
        [RetentionGround.PaymentAndSupply] = new(5, PeriodUnit.Years, "전자상거래법 시행령 제6조 제1항 제3호 / E-Commerce Act Decree art. 6(1)3"),
        [RetentionGround.Complaints] = new(3, PeriodUnit.Years, "전자상거래법 시행령 제6조 제1항 제4호 / E-Commerce Act Decree art. 6(1)4"),
        [RetentionGround.Advertising] = new(6, PeriodUnit.Months, "전자상거래법 시행령 제6조 제1항 제1호 / E-Commerce Act Decree art. 6(1)1"),
    };
}

/// <summary>Counts periods: in Asia/Seoul, the first day not counted (Civil Act art. 157), to the end of the last day (art. 159).</summary>
/// <remarks>A last day that is a holiday (art. 161) is not moved: the service is early rather than late.</remarks>
public static class Clocks
{
    private static readonly TimeZoneInfo Seoul = TimeZoneInfo.FindSystemTimeZoneById("Asia/Seoul");

    /// <summary>Whole seconds: the last second of the last day.</summary>
    public static DateTimeOffset Due(DateTimeOffset from, Period period)
    {
        var first = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(from, Seoul).DateTime).AddDays(1);
        return StartOf(Last(first, period).AddDays(1)).AddSeconds(-1);
    }

    /// <summary>The instant at which a day begins in Seoul.</summary>
    public static DateTimeOffset StartOf(DateOnly day)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(local, Seoul.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>The same instant, as clocks in Seoul show it.</summary>
    public static DateTimeOffset InSeoul(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, Seoul);

    /// <summary>Night-time for advertising: 21:00 to 08:00 in Seoul (Network Act art. 50(3)).</summary>
    public static bool IsNight(DateTimeOffset instant) => InSeoul(instant).Hour is >= 21 or < 8;

    // Civil Act art. 160: months and years end on the day before the one that corresponds to the first;
    // where the last month has no such day, on the last day of that month.
    private static DateOnly Last(DateOnly first, Period period)
    {
        if (period.Unit == PeriodUnit.Days)
            return first.AddDays(period.Amount - 1);
        var corresponding = first.AddMonths(period.Unit == PeriodUnit.Years ? period.Amount * 12 : period.Amount);
        return corresponding.Day == first.Day ? corresponding.AddDays(-1) : corresponding;
    }
}
