using System.Net.Security;
using System.Security.Authentication;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ConsentLedger.Relay;

public static class RelaySetup
{
    private const ushort AcknowledgementsAtOnce = 16;

    /// <summary>
    /// Publishes events and takes acknowledgements over the broker of <c>ConnectionStrings:Broker</c> (<c>amqp://</c> or <c>amqps://</c>).
    /// Without one the relay is off, and partners use the HTTP feed.
    /// </summary>
    public static TBuilder AddRelay<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        var address = builder.Configuration.GetConnectionString("Broker");
        if (string.IsNullOrWhiteSpace(address))
        {
            builder.Services.AddHostedService<RelayOffNotice>();
            return builder;
        }
        var broker = BrokerAddress(address);
        var settings = (builder.Configuration.GetSection("Relay").Get<RelaySettings>() ?? new RelaySettings()).Checked();
        builder.Services.AddSingleton<RelayCursors>();
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(s => ActivatorUtilities.CreateInstance<BrokerConnection>(s, broker));
        builder.Services.AddSingleton<RelayWorker>();
        builder.Services.AddHostedService(s => s.GetRequiredService<RelayWorker>());
        builder.Services.AddHealthChecks().AddCheck<RelayHealth>("relay", HealthStatus.Degraded, ["ready"]);
        builder.Services.AddSingleton<AcknowledgementRetry>();
        builder.Services.AddSingleton<RefuseAcknowledgement>();
        builder.Services.AddMassTransit(x => Configure(x, broker));
        // The broker may be absent: the service starts without it.
        builder.Services.Configure<MassTransitHostOptions>(o => (o.WaitUntilStarted, o.StartTimeout, o.StopTimeout) = (false, null, TimeSpan.FromSeconds(10)));
        // They repeat at every attempt, or for every message, what BrokerConnection, AcknowledgementRetry and RefuseAcknowledgement say once.
        builder.Logging.AddFilter("MassTransit", LogLevel.Error);
        builder.Logging.AddFilter("MassTransit.ReceiveTransport", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Error);
        return builder;
    }

    private static void Configure(IBusRegistrationConfigurator x, Uri broker)
    {
        x.DisableUsageTelemetry();
        x.ConfigureHealthCheckOptions(o => o.MinimalFailureStatus = HealthStatus.Degraded);
        x.AddConsumer<AcknowledgementConsumer>();
        x.UsingRabbitMq((context, bus) =>
        {
            bus.Host(broker, host =>
            {
                host.ConnectionName("consent-ledger acknowledgements");
                if (broker.Scheme == "amqps") host.UseSsl(Strict);
            });
            bus.ReceiveEndpoint(RelayTopology.Acknowledgements, endpoint => Configure(endpoint, context));
        });
    }

    // MassTransit's own settings take a certificate that nobody vouches for, and TLS 1.2 only.
    private static void Strict(IRabbitMqSslConfigurator ssl)
    {
        ssl.EnforcePolicyErrors(SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable);
        ssl.Protocol = SslProtocols.None;
    }

    // The endpoint's exchange has the queue's name: it is what partners may write to, and all that they may.
    private static void Configure(IRabbitMqReceiveEndpointConfigurator endpoint, IBusRegistrationContext context)
    {
        endpoint.SetQueueArgument("x-queue-type", "quorum");
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PublishFaults = false;
        endpoint.PrefetchCount = AcknowledgementsAtOnce;
        endpoint.ConcurrentMessageLimit = AcknowledgementsAtOnce;
        endpoint.ClearSerialization();
        endpoint.UseRawJsonSerializer(RawSerializerOptions.AnyMessageType, isDefault: true);
        var refuse = context.GetRequiredService<RefuseAcknowledgement>();
        endpoint.ConfigureError(pipe => pipe.UseFilter(refuse));
        endpoint.ConfigureDeadLetter(pipe => pipe.UseFilter(refuse));
        endpoint.ConfigureConsumer<AcknowledgementConsumer>(context);
    }

    private static Uri BrokerAddress(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps"
            ? uri
            : throw new InvalidOperationException("ConnectionStrings:Broker must begin with amqp:// or amqps://.");
}

/// <summary>Says once that the relay is off.</summary>
internal sealed partial class RelayOffNotice(ILogger<RelayWorker> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        LogOff();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "No broker is configured (ConnectionStrings:Broker): the relay is off, and partners use the HTTP feed.")]
    private partial void LogOff();
}
