using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using ConsentLedger.Hosting;
using CsvHelper;
using CsvHelper.Configuration;

namespace ConsentLedger.Partners;

/// <summary>A vendor as the file names it.</summary>
public sealed record VendorLine(int Line, string Code, string NameKo, string NameEn);

/// <summary>What is wrong, and on which physical line; without one where it is the file as a whole.</summary>
public readonly record struct LineError(int? Line, string What)
{
    public override string ToString() => Line is { } line ? string.Create(CultureInfo.InvariantCulture, $"line {line}: {What}") : What;
}

/// <summary>
/// The annex of vendors 벤더사 현황: CSV (RFC 4180) with the header <c>code,name_ko,name_en</c>. Read as a whole: where
/// there are errors there are no vendors.
/// </summary>
public sealed record VendorFile(ImmutableArray<VendorLine> Vendors, ImmutableArray<LineError> Errors)
{
    public const int MaxBytes = 10 * 1024 * 1024;
    public const int MaxLines = 10_000;
    public const int MaxErrors = 100;

    /// <summary>What the code of every vendor in the annex starts with.</summary>
    public const string Prefix = "vendor-";

    private const int Cp949 = 949;
    private const string Form = "A vendor's code has the form vendor-[a-z0-9_-]{1,33}.";

    private static readonly string[] Columns = ["code", "name_ko", "name_en"];
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly Encoding Korean = CodePagesEncodingProvider.Instance.GetEncoding(
        Cp949, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;

    /// <param name="path">Of the file.</param>
    /// <param name="cp949">True where the file is in the code page of Korean Windows, which cannot be told from the bytes alone.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<VendorFile> ReadAsync(string path, bool cp949, CancellationToken ct)
    {
        try
        {
            await using var file = File.OpenRead(path);
            // One byte more than is allowed: a pipe tells its length only by its end.
            var bytes = new byte[MaxBytes + 1];
            var length = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
            return Read(bytes.AsSpan(0, length), cp949);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refused([new(null, $"the file cannot be read: {e.Message}")]);
        }
    }

    public static VendorFile Read(ReadOnlySpan<byte> bytes, bool cp949)
    {
        if (bytes.Length > MaxBytes)
            return Refused([new(null, $"the file is larger than {MaxBytes / 1024 / 1024} MB")]);
        List<LineError> errors = [];
        var text = Decode(bytes, cp949, errors);
        if (errors.Count > 0)
            return Refused(errors);
        List<VendorLine> vendors = [];
        using (var records = Records(text).GetEnumerator())
        {
            if (!records.MoveNext())
                return Refused([new(null, "the file is empty: its first line is the header code,name_ko,name_en")]);
            if (Header(records.Current, errors) is { } columns)
                ReadVendors(records, columns, vendors, errors);
        }

        if (errors.Count == 0 && vendors.Count == 0)
            errors.Add(new(null, "there is no vendor below the header"));
        return errors.Count == 0 ? new([.. vendors], []) : Refused(errors);
    }

    private static VendorFile Refused(IEnumerable<LineError> errors) => new([], [.. errors.Take(MaxErrors)]);

    // Line by line, so that an error has its line. Neither encoding uses the byte of a line feed within a character.
    private static string Decode(ReadOnlySpan<byte> bytes, bool cp949, List<LineError> errors)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
        {
            if (cp949)
                errors.Add(new(1, "the file starts with the mark of UTF-8: leave out --encoding cp949"));
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        }

        // Some Korean in UTF-8 is other Korean in CP949: nobody would notice until the names are read.
        var mistaken = cp949 && !Ascii.IsValid(bytes) && System.Text.Unicode.Utf8.IsValid(bytes);
        var text = new StringBuilder(bytes.Length);
        for (var line = 1; bytes.Length > 0 && errors.Count < MaxErrors; line++)
        {
            if (line > MaxLines)
            {
                errors.Add(new(line, $"a file has at most {MaxLines} lines"));
                break;
            }

            var end = bytes.IndexOf((byte)'\n');
            var content = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? [] : bytes[(end + 1)..];
            if (end >= 0 && content is [.., (byte)'\r'])
                content = content[..^1];
            if (Decode(content, cp949, out var decoded) is { } error)
                errors.Add(new(line, error));
            text.Append(decoded).Append('\n');
        }

        if (mistaken && errors.Count == 0)
            errors.Add(new(null, "the file is UTF-8: leave out --encoding cp949"));
        return text.ToString();
    }

