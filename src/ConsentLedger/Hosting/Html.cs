using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace ConsentLedger.Hosting;

/// <summary>A piece of HTML. Whatever is put into it is escaped unless it is such a piece itself, so that no text can become markup.</summary>
internal readonly record struct Html
{
    // Korean stays readable; what HTML is made of does not stay.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly string? markup;

    private Html(string markup) => this.markup = markup;

    /// <summary>The markup around the holes as written here, the values in the holes escaped.</summary>
    public static Html Of(Builder markup) => new(markup.ToString());

    /// <summary>Markup that the program itself has written, such as a style sheet.</summary>
    public static Html Verbatim(string markup) => new(markup);

    public override string ToString() => markup ?? "";

    /// <summary>What an interpolated string becomes: other types than these do not compile.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Builder(int literalLength, int formattedCount)
    {
        private readonly StringBuilder text = new(literalLength + (formattedCount * 32));

        public void AppendLiteral(string markup) => text.Append(markup);

        public void AppendFormatted(string words) => text.Append(Encoder.Encode(words));

        public void AppendFormatted(long number) => text.Append(number.ToString(CultureInfo.InvariantCulture));

        public void AppendFormatted(Html html) => text.Append(html.ToString());

        public void AppendFormatted(IEnumerable<Html> pieces)
        {
            foreach (var piece in pieces)
                AppendFormatted(piece);
        }

        public override string ToString() => text.ToString();
    }
}
