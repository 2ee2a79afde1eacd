using System.Globalization;
using MLNet.RandomPruning.Naming;

namespace MLNet.RandomPruning.Evaluation.Scores;

/// <summary>All out-of-distribution scores by name. A new one is a class of its own and a line here.</summary>
internal static class OutOfDistributionScoreRegistry
{
    // Each takes the text between the brackets of "Name(text)", or null when there are none.
    private static readonly (string Name, Func<string?, OutOfDistributionScore> Create)[] Entries =
    [
        ("MaxSoftmax", text => Plain(OutOfDistributionScore.MaxSoftmax, text)),
        ("Energy", text => text is null ? OutOfDistributionScore.Energy : OutOfDistributionScore.EnergyWith(ParseTemperature(text))),
        ("MaxLogit", text => Plain(OutOfDistributionScore.MaxLogit, text)),
        ("Entropy", text => Plain(OutOfDistributionScore.Entropy, text)),
        ("Margin", text => Plain(OutOfDistributionScore.Margin, text)),
    ];

    public static IReadOnlyList<OutOfDistributionScore> Named { get; } = [.. Entries.Select(entry => entry.Create(null))];

    public static OutOfDistributionScore Find(string name)
    {
        var asked = RegistryName.Parse(name);
        foreach (var (known, create) in Entries)
        {
            if (asked.Names(known))
            {
                return create(asked.Settings);
            }
        }

        throw new ArgumentException(
            $"'{name}' is not a known out-of-distribution score; it is one of {string.Join(", ", Named)}, or Energy(temperature) such as Energy(2).", nameof(name));
    }

    private static OutOfDistributionScore Plain(OutOfDistributionScore score, string? text) => text is null
        ? score
        : throw new ArgumentException($"{score} takes nothing in brackets, but '({text})' was given.");

    private static double ParseTemperature(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double temperature)
            ? temperature
            : throw new ArgumentException($"'{text}' is not a temperature; a temperature is a number above 0, such as 2.");
}
