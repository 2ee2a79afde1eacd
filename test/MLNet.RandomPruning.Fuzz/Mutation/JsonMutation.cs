using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLNet.RandomPruning.Fuzz.Mutation;

/// <summary>Changes JSON texts.</summary>
internal static class JsonMutation
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly record struct Token(int Start, int Length, bool IsName);

    /// <summary>Changes a text in one place.</summary>
    public static string Change(string json, FuzzRandom random) => random.Chance(0.7) ? ChangeToken(json, random) : ChangeTree(json, random);

    /// <summary>Changes one name, number, text or literal, and leaves all else as it is.</summary>
    public static string ChangeToken(string json, FuzzRandom random)
    {
        var tokens = Tokens(json);
        if (tokens.Count == 0)
        {
            return InterestingValues.Json(random);
        }

        var token = random.Pick(tokens);
        string old = json.Substring(token.Start, token.Length);
        string changed = token.IsName ? $"\"{random.Pick(["origin", "kept", "layers", "checksums", "seed", "densities", "granularity", "name", "", "x"])}\""
            : random.Chance(0.35) ? Nudge(old, random)
            : InterestingValues.Json(random);
        return string.Concat(json.AsSpan(0, token.Start), changed, json.AsSpan(token.Start + token.Length));
    }

    /// <summary>Removes, doubles, renames, moves or wraps a part of the tree.</summary>
    public static string ChangeTree(string json, FuzzRandom random)
    {
        if (TryParse(json) is not { } root)
        {
            return ChangeToken(json, random);
        }

        var nodes = new List<JsonNode>();
        Collect(root, nodes);
        var node = random.Pick(nodes);
        switch (random.Next(5))
        {
            case 0 when node.Parent is JsonObject parent:
                parent.Remove(node.GetPropertyName());
                break;
            case 1 when node.Parent is JsonObject parent:
                string name = node.GetPropertyName();
                parent.Remove(name);
                parent[random.Pick(["x", "", "Seed", name + " ", "origin", "layers", "densities"])] = node;
                break;
            case 2 when node.Parent is JsonArray parent:
                parent.RemoveAt(node.GetElementIndex());
                break;
            case 3 when node.Parent is JsonArray parent:
                for (int copies = random.Length(20); copies > 0; copies--)
                {
                    parent.Insert(random.Next(parent.Count), node.DeepClone());
                }

                break;
            default:
                JsonNode wrapped = node.DeepClone();
                for (int depth = random.Length(20); depth > 0; depth--)
                {
                    wrapped = random.Chance(0.5) ? new JsonArray(wrapped) : new JsonObject { ["x"] = wrapped };
                }

                if (node.Parent is null)
                {
                    root = wrapped;
                }
                else
                {
                    node.ReplaceWith(wrapped);
                }

                break;
        }

        return root.ToJsonString(Relaxed);
    }

    /// <summary>The tree of a text; null when it is no JSON, names a property twice, or cannot be written again as it holds half a surrogate pair.</summary>
    public static JsonNode? TryParse(string json)
    {
        try
        {
            var root = JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
            _ = root?.ToJsonString(Relaxed);
            return root;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // A number near the old one, or a text with a character changed.
    private static string Nudge(string token, FuzzRandom random)
    {
        if (long.TryParse(token, out long whole))
        {
            return random.Next(6) switch { 0 => $"{whole + 1}", 1 => $"{whole - 1}", 2 => $"{whole * 2}", 3 => $"{whole / 2}", 4 => $"{-whole}", _ => $"{whole}0" };
        }

        if (token.Length > 2 && token[0] == '"')
        {
            char[] characters = token.ToCharArray();
            characters[random.Between(1, characters.Length - 2)] = random.Pick(['0', '1', 'f', 'a', 'x', 'é', ' ', '.']);
            return new string(characters);
        }

        return random.Pick(["0", "1", "0.5", $"{token}0", $"-{token}", $"{token}1"]);
    }

    private static void Collect(JsonNode? node, List<JsonNode> nodes)
    {
        if (node is null)
        {
            return;
        }

        nodes.Add(node);
        foreach (var child in node switch { JsonObject item => item.Select(pair => pair.Value), JsonArray list => list, _ => [] })
        {
            Collect(child, nodes);
        }
    }

    private static List<Token> Tokens(string json)
    {
        var tokens = new List<Token>();
        int at = 0;
        while (at < json.Length)
        {
            int start = at;
            if (json[at] == '"')
            {
                for (at++; at < json.Length && json[at] != '"'; at++)
                {
                    at += json[at] == '\\' ? 1 : 0;
                }

                at = Math.Min(at + 1, json.Length);
                tokens.Add(new Token(start, at - start, at < json.Length && json[at] == ':'));
            }
            else if (",:[]{} \n".Contains(json[at]))
            {
                at++;
            }
            else
            {
                while (at < json.Length && !",:[]{} \n\"".Contains(json[at]))
                {
                    at++;
                }

                tokens.Add(new Token(start, at - start, IsName: false));
            }
        }

        return tokens;
    }
}
