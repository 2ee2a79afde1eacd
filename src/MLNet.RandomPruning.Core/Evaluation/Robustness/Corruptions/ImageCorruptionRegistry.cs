using System.Globalization;

namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

/// <summary>All corruptions by name. A new one is a class of its own and a line here.</summary>
internal static class ImageCorruptionRegistry
{
    private static readonly (string Name, Func<int, ImageCorruption> Create)[] Entries =
    [
        (GaussianNoiseCorruption.CorruptionName, severity => new GaussianNoiseCorruption(severity)),
        (ShotNoiseCorruption.CorruptionName, severity => new ShotNoiseCorruption(severity)),
        (ImpulseNoiseCorruption.CorruptionName, severity => new ImpulseNoiseCorruption(severity)),
        (DefocusBlurCorruption.CorruptionName, severity => new DefocusBlurCorruption(severity)),
        (GaussianBlurCorruption.CorruptionName, severity => new GaussianBlurCorruption(severity)),
        (BrightnessCorruption.CorruptionName, severity => new BrightnessCorruption(severity)),
        (ContrastCorruption.CorruptionName, severity => new ContrastCorruption(severity)),
        (PixelateCorruption.CorruptionName, severity => new PixelateCorruption(severity)),
        (JpegCorruption.CorruptionName, severity => new JpegCorruption(severity)),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Entries.Select(entry => entry.Name)];

    public static IReadOnlyList<ImageCorruption> All { get; } =
        [.. Entries.SelectMany(entry => Enumerable.Range(1, ImageCorruption.SeverityCount).Select(entry.Create))];

    public static string Usage =>
        $"Corruptions are {string.Join(", ", Names)}, each with a severity from 1 to {ImageCorruption.SeverityCount}, such as contrast:3.";

    public static ImageCorruption Find(string name, int severity)
    {
        foreach (var (known, create) in Entries)
        {
            if (string.Equals(known, name.Trim(), StringComparison.OrdinalIgnoreCase))
            {
                return severity is >= 1 and <= ImageCorruption.SeverityCount
                    ? create(severity)
                    : throw new ArgumentOutOfRangeException(nameof(severity), severity, $"The severity of {known} goes from 1 to {ImageCorruption.SeverityCount}.");
            }
        }

        throw new ArgumentException($"'{name}' is not a known corruption. {Usage}", nameof(name));
    }

    /// <summary>The corruption of a text; null when its name is that of none.</summary>
    public static ImageCorruption? Find(PerturbationText text)
    {
        if (!Names.Any(text.IsNamed))
        {
            return null;
        }

        string setting = text.Take("severity") ?? throw text.Error("it lacks a severity", Usage);
        text.ThrowIfMore(Usage);
        return int.TryParse(setting, NumberStyles.None, CultureInfo.InvariantCulture, out int severity) && severity is >= 1 and <= ImageCorruption.SeverityCount
            ? Find(text.Head, severity)
            : throw text.Error($"the severity is '{setting}', but goes from 1 to {ImageCorruption.SeverityCount}", Usage);
    }
}
