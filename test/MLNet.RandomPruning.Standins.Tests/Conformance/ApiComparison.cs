namespace MLNet.RandomPruning.Standins.Tests.Conformance;

/// <summary>Finds where a surface goes beyond the reference, or owes implementers a member that the reference has.</summary>
internal static class ApiComparison
{
    /// <summary>One readable entry for each mismatch; empty when the surface conforms.</summary>
    public static IReadOnlyList<string> Mismatches(IEnumerable<ApiType> surface, IReadOnlyDictionary<string, ApiType> reference)
    {
        var mismatches = new List<string>();
        foreach (ApiType type in surface.OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            if (!reference.TryGetValue(type.Name, out ApiType? expected))
            {
                mismatches.Add($"not in the reference: {type.Line}");
                continue;
            }

            if (type.Line != expected.Line)
            {
                mismatches.Add($"declared otherwise:   {type.Line}\n  the reference has:  {expected.Line}");
            }

            mismatches.AddRange(type.Members.Except(expected.Members).Select(member => ExtraMember(member, expected)));
            mismatches.AddRange(expected.Obligations.Except(type.Members).Select(member => $"implementers owe:     {member}"));
        }

        return mismatches;
    }

    private static string ExtraMember(string member, ApiType expected)
    {
        string name = NameOf(member);
        string[] namesakes = expected.Members.Where(other => NameOf(other) == name).ToArray();
        string hint = string.Concat(namesakes.Select(other => $"\n  the reference has:  {other}"));
        return $"not in the reference: {member}{hint}";
    }

    /// <summary>The kind and the simple name, which is what a person looks for first.</summary>
    private static string NameOf(string member)
    {
        string head = member.Split(['(', '[', '{', '='], 2)[0].TrimEnd();
        int typeArguments = head.EndsWith('>') ? head.LastIndexOf('<') : head.Length;
        return head.Split(' ', 2)[0] + " " + head[..typeArguments].Split('.')[^1];
    }
}