    private static string? Decode(ReadOnlySpan<byte> line, bool cp949, out string decoded)
    {
        decoded = "";
        if (line.Contains((byte)0))
            return "U+0000 is not allowed";
        if (line.Contains((byte)'\r'))
            return "a carriage return without a line feed ends no line";
        if (!TryDecode(line, cp949 ? Korean : Utf8, out decoded))
        {
            return cp949 ? "the bytes are not CP949"
                : TryDecode(line, Korean, out _) ? "the bytes are not UTF-8; if the file is in CP949 (Korean Windows), give --encoding cp949"
                : "the bytes are not UTF-8";
        }

        return null;
    }

    private static bool TryDecode(ReadOnlySpan<byte> bytes, Encoding encoding, out string decoded)
    {
        try
        {
            decoded = encoding.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            decoded = "";
            return false;
        }

        // The code page gives bytes that mean nothing to controls and private characters instead of failing.
        return encoding.CodePage != Cp949 || !decoded.Any(c => c is >= '\u0080' and <= '\u009F' || char.GetUnicodeCategory(c) == UnicodeCategory.PrivateUse);
    }

    // A quoted field may hold line breaks: a record has the number of the line that it starts on.
    private static IEnumerable<Record> Records(string text)
    {
        var bad = false;
        using var parser = new CsvParser(new StringReader(text), new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = ",",
            IgnoreBlankLines = false,
            BadDataFound = _ => bad = true,
        });
        for (var line = 1; parser.Read(); line = parser.RawRow + 1)
        {
            bad = false;
            var fields = parser.Record ?? [];
            if (bad || fields.Any(f => f.Length > 0))
                yield return new(line, fields, bad);
        }
    }

    private static int[]? Header(Record header, List<LineError> errors)
    {
        if (header.Bad)
            errors.Add(new(header.Line, "the quotes do not match"));
        foreach (var (i, name) in header.Fields.Index().Take(MaxErrors))
        {
            if (!Columns.Contains(name))
                errors.Add(new(header.Line, $"{Show(name)}: it is not a column; the columns are {string.Join(", ", Columns)}"));
            else if (Array.IndexOf(header.Fields, name) < i)
                errors.Add(new(header.Line, $"{name}: the column occurs twice"));
        }

        var places = Array.ConvertAll(Columns, name => Array.IndexOf(header.Fields, name));
        foreach (var (i, name) in Columns.Index())
        {
            if (places[i] < 0 && name != "name_en")
                errors.Add(new(header.Line, $"{name}: the column is missing"));
        }

        return errors.Count == 0 ? places : null;
    }

    private static void ReadVendors(IEnumerator<Record> records, int[] columns, List<VendorLine> vendors, List<LineError> errors)
    {
        var width = columns.Count(c => c >= 0);
        Dictionary<string, int> first = new(StringComparer.Ordinal);
        while (errors.Count < MaxErrors && records.MoveNext())
        {
            var (line, fields, bad) = records.Current;
            if (bad || fields.Length != width)
            {
                errors.Add(new(line, bad ? "the quotes do not match" : $"{width} fields are expected, {fields.Length} are there"));
                continue;
            }

            var (code, ko) = (fields[columns[0]], fields[columns[1]]);
            var en = columns[2] >= 0 && fields[columns[2]] is { Length: > 0 } given ? given : ko;
            if (!CodeAttribute.Matches(code) || !code.StartsWith(Prefix, StringComparison.Ordinal) || code.Length == Prefix.Length)
                errors.Add(new(line, $"code: {Form}"));
            else if (!first.TryAdd(code, line))
                errors.Add(new(line, $"code: {code} is on line {first[code]} already"));
            if (Name("name_ko", ref ko) is { } wrong)
                errors.Add(new(line, wrong));
            if (Name("name_en", ref en) is { } wrongToo && columns[2] >= 0 && fields[columns[2]].Length > 0)
                errors.Add(new(line, wrongToo));
            vendors.Add(new(line, code, ko, en));
        }
    }

    // Names typed on different machines are the same name: NFC, as the ledger's other texts come.
    private static string? Name(string column, ref string name)
    {
        // Normalisation throws at this one, which is no character (Unicode, section 23.7).
        if (name.Contains('\uFFFE', StringComparison.Ordinal))
            return $"{column}: {Texts.NotText.En}";
        name = name.Normalize(NormalizationForm.FormC);
        return PlainTextAttribute.Check(name.Trim().Length == 0 ? "" : name, LocalTextRequest.Limit) is { } message ? $"{column}: {message.En}" : null;
    }

    /// <summary>A text of the file as it may be shown on a terminal: bounded, and nothing in it that moves the cursor.</summary>
    internal static string Show(string text) =>
        string.Concat((text.Length > 80 ? text[..80] + "…" : text).Select(c => char.IsControl(c) ? ' ' : c));

    private readonly record struct Record(int Line, string[] Fields, bool Bad);
}
