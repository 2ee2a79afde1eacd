using System.CommandLine;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Tool;

/// <summary>The options of commands that make masks without training: which network, for which images, pruned how.</summary>
internal sealed class MaskOptions
{
    private readonly PruningOptions _pruning = PruningOptions.OfNewNetwork();
    private readonly Option<ImageShape> _inputSize = CommonOptions.InputSize();
    private readonly Option<int> _classes = ValueOption.Whole("--classes", "The number of classes.", 10, 2, 1_000_000);
    private readonly Option<string?> _data = CommonOptions.OptionalData(
        "Training images, which the ratios SNIP and GraSP are measured on and which give the size of the images and the number of classes:");
    private readonly Option<double> _validation = CommonOptions.Validation(
        "With --data: the share of the training images, the last of them, that is left out of the measurement, as in train.");
    private readonly Option<int?> _subset = CommonOptions.Subset("With --data: measure on");
    private readonly Option<int?> _threads = CommonOptions.Threads("the result");

    /// <summary>All the options.</summary>
    public IReadOnlyList<Option> All => [.. _pruning.All, _inputSize, _classes, _data, _validation, _subset, _threads];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>Makes the masks.</summary>
    /// <exception cref="UsageException">Options do not go together, or do not fit the images.</exception>
    /// <exception cref="PruningBudgetException">No masks are as sparse as that.</exception>
    public NetworkMask Make(ParseResult parsed, ToolOutput output)
    {
        var choice = _pruning.Read(parsed);
        var (network, saliency) = ReadNetwork(choice, parsed, output);
        return Usage.Check(() => MaskGenerator.Generate(
            network, choice.Ratio, choice.Sparsity, choice.Seed, choice.Sampling, saliency, choice.Granularity));
    }

    /// <summary>What the saliency of weights is measured with, on the same images as in training.</summary>
    /// <param name="images">The training images, those for validation as well.</param>
    /// <param name="validation">The share of them, the last ones, that is left out.</param>
    /// <param name="normalization">How pixels become input.</param>
    /// <param name="threads">The number of threads; null for one a processor.</param>
    public static SaliencySource Saliency(ImageSet images, double validation, PixelNormalization normalization, int? threads) =>
        new(images.SplitLast(validation).Train, normalization, SparseTrainingEngine.Create, threads ?? Environment.ProcessorCount);

    /// <summary>The network, and what its weights' saliency is measured with where the ratio needs that.</summary>
    private (Network Network, SaliencySource? Saliency) ReadNetwork(PruningChoice choice, ParseResult parsed, ToolOutput output)
    {
        if (parsed.GetValue(_data) is not { } path)
        {
            return choice.Ratio.NeedsTrainingImages && choice.Sparsity > 0
                ? throw new UsageException($"{_pruning.RatioOption} {choice.Ratio} is measured on training images; name them with {_data.Name}.")
                : (Usage.Check(() => choice.Network!.Build(parsed.GetValue(_inputSize), parsed.GetValue(_classes))), null);
        }

        if (parsed.FirstGiven([_inputSize, _classes]) is { } option)
        {
            throw new UsageException($"{option} and {_data.Name} are both given, but the images of {_data.Name} have a size and classes of their own; leave one out.");
        }

        var source = new Images(ToolContext.Create(output.WriteWarning), path);
        var images = source.TrainingSet(parsed.GetValue(_subset));
        var network = Usage.Check(() => choice.Network!.Build(images.Shape, images.ClassCount));
        return (network, choice.Ratio.NeedsTrainingImages
            ? Saliency(images, parsed.GetValue(_validation), source.Normalization(images), parsed.GetValue(_threads))
            : null);
    }
}
