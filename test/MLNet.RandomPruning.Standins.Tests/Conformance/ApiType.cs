namespace MLNet.RandomPruning.Standins.Tests.Conformance;

/// <summary>A type's full name, the line that declares it, and the lines of its own members.</summary>
internal sealed record ApiType(string Name, string Line, IReadOnlyList<string> Members)
{
    /// <summary>True where others implement the type, so that each member it lacks makes their code invalid elsewhere.</summary>
    public bool IsInterface => Line.Contains(" interface ", StringComparison.Ordinal);

    /// <summary>Members that a class derived from this one must have, or an implementer must write.</summary>
    public IEnumerable<string> Obligations =>
        IsInterface ? Members : Members.Where(member => member.Contains(" abstract ", StringComparison.Ordinal));
}
