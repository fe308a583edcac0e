using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using ConsentLedger.Catalog;
using ConsentLedger.Consents;
using ConsentLedger.Cookies;
using ConsentLedger.Provisions;
using ConsentLedger.Rights;

namespace ConsentLedger.Ledger;

/// <summary>동의 상태 / how a consent stands.</summary>
public enum ConsentStatus
{
    /// <summary>동의함 / granted.</summary>
    Granted,

    /// <summary>거부함 / refused.</summary>
    Refused,

    /// <summary>철회함 / withdrawn.</summary>
    Withdrawn,

    /// <summary>유효기간 경과 / expired.</summary>
    Expired,
}

/// <summary>The latest choice on one purpose.</summary>
public sealed record ConsentState
{
    public required string Purpose { get; init; }

    public required ConsentStatus Status { get; init; }

    /// <summary>The notice that was shown; after a withdrawal, the one withdrawn from.</summary>
    public NoticeReference? Notice { get; init; }

    public required DateTimeOffset OccurredAt { get; init; }

    public required DateTimeOffset RecordedAt { get; init; }

    public required long Position { get; init; }
}

/// <summary>What a partner was given for a purpose: the sum of its provisions.</summary>
public sealed record Holding(string Partner, string Purpose, ImmutableArray<string> Items);

/// <summary>A correction that is open: its items are on hold 이용·제공 정지.</summary>
public sealed record Hold(Guid CorrectionId, ImmutableArray<string> Items, DateTimeOffset DueAt);

/// <summary>Everything that decides about one data subject: the fold of its entries, and nothing else.</summary>
public sealed record SubjectState
{
    public required Guid Subject { get; init; }

    /// <summary>The last entry folded in; 0 before any.</summary>
    public long Position { get; init; }

    // These three are written even when they are empty: states stored by earlier versions have them so, and must stay equal to the fold.

    /// <summary>Sorted by purpose.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ImmutableArray<ConsentState> Consents { get; init; } = [];

    /// <summary>Sorted by partner, then purpose.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ImmutableArray<Holding> Holdings { get; init; } = [];

    /// <summary>In the order of the requests.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ImmutableArray<Hold> Holds { get; init; } = [];

    /// <summary>Of a visitor: how its cookie choices stand; null before any.</summary>
    public CookieState? Cookies { get; init; }

    /// <summary>Of a visitor: the member that logged in last from this browser.</summary>
    public Guid? LinkedMember { get; init; }

    /// <summary>Of a member: the visitors it was ever linked to, sorted.</summary>
    public ImmutableArray<Guid> LinkedVisitors { get; init; } = [];

    public static SubjectState New(Guid subject) => new() { Subject = subject };

    public ConsentState? Consent(string purpose)
    {
        foreach (var consent in Consents)
        {
            if (consent.Purpose == purpose)
                return consent;
        }

        return null;
    }

    public bool IsHeld(string item)
    {
        foreach (var hold in Holds)
        {
            if (hold.Items.Contains(item))
                return true;
        }

        return false;
    }

    /// <summary>Whether any provision named this partner.</summary>
    public bool IsHeldBy(string partner)
    {
        foreach (var holding in Holdings)
        {
            if (holding.Partner == partner)
                return true;
        }

        return false;
    }

    /// <summary>The items that this partner was ever given, sorted.</summary>
    public ImmutableArray<string> ItemsOf(string partner) =>
        [.. Holdings.Where(h => h.Partner == partner).SelectMany(h => h.Items).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The state after one more entry of this subject. Entries already folded in change nothing.</summary>
    public SubjectState Apply(LedgerEntry entry)
    {
        if (entry.Position <= Position)
            return this;
        var next = entry.Data switch
        {
            ConsentGranted granted => WithConsent(entry, granted, ConsentStatus.Granted, granted.Notice),
            ConsentRefused refused => WithConsent(entry, refused, ConsentStatus.Refused, refused.Notice),
            ConsentWithdrawn withdrawn => WithConsent(entry, withdrawn, ConsentStatus.Withdrawn, Consent(withdrawn.Purpose)?.Notice),
            ProvisionRecorded provision => WithHolding(entry.Partner!, provision),
            CorrectionRequested requested => this with { Holds = Holds.Add(new(requested.CorrectionId, requested.Items, requested.DueAt)) },
            CorrectionCompleted or CorrectionRejected =>
                this with { Holds = Holds.RemoveAll(h => h.CorrectionId == ((CorrectionEntry)entry.Data).CorrectionId) },
            CookiesChosen chosen => this with { Cookies = CookieState.After(Cookies, entry, chosen) },
            VisitorLinked linked => WithLink(linked),
            _ => this,
        };
        return next with { Position = entry.Position };
    }

    public string ToJson() => JsonSerializer.Serialize(this, LedgerJson.Options);

    public static SubjectState FromJson(string json) => JsonSerializer.Deserialize<SubjectState>(json, LedgerJson.Options)
        ?? throw new LedgerCorruptException("a subject state is null");

    private SubjectState WithConsent(LedgerEntry entry, ConsentEntry choice, ConsentStatus status, NoticeReference? notice)
    {
        var consent = new ConsentState
        {
            Purpose = choice.Purpose,
            Status = status,
            Notice = notice,
            OccurredAt = choice.OccurredAt,
            RecordedAt = entry.RecordedAt,
            Position = entry.Position,
        };
        return this with { Consents = Put(Consents, consent, static c => (c.Purpose, "")) };
    }

    private SubjectState WithHolding(string partner, ProvisionRecorded provision)
    {
        var before = Holdings.FirstOrDefault(h => h.Partner == partner && h.Purpose == provision.Purpose);
        if (before is not null && provision.Items.All(before.Items.Contains))
            return this;
        var items = provision.Items.Union(before?.Items ?? []).Order(StringComparer.Ordinal);
        var holding = new Holding(partner, provision.Purpose, [.. items]);
        return this with { Holdings = Put(Holdings, holding, static h => (h.Partner, h.Purpose)) };
    }

    // The same facts stand on both subjects; which of the two this is decides what they mean here.
    private SubjectState WithLink(VisitorLinked link) =>
        link.Visitor == Subject ? this with { LinkedMember = link.Member }
        : LinkedVisitors.Contains(link.Visitor) ? this
        : this with { LinkedVisitors = [.. LinkedVisitors.Append(link.Visitor).Order()] };

    // Sorted, so that the same entries give the same bytes.
    private static ImmutableArray<T> Put<T>(ImmutableArray<T> list, T value, Func<T, (string, string)> key)
    {
        for (var i = 0; i < list.Length; i++)
        {
            var order = Compare(key(value), key(list[i]));
            if (order == 0)
                return list.SetItem(i, value);
            if (order < 0)
                return list.Insert(i, value);
        }

        return list.Add(value);
    }

    private static int Compare((string First, string Second) a, (string First, string Second) b) =>
        string.CompareOrdinal(a.First, b.First) is var first and not 0 ? first : string.CompareOrdinal(a.Second, b.Second);
}
