using System.Globalization;
using System.Text;
using System.Text.Json;
using ConsentLedger.Ledger;
using CsCheck;

namespace ConsentLedger.Tests.Ledger;

public sealed class TimestampsTests
{
    private const long FirstMicrosecond = -62_135_596_800_000_000, LastMicrosecond = 253_402_300_799_999_999;

    private static readonly Gen<DateTimeOffset> Instants = Gen.OneOf(
        Gen.Long[FirstMicrosecond, LastMicrosecond],
        Gen.Long[0, 4_102_444_800].Select(seconds => seconds * 1_000_000),
        Gen.Int[0, 3].Select(i => new[] { FirstMicrosecond, 0, 1, LastMicrosecond }[i])).Select(m => DateTimeOffset.UnixEpoch.AddTicks(m * TimeSpan.TicksPerMicrosecond));

    [Fact]
    public void An_instant_is_written_in_UTC_with_as_many_digits_as_it_has() => Instants.Sample(instant =>
    {
        var expected = instant.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
        Assert.Equal(expected, Timestamps.Format(instant));
        var utf8 = new byte[27];
        Assert.Equal(expected, Encoding.ASCII.GetString(utf8, 0, Timestamps.Format(instant, utf8)));
        Assert.Equal($"\"{expected}\"", JsonSerializer.Serialize(instant, LedgerJson.Options));
        Assert.Equal(instant, JsonSerializer.Deserialize<DateTimeOffset>($"\"{expected}\"", LedgerJson.Options));
        Assert.True(Timestamps.TryParse(expected, out var read));
        Assert.Equal(instant, read);
    });

    [Theory]
    [InlineData("2026-11-25T11:30:17.1666849Z", "2026-11-25T11:30:17.166684Z")]
    [InlineData("2026-11-25T11:30:17.1Z", "2026-11-25T11:30:17.1Z")]
    [InlineData("2026-11-25T11:30:17.100Z", "2026-11-25T11:30:17.1Z")]
    [InlineData("2026-11-25T20:30:17+09:00", "2026-11-25T11:30:17Z")]
    [InlineData("2026-11-25T11:30:17\\u005a", "2026-11-25T11:30:17Z")]
    public void Other_spellings_of_RFC_3339_are_read_too(string text, string expected) =>
        Assert.Equal(expected, Timestamps.Format(JsonSerializer.Deserialize<DateTimeOffset>($"\"{text}\"", LedgerJson.Options)));

    // The framework's own reader takes some of these.
    [Theory]
    [InlineData("2026-11-25")]
    [InlineData("2026-11-25T11:30Z")]
    [InlineData("2026-11-25T11:30:17")]
    [InlineData("2026-11-25T24:00:00Z")]
    [InlineData("2026-11-25T11:30:60Z")]
    [InlineData("2026-02-29T11:30:17Z")]
    [InlineData("2026-11-25T11:30:17.12345678Z")]
    [InlineData("2026-11-25 11:30:17Z")]
    [InlineData(" 2026-11-25T11:30:17Z")]
    [InlineData("2026-11-25T11:30:17Z ")]
    [InlineData("")]
    public void What_names_no_instant_or_not_in_this_form_is_refused(string text) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<DateTimeOffset>($"\"{text}\"", LedgerJson.Options));

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
