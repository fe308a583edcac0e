using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Hosting;

/// <summary>
/// Tells whether two requests under one idempotency key are the same. Keyed, because a body can hold little more than a telephone number:
/// whoever has a copy of the table must not be able to try numbers against a plain hash.
/// </summary>
public sealed class RequestHasher(SubjectVault vault, IDbContextFactory<LedgerDbContext> contexts)
{
    private const string Name = "request-hash";

    private byte[]? key;

    /// <summary>Finds the key, or makes it; processes that start at once end with the same one.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        if (await FindAsync(context, ct) is not { } wrapped)
        {
            context.ServiceKeys.Add(new ServiceKeyRow { Name = Name, WrappedKey = vault.NewKey() });
            try
            {
                await context.SaveChangesAsync(ct);
            }
            catch (DbUpdateException)
            {
                // Another process was first.
            }

            wrapped = await FindAsync(context, ct) ?? throw new LedgerUnavailableException("the key of the request hashes cannot be stored");
        }

        key = vault.Unwrap(wrapped);
    }

    /// <summary>HMAC-SHA-256 over method, path and the body as it was read.</summary>
    public byte[] Compute(HttpRequest request, object? body) => HMACSHA256.HashData(
        key ?? throw new InvalidOperationException("The ledger is not open yet."),
        Encoding.UTF8.GetBytes(
            $"{request.Method} {request.Path.Value}\n{(body is null ? "" : JsonSerializer.Serialize(body, body.GetType(), ApiJson.Options))}"));

    private static Task<byte[]?> FindAsync(LedgerDbContext context, CancellationToken ct) =>
        context.ServiceKeys.AsNoTracking().Where(k => k.Name == Name).Select(k => (byte[]?)k.WrappedKey).SingleOrDefaultAsync(ct);
}
