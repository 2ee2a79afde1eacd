namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>
/// The text of a perturbation taken apart: a name and settings, as <c>name:8/255:10</c> or <c>Name(8/255, steps=10)</c>. Settings
/// without a key are taken in the order in which a perturbation asks for them.
/// </summary>
internal sealed class PerturbationText
{
    private readonly List<string> _settings;

    public PerturbationText(string text)
    {
        Text = text;
        string trimmed = text.Trim();
        int open = trimmed.IndexOf('(', StringComparison.Ordinal), colon = trimmed.IndexOf(':', StringComparison.Ordinal);
        string settings = "";
        char separator = ',';
        if (trimmed.EndsWith(')') && open > 0 && (colon < 0 || open < colon))
        {
            settings = trimmed[(open + 1)..^1];
            trimmed = trimmed[..open];
        }
        else if (colon > 0)
        {
            settings = trimmed[(colon + 1)..];
            separator = ':';
            trimmed = trimmed[..colon];
        }

        Head = trimmed.TrimEnd();
        _settings = settings.Length == 0 ? [] : [.. settings.Split(separator, StringSplitOptions.TrimEntries)];
    }

    /// <summary>The whole text.</summary>
    public string Text { get; }

    /// <summary>The name in front of the settings.</summary>
    public string Head { get; }

    public bool IsNamed(string name) => string.Equals(Head, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Takes the setting with a key, or else the first that has none; null when there is neither.</summary>
    public string? Take(string key)
    {
        int at = _settings.FindIndex(setting => setting.Split('=') is [var found, _] && string.Equals(found.Trim(), key, StringComparison.OrdinalIgnoreCase));
        if (at < 0)
        {
            at = _settings.FindIndex(setting => !setting.Contains('=', StringComparison.Ordinal));
        }

        if (at < 0)
        {
            return null;
        }

        string value = _settings[at];
        _settings.RemoveAt(at);
        return value[(value.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim();
    }

    /// <summary>Takes a setting that is a word of its own; says whether it was there.</summary>
    public bool TakeWord(string word)
    {
        int at = _settings.FindIndex(setting => string.Equals(setting, word, StringComparison.OrdinalIgnoreCase));
        if (at >= 0)
        {
            _settings.RemoveAt(at);
        }

        return at >= 0;
    }

    /// <summary>Throws when settings are left that nobody asked for.</summary>
    public void ThrowIfMore(string usage)
    {
        if (_settings.Count > 0)
        {
            throw Error($"'{_settings[0]}' is not a setting of it", usage);
        }
    }

    public ArgumentException Error(string reason, string usage) => new($"'{Text}' cannot be read: {reason}. {usage}");
}
