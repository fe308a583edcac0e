using System.Globalization;
using ConsentLedger.Rights;
using CsCheck;

namespace ConsentLedger.Tests.Rights;

public sealed class ClocksTests
{
    [Theory]
    [InlineData("2026-11-22T00:00:00Z", 10, "2026-12-02T14:59:59Z")]
    // Both sides of midnight in Seoul, in one day of UTC.
    [InlineData("2026-11-22T14:59:59.999999Z", 10, "2026-12-02T14:59:59Z")]
    [InlineData("2026-11-22T15:00:00Z", 10, "2026-12-03T14:59:59Z")]
    // Both sides of midnight in UTC, in one day of Seoul.
    [InlineData("2026-11-21T23:59:59Z", 5, "2026-11-27T14:59:59Z")]
    [InlineData("2026-11-22T00:00:01Z", 5, "2026-11-27T14:59:59Z")]
    [InlineData("2026-11-22T23:59:59+09:00", 10, "2026-12-02T14:59:59Z")]
    [InlineData("2026-11-22T08:00:00-08:00", 10, "2026-12-03T14:59:59Z")]
    // Ends of months and of the year.
    [InlineData("2026-01-31T03:00:00Z", 10, "2026-02-10T14:59:59Z")]
    [InlineData("2026-04-20T03:00:00Z", 10, "2026-04-30T14:59:59Z")]
    [InlineData("2026-12-31T14:59:59Z", 5, "2027-01-05T14:59:59Z")]
    [InlineData("2026-12-31T15:00:00Z", 5, "2027-01-06T14:59:59Z")]
    // Leap day: reached, passed, absent, started from.
    [InlineData("2028-02-19T03:00:00Z", 10, "2028-02-29T14:59:59Z")]
    [InlineData("2028-02-20T03:00:00Z", 10, "2028-03-01T14:59:59Z")]
    [InlineData("2027-02-19T03:00:00Z", 10, "2027-03-01T14:59:59Z")]
    [InlineData("2028-02-28T15:00:00Z", 5, "2028-03-05T14:59:59Z")]
    public void Days_are_counted_in_Seoul_and_the_first_day_is_not(string from, int days, string due)
    {
        var found = Clocks.Due(DateTimeOffset.Parse(from, CultureInfo.InvariantCulture), new(days, PeriodUnit.Days, ""));
        Assert.Equal(DateTimeOffset.Parse(due, CultureInfo.InvariantCulture), found);
        Assert.Equal(TimeSpan.Zero, found.Offset);
    }

    [Fact]
    public void Every_instant_of_one_Seoul_day_has_the_same_due_time_which_ends_that_many_days_later()
    {
        var seoul = TimeSpan.FromHours(9);
        Gen.Select(Gen.Int[0, 40_000], Gen.Long[0, TimeSpan.TicksPerDay - 1], Gen.Int[1, 800], Gen.Int[-14, 14]).Sample((day, time, days, hours) =>
        {
            // Whatever the offset that the instant is written with.
            var date = new DateTime(1990, 1, 1).AddDays(day);
            var due = Clocks.Due(new DateTimeOffset(date.AddTicks(time), seoul).ToOffset(TimeSpan.FromHours(hours)), new(days, PeriodUnit.Days, ""));
            Assert.Equal(new DateTimeOffset(date.AddDays(days + 1), seoul).AddSeconds(-1), due);
        });
    }

    [Theory]
    // The day after is the first; the period ends on the day before the one that corresponds to it.
    [InlineData("2026-11-25T03:00:00Z", 2, PeriodUnit.Years, "2028-11-25T14:59:59Z")]
    [InlineData("2026-11-25T15:00:00Z", 2, PeriodUnit.Years, "2028-11-26T14:59:59Z")]
    [InlineData("2026-12-31T14:59:59Z", 5, PeriodUnit.Years, "2031-12-31T14:59:59Z")]
    // Leap days: started on, counted from, reached, and not there.
    [InlineData("2028-02-29T03:00:00Z", 2, PeriodUnit.Years, "2030-02-28T14:59:59Z")]
    [InlineData("2028-02-28T03:00:00Z", 2, PeriodUnit.Years, "2030-02-28T14:59:59Z")]
    [InlineData("2026-02-28T03:00:00Z", 2, PeriodUnit.Years, "2028-02-29T14:59:59Z")]
    [InlineData("2028-02-28T03:00:00Z", 4, PeriodUnit.Years, "2032-02-28T14:59:59Z")]
    // Ends of months: a month without the day ends on its last; one counted from the first ends on the last.
    [InlineData("2026-08-30T03:00:00Z", 6, PeriodUnit.Months, "2027-02-28T14:59:59Z")]
    [InlineData("2026-08-31T03:00:00Z", 6, PeriodUnit.Months, "2027-02-28T14:59:59Z")]
    [InlineData("2027-02-28T03:00:00Z", 6, PeriodUnit.Months, "2027-08-31T14:59:59Z")]
    [InlineData("2026-11-30T03:00:00Z", 3, PeriodUnit.Months, "2027-02-28T14:59:59Z")]
    public void Months_and_years_end_as_the_Civil_Act_says(string from, int amount, PeriodUnit unit, string due) => Assert.Equal(
        DateTimeOffset.Parse(due, CultureInfo.InvariantCulture),
        Clocks.Due(DateTimeOffset.Parse(from, CultureInfo.InvariantCulture), new(amount, unit, "")));

    [Theory]
    [InlineData("2026-11-25T11:59:59Z", false)]
    [InlineData("2026-11-25T12:00:00Z", true)]
    [InlineData("2026-11-25T22:59:59Z", true)]
    [InlineData("2026-11-25T23:00:00Z", false)]
    public void Night_is_from_21_to_8_in_Seoul(string instant, bool night) =>
        Assert.Equal(night, Clocks.IsNight(DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture)));

    [Fact]
    public void The_periods_are_those_of_the_law_each_with_its_source()
    {
        (Period Period, int Amount, PeriodUnit Unit)[] all =
        [
            (Periods.CorrectionResult, 10, PeriodUnit.Days), (Periods.DeletionResult, 10, PeriodUnit.Days), (Periods.SuspensionResult, 10, PeriodUnit.Days),
            (Periods.MarketingResult, 14, PeriodUnit.Days), (Periods.MarketingReconfirmation, 2, PeriodUnit.Years),
            (Periods.Retention[RetentionGround.ContractOrWithdrawal], 5, PeriodUnit.Years), (Periods.Retention[RetentionGround.PaymentAndSupply], 5, PeriodUnit.Years),
            (Periods.Retention[RetentionGround.Complaints], 3, PeriodUnit.Years), (Periods.Retention[RetentionGround.Advertising], 6, PeriodUnit.Months),
        ];
        Assert.All(all, p => Assert.Equal((p.Amount, p.Unit), (p.Period.Amount, p.Period.Unit)));
        Assert.All(all, p => Assert.NotEmpty(p.Period.Source));
        Assert.Equal(Enum.GetValues<RetentionGround>().Length, Periods.Retention.Count);
    }
}
