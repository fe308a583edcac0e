namespace ConsentLedger.Tests.Servers;

/// <summary>For tests that stop a shared server: they run one after the other, when all the others are done.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class ServerOutages;
