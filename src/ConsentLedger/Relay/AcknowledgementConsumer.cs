using MassTransit;
using Polly;
using Polly.Retry;

namespace ConsentLedger.Relay;

/// <summary>
/// Takes partners' acknowledgements from the queue into the ledger. Who the partner is tells the broker: it checks that the property
/// <c>user_id</c> is the user who is logged in. The message is only acknowledged to the broker once the ledger has it.
/// </summary>
public sealed class AcknowledgementConsumer(AcknowledgementIntake intake, AcknowledgementRetry retry) : IConsumer<AcknowledgementMessage>
{
    public async Task Consume(ConsumeContext<AcknowledgementMessage> context)
    {
        var partner = PartnerOf(context) ?? throw new UnacceptableMessageException("unidentified_sender", "user_id is absent or not the user of a partner.");
        var acknowledgements = AcknowledgementMessage.Parse(context.ReceiveContext.GetBody());
        await retry.Pipeline.ExecuteAsync(async ct => await intake.AcceptAsync(partner, acknowledgements, ct), context.CancellationToken);
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
public sealed class AcknowledgementRetry(RelaySettings settings, TimeProvider time)
{
    public ResiliencePipeline Pipeline { get; } = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = static args => ValueTask.FromResult(
                args.Outcome.Exception is not (null or AcknowledgementRefusedException) && !args.Context.CancellationToken.IsCancellationRequested),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = settings.ShortestRest,
            MaxDelay = settings.LongestRest,
        })
        .Build();
}
