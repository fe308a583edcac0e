using System.Collections.Immutable;
using ConsentLedger.Cookies;

namespace ConsentLedger.Tests.Cookies;

/// <summary>The rule as a table: a row for each choice that the policy gives, alone and with choices by purpose.</summary>
public sealed class CookieRuleTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);

    [Theory]
    // Policy, cookies: allow all, confirm each time one is stored, refuse all.
    [InlineData(CookieChoice.AllowAll, "", CookieOutcome.Permit)]
    [InlineData(CookieChoice.Ask, "", CookieOutcome.Ask)]
    [InlineData(CookieChoice.RefuseAll, "", CookieOutcome.Deny)]
    // By purpose only.
    [InlineData(null, "+visit_analytics", CookieOutcome.Permit)]
    [InlineData(null, "-visit_analytics", CookieOutcome.Deny)]
    // Chosen, but not on this purpose.
    [InlineData(null, "", CookieOutcome.Ask)]
    [InlineData(null, "+targeted_marketing -personalisation", CookieOutcome.Ask)]
    // The word on the purpose goes before the general one, and only on that purpose.
    [InlineData(CookieChoice.RefuseAll, "+visit_analytics", CookieOutcome.Permit)]
    [InlineData(CookieChoice.AllowAll, "-visit_analytics", CookieOutcome.Deny)]
    [InlineData(CookieChoice.Ask, "-visit_analytics", CookieOutcome.Deny)]
    [InlineData(CookieChoice.RefuseAll, "+targeted_marketing", CookieOutcome.Deny)]
    [InlineData(CookieChoice.AllowAll, "-targeted_marketing", CookieOutcome.Permit)]
    [InlineData(CookieChoice.Ask, "+targeted_marketing", CookieOutcome.Ask)]
    public void The_visitors_choice_decides(CookieChoice? choice, string byPurpose, CookieOutcome expected) =>
        Assert.Equal(expected, CookieRule.Decide(State(choice, byPurpose), "visit_analytics"));

    [Fact]
    public void Nothing_is_stored_for_a_visitor_that_never_chose_without_asking() => Assert.Equal(CookieOutcome.Ask, CookieRule.Decide(null, "visit_analytics"));

    /// <summary>Choices as the tables write them: + to allow a purpose, − to refuse it.</summary>
    internal static ImmutableArray<CookiePurposeChoice> Choices(string text) =>
    [
        .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => new CookiePurposeChoice { Purpose = c[1..], Granted = c[0] == '+' }),
    ];

    private static CookieState State(CookieChoice? choice, string byPurpose) => new()
    {
        Choice = choice,
        Choices = Choices(byPurpose),
        OccurredAt = Now,
        RecordedAt = Now,
        Position = 1,
    };
}
