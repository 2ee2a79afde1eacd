using MLNet.RandomPruning.Evaluation.Robustness.Attacks;
using MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>Attacks and corruptions by their texts.</summary>
public static class Perturbations
{
    /// <summary>Reads an attack such as <c>fgsm:8/255</c> or a corruption such as <c>contrast:3</c>.</summary>
    /// <exception cref="ArgumentException">It is neither, or a setting is out of range; the message says what is allowed.</exception>
    public static IPerturbation Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = new PerturbationText(text);
        return (IPerturbation?)AdversarialAttackRegistry.Find(parts) ?? ImageCorruptionRegistry.Find(parts)
            ?? throw new ArgumentException($"'{text}' is neither an attack nor a corruption. {AdversarialAttackRegistry.Usage} {ImageCorruptionRegistry.Usage}", nameof(text));
    }

    /// <summary>
    /// Reads texts with commas between them, such as <c>fgsm:8/255, PGD(8/255, steps=10), contrast:3</c>; a comma in brackets
    /// belongs to its text. The name of a corruption without a severity stands for all five, and <c>corruptions</c> for every
    /// corruption at every severity.
    /// </summary>
    /// <exception cref="ArgumentException">One of the texts cannot be read, or there is none.</exception>
    public static IReadOnlyList<IPerturbation> ParseList(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var found = new List<IPerturbation>();
        foreach (string part in Split(text))
        {
            if (string.Equals(part, "corruptions", StringComparison.OrdinalIgnoreCase))
            {
                found.AddRange(ImageCorruption.All);
            }
            else if (ImageCorruption.Names.FirstOrDefault(name => string.Equals(name, part, StringComparison.OrdinalIgnoreCase)) is { } family)
            {
                found.AddRange(ImageCorruption.All.Where(corruption => corruption.Family == family));
            }
            else
            {
                found.Add(Parse(part));
            }
        }

        return found;
    }

    private static IEnumerable<string> Split(string text)
    {
        int start = 0, depth = 0;
        for (int at = 0; at <= text.Length; at++)
        {
            char c = at < text.Length ? text[at] : ',';
            depth += c switch { '(' => 1, ')' => -1, _ => 0 };
            if (at == text.Length || (c == ',' && depth <= 0))
            {
                yield return text[start..at].Trim();
                start = at + 1;
            }
        }
    }
}
