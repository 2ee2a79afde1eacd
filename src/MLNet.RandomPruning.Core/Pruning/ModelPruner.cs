using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Pruning;

/// <summary>Random pruning after training: takes weights out of a trained model, without training it again.</summary>
public static class ModelPruner
{
    /// <summary>
    /// A model that keeps a random part of what a trained one keeps. Its kept weights, batch-norm parameters and statistics are those of the
    /// trained model, whose history it takes along; what pruning costs in accuracy, training on with the new masks
    /// (<see cref="TrainingLoop"/> from the model's state) wins back for the most part.
    /// </summary>
    /// <param name="model">The trained model; not changed.</param>
    /// <param name="ratio">How the density is spread over the layers.</param>
    /// <param name="sparsity">The fraction of the whole network's units that is pruned in the end, those included that are pruned already.</param>
    /// <param name="seed">The seed of the positions.</param>
    /// <param name="granularity">What is kept or pruned as a whole; null for <see cref="MaskGranularity.Unstructured"/>.</param>
    /// <param name="saliency">Training images and an engine, for a ratio that is measured on them (<see cref="LayerwiseRatio.NeedsTrainingImages"/>).</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    /// <exception cref="ArgumentOutOfRangeException">The sparsity is out of range.</exception>
    /// <exception cref="PruningBudgetException">The model keeps too little for this sparsity, or ratio or granularity cannot reach it; the message names what is possible.</exception>
    /// <exception cref="ArgumentException">The ratio is measured on training images, and none are given.</exception>
    public static TrainedModel Prune(
        TrainedModel model, LayerwiseRatio ratio, double sparsity, long seed, MaskGranularity? granularity = null,
        SaliencySource? saliency = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var mask = MaskGenerator.PruneFurther(model.Mask, ratio, sparsity, seed, granularity, saliency, cancellationToken);
        return new TrainedModel(model.State.ProjectTo(mask), model.Normalization, model.ClassNames, model.History);
    }
}
