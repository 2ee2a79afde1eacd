using Microsoft.ML;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning;

public sealed partial class RandomPrunedResNetTransformer
{
    /// <summary>
    /// Prunes the trained network further at random, without training it again: weights are taken away from those that it has, and
    /// those that stay keep their values. This transformer stays as it is.
    /// </summary>
    /// <param name="sparsity">The fraction of the whole network's weights (of its filters or channels, where these are pruned) that is pruned afterwards, from 0 to below 1; at least that of the present masks.</param>
    /// <param name="layerwiseRatio">How the density is spread over the layers, for example "ERK" or "Uniform"; null for ERK. SNIP and GraSP take training images: <see cref="Prune(IDataView, RandomPrunedResNetTrainer.Options)"/>.</param>
    /// <param name="granularity">What is kept or pruned as a whole, for example "Filter"; null for single weights.</param>
    /// <param name="seed">The seed of the positions; null to draw it from the environment.</param>
    /// <returns>A transformer with fewer weights and the same columns.</returns>
    /// <exception cref="ArgumentException">The sparsity is out of range, or the ratio is measured on training images.</exception>
    /// <exception cref="PruningBudgetException">The sparsity cannot be had, for example because it is less than the present one; the message names the nearest that can.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var smaller = model.Prune(0.5, layerwiseRatio: "Uniform", seed: 1);
    /// var tuned = model.Prune(0.5, trainData, epochs: 1, seed: 1);
    /// ]]></code>
    /// </example>
    public RandomPrunedResNetTransformer Prune(
        double sparsity, LayerwiseRatio? layerwiseRatio = null, MaskGranularity? granularity = null, long? seed = null)
    {
        var ratio = layerwiseRatio ?? LayerwiseRatio.ErdosRenyiKernel;
        if (ratio.NeedsTrainingImages)
        {
            throw new ArgumentException(
                $"The layer-wise ratio {ratio} is measured on training images. Call Prune with the training data, or take a ratio that needs none, for example ERK.", nameof(layerwiseRatio));
        }

        var model = ModelPruner.Prune(Model, ratio, sparsity, seed ?? _host.Rand.Next(), granularity);
        return new RandomPrunedResNetTransformer(_host, model, _scorer.Labels, _scorer.Columns, FeatureColumnType);
    }

    /// <summary>Prunes the trained network further at random, and trains what is left for a while to regain what pruning cost.</summary>
    /// <param name="sparsity">The fraction of the whole network's weights (of its filters or channels, where these are pruned) that is pruned afterwards, from 0 to below 1; at least that of the present masks.</param>
    /// <param name="trainData">The images to train on, with the columns and classes of the first training.</param>
    /// <param name="layerwiseRatio">How the density is spread over the layers, for example "ERK" or "SNIP"; null for ERK.</param>
    /// <param name="granularity">What is kept or pruned as a whole, for example "Filter"; null for single weights.</param>
    /// <param name="epochs">The number of passes over the images, at least 1.</param>
    /// <param name="learningRate">The first learning rate, above 0; it falls to zero along half a cosine.</param>
    /// <param name="seed">The seed of the positions, image order and augmentation; null to draw it from the environment.</param>
    /// <returns>A transformer with fewer weights and the same columns; this one stays as it is.</returns>
    /// <inheritdoc cref="Prune(IDataView, RandomPrunedResNetTrainer.Options)" path="/exception"/>
    public RandomPrunedResNetTransformer Prune(
        double sparsity, IDataView trainData, LayerwiseRatio? layerwiseRatio = null, MaskGranularity? granularity = null, int epochs = 1,
        double learningRate = 0.01, long? seed = null) => Prune(trainData, new RandomPrunedResNetTrainer.Options
        {
            Sparsity = sparsity,
            LayerwiseRatio = layerwiseRatio ?? LayerwiseRatio.ErdosRenyiKernel,
            Granularity = granularity ?? MaskGranularity.Unstructured,
            Epochs = epochs,
            LearningRate = learningRate,
            LearningRateSchedule = new CosineSchedule(),
            Seed = seed,
        });

    /// <summary>
    /// Prunes the trained network further at random, and trains what is left with a recipe of your own. With a mask schedule of gradual
    /// pruning, the weights go while it trains.
    /// </summary>
    /// <param name="trainData">The images to train on, with the columns and classes of the first training.</param>
    /// <param name="options">
    /// How to prune (<see cref="RandomPrunedResNetTrainer.Options.Sparsity"/>, LayerwiseRatio, Granularity, Saliency and Seed; counts are
    /// always exact; a MaskColumnName instead names the masks to end with) and how to train. Its epochs and learning rate are those of a training from scratch unless
    /// set; 1 epoch from 0.01 is enough for a start. The columns and the range of pixels are those of this transformer. Copied.
    /// </param>
    /// <returns>A transformer with fewer weights and the same columns; this one stays as it is.</returns>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the data, or the classes are not those of the model.</exception>
    /// <exception cref="PruningBudgetException">The sparsity cannot be had, for example because it is less than the present one; the message names the nearest that can.</exception>
    /// <exception cref="InvalidDataException">A row holds no label or no image that can be trained on; the message names the row.</exception>
    /// <exception cref="TrainingDivergedException">The loss was no longer a finite number.</exception>
    /// <exception cref="IOException">A checkpoint cannot be read or written.</exception>
    public RandomPrunedResNetTransformer Prune(IDataView trainData, RandomPrunedResNetTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        ArgumentNullException.ThrowIfNull(options);
        var own = options.Clone();
        own.FeatureColumnName = FeatureColumnName;
        own.LabelColumnName = LabelColumnName;
        own.LogitsColumnName = LogitsColumnName;
        (own.PixelMinimum, own.PixelMaximum, own.InterleavePixelColors) = (_scorer.Columns.Pixels.Minimum, _scorer.Columns.Pixels.Maximum, _scorer.Columns.Pixels.Interleaved);
        return new RandomPrunedResNetTrainer(_host, own).PruneAndTrain(trainData, Model);
    }
}
