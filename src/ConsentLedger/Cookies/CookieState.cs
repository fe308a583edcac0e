using System.Collections.Immutable;
using ConsentLedger.Ledger;

namespace ConsentLedger.Cookies;

/// <summary>How a visitor's cookie choices stand.</summary>
public sealed record CookieState
{
    /// <summary>The last general choice; null before any.</summary>
    public CookieChoice? Choice { get; init; }

    /// <summary>What was chosen by purpose since the last general choice, sorted by purpose.</summary>
    public ImmutableArray<CookiePurposeChoice> Choices { get; init; } = [];

    public required DateTimeOffset OccurredAt { get; init; }

    public required DateTimeOffset RecordedAt { get; init; }

    public required long Position { get; init; }

    /// <summary>The state after one more entry: a general choice replaces everything, choices by purpose those of the same purposes.</summary>
    public static CookieState After(CookieState? before, LedgerEntry entry, CookiesChosen chosen)
    {
        SortedDictionary<string, CookiePurposeChoice> choices = new(StringComparer.Ordinal);
        if (chosen.Choice is null)
        {
            foreach (var choice in before?.Choices ?? [])
                choices[choice.Purpose] = choice;
        }

        foreach (var choice in chosen.Choices)
            choices[choice.Purpose] = choice;
        return new()
        {
            Choice = chosen.Choice ?? before?.Choice,
            Choices = [.. choices.Values],
            OccurredAt = chosen.OccurredAt,
            RecordedAt = entry.RecordedAt,
            Position = entry.Position,
        };
    }
}
