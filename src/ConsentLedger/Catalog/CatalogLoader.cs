using System.Collections.Immutable;
using System.Text.Json;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Partners;

namespace ConsentLedger.Catalog;

/// <summary>The catalog file: what a shop starts with.</summary>
public sealed record CatalogFile
{
    public required LocalText Controller { get; init; }

    public required ImmutableArray<ItemDefinition> Items { get; init; }

    public required ImmutableArray<Purpose> Purposes { get; init; }

    public required ImmutableArray<Contact> Contacts { get; init; }

    /// <summary>What cookies are used for; none if absent.</summary>
    public ImmutableArray<CookiePurpose> CookiePurposes { get; init; } = [];

    public required IReadOnlyList<NoticeRequest> Notices { get; init; }

    public required IReadOnlyDictionary<string, PartnerRequest> Partners { get; init; }
}

/// <summary>Loads the catalog into an empty ledger, as entries like any other, by the rules that the API applies.</summary>
public sealed class CatalogLoader(LedgerAppender appender, LedgerReplica replica, IConfiguration configuration, IHostEnvironment environment) : IHostedService
{
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (replica.Catalog.IsLoaded)
            return;
        var file = await ReadAsync(cancellationToken);
        string? failure = null;
        await appender.AppendAsync(
            new LedgerCommand
            {
                // Two processes may start at once: only the first finds no catalog.
                Decide = context => context.Catalog.IsLoaded ? Decision.Refuse(new(200, "")) : Decide(file, context.Now),
                Render = (reply, position) =>
                {
                    failure = reply.Body is Problem problem ? string.Join("; ", problem.Errors.Select(e => $"{e.Field}: {e.Message.En}")) : null;
                    return new Answer(reply.Status, "", position);
                },
            },
            cancellationToken);
        if (failure is not null)
            throw new InvalidDataException($"The catalog cannot be loaded: {failure}");
    }

    public static Decision Decide(CatalogFile file, DateTimeOffset now)
    {
        List<NewEntry> entries = [];
        var catalog = CatalogState.Empty;
        Add(new NewEntry(new CatalogLoaded
        {
            Controller = file.Controller,
            Items = file.Items,
            Purposes = file.Purposes,
            Contacts = file.Contacts,
            CookiePurposes = file.CookiePurposes,
        }));
        foreach (var (i, notice) in file.Notices.Index())
        {
            if (!TryAdd(PublishNotice.Decide(notice, catalog, now), $"notices[{i}]", out var problem))
                return Decision.Refuse(problem);
        }

        foreach (var (code, partner) in file.Partners)
        {
            if (!TryAdd(RegisterPartner.Decide(code, partner, catalog), $"partners.{code}", out var problem))
                return Decision.Refuse(problem);
        }

        return new([.. entries], _ => new(StatusCodes.Status201Created, ""));

        bool TryAdd(Decision decision, string at, out Problem problem)
        {
            problem = Problems.Unexpected;
            if (decision.Entries.IsEmpty && decision.Reply([]).Body is Problem refused)
            {
                problem = refused with { Errors = [.. refused.Errors.Select(e => e with { Field = $"{at}.{e.Field}" })] };
                return false;
            }

            foreach (var entry in decision.Entries)
                Add(entry);
            return true;
        }

        void Add(NewEntry entry)
        {
            entries.Add(entry);
            catalog = catalog.Apply(new LedgerEntry
            {
                Position = entries.Count,
                Type = EntryTypes.NameOf(entry.Data),
                RecordedAt = now,
                Data = entry.Data,
            });
        }
    }

    private async Task<CatalogFile> ReadAsync(CancellationToken ct)
    {
        var path = configuration["Catalog:File"] is { Length: > 0 } configured
            ? configured
            : Path.Combine(environment.ContentRootPath, "Catalog", "catalog.json");
        try
        {
            await using var file = File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync<CatalogFile>(file, ApiJson.Options, ct)
                ?? throw new InvalidDataException($"{path} is empty");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new InvalidDataException($"The catalog file {path} cannot be read: {e.Message}", e);
        }
    }
}
