namespace MLNet.RandomPruning.Naming;

/// <summary>The text form of what a registry holds: a name, or a name with settings in brackets such as <c>ERK+(0.5)</c>.</summary>
/// <param name="Head">The name.</param>
/// <param name="Settings">The text between the brackets; null when there are none.</param>
internal readonly record struct RegistryName(string Head, string? Settings)
{
    /// <summary>Takes a text apart; spaces around it and in front of the bracket do not count.</summary>
    public static RegistryName Parse(string text)
    {
        string trimmed = text.Trim();
        return trimmed.EndsWith(')') && trimmed.IndexOf('(') is int open and > 0
            ? new RegistryName(trimmed[..open].TrimEnd(), trimmed[(open + 1)..^1])
            : new RegistryName(trimmed, null);
    }

    /// <summary>Whether this is an entry's name, in any case.</summary>
    public bool Names(string entry) => string.Equals(Head, entry, StringComparison.OrdinalIgnoreCase);
}
