using System.Runtime.ExceptionServices;
using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace ConsentLedger.Relay;

/// <summary>
/// Moves a message that will never be accepted to <c>consent-ledger.acknowledgements_error</c>, with the reason in its headers.
/// MassTransit's own move keeps the property <c>user_id</c>; the broker then closes our channel, because that user is not ours, and the message comes
/// back without end. Here the sender's name moves into a header.
/// </summary>
public sealed partial class RefuseAcknowledgement(ILogger<RefuseAcknowledgement> log) : IFilter<ExceptionReceiveContext>, IFilter<ReceiveContext>
{
    public const string ReasonHeader = "x-refused-reason";
    public const string DetailHeader = "x-refused-detail";
    public const string UserHeader = "x-refused-user";

    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        var (code, detail) = Reason(context.Exception);
        if (code is null)
        {
            // The message is not at fault: the service is ending. Thrown on, it goes back to the queue.
            ExceptionDispatchInfo.Throw(context.Exception);
        }
        await MoveAsync(context, code, detail);
        // Or MassTransit takes it for a message that nobody wanted, and it is moved a second time.
        if (!context.IsFaulted) await context.NotifyFaulted(context.Exception);
    }

    // Nothing took the message.
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next) => MoveAsync(context, "invalid_acknowledgement", "The body cannot be read.");

    public void Probe(ProbeContext context) => context.CreateFilterScope("refuseAcknowledgement");

    // Faults of the store never come here (AcknowledgementRetry waits them out), so what is not a cancellation is the message's own, and would come back without end.
    private static (string? Code, string Detail) Reason(Exception? failure) => failure switch
    {
        null => ("invalid_acknowledgement", "The body cannot be read."),
        OperationCanceledException or ConsumerCanceledException => (null, ""),
        UnacceptableMessageException e => (e.Code, e.Message),
        _ => Reason(failure.InnerException),
    };

    private async Task MoveAsync(ReceiveContext context, string code, string detail)
    {
        if (!context.TryGetPayload<ChannelContext>(out var channel) || !context.TryGetPayload<RabbitMqBasicConsumeContext>(out var delivery))
            throw new InvalidOperationException("The message did not come from RabbitMQ.");
        var properties = new BasicProperties
        {
            DeliveryMode = DeliveryModes.Persistent,
            ContentType = delivery.Properties.ContentType,
            MessageId = delivery.Properties.MessageId,
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [ReasonHeader] = code,
                [DetailHeader] = detail,
                [UserHeader] = delivery.Properties.UserId,
            },
        };
        await channel.QueueDeclare(RelayTopology.RefusedAcknowledgements, durable: true, exclusive: false, autoDelete: false, Arguments(), context.CancellationToken);
        // Confirmed before the original is acknowledged: a crash in between leaves it twice, never lost.
        await channel.BasicPublishAsync("", RelayTopology.RefusedAcknowledgements, true, properties, context.GetBody(), true, context.CancellationToken);
        LogRefused(delivery.Properties.UserId ?? "", code);
    }

    // What partners send wrongly must not fill the broker's disk: the oldest go first.
    private static Dictionary<string, object?> Arguments() =>
        new(RelayTopology.Quorum(), StringComparer.Ordinal) { ["x-max-length"] = RelayTopology.RefusedAcknowledgementsKept };

    [LoggerMessage(Level = LogLevel.Warning, Message = "An acknowledgement from broker user '{User}' was refused: {Code}.")]
    private partial void LogRefused(string user, string code);
}
