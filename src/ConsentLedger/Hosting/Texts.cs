using ConsentLedger.Decisions;

namespace ConsentLedger.Hosting;

/// <summary>Words for people in the two languages of the service.</summary>
public readonly record struct Text(string Ko, string En)
{
    public string In(Language language) => language == Language.English ? En : Ko;
}

public enum Language
{
    Korean,
    English,
}

public static class Texts
{
    public static readonly Text Required = new("값이 필요합니다.", "A value is required.");
    public static readonly Text UnknownMember = new("정의되지 않은 항목입니다.", "This member is not defined.");
    public static readonly Text Malformed = new("형식이 올바르지 않습니다.", "The value is malformed.");
    public static readonly Text DuplicateMember = new("같은 이름이 두 번 나옵니다.", "The name occurs twice.");
    public static readonly Text Truncated = new("본문이 올바른 JSON이 아닙니다.", "The body is not well-formed JSON.");
    public static readonly Text Code = new(
        "코드는 [a-z][a-z0-9_-]{1,39} 형식이어야 합니다.", "A code has the form [a-z][a-z0-9_-]{1,39}.");
    public static readonly Text SubjectId = new(
        "식별자는 [A-Za-z0-9._~@:+-]{1,128} 형식이어야 합니다.", "An id has the form [A-Za-z0-9._~@:+-]{1,128}.");
    public static readonly Text NotText = new(
        "U+0000이나 짝이 없는 서로게이트를 포함할 수 없습니다.", "U+0000 and lone surrogates are not allowed.");
    public static readonly Text Empty = new("비어 있을 수 없습니다.", "It may not be empty.");
    public static readonly Text Sha256 = new("SHA-256은 16진수 64자리여야 합니다.", "A SHA-256 is 64 hexadecimal digits.");
    public static readonly Text Future = new("미래의 시각은 기록할 수 없습니다.", "The time lies in the future.");
    public static readonly Text TooOld = new("2000년 이전의 시각은 기록할 수 없습니다.", "The time lies before the year 2000.");
    public static readonly Text UnknownPurpose = new("등록되지 않은 목적입니다.", "This purpose is not in the catalog.");
    public static readonly Text UnknownItem = new("등록되지 않은 개인정보 항목입니다.", "This item is not in the catalog.");
    public static readonly Text UnknownPartner = new("등록되지 않은 제공처입니다.", "This partner is not registered.");
    public static readonly Text NoRecord = new("기록이 없는 회원입니다.", "The ledger has no record of this member.");
    public static readonly Text BeyondPurpose = new("이 목적에 허용되지 않는 항목입니다.", "The purpose may not use this item.");
    public static readonly Text UnknownNotice = new("존재하지 않는 고지 버전입니다.", "There is no such notice version.");
    public static readonly Text NoticeNotEffective = new("아직 시행되지 않은 고지 버전입니다.", "This notice version is not yet effective.");
    public static readonly Text NotInNotice = new("이 고지에 포함되지 않은 목적입니다.", "The notice does not cover this purpose.");
    public static readonly Text NotOptIn = new("동의 대상이 아닌 목적입니다.", "This purpose is not a matter of consent.");
    public static readonly Text Twice = new("한 요청에 두 번 나옵니다.", "It occurs twice in one request.");
    public static readonly Text RecipientNeeded = new("제공받는 자가 있는 목적이므로 제공처가 필요합니다.", "This purpose has recipients: name the partner.");

    public static Text TooLong(int limit) => new($"{limit}자를 넘을 수 없습니다.", $"At most {limit} characters.");

    public static Text Count(int least, int most) => new($"{least}개 이상 {most}개 이하여야 합니다.", $"Between {least} and {most} are allowed.");

    public static Text OneOf(IReadOnlyList<string> words) => new($"다음 중 하나여야 합니다: {string.Join(", ", words)}.", $"It must be one of: {string.Join(", ", words)}.");

    public static Text Range(long least, long most) => new($"{least}에서 {most} 사이여야 합니다.", $"It must lie between {least} and {most}.");

    /// <summary>A reason for a denial, as a sentence for people.</summary>
    public static Text Of(DenyReason reason) => reason switch
    {
        DenyReason.UnknownPartner => new("등록되지 않은 제공처입니다.", "The partner is not registered."),
        DenyReason.PartnerInactive => new("제공 또는 위탁 관계가 종료된 제공처입니다.", "The relationship with the partner has ended."),
        DenyReason.NoticeNotEffective => new("시행 중인 고지가 없습니다.", "No notice of it is in force."),
        DenyReason.OutOfScope => new("고지한 목적이나 항목의 범위를 벗어납니다.", "It exceeds the purposes and items that were notified."),
        DenyReason.NoConsent => new("동의를 받지 않았습니다.", "There is no consent."),
        DenyReason.ConsentRefused => new("정보주체가 동의하지 않았습니다.", "The member refused consent."),
        DenyReason.ConsentWithdrawn => new("정보주체가 동의를 철회했습니다.", "The member withdrew consent."),
        DenyReason.ConsentExpired => new("동의의 유효기간이 지났습니다.", "The consent has expired."),
        DenyReason.GuardianRequired => new("법정대리인의 동의가 필요합니다.", "The legal guardian's consent is needed."),
        DenyReason.CorrectionPending => new("정정이 완료될 때까지 이용·제공이 정지되었습니다.", "A correction is pending: the data is neither used nor provided."),
        DenyReason.ProcessingSuspended => new("정보주체가 처리정지를 요구했습니다.", "The member had processing suspended."),
        DenyReason.MemberRestricted => new("탈퇴한 회원의 정보입니다.", "The membership was terminated."),
        DenyReason.NightTime => new("야간(21시~08시) 광고에는 별도의 동의가 필요합니다.", "Night-time advertising (21:00–08:00) needs a separate consent."),
        DenyReason.StatisticsNotAnonymous => new("통계 목적에는 특정 개인의 정보를 제공할 수 없습니다.", "Statistics may not carry data of a person."),
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
