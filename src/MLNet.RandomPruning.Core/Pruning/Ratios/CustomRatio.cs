using System.Globalization;

namespace MLNet.RandomPruning.Pruning.Ratios;

// Custom: density_l = the density of the first pattern that matches the layer's name; 1 where none does.
internal sealed class CustomRatio : LayerwiseRatio
{
    public const string BaseName = "Custom";

    private const string Example = "a custom ratio is written as Custom(layer=density, ...), for example Custom(conv=1,blocks.*=0.05,fc=0.5)";

    private readonly (string Pattern, double Density)[] _densities;

    public CustomRatio((string Pattern, double Density)[] densities)
    {
        ArgumentNullException.ThrowIfNull(densities);
        if (densities.Length == 0)
        {
            throw new ArgumentException($"A custom ratio takes at least one layer; {Example}.");
        }

        foreach (var (pattern, density) in densities)
        {
            if (string.IsNullOrWhiteSpace(pattern) || pattern != pattern.Trim() || pattern.AsSpan().IndexOfAny("=,()") >= 0)
            {
                throw new ArgumentException($"'{pattern}' is not a pattern of layer names, such as blocks.*.conv1.");
            }

            CheckDensity(density, $"layer '{pattern}'");
        }

        _densities = [.. densities];
        Name = $"{BaseName}({string.Join(",", densities.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Pattern}={entry.Density}")))})";
    }

    public override string Name { get; }

    public override bool DeterminesSparsity => true;

    public static LayerwiseRatio FromMap(string? map)
    {
        if (map is null)
        {
            throw new ArgumentException($"Custom needs a density for each layer; {Example}.");
        }

        return new CustomRatio([.. map.Split(',').Select(entry =>
            entry.Split('=', StringSplitOptions.TrimEntries) is [var pattern, var density]
                ? (pattern, ParseDensity(density))
                : throw new ArgumentException($"'{entry}' is not of the form layer=density; {Example}."))]);
    }

    public override IReadOnlyList<double> Densities(LayerwiseRatioContext context)
    {
        var layers = context.Network.WeightLayers;
        foreach (var (pattern, _) in _densities)
        {
            if (!layers.Any(layer => Matches(pattern, layer.Name)))
            {
                throw new PruningBudgetException($"no layer is named '{pattern}'; its layers are {string.Join(", ", layers.Select(layer => layer.Name))}.");
            }
        }

        return [.. layers.Select(layer => _densities.Where(entry => Matches(entry.Pattern, layer.Name)).Select(entry => entry.Density).FirstOrDefault(1))];
    }

    // '*' stands for any text. On a mismatch, the last '*' takes one character more and matching goes on from there.
    private static bool Matches(string pattern, string name)
    {
        int at = 0, star = -1, retry = 0;
        for (int i = 0; i < name.Length;)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                star = at++;
                retry = i;
            }
            else if (at < pattern.Length && pattern[at] == name[i])
            {
                at++;
                i++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                i = ++retry;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(at).TrimStart('*').IsEmpty;
    }
}
