using System.Collections.Immutable;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Ledger;

/// <summary>One fact in the ledger. Its stored bytes (<see cref="EntryCodec"/>) are the Merkle leaf, so nothing in it ever changes.</summary>
public sealed record LedgerEntry
{
    /// <summary>1-based place in the ledger; the RFC 6962 leaf index is one less.</summary>
    public required long Position { get; init; }

    /// <summary>One of <see cref="EntryTypes.Names"/>.</summary>
    public required string Type { get; init; }

    /// <summary>When the ledger recorded it, UTC in whole microseconds; never earlier than the entry before.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>Random id of the data subject concerned; the member's own id is never in an entry.</summary>
    public Guid? Subject { get; init; }

    /// <summary>The partner that the entry is about.</summary>
    public string? Partner { get; init; }

    /// <summary>The facts in the clear.</summary>
    public required EntryData Data { get; init; }

    /// <summary>Personal data, encrypted with the subject's own key before hashing; unreadable once the key is destroyed.</summary>
    public byte[]? Sealed { get; init; }

    /// <summary>Who must be told, decided when the entry was appended.</summary>
    public ImmutableArray<Recipient> Recipients { get; init; } = [];
}

/// <summary>통지 대상 제공처 하나 / one partner that an entry must reach.</summary>
public sealed record Recipient
{
    /// <summary>제공처 코드 / partner code.</summary>
    public required string Partner { get; init; }

    /// <summary>제공처별 일련번호(1부터 빠짐없이) / place in the partner's own stream, from 1 without a gap.</summary>
    public required long Sequence { get; init; }

    /// <summary>이벤트 id. 다시 보내도 같습니다 / the event's id, the same at every repetition.</summary>
    public required Guid EventId { get; init; }

    /// <summary>이 제공처가 받는 이벤트 종류 / the event type that this partner gets.</summary>
    public required string Event { get; init; }

    /// <summary>이 제공처가 제공받았던 항목만 / of the entry's items, those that this partner was given.</summary>
    public ImmutableArray<string> Items { get; init; } = [];

    /// <summary>답을 받아야 할 기한 / by when the partner should have answered; absent where no answer is owed.</summary>
    public DateTimeOffset? AcknowledgeBy { get; init; }

    /// <summary>회원탈퇴: 이 제공처가 근거별로 보존하여야 하는 기한 / at a termination: what this partner must still keep, and until when.</summary>
    public ImmutableArray<Rights.RetainedGround> Retain { get; init; } = [];

    /// <summary>이 이벤트가 뒤따르는 이벤트의 id / the event that this one follows: at an erasure, the one that told of the termination.</summary>
    public Guid? Concerns { get; init; }
}

/// <summary>An entry as a decision proposes it; the appender gives it position, time, sequences and seals it.</summary>
public sealed record NewEntry(EntryData Data)
{
    public Guid? Subject { get; init; }

    public string? Partner { get; init; }

    /// <summary>Personal data to be encrypted with the subject's key; null entries and an empty set are left out.</summary>
    public Sealable? Sealed { get; init; }

    public ImmutableArray<NewRecipient> Recipients { get; init; } = [];
}

/// <summary>A recipient before it has its sequence.</summary>
public sealed record NewRecipient(string Partner, string Event)
{
    public ImmutableArray<string> Items { get; init; } = [];

    public DateTimeOffset? AcknowledgeBy { get; init; }

    public ImmutableArray<Rights.RetainedGround> Retain { get; init; } = [];

    public Guid? Concerns { get; init; }
}

/// <summary>The personal part of an entry. One shape for all entry types; each fills what it has.</summary>
public sealed record Sealable
{
    /// <summary>Corrected values by item.</summary>
    public ImmutableSortedDictionary<string, string>? Values { get; init; }

    /// <summary>The caller's own references, such as an order number.</summary>
    public ImmutableSortedDictionary<string, string>? Reference { get; init; }

    /// <summary>Proof of how consent was given.</summary>
    public Consents.Evidence? Evidence { get; init; }

    /// <summary>How the person asking was identified.</summary>
    public Consents.Verification? Verification { get; init; }

    /// <summary>Free text: a reason, a partner's note.</summary>
    public string? Text { get; init; }

    public bool IsEmpty => this is { Values: null, Reference: null, Evidence: null, Verification: null, Text: null };
}

/// <summary>An entry beside the exact bytes that are stored and hashed.</summary>
public sealed record EncodedEntry(LedgerEntry Entry, string Json, TreeHash LeafHash)
{
    public HashedEntry Hashed => new(Entry, LeafHash);
}

/// <summary>An entry with the leaf hash that is stored beside it.</summary>
public readonly record struct HashedEntry(LedgerEntry Entry, TreeHash LeafHash);
