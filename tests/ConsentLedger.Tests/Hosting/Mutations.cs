using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ConsentLedger.Tests.Hosting;

/// <summary>A body with one thing wrong in it.</summary>
/// <param name="What">What is wrong, for people.</param>
/// <param name="At">Where, as a problem names it; null for the body as a whole.</param>
/// <param name="Bytes">The body as sent.</param>
internal sealed record Mutation(string What, string? At, byte[] Bytes)
{
    /// <summary>A text that one store may take and another not.</summary>
    public bool IsOfCharacters => What.Contains("NUL", StringComparison.Ordinal) || What.Contains("surrogate", StringComparison.Ordinal)
        || What.Contains("UTF-8", StringComparison.Ordinal);
}

/// <summary>Every body that differs from a good one in one place that matters.</summary>
internal static class Mutations
{
    /// <param name="good">A body that is accepted.</param>
    /// <param name="optional">Names of members that may be null or absent.</param>
    /// <param name="maps">Names of members that are maps: their keys are data.</param>
    public static IEnumerable<Mutation> Of(JsonNode good, string[] optional, string[] maps)
    {
        foreach (var (node, path) in Nodes(good, ""))
        {
            foreach (var (what, raw, at) in Wrong(node, path, optional, maps))
                yield return new($"{what} at '{path}'", at, Encode(Write(good, "", path, raw)));
        }

        var text = good.ToJsonString();
        for (var cut = 0; cut < text.Length; cut += Math.Max(1, text.Length / 12))
            yield return new($"truncated after {cut}", null, Encode(text[..cut]));
        foreach (var (what, body) in ((string, string)[])
        [
            ("trailing garbage", text + "}"), ("a second document", text + text), ("a trailing comma", text[..^1] + ",}"), ("a comment", text + "// yes"),
            ("null", "null"), ("a list of it", $"[{text}]"), ("a string of it", JsonSerializer.Serialize(text)), ("single quotes", text.Replace('"', '\'')),
            ("deep nesting", string.Concat(Enumerable.Repeat("{\"notice\":", 5000)) + "1" + new string('}', 5000)), ("deep lists", new string('[', 100_000)),
        ])
        {
            yield return new(what, null, Encode(body));
        }
    }

    private static IEnumerable<(string What, string Raw, string? At)> Wrong(JsonNode? node, string path, string[] optional, string[] maps)
    {
        var name = path[(path.LastIndexOf('.') + 1)..];
        if (path.Length > 0)
        {
            if (!optional.Contains(name))
                yield return ("null", "null", path);
            yield return ("a map", node is JsonObject ? "[]" : "{}", path);
            yield return ("a list in a list", "[[[]]]", path);
            yield return ("a number beyond all numbers", "1e999", path);
            yield return ("a negative number", "-1", path);
        }

        switch (node)
        {
            case JsonObject map:
                foreach (var mutation in OfObject(map, path, optional, maps.Contains(name)))
                    yield return mutation;
                break;
            case JsonArray list:
                if (!optional.Contains(name))
                    yield return ("an empty list", "[]", path);
                yield return ("a null element", "[null]", path);
                yield return ("a null element at the end", $"[{string.Join(',', list.Select(n => n!.ToJsonString()))},null]", path);
                yield return ("10,000 elements", $"[{string.Join(',', Enumerable.Repeat(list[0]!.ToJsonString(), 10_000))}]", path);
                yield return ("a text for a list", "\"text\"", path);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                foreach (var mutation in OfText(path))
                    yield return mutation;
                break;
            case JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False:
                yield return ("a text for true", "\"true\"", path);
                yield return ("1 for true", "1", path);
                yield return ("True", "True", null);
                break;
            case JsonValue:
                yield return ("a text for a number", "\"1\"", path);
                yield return ("a fraction", "1.5", path);
                yield return ("2^31", "2147483648", path);
                yield return ("not a number", "NaN", null);
                break;
        }
    }

