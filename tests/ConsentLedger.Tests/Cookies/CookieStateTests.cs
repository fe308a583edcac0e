using ConsentLedger.Consents;
using ConsentLedger.Cookies;
using ConsentLedger.Ledger;
using CsCheck;
using static ConsentLedger.Tests.Cookies.CookieRuleTests;

namespace ConsentLedger.Tests.Cookies;

/// <summary>The fold of choices and links into the states of visitors and members.</summary>
public sealed class CookieStateTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);
    private static readonly Guid Visitor = new("019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b10");
    private static readonly Guid Member = new("019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b11");
    private static readonly Guid Other = new("019a9f3c-5d1e-7b3a-9c41-0f2d6a8e7b12");

    private static readonly Gen<CookiesChosen> Chosen = Gen.Select(
        Gen.Enum<CookieChoice>().Nullable(),
        Gen.Shuffle(new[] { "visit_analytics", "interest_tracking", "targeted_marketing", "personalisation" }, 1, 4),
        Gen.Bool.Array[4],
        (choice, purposes, granted) => new CookiesChosen
        {
            Choice = choice,
            Choices = choice is null ? [.. purposes.Select((p, i) => new CookiePurposeChoice { Purpose = p, Granted = granted[i] })] : [],
            OccurredAt = Start,
            Channel = Channel.Web,
        });

    [Theory]
    [InlineData("allow_all", "AllowAll:")]
    [InlineData("+b -a", ":-a +b")]
    // By purpose: those of the same purposes are replaced, the others and the general choice stay.
    [InlineData("+a -b|+b", ":+a +b")]
    [InlineData("+a|-c", ":+a -c")]
    [InlineData("refuse_all|+b", "RefuseAll:+b")]
    [InlineData("refuse_all|+b|-b +a", "RefuseAll:+a -b")]
    // A general choice replaces everything.
    [InlineData("+a -b|ask", "Ask:")]
    [InlineData("refuse_all|+b|allow_all", "AllowAll:")]
    [InlineData("allow_all|refuse_all|ask|refuse_all", "RefuseAll:")]
    [InlineData("allow_all|-a|ask|+b", "Ask:+b")]
    public void A_general_choice_replaces_everything_and_one_by_purpose_only_that_purpose(string history, string expected)
    {
        var entries = history.Split('|').Select((step, i) => Entry(i + 1, Visitor, Parse(step))).ToList();
        var cookies = Fold(Visitor, entries).Cookies!;
        Assert.Equal(expected, $"{cookies.Choice}:{string.Join(' ', cookies.Choices.Select(c => $"{(c.Granted ? '+' : '-')}{c.Purpose}"))}");
        Assert.Equal(entries[^1].Position, cookies.Position);
        Assert.Equal(entries[^1].RecordedAt, cookies.RecordedAt);
        Assert.Equal(((CookiesChosen)entries[^1].Data).OccurredAt, cookies.OccurredAt);
    }

    [Fact]
    public void Folded_again_from_the_middle_or_read_back_the_state_is_the_same_to_the_byte() => Gen.Select(Chosen.Array[1, 12], Gen.Int[0, 100]).Sample((history, pick) =>
    {
        var entries = history.Select((chosen, i) => Entry(i + 1, Visitor, chosen)).ToList();
        var whole = Fold(Visitor, entries);
        var cut = pick % (entries.Count + 1);
        var stored = Fold(Visitor, entries.Take(cut)).ToJson();
        Assert.Equal(stored, SubjectState.FromJson(stored).ToJson());
        Assert.Equal(whole.ToJson(), entries.Skip(cut).Aggregate(SubjectState.FromJson(stored), (s, e) => s.Apply(e)).ToJson());
        Assert.All(entries, entry => Assert.Same(whole, whole.Apply(entry)));
        Assert.Equal(whole.Cookies!.Choices.Select(c => c.Purpose).Order(StringComparer.Ordinal).Distinct(), whole.Cookies.Choices.Select(c => c.Purpose));
    });

    [Fact]
    public void A_link_means_on_the_visitor_the_last_member_and_on_the_member_every_visitor()
    {
        var visitor = Fold(Visitor, [Link(1, Visitor, Visitor, Member), Link(3, Visitor, Visitor, Other)]);
        Assert.Equal(Other, visitor.LinkedMember);
        Assert.Empty(visitor.LinkedVisitors);
        var (first, second) = (new Guid("00000000-0000-7000-8000-000000000001"), new Guid("00000000-0000-7000-8000-000000000002"));
        var member = Fold(Member, [Link(2, Member, second, Member), Link(4, Member, first, Member), Link(6, Member, second, Member)]);
        Assert.Null(member.LinkedMember);
        Assert.Equal([first, second], member.LinkedVisitors);
        Assert.Equal(6, member.Position);
        Assert.Equal(member.ToJson(), SubjectState.FromJson(member.ToJson()).ToJson());
    }

    [Fact]
    public void A_link_leaves_the_choices_as_they_were()
    {
        var before = Fold(Visitor, [Entry(1, Visitor, Parse("refuse_all")), Entry(2, Visitor, Parse("+a"))]);
        Assert.Equal(before.Cookies, before.Apply(Link(3, Visitor, Visitor, Member)).Cookies);
    }

    [Fact]
    public void At_the_limit_a_member_gets_no_new_visitor_and_keeps_those_it_has()
    {
        var full = SubjectState.New(Member) with { LinkedVisitors = [.. Enumerable.Range(1, LinkVisitor.MaxVisitors - 1).Select(i => new Guid(i, 0, 0, new byte[8])).Append(Visitor).Order()] };
        Assert.Empty(LinkVisitor.Decide(SubjectState.New(Other), full).Entries);
        // A known visitor comes back after another member used the browser.
        Assert.Equal(2, LinkVisitor.Decide(SubjectState.New(Visitor) with { LinkedMember = Other }, full).Entries.Length);
    }

    private static CookiesChosen Parse(string step)
    {
        CookieChoice? choice = step switch
        {
            "allow_all" => CookieChoice.AllowAll,
            "ask" => CookieChoice.Ask,
            "refuse_all" => CookieChoice.RefuseAll,
            _ => null,
        };
        return new() { Choice = choice, Choices = choice is null ? Choices(step) : [], OccurredAt = Start.AddSeconds(step.Length - 2), Channel = Channel.Web };
    }

    private static LedgerEntry Link(long position, Guid subject, Guid visitor, Guid member) =>
        Entry(position, subject, new VisitorLinked { Visitor = visitor, Member = member });

    private static LedgerEntry Entry(long position, Guid subject, EntryData data) => new()
    {
        Position = position,
        Type = EntryTypes.NameOf(data),
        RecordedAt = Start.AddMinutes(position),
        Subject = subject,
        Data = data,
    };

    private static SubjectState Fold(Guid subject, IEnumerable<LedgerEntry> entries) => entries.Aggregate(SubjectState.New(subject), (state, entry) => state.Apply(entry));
}
