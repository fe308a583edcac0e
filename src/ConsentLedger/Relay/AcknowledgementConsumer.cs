using ConsentLedger.Partners;
using MassTransit;
using Polly;
using Polly.Retry;

namespace ConsentLedger.Relay;

/// <summary>
/// Takes partners' acknowledgements from the queue into the ledger. Who the partner is tells the broker: it checks that the property
/// <c>user_id</c> is the user who is logged in. The message is only acknowledged to the broker once the ledger has it.
/// </summary>
public sealed class AcknowledgementConsumer(AcknowledgeDeliveries deliveries, AcknowledgementRetry retry, IHostApplicationLifetime service) : IConsumer<AcknowledgementMessage>
{
    public async Task Consume(ConsumeContext<AcknowledgementMessage> context)
    {
        var partner = PartnerOf(context) ?? throw new UnacceptableMessageException("unidentified_sender", "user_id is absent or not the user of a partner.");
        var acknowledgements = AcknowledgementMessage.Parse(context.ReceiveContext.GetBody());
        // MassTransit cancels only after it has waited for us; cancelled here, the message goes back to the queue while the service ends.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, service.ApplicationStopping);
        await retry.ExecuteAsync(
            async ct =>
            {
                if (await deliveries.RecordAsync(partner, acknowledgements, ct) is { } problem)
                    throw new UnacceptableMessageException("unknown_event", string.Join(' ', problem.Errors.Select(e => $"{e.Field}: {e.Message.En}")));
            },
            ending.Token);
    }

    private static string? PartnerOf(ConsumeContext context) =>
        context.TryGetPayload<RabbitMqBasicConsumeContext>(out var delivery) && delivery.Properties.IsUserIdPresent()
            ? RelayTopology.PartnerOf(delivery.Properties.UserId)
            : null;
}

/// <summary>
/// A store that cannot be reached is waited for, for as long as it takes: the message stays unacknowledged on the broker, which hands it to
/// another replica when this one ends. What the ledger refuses is not tried again.
/// </summary>
public sealed partial class AcknowledgementRetry
{
    private readonly ILogger<AcknowledgementRetry> log;
    private int waiting;

    public AcknowledgementRetry(RelaySettings settings, TimeProvider time, ILogger<AcknowledgementRetry> log)
    {
        this.log = log;
        Pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = static args => ValueTask.FromResult(
                    args.Outcome.Exception is not (null or UnacceptableMessageException) && !args.Context.CancellationToken.IsCancellationRequested),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = settings.ShortestRest,
                MaxDelay = settings.LongestRest,
                OnRetry = args =>
                {
                    if (Interlocked.Exchange(ref waiting, 1) == 0) LogWaiting(args.Outcome.Exception!);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    private ResiliencePipeline Pipeline { get; }

    public async Task ExecuteAsync(Func<CancellationToken, Task> accept, CancellationToken ct)
    {
        await Pipeline.ExecuteAsync(async token => await accept(token), ct);
        if (Interlocked.Exchange(ref waiting, 0) == 1) LogAccepted();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Acknowledgements cannot be written to the ledger; they wait on the broker.")]
    private partial void LogWaiting(Exception e);

    [LoggerMessage(Level = LogLevel.Information, Message = "Acknowledgements are written to the ledger again.")]
    private partial void LogAccepted();
}
