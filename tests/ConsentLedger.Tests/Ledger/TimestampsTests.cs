using System.Text.Json;
using ConsentLedger.Ledger;

namespace ConsentLedger.Tests.Ledger;

public sealed class TimestampsTests
{
    [Theory]
    [InlineData("2026-11-22T09:00:00Z")]
    [InlineData("2026-11-22T09:00:00.1Z")]
    [InlineData("2026-11-22T09:00:00.123456Z")]
    [InlineData("2026-11-22T09:00:00.1234567Z")]
    [InlineData("2026-11-22T09:00:00.12345678Z")]
    [InlineData("2026-11-22T09:00:00.Z")]
    [InlineData("2026-11-22T09:00Z")]
    [InlineData("2026-11-22T09:00:60Z")]
    [InlineData("2026-11-22T24:00:00Z")]
    [InlineData("2026-02-29T09:00:00Z")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.999999Z")]
    [InlineData("2026-11-22t09:00:00z")]
    [InlineData("2026-11-22T09:00:00+09:00")]
    [InlineData("2026-11-22T09:00:00.5+09:00")]
    [InlineData("2026-11-22T09:00:00")]
    [InlineData("2026-11-22 09:00:00.12Z")]
    [InlineData("2026-11-22")]
    [InlineData("\\u0032026-11-22T09:00:00Z")]
    [InlineData("2026-11-22T\\u00309:00Z")]
    public void An_instant_in_JSON_is_read_as_the_same_text_is_elsewhere(string json)
    {
        var text = JsonSerializer.Deserialize<string>($"\"{json}\"");
        DateTimeOffset? read = null;
        try
        {
            read = JsonSerializer.Deserialize<DateTimeOffset>($"\"{json}\"", LedgerJson.Options);
        }
        catch (JsonException)
        {
            // As other text is refused.
        }

        Assert.Equal(Timestamps.TryParse(text, out var parsed) ? parsed : null, read);
    }
}
