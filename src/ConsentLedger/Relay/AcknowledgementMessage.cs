using System.Text.Json;
using System.Text.Json.Serialization;
using ConsentLedger.Hosting;
using ConsentLedger.Partners;

namespace ConsentLedger.Relay;

/// <summary>The message itself is at fault; it goes to the queue of refused acknowledgements with this code.</summary>
public sealed class UnacceptableMessageException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}

/// <summary>What partners write to <c>consent-ledger.acknowledgements</c>: the body of the HTTP call, with or without a content type.</summary>
[JsonConverter(typeof(BodyIsReadStrictly))]
public sealed class AcknowledgementMessage
{
    public const int MaxBytes = 1_000_000;

    /// <summary>Reads a message's bytes; everything that is not exactly of the contract is refused.</summary>
    /// <exception cref="UnacceptableMessageException">The bytes are not such a message.</exception>
    public static AcknowledgementsRequest Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxBytes) throw Unacceptable($"The body has more than {MaxBytes} bytes.");
        var request = Read(utf8);
        if (request.Acknowledgements.Count is 0 or > AcknowledgementsRequest.Most)
            throw Unacceptable($"acknowledgements must have 1 to {AcknowledgementsRequest.Most} elements.");
        foreach (var acknowledgement in request.Acknowledgements)
        {
            if (acknowledgement is null) throw Unacceptable("An element of acknowledgements is null.");
            if (acknowledgement.Note is { } note && PlainTextAttribute.Check(note, Acknowledgement.LongestNote) is { } message)
                throw Unacceptable($"note: {message.En}");
        }

        return request;
    }

    private static AcknowledgementsRequest Read(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonSerializer.Deserialize<AcknowledgementsRequest>(utf8, ApiJson.Options) ?? throw Unacceptable("The body is null.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not the parser's own words: they may quote the body.
            throw Unacceptable($"The body is not the expected JSON{(e is JsonException { Path.Length: > 0 } at ? $" at {at.Path}" : "")}.");
        }
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
