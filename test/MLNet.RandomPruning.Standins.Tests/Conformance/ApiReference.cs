using System.Reflection;

namespace MLNet.RandomPruning.Standins.Tests.Conformance;

/// <summary>The public surface of Microsoft.ML 5.0.0 from the embedded <c>api</c> files: type lines, each followed by its members.</summary>
internal static class ApiReference
{
    /// <summary>The assemblies that the files describe.</summary>
    public static IReadOnlyList<string> AssemblyNames { get; } = ResourceNames().Select(Path.GetFileNameWithoutExtension).ToArray()!;

    public static IReadOnlyDictionary<string, ApiType> Load() =>
        ResourceNames().SelectMany(name => Parse(ReadLines(name))).ToDictionary(type => type.Name, StringComparer.Ordinal);

    public static IEnumerable<ApiType> Parse(IEnumerable<string> lines)
    {
        string? typeLine = null;
        var members = new List<string>();
        foreach (string line in lines.Where(line => line.Length > 0))
        {
            if (!line.StartsWith("type ", StringComparison.Ordinal))
            {
                members.Add(line);
                continue;
            }

            if (typeLine is not null)
            {
                yield return new ApiType(NameIn(typeLine), typeLine, members.ToArray());
            }

            typeLine = line;
            members.Clear();
        }

        if (typeLine is not null)
        {
            yield return new ApiType(NameIn(typeLine), typeLine, members.ToArray());
        }
    }

    /// <summary>The name follows the kind, and ends at the first blank or parenthesis outside its type arguments.</summary>
    private static string NameIn(string typeLine)
    {
        string[] kinds = [" class ", " interface ", " struct ", " enum ", " delegate "];

        // Constraints may say "class" too, so the first of these words is the one that counts.
        (int at, string kind) = kinds
            .Select(k => (At: typeLine.IndexOf(k, StringComparison.Ordinal), Kind: k))
            .Where(k => k.At >= 0)
            .Min();
        int start = at + kind.Length;
        if (kind == " delegate ")
        {
            // The return type stands before the name.
            start = EndOfName(typeLine, start) + 1;
        }

        return typeLine[start..EndOfName(typeLine, start)];
    }

    private static int EndOfName(string line, int start)
    {
        int depth = 0;
        int end = start;
        while (end < line.Length && (depth > 0 || line[end] is not (' ' or '(')))
        {
            depth += line[end] == '<' ? 1 : line[end] == '>' ? -1 : 0;
            end++;
        }

        return end;
    }

    private static string[] ResourceNames() =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith("Microsoft.ML.", StringComparison.Ordinal)).ToArray();

    private static IEnumerable<string> ReadLines(string resourceName)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resourceName)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
