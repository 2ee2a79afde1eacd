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
        $"How the density is spread over the layers: {string.Join(", ", LayerwiseRatio.All.Select(ratio => ratio.Name))}, in any case; ERK+(0.5) for another density of the last layer; Custom(conv=1,blocks.*=0.05,fc=0.5) for a density by layer name, which then decides the sparsity.",
        "NAME", LayerwiseRatio.ErdosRenyiKernel.Name, LayerwiseRatio.Parse);

    private readonly Option<double> _sparsity = ValueOption.Decimal(
        "--sparsity", "The fraction of weights that never exist, from 0 to below 1.", 0.9,
        value => value is >= 0 and < 1, "a number from 0 to below 1 (at 1 no weight would be left)");

    private readonly Option<string> _sampling = ValueOption.Choice(
        "--sampling", "exact: each layer keeps exactly its share; bernoulli: each weight is drawn on its own, as the paper's code does.",
        "exact", "exact", "bernoulli");

    private readonly Option<long> _seed = ValueOption.Whole<long>(
        "--seed", "The seed of everything random: the same seed gives the same result.", 17, long.MinValue, long.MaxValue);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_network);
        command.Add(_ratio);
        command.Add(_sparsity);
        command.Add(_sampling);
        command.Add(_seed);
    }

    /// <summary>Reads the options.</summary>
    public PruningChoice Read(ParseResult parsed)
    {
        var ratio = parsed.GetRequiredValue(_ratio);
        // The default sparsity is not what someone wants who asks for a dense network.
        bool isDefaultSparsity = parsed.GetResult(_sparsity) is not { Implicit: false };
        double sparsity = isDefaultSparsity && ratio == LayerwiseRatio.Dense ? 0 : parsed.GetValue(_sparsity);
        return new PruningChoice(
            parsed.GetRequiredValue(_network), ratio, sparsity, Enum.Parse<MaskSampling>(parsed.GetRequiredValue(_sampling), ignoreCase: true), parsed.GetValue(_seed));
    }
}

/// <summary>Which network is pruned and how.</summary>
/// <param name="Network">The network.</param>
/// <param name="Ratio">How the density is spread over its layers.</param>
/// <param name="Sparsity">The fraction of weights that never exist.</param>
/// <param name="Sampling">How the kept weights are drawn.</param>
/// <param name="Seed">The seed.</param>
internal sealed record PruningChoice(ResNet Network, LayerwiseRatio Ratio, double Sparsity, MaskSampling Sampling, long Seed);
