using System.Collections.Immutable;
using ConsentLedger.Consents;
using ConsentLedger.Hosting;
using ConsentLedger.Ledger;
using ConsentLedger.Storage;
using Microsoft.EntityFrameworkCore;

namespace ConsentLedger.Partners;

/// <summary>이벤트 하나에 대한 답 / the answer to one event.</summary>
public sealed record Acknowledgement
{
    public const int LongestNote = 1000;

    /// <summary>이벤트 id / the event's id.</summary>
    public required Guid EventId { get; init; }

    /// <summary>처리 결과 / what was done.</summary>
    public required AcknowledgementOutcome Outcome { get; init; }

    /// <summary>비고, 암호화 보관 / a note, stored encrypted.</summary>
    [PlainText(LongestNote)]
    public string? Note { get; init; }
}

/// <summary>이벤트 처리 결과 통지 / answers to events.</summary>
public sealed record AcknowledgementsRequest
{
    public const int Most = 100;

    /// <summary>이벤트별 답, 최대 100 / an answer for each event, at most 100.</summary>
    [Count(1, Most)]
    public required IReadOnlyList<Acknowledgement> Acknowledgements { get; init; }
}

/// <summary>기록 결과 / what was recorded; an answer that says nothing new records nothing.</summary>
public sealed record AcknowledgementsRecorded
{
    /// <summary>기록된 원장 항목 / the entries that were recorded.</summary>
    public required IReadOnlyList<EntryReference> Entries { get; init; }
}

/// <summary>POST /v1/partners/{code}/acknowledgements, and the same from the broker.</summary>
public sealed class AcknowledgeDeliveries(LedgerAppender appender, IDbContextFactory<LedgerDbContext> contexts)
{
    private static readonly Text NoNote = new(
        "회원에 관한 이벤트가 아니므로 비고를 암호화하여 보관할 수 없습니다.", "The event concerns no member, so there is no key to keep a note under.");

    private static readonly Text UnknownEvent = new("이 제공처에 보낸 이벤트가 아닙니다.", "No such event was sent to this partner.");

    /// <param name="code" example="cj-gls">제공처 코드. 토큰의 partner 클레임과 같아야 합니다 / partner code, the same as in the token.</param>
    public static async Task<IResult> Handle(
        [Code] string code, AcknowledgementsRequest request, CommandSender commands, IDbContextFactory<LedgerDbContext> contexts, HttpContext http, CancellationToken ct)
    {
        var subjects = await SubjectsAsync(request, contexts, ct);
        return await commands.SendAsync(
            http, request, [.. subjects.Select(SubjectRef.ById)], context => Decide(code, request, subjects, context), Events(request));
    }

    /// <summary>Records answers that came over the broker.</summary>
    /// <returns>Null when recorded, or what is wrong with them.</returns>
    public async Task<Problem?> RecordAsync(string partner, AcknowledgementsRequest request, CancellationToken ct)
    {
        Problem? problem = null;
        var subjects = await SubjectsAsync(request, contexts, ct);
        await appender.AppendAsync(
            new LedgerCommand
            {
                Subjects = [.. subjects.Select(SubjectRef.ById)],
                Events = Events(request),
                Decide = context => Decide(partner, request, subjects, context),
                Render = (reply, position) =>
                {
                    problem = reply.Body as Problem;
                    return new Answer(reply.Status, "", position);
                },
            },
            ct);
        return problem;
    }

    /// <summary>All or nothing: one event that is not this partner's refuses the whole request.</summary>
    private static Decision Decide(string partner, AcknowledgementsRequest request, IReadOnlyCollection<Guid> subjects, DecisionContext context)
    {
        List<FieldError> errors = [];
        Dictionary<Guid, AcknowledgementOutcome?> outcomes = [];
        var entries = ImmutableArray.CreateBuilder<NewEntry>();
        foreach (var (index, acknowledgement) in request.Acknowledgements.Index())
        {
            if (context.Delivery(acknowledgement.EventId) is not { } delivery || delivery.Partner != partner)
            {
                errors.Add(new($"acknowledgements[{index}].eventId", UnknownEvent));
                continue;
            }

            // Brokers deliver at least once: the same answer again is no news.
            if (outcomes.GetValueOrDefault(delivery.EventId, delivery.Outcome) == acknowledgement.Outcome)
                continue;
            outcomes[delivery.EventId] = acknowledgement.Outcome;
            if (acknowledgement.Note is not null && delivery.Subject is null)
            {
                errors.Add(new($"acknowledgements[{index}].note", NoNote));
                continue;
            }

            // Once the member is erased there is no key left to keep a note under.
            var readable = delivery.Subject is { } id && subjects.Contains(id) && context.Find(SubjectRef.ById(id)) is not null;
            entries.Add(new(new DeliveryAcknowledged
            {
                EventId = delivery.EventId,
                Sequence = delivery.Sequence,
                Outcome = acknowledgement.Outcome,
            })
            {
                Subject = readable ? delivery.Subject : null,
                Partner = partner,
                Sealed = readable ? new() { Text = acknowledgement.Note } : null,
            });
        }

        return errors.Count > 0
            ? Decision.Refuse(Problems.Invalid([.. errors]))
            : new(entries.ToImmutable(), recorded => new(
                StatusCodes.Status201Created, new AcknowledgementsRecorded { Entries = EntryReference.Of(recorded) }));
    }

    private static Guid[] Events(AcknowledgementsRequest request) => [.. request.Acknowledgements.Select(a => a.EventId).Distinct()];

    // Whom an event concerns never changes, so it may be read before the append.
    private static async Task<HashSet<Guid>> SubjectsAsync(
        AcknowledgementsRequest request, IDbContextFactory<LedgerDbContext> contexts, CancellationToken ct)
    {
        var events = Events(request);
        await using var context = await contexts.CreateDbContextAsync(ct);
        return [.. await context.Deliveries.Where(d => events.Contains(d.EventId) && d.SubjectId != null).Select(d => d.SubjectId!.Value).ToListAsync(ct)];
    }
}
