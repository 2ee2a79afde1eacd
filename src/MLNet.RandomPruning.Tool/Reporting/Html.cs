using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace MLNet.RandomPruning.Tool.Reporting;

/// <summary>Makes elements of HTML. All text is escaped when it is written, and what no document may hold is replaced.</summary>
internal static class Html
{
    /// <summary>An element with text, attributes and other elements in it. It always gets a closing tag, as HTML wants it.</summary>
    public static XElement Element(string name, params object?[] content) =>
        new(name, "", content.Select(part => part is string text ? Clean(text) : part));

    /// <summary>An attribute.</summary>
    public static XAttribute Attribute(string name, string value) => new(name, Clean(value));

    /// <summary>The class of an element.</summary>
    public static XAttribute Class(string value) => Attribute("class", value);

    /// <summary>A table with a head.</summary>
    /// <param name="caption">What it shows; null for none.</param>
    /// <param name="headers">The heads of the columns.</param>
    /// <param name="rows">The cells.</param>
    /// <param name="numbers">Which columns hold numbers; all but the first when null.</param>
    public static XElement Table(string? caption, IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows, Range? numbers = null)
    {
        var (first, count) = (numbers ?? 1..).GetOffsetAndLength(headers.Count);
        XAttribute? Kind(int column) => column >= first && column < first + count ? Class("number") : null;
        return Element(
            "div", Class("table"),
            Element(
                "table",
                caption is null ? null : Element("caption", caption),
                Element("thead", Element("tr", headers.Select((header, column) => Element("th", Attribute("scope", "col"), Kind(column), header)))),
                Element("tbody", rows.Select(row => Element("tr", row.Select((cell, column) => column == 0
                    ? Element("th", Attribute("scope", "row"), cell)
                    : Element("td", Kind(column), cell)))))));
    }

    /// <summary>Text without characters that a document must not hold: control characters and halves of surrogate pairs.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            if (at + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[at + 1], text[at]))
            {
                clean.Append(text, at++, 2);
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(text[at]) ? text[at] : '\uFFFD');
            }
        }

        return clean.ToString();
    }
}
