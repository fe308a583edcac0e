using System.Text.Json;

namespace ConsentLedger.Verify;

/// <summary>What an entry says, read from its own bytes.</summary>
internal static class EntryWords
{
    /// <summary>Whether the entry makes a consent hold; null where it is not about one.</summary>
    public static bool? Granted(JsonElement entry) => Text(entry, "type") switch
    {
        "consent.granted" or "consent.reconfirmed" => true,
        "consent.refused" or "consent.withdrawn" or "consent.expired" => false,
        _ => null,
    };

    /// <summary>A line for each fact.</summary>
    public static IEnumerable<string> Of(JsonElement entry)
    {
        yield return $"entry {Text(entry, "position")}: {Text(entry, "type")}{Meaning(Text(entry, "type"))}";
        yield return $"recorded at: {Text(entry, "recordedAt")}";
        if (Text(entry, "subject") is { } subject)
            yield return $"subject (a random id): {subject}";
        if (Text(entry, "partner") is { } partner)
            yield return $"partner: {partner}";
        if (entry.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object)
        {
            foreach (var (name, label) in ((string, string)[])[("purpose", "purpose"), ("occurredAt", "chosen at"), ("channel", "by way of"), ("legalBasis", "ground"), ("expiresAt", "holds until")])
            {
                if (Text(data, name) is { } value)
                    yield return $"{label}: {value}";
            }

            if (Granted(entry) is { } granted)
                yield return $"granted: {(granted ? "yes" : "no")}";
            if (data.TryGetProperty("items", out var items))
                yield return $"items: {items.GetRawText()}";
            if (data.TryGetProperty("notice", out var notice) && notice.ValueKind == JsonValueKind.Object && Text(notice, "id") is { } id)
                yield return $"notice: {id} version {Text(notice, "version")}";
        }

        if (entry.TryGetProperty("sealed", out _))
            yield return "sealed: there is encrypted personal data, which the ledger's operator alone can open";
    }

    private static string Meaning(string? type) => type switch
    {
        "consent.granted" => ", the consent was given",
        "consent.refused" => ", the consent was refused",
        "consent.withdrawn" => ", the consent was withdrawn",
        "consent.expired" => ", the consent ended by itself",
        "consent.reconfirmed" => ", the consent was confirmed again",
        "provision.recorded" => ", data was given to the partner",
        "provision.denied" => ", giving data to the partner was denied",
        _ => "",
    };

    private static string? Text(JsonElement owner, string name) => owner.TryGetProperty(name, out var value)
        ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText()
        : null;
}