    private static IEnumerable<(string What, string Raw, string? At)> OfObject(JsonObject map, string path, string[] optional, bool isMap)
    {
        var members = map.Select(m => $"{JsonSerializer.Serialize(m.Key)}:{m.Value!.ToJsonString()}").ToList();
        foreach (var (key, value) in map)
        {
            yield return ("a duplicate", $"{{{string.Join(',', members)},{JsonSerializer.Serialize(key)}:{value!.ToJsonString()}}}", Join(path, key));
            if (!isMap && !optional.Contains(key))
                yield return ("a missing member", $"{{{string.Join(',', members.Where((_, i) => map.GetAt(i).Key != key))}}}", Join(path, key));
            if (!isMap)
            {
                // Names are matched to the letter: another case is another member, not a second spelling.
                var other = char.ToUpperInvariant(key[0]) + key[1..];
                yield return ("another case", $"{{{string.Join(',', members)},\"{other}\":{value.ToJsonString()}}}", Join(path, other));
            }
        }

        yield return ("an unknown member", $"{{{string.Join(',', members)},\"zzUnknown\":1}}", Join(path, "zzUnknown"));
        yield return ("a lone surrogate in a name", $"{{{string.Join(',', members)},\"\\ud800\":\"x\"}}", null);
        yield return ("half an escape in a name", $"{{{string.Join(',', members)},\"a\\udc00b\":\"x\"}}", null);
        yield return ("NUL in a name", $"{{{string.Join(',', members)},\"a\\u0000b\":\"x\"}}", null);
        yield return ("invalid UTF-8 in a name", $"{{{string.Join(',', members)},\"a\u00ff\u00fe\":\"x\"}}", null);
        if (path.Length == 0)
            yield return ("a name of 1 MB", $"{{{string.Join(',', members)},\"{new string('k', 1_000_000)}\":\"x\"}}", null);
        yield return ("an empty name", $"{{{string.Join(',', members)},\"\":\"x\"}}", null);
    }

    private static IEnumerable<(string What, string Raw, string? At)> OfText(string path)
    {
        yield return ("a number for a text", "1", path);
        yield return ("true for a text", "true", path);
        yield return ("an empty text", "\"\"", path);
        yield return ("NUL", "\"\\u0000\"", path);
        yield return ("NUL inside", "\"ab\\u0000cd\"", path);
        yield return ("a raw NUL", "\"ab\0cd\"", null);
        yield return ("a raw line end", "\"ab\ncd\"", null);
        yield return ("a lone high surrogate", "\"\\ud800\"", path);
        yield return ("a lone low surrogate", "\"ab\\udfffcd\"", path);
        yield return ("surrogates the wrong way round", "\"\\udc00\\ud800\"", path);
        yield return ("half an escape", "\"\\u12\"", null);
        yield return ("invalid UTF-8", "\"ab\u00ffcd\"", path);
        yield return ("a surrogate in UTF-8", "\"\u00ed\u00a0\u0080\"", path);
        yield return ("overlong UTF-8", "\"\u00c0\u00af\"", path);
        yield return ("1 MB", $"\"{new string('a', 1_000_000)}\"", path);
    }

    private static IEnumerable<(JsonNode? Node, string Path)> Nodes(JsonNode? node, string path)
    {
        yield return (node, path);
        var children = node switch
        {
            JsonObject map => map.Select(m => (m.Value, Join(path, m.Key))),
            JsonArray list => list.Select((n, i) => (n, $"{path}[{i}]")),
            _ => [],
        };
        foreach (var (child, at) in children)
        {
            foreach (var found in Nodes(child, at))
                yield return found;
        }
    }

    private static string Write(JsonNode? node, string path, string replacedPath, string raw) => path == replacedPath ? raw : node switch
    {
        JsonObject map => $"{{{string.Join(',', map.Select(m => $"{JsonSerializer.Serialize(m.Key)}:{Write(m.Value, Join(path, m.Key), replacedPath, raw)}"))}}}",
        JsonArray list => $"[{string.Join(',', list.Select((n, i) => Write(n, $"{path}[{i}]", replacedPath, raw)))}]",
        null => "null",
        _ => node.ToJsonString(),
    };

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    // JSON is written in ASCII here; a character up to U+00FF is the byte itself, which makes invalid UTF-8 easy to write.
    private static byte[] Encode(string json) => Encoding.Latin1.GetBytes(json);
}
