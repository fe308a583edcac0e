using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;
using ConsentLedger.Ledger;
using Microsoft.OpenApi;

namespace ConsentLedger.Hosting;

/// <summary>A rule on one value, with its message in the caller's language, and the same rule in the API's description.</summary>
public abstract class RuleAttribute : ValidationAttribute
{
    /// <summary>Says the rule in the schema of the value.</summary>
    public abstract void Describe(OpenApiSchema schema);

    protected abstract Text? Check(object value, ValidationContext context);

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is not null && Check(value, validationContext) is { } message
            ? new ValidationResult(message.In(Languages.Current), [validationContext.MemberName ?? ""])
            : ValidationResult.Success;
}

/// <summary>A code of the catalog.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed partial class CodeAttribute : RuleAttribute
{
    internal const string Form = "[a-z][a-z0-9_-]{1,39}";

    internal static readonly OpenApiSchema Schema = new() { Type = JsonSchemaType.String, Pattern = $"^{Form}$" };

    public static bool Matches(string value) => Pattern().IsMatch(value);

    public override void Describe(OpenApiSchema schema) => schema.Pattern = Schema.Pattern;

    protected override Text? Check(object value, ValidationContext context) => value is string code && Matches(code) ? null : Texts.Code;

    [GeneratedRegex("^" + Form + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}

/// <summary>Each element a code.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CodesAttribute(int least, int most) : RuleAttribute
{
    public override void Describe(OpenApiSchema schema)
    {
        (schema.MinItems, schema.MaxItems, schema.UniqueItems) = (least, most, true);
        schema.Items = CodeAttribute.Schema;
    }

    protected override Text? Check(object value, ValidationContext context)
    {
        var codes = (IReadOnlyCollection<string?>)value;
        if (codes.Count < least || codes.Count > most)
            return Texts.Count(least, most);
        if (codes.Any(c => c is null || !CodeAttribute.Matches(c)))
            return Texts.Code;
        return codes.Distinct().Count() == codes.Count ? null : Texts.Twice;
    }
}

/// <summary>The shop's id of a member or visitor.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed partial class SubjectIdAttribute : RuleAttribute
{
    internal const string Form = "[A-Za-z0-9._~@:+-]{1,128}";

    internal static readonly OpenApiSchema Schema = new() { Type = JsonSchemaType.String, Pattern = $"^{Form}$" };

    public static bool Matches(string value) => Pattern().IsMatch(value);

    public override void Describe(OpenApiSchema schema) => schema.Pattern = Schema.Pattern;

    protected override Text? Check(object value, ValidationContext context) => value is string id && Matches(id) ? null : Texts.SubjectId;

    [GeneratedRegex("^" + Form + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}

/// <summary>Each element an id of a member.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SubjectIdsAttribute(int least, int most) : RuleAttribute
{
    public override void Describe(OpenApiSchema schema)
    {
        (schema.MinItems, schema.MaxItems) = (least, most);
        schema.Items = SubjectIdAttribute.Schema;
    }

    protected override Text? Check(object value, ValidationContext context)
    {
        var ids = (IReadOnlyCollection<string?>)value;
        return ids.Count < least || ids.Count > most ? Texts.Count(least, most)
            : ids.Any(id => id is null || !SubjectIdAttribute.Matches(id)) ? Texts.SubjectId
            : null;
    }
}

/// <summary>Valid Unicode without U+0000, neither empty nor over the limit (UTF-16 code units).</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class PlainTextAttribute(int limit) : RuleAttribute
{
    public static Text? Check(string value, int limit) =>
        value.Length == 0 ? Texts.Empty
        : value.Length > limit ? Texts.TooLong(limit)
        : IsText(value) ? null : Texts.NotText;

    public static bool IsText(ReadOnlySpan<char> value) => !value.Contains('\0') && !HasLoneSurrogate(value);

    public override void Describe(OpenApiSchema schema) => (schema.MinLength, schema.MaxLength) = (1, limit);

    protected override Text? Check(object value, ValidationContext context) => Check((string)value, limit);

    private static bool HasLoneSurrogate(ReadOnlySpan<char> value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (!char.IsSurrogate(value[i]))
                continue;
            if (!char.IsHighSurrogate(value[i]) || i + 1 == value.Length || !char.IsLowSurrogate(value[i + 1]))
                return true;
            i++;
        }

        return false;
    }
}

/// <summary>A bounded map of short texts by code.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TextMapAttribute(int most, int limit) : RuleAttribute
{
    public override void Describe(OpenApiSchema schema)
    {
        (schema.MinProperties, schema.MaxProperties) = (1, most);
        schema.PropertyNames = CodeAttribute.Schema;
        schema.AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = limit };
    }

    protected override Text? Check(object value, ValidationContext context)
    {
        var map = (IReadOnlyDictionary<string, string>)value;
        if (map.Count is 0 || map.Count > most)
            return Texts.Count(1, most);
        foreach (var (key, text) in map)
        {
            if (!CodeAttribute.Matches(key))
                return Texts.Code;
            if (text is null)
                return Texts.Required;
            if (PlainTextAttribute.Check(text, limit) is { } message)
                return message;
        }

        return null;
    }
}

/// <summary>How many elements a list may have.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CountAttribute(int least, int most) : RuleAttribute
{
    public override void Describe(OpenApiSchema schema) => (schema.MinItems, schema.MaxItems) = (least, most);

    protected override Text? Check(object value, ValidationContext context)
    {
        var list = (ICollection)value;
        if (list.Count < least || list.Count > most)
            return Texts.Count(least, most);
        // The serializer keeps null out of members, not out of lists.
        return list.Cast<object?>().Contains(null) ? Texts.Required : null;
    }
}

/// <summary>When something happened: not before 2000, not in the future by more than clocks may differ.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PastInstantAttribute : RuleAttribute
{
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(2);

    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override void Describe(OpenApiSchema schema) => schema.Format = "date-time";

    protected override Text? Check(object value, ValidationContext context)
    {
        var instant = (DateTimeOffset)value;
        var now = context.GetRequiredService<TimeProvider>().Now();
        return instant < Earliest ? Texts.TooOld : instant > now + ClockSkew ? Texts.Future : null;
    }
}

/// <summary>An instant in a query: RFC 3339.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class InstantAttribute : RuleAttribute
{
    public override void Describe(OpenApiSchema schema) => schema.Format = "date-time";

    protected override Text? Check(object value, ValidationContext context) => Timestamps.TryParse((string)value, out _) ? null : Texts.Malformed;
}

/// <summary>One of a few words.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class OneOfAttribute(params string[] words) : RuleAttribute
{
    public override void Describe(OpenApiSchema schema) => schema.Enum = [.. words];

    protected override Text? Check(object value, ValidationContext context) => words.Contains((string)value) ? null : Texts.OneOf(words);
}

/// <summary>A SHA-256 in hexadecimal.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed partial class Sha256HexAttribute : RuleAttribute
{
    public override void Describe(OpenApiSchema schema) => schema.Pattern = "^[0-9A-Fa-f]{64}$";

    protected override Text? Check(object value, ValidationContext context) => Pattern().IsMatch((string)value) ? null : Texts.Sha256;

    [GeneratedRegex(@"^[0-9A-Fa-f]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}

/// <summary>The language of the request that is being answered.</summary>
public static class Languages
{
    public static Language Current => Of(CultureInfo.CurrentUICulture);

    public static Language Language(this HttpContext http) =>
        http.Features.Get<Microsoft.AspNetCore.Localization.IRequestCultureFeature>() is { } feature ? Of(feature.RequestCulture.UICulture) : default;

    private static Language Of(CultureInfo culture) =>
        culture.TwoLetterISOLanguageName == "en" ? Hosting.Language.English : Hosting.Language.Korean;
}
