using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Catalog;

/// <summary>고지 목록 / notice versions.</summary>
public sealed record NoticesPage
{
    /// <summary>고지 버전, 게시 순서 / notice versions, as published.</summary>
    public required IReadOnlyList<NoticeView> Notices { get; init; }
}

/// <summary>문의처 / whom to ask.</summary>
public sealed record ContactsPage
{
    /// <summary>문의처 / whom to ask.</summary>
    public required IReadOnlyList<Contact> Contacts { get; init; }
}

/// <summary>GET /v1/notices, /v1/notices/{id}/versions/{version}, /v1/contacts: public.</summary>
public static class ReadCatalog
{
    public static async Task<IResult> Notices(LedgerReplica replica, CancellationToken ct)
    {
        await replica.SyncAsync(ct);
        return TypedResults.Ok(new NoticesPage { Notices = [.. replica.Catalog.Notices.Select(NoticeView.Of)] });
    }

    /// <param name="id" example="third-party-provision">고지 식별자 / the notice's id.</param>
    /// <param name="version" example="1">버전 번호(1부터) / version, from 1.</param>
    public static async Task<IResult> Notice([Code] string id, int version, LedgerReplica replica, CancellationToken ct)
    {
        await replica.SyncAsync(ct);
        return replica.Catalog.FindNotice(id, version) is { } notice
            ? TypedResults.Ok(NoticeView.Of(notice))
            : new ProblemResult(Problems.NotFound(replica.Catalog.LatestVersion(id) == 0 ? "id" : "version", Texts.UnknownNotice));
    }

    public static async Task<IResult> Contacts(LedgerReplica replica, CancellationToken ct)
    {
        await replica.SyncAsync(ct);
        return TypedResults.Ok(new ContactsPage { Contacts = replica.Catalog.Definitions?.Contacts ?? [] });
    }

    /// <summary>The catalog as the entries made it by an instant, folded again from them.</summary>
    public static async Task<CatalogState> StateAtAsync(DateTimeOffset instant, IDbContextFactory<LedgerDbContext> contexts, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        var catalog = CatalogState.Empty;
        var entries = context.CatalogEntries
            .Join(context.Entries, c => c.Position, e => e.Position, (c, e) => new { c.Position, e.RecordedAt, e.Data })
            .OrderBy(e => e.Position);
        await foreach (var entry in entries.AsAsyncEnumerable().WithCancellation(ct))
        {
            if (entry.RecordedAt > instant)
                break;
            catalog = catalog.Apply(EntryCodec.Decode(entry.Data));
        }

        return catalog;
    }
}
