using RabbitMQ.Client;

namespace ConsentLedger.Relay;

/// <summary>Names and shapes of what the relay uses on the broker; asyncapi.yaml describes the same to partners.</summary>
public static class RelayTopology
{
    public const string Events = "consent-ledger.events";
    public const string DeadLetters = "consent-ledger.dead-letters";
    public const string Acknowledgements = "consent-ledger.acknowledgements";
    public const string RefusedAcknowledgements = "consent-ledger.acknowledgements_error";

    /// <summary>A delivery that was handed back this often is poison: it goes to the dead-letter queue.</summary>
    public const int DeliveryLimit = 20;

    public const int RefusedAcknowledgementsKept = 100_000;

    private const string UserPrefix = "partner-";

    public static string QueueOf(string partner) => $"partner.{partner}";

    public static string DeadLetterQueueOf(string partner) => $"partner.{partner}.dead";

    public static string RoutingKey(string partner, string eventType) => $"{partner}.{eventType}";

    public static string BindingOf(string partner) => $"{partner}.#";

    public static string UserOf(string partner) => UserPrefix + partner;

    /// <summary>The partner whose broker user this is; null for every other user.</summary>
    public static string? PartnerOf(string? user) =>
        user is not null && user.StartsWith(UserPrefix, StringComparison.Ordinal) && IsPartnerCode(user.AsSpan(UserPrefix.Length))
            ? user[UserPrefix.Length..]
            : null;

    /// <summary>
    /// Declares all that an event for this partner needs; what is there already and equal stays as it is.
    /// Only called while none of the partner's events is unconfirmed: a route that heals between two events in flight would let the later one overtake.
    /// </summary>
    public static async Task DeclareAsync(IConnection connection, string partner, CancellationToken ct)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        await channel.ExchangeDeclareAsync(Events, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: ct);
        await channel.ExchangeDeclareAsync(DeadLetters, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: ct);
        // The dead-letter queue first, the partner's binding last: nothing arrives before there is a place for what fails.
        await channel.QueueDeclareAsync(DeadLetterQueueOf(partner), durable: true, exclusive: false, autoDelete: false, Quorum(), cancellationToken: ct);
        await channel.QueueBindAsync(DeadLetterQueueOf(partner), DeadLetters, BindingOf(partner), cancellationToken: ct);
        await channel.QueueDeclareAsync(QueueOf(partner), durable: true, exclusive: false, autoDelete: false, PartnerQueue(), cancellationToken: ct);
        await channel.QueueBindAsync(QueueOf(partner), Events, BindingOf(partner), cancellationToken: ct);
        await channel.CloseAsync(ct);
    }

    public static Dictionary<string, object?> Quorum() => new(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" };

    private static Dictionary<string, object?> PartnerQueue() => new(Quorum(), StringComparer.Ordinal)
    {
        ["x-dead-letter-exchange"] = DeadLetters,
        ["x-delivery-limit"] = DeliveryLimit,
    };

    private static bool IsPartnerCode(ReadOnlySpan<char> code)
    {
        if (code.Length is < 2 or > 40 || !char.IsAsciiLetterLower(code[0])) return false;
        foreach (var c in code)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('_' or '-')) return false;
        }
        return true;
    }
}
