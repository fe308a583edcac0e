using System.Text;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ConsentLedger.Tests.Servers;

[Trait("Category", "Servers")]
public sealed class ServersTests(PostgresServer postgres, RabbitMqServer rabbitMq)
{
    [Fact]
    public async Task Each_database_is_empty_and_shut_to_the_owner_of_another_and_to_a_wrong_password()
    {
        var mine = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        var other = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        Assert.Equal(1, await ScalarAsync(mine.ConnectionString, "CREATE TABLE t (a int); INSERT INTO t VALUES (1) RETURNING a"));
        Assert.Equal(DBNull.Value, await ScalarAsync(other.ConnectionString, "SELECT to_regclass('t')::text"));

        mine.Password = "wrong";
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(mine.ConnectionString, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
        Assert.Equal(false, await ScalarAsync(other.ConnectionString, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"));
    }

    [Fact]
    public async Task A_user_reaches_only_what_its_permissions_name()
    {
        var ct = TestContext.Current.CancellationToken;
        var virtualHost = await rabbitMq.CreateVirtualHostAsync();
        await using var owner = await ConnectAsync(virtualHost);
        await using var channel = await owner.CreateChannelAsync(cancellationToken: ct);
        await DeclareQuorumQueueAsync(channel, "partner.a");
        await DeclareQuorumQueueAsync(channel, "partner.b");

        var user = await rabbitMq.CreateUserAsync(virtualHost, "a", configure: "^$", write: "^$", read: @"^partner\.a$");
        await using var connection = await ConnectAsync(user);
        await using var mine = await connection.CreateChannelAsync(cancellationToken: ct);
        Assert.Null(await mine.BasicGetAsync("partner.a", autoAck: true, ct));
        var refused = await Assert.ThrowsAsync<OperationInterruptedException>(() => mine.BasicGetAsync("partner.b", autoAck: true, ct));
        Assert.Equal(Constants.AccessRefused, refused.ShutdownReason!.ReplyCode);
    }

    internal static Task<QueueDeclareOk> DeclareQuorumQueueAsync(IChannel channel, string name) =>
        channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false,
            arguments: new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });

    internal static Task<IConnection> ConnectAsync(Uri virtualHost) =>
        new ConnectionFactory { Uri = virtualHost, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();

    internal static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}

[Collection<ServerOutages>]
[Trait("Category", "Servers")]
public sealed class ServerOutageTests(PostgresServer postgres, RabbitMqServer rabbitMq)
{
    [Fact]
    public async Task PostgreSQL_is_gone_after_a_stop_and_has_its_rows_after_the_next_start()
    {
        var database = await postgres.CreateDatabaseAsync();
        await ServersTests.ScalarAsync(database, "CREATE TABLE t (a int); INSERT INTO t VALUES (7)");
        await postgres.StopAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ServersTests.ScalarAsync(database, "SELECT 1"));
        await postgres.StartAsync();
        NpgsqlConnection.ClearAllPools();
        Assert.Equal(7, await ServersTests.ScalarAsync(database, "SELECT a FROM t"));
    }

    [Fact]
    public async Task PostgreSQL_gives_databases_again_at_once_after_a_stop()
    {
        await postgres.CreateDatabaseAsync();
        await postgres.StopAsync();
        await postgres.StartAsync();
        Assert.NotEmpty(await postgres.CreateDatabaseAsync());
    }

    [Fact]
    public async Task RabbitMQ_is_gone_after_a_stop_and_has_what_it_confirmed_after_the_next_start()
    {
        var ct = TestContext.Current.CancellationToken;
        var virtualHost = await rabbitMq.CreateVirtualHostAsync();
        await using (var connection = await ServersTests.ConnectAsync(virtualHost))
        {
            await using var channel = await connection.CreateChannelAsync(new(true, true), ct);
            await ServersTests.DeclareQuorumQueueAsync(channel, "q");
            await channel.BasicPublishAsync("", "q", mandatory: true, new BasicProperties { Persistent = true }, "kept"u8.ToArray(), ct);
            await rabbitMq.StopAsync();
        }
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => ServersTests.ConnectAsync(virtualHost));
        await rabbitMq.StartAsync();
        await using var again = await ServersTests.ConnectAsync(virtualHost);
        await using var reader = await again.CreateChannelAsync(cancellationToken: ct);
        var message = await reader.BasicGetAsync("q", autoAck: true, ct);
        Assert.Equal("kept", Encoding.UTF8.GetString(message!.Body.Span));
    }
}
