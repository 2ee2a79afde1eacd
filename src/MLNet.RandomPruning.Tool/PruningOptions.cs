using System.CommandLine;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tool;

/// <summary>The options that say which network is pruned and how.</summary>
internal sealed class PruningOptions
{
    private readonly Option<ResNet> _network = ValueOption.Parsed(
        "--network", "The network, ResNet-A-B: A layers (8, 14, 20, 32, 44, 56, 110, ...) and B filters in the first convolution.", "NAME",
        ResNet.DefaultName, ResNet.Parse);

    private readonly Option<LayerwiseRatio> _ratio = ValueOption.Parsed(
        "--ratio",
        $"How the density is spread over the layers: {string.Join(", ", LayerwiseRatio.All.Select(ratio => ratio.Name))}, in any case; SNIP and GraSP are measured on the training images; ERK+(0.5) for another density of the last layer; Custom(conv=1,blocks.*=0.05,fc=0.5) for a density by layer name, which then decides the sparsity.",
        "NAME", LayerwiseRatio.ErdosRenyiKernel.Name, LayerwiseRatio.Parse);

    private readonly Option<double> _sparsity;

    private readonly Option<MaskGranularity> _granularity = ValueOption.Parsed(
        "--granularity",
        "What is kept or pruned as a whole: Unstructured, each weight by itself; Filter, whole output channels, so that the network is really narrower; Channel, input channels; Kernel, the kernel between two channels; RxC such as 1x4, blocks of outputs × inputs; N:M such as 2:4, at most N weights of each M neighbouring inputs.",
        "NAME", MaskGranularity.Unstructured.Name, MaskGranularity.Parse);

    private readonly Option<string> _sampling = ValueOption.Choice(
        "--sampling", "exact: each layer keeps exactly its share; bernoulli: each weight or unit is drawn on its own, as the paper's code does.",
        "exact", "exact", "bernoulli");

    private readonly Option<long> _seed = ValueOption.Whole<long>(
        "--seed", "The seed of everything random: the same seed gives the same result.", 17, long.MinValue, long.MaxValue);

    private readonly bool _isTrained;

    private PruningOptions(bool isTrained)
    {
        _isTrained = isTrained;
        _sparsity = ValueOption.Decimal(
            "--sparsity",
            isTrained
                ? "The fraction of the whole network's weights, or of its filters or channels where --granularity is about these, that is gone after pruning, from 0 to below 1."
                : "The fraction of weights, or of filters or channels where --granularity is about these, that never exist, from 0 to below 1.",
            isTrained ? null : 0.9, value => value is >= 0 and < 1, "a number from 0 to below 1 (at 1 no weight would be left)");
    }

    /// <summary>The options for a network that is to be trained.</summary>
    public static PruningOptions OfNewNetwork() => new(isTrained: false);

    /// <summary>The options for a model that is there, which has a network and says nothing of how sparse it should be.</summary>
    public static PruningOptions OfTrainedModel() => new(isTrained: true);

    /// <summary>The option with the network.</summary>
    public Option Network => _network;

    /// <summary>The name of the option with the ratio.</summary>
    public string RatioOption => _ratio.Name;

    /// <summary>The options that say how masks are made, but for the seed, which is also that of a training.</summary>
    public IReadOnlyList<Option> OfMasks => [_ratio, _sparsity, _granularity, _sampling];

    /// <summary>All options but the seed.</summary>
    public IReadOnlyList<Option> AllButSeed => [_network, .. OfMasks];

    /// <summary>All options.</summary>
    public IReadOnlyList<Option> All => _isTrained ? [_ratio, _sparsity, _granularity, _seed] : [.. AllButSeed, _seed];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="UsageException">The sparsity is missing and has no default.</exception>
    public PruningChoice Read(ParseResult parsed)
    {
        var ratio = parsed.GetRequiredValue(_ratio);
        if (_isTrained)
        {
            return ratio.DeterminesSparsity || parsed.IsGiven(_sparsity)
                ? new PruningChoice(null, ratio, parsed.GetValue(_sparsity), parsed.GetRequiredValue(_granularity), MaskSampling.Exact, parsed.GetValue(_seed))
                : throw new UsageException($"{_sparsity.Name} is missing: the fraction of the whole network that is gone after pruning, for example 0.95.");
        }

        // The default sparsity is not what someone wants who asks for a dense network.
        double sparsity = !parsed.IsGiven(_sparsity) && ratio == LayerwiseRatio.Dense ? 0 : parsed.GetValue(_sparsity);
        return new PruningChoice(
            parsed.GetRequiredValue(_network), ratio, sparsity, parsed.GetRequiredValue(_granularity),
            Enum.Parse<MaskSampling>(parsed.GetRequiredValue(_sampling), ignoreCase: true), parsed.GetValue(_seed));
    }
}

/// <summary>Which network is pruned and how.</summary>
/// <param name="Network">The network; null for that of a model.</param>
/// <param name="Ratio">How the density is spread over its layers.</param>
/// <param name="Sparsity">The fraction of weights, filters or channels that never exist.</param>
/// <param name="Granularity">What is kept or pruned as a whole.</param>
/// <param name="Sampling">How the kept weights are drawn.</param>
/// <param name="Seed">The seed.</param>
internal sealed record PruningChoice(
    ResNet? Network, LayerwiseRatio Ratio, double Sparsity, MaskGranularity Granularity, MaskSampling Sampling, long Seed);
