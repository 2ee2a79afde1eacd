using MLNet.RandomPruning.Naming;

namespace MLNet.RandomPruning.Pruning.Ratios;

/// <summary>All layer-wise ratios by name. A new one is a class of its own and a line here.</summary>
internal static class LayerwiseRatioRegistry
{
    // Each takes the text between the brackets of "Name(text)", or null when there are none.
    private static readonly (string Name, Func<string?, LayerwiseRatio> Create)[] Entries =
    [
        ("ERK", text => Plain(LayerwiseRatio.ErdosRenyiKernel, text)),
        ("ERK+", text => text is null
            ? LayerwiseRatio.ErdosRenyiKernelPlus
            : LayerwiseRatio.ErdosRenyiKernelPlusWith(LayerwiseRatio.ParseDensity(text))),
        ("ER", text => Plain(LayerwiseRatio.ErdosRenyi, text)),
        ("Uniform", text => Plain(LayerwiseRatio.Uniform, text)),
        ("Uniform+", text => Plain(LayerwiseRatio.UniformPlus, text)),
        ("Dense", text => Plain(LayerwiseRatio.Dense, text)),
        ("SNIP", text => Plain(LayerwiseRatio.Snip, text)),
        ("GraSP", text => Plain(LayerwiseRatio.Grasp, text)),
        (CustomRatio.BaseName, CustomRatio.FromMap),
    ];

    /// <summary>The ratios that need nothing but their name.</summary>
    public static IReadOnlyList<LayerwiseRatio> Named { get; } =
        [.. Entries.Where(entry => entry.Name != CustomRatio.BaseName).Select(entry => entry.Create(null))];

    public static LayerwiseRatio Find(string name)
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
            $"'{name}' is not a known layer-wise ratio; it is one of {string.Join(", ", Named)}, ERK+(density of the last layer) such as ERK+(0.5), or Custom(layer=density, ...) such as Custom(conv=1,blocks.*=0.05,fc=0.5).", nameof(name));
    }

    private static LayerwiseRatio Plain(LayerwiseRatio ratio, string? text) => text is null
        ? ratio
        : throw new ArgumentException($"{ratio} takes nothing in brackets, but '({text})' was given.");
}
