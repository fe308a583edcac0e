using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace ConsentLedger.Relay;

/// <summary>How the relay meets failure: a time limit inside a circuit whose rests grow.</summary>
public static class Resting
{
    /// <summary>
    /// A failure opens the circuit (a first call that fails may be tried again once), and each try that fails afterwards doubles the rest.
    /// Nothing waits inside: while the circuit is open a call ends at once, so a partner that rests holds no lane.
    /// </summary>
    public static ResiliencePipeline<T> Pipeline<T>(RelaySettings settings, TimeSpan timeout, TimeProvider time, Func<Exception, bool> counts) =>
        new ResiliencePipelineBuilder<T> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<T>
            {
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is { } e && !args.Context.CancellationToken.IsCancellationRequested && counts(e)),
                FailureRatio = 0.001,
                MinimumThroughput = 2,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDurationGenerator = args => ValueTask.FromResult(Rest(settings, args.HalfOpenAttempts, Random.Shared.NextDouble())),
            })
            .AddTimeout(new TimeoutStrategyOptions { Timeout = timeout })
            .Build();

    /// <summary>Exponential, with a fifth of it left to chance so that replicas and partners do not come back at the same moment.</summary>
    public static TimeSpan Rest(RelaySettings settings, int failedTries, double chance)
    {
        var doubled = settings.ShortestRest * Math.Pow(2, Math.Clamp(failedTries, 0, 20));
        return (doubled < settings.LongestRest ? doubled : settings.LongestRest) * (0.8 + (0.2 * chance));
    }
}
