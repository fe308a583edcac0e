using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConsentLedger.Relay;

/// <summary>The message itself is at fault; it goes to the queue of refused acknowledgements with this code.</summary>
public sealed class UnacceptableMessageException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}

/// <summary>What partners write to <c>consent-ledger.acknowledgements</c>, in plain JSON with or without a content type.</summary>
[JsonConverter(typeof(BodyIsReadStrictly))]
public sealed class AcknowledgementMessage
{
    public const int MaxBytes = 1_000_000;
    public const int MaxAcknowledgements = 1000;
    public const int MaxNoteLength = 500;

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 8,
    };

    private sealed record Body(IReadOnlyList<Item> Acknowledgements);

    private sealed record Item(Guid EventId, string Outcome, string? Note = null);

    /// <summary>Reads a message's bytes; everything that is not exactly of the contract is refused.</summary>
    /// <exception cref="UnacceptableMessageException">The bytes are not such a message.</exception>
    public static IReadOnlyList<Acknowledgement> Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxBytes) throw Unacceptable($"The body has more than {MaxBytes} bytes.");
        var items = Read(utf8).Acknowledgements;
        if (items.Count is 0 or > MaxAcknowledgements) throw Unacceptable($"acknowledgements must have 1 to {MaxAcknowledgements} elements.");
        return [.. items.Select(Checked)];
    }

    private static Body Read(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonSerializer.Deserialize<Body>(utf8, Strict) ?? throw Unacceptable("The body is null.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not the parser's own words: they may quote the body.
            throw Unacceptable($"The body is not the expected JSON{(e is JsonException { Path.Length: > 0 } at ? $" at {at.Path}" : "")}.");
        }
    }

    private static Acknowledgement Checked(Item? item)
    {
        if (item is null) throw Unacceptable("An element of acknowledgements is null.");
        if (item.Outcome is not ("done" or "partial" or "not_held" or "failed")) throw Unacceptable("outcome must be done, partial, not_held or failed.");
        if (item.Note is { } note && (note.Length > MaxNoteLength || note.Contains('\0', StringComparison.Ordinal)))
            throw Unacceptable($"note must have at most {MaxNoteLength} characters and no U+0000.");
        return new Acknowledgement(item.EventId, item.Outcome, item.Note);
    }

    private static UnacceptableMessageException Unacceptable(string message) => new("invalid_acknowledgement", message);

    // MassTransit reads leniently, and once for all messages; so it is given nothing to read, and the consumer parses the bytes.
    private sealed class BodyIsReadStrictly : JsonConverter<AcknowledgementMessage>
    {
        public override bool HandleNull => true;

        public override AcknowledgementMessage Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return new AcknowledgementMessage();
        }

        public override void Write(Utf8JsonWriter writer, AcknowledgementMessage value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
