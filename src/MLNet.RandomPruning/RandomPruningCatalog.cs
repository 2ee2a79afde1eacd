using MLNet.RandomPruning;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Loading;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace Microsoft.ML;

/// <summary>What this library adds to the catalogs of <see cref="MLContext"/>.</summary>
public static partial class RandomPruningCatalog
{
    /// <summary>
    /// Creates a <see cref="RandomPrunedResNetTrainer"/>, which trains an image classifier, a ResNet of which most weights never
    /// exist: they are pruned at random before training.
    /// </summary>
    /// <param name="catalog">The trainers of the multiclass classification catalog.</param>
    /// <param name="labelColumnName">The column with the labels, a key.</param>
    /// <param name="featureColumnName">
    /// The column with the images: a known-size vector of Byte or Single (from 0 to 255; other ranges through
    /// <see cref="RandomPrunedResNetTrainer.Options"/>), images, or a vector of Byte of any size with an image file.
    /// </param>
    /// <param name="network">The network, ResNet-A-B: A layers (8, 14, 20, 32, …) and B filters in the first convolution.</param>
    /// <param name="layerwiseRatio">How the density is spread over the layers, for example "ERK", "ERK+", "Uniform", "SNIP" or "GraSP"; null for ERK.</param>
    /// <param name="sparsity">The fraction of weights that never exist, from 0 to below 1.</param>
    /// <param name="epochs">The number of passes over the training images, at least 1.</param>
    /// <param name="validationSet">Images by which the best epoch is chosen, as they come out of the pipeline before the trainer; null for none.</param>
    /// <param name="validationFraction">The share of the training images that is held out for that purpose when there is no validation set, from 0 to below 1.</param>
    /// <param name="seed">The seed of masks, first weights, image order and augmentation; null to draw it from the context.</param>
    /// <param name="maskColumnName">
    /// The column that carries the masks to train with, of a stage before the trainer (<see cref="GenerateRandomMask(TransformsCatalog, RandomMaskEstimator.Options)"/>
    /// or <see cref="LoadMask(TransformsCatalog, string, string)"/>); null for masks of the trainer's own, by <paramref name="layerwiseRatio"/> and <paramref name="sparsity"/>.
    /// </param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var mlContext = new MLContext(seed: 1);
    /// var data = mlContext.Data.LoadFromGeneratedImages(2000);
    /// var trainer = mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-8-8", sparsity: 0.8, epochs: 10);
    /// var model = trainer.Fit(data);
    /// var metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(mlContext.Data.LoadFromGeneratedImages(500, firstIndex: 2000)));
    /// ]]></code>
    /// </example>
    public static RandomPrunedResNetTrainer RandomPrunedResNet(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string network = ResNet.DefaultName,
        LayerwiseRatio? layerwiseRatio = null,
        double sparsity = 0.9,
        int epochs = 160,
        IDataView? validationSet = null,
        double validationFraction = 0,
        long? seed = null,
        string? maskColumnName = null) =>
        RandomPrunedResNet(catalog, new RandomPrunedResNetTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            Network = network,
            LayerwiseRatio = layerwiseRatio ?? LayerwiseRatio.ErdosRenyiKernel,
            Sparsity = sparsity,
            Epochs = epochs,
            ValidationSet = validationSet,
            ValidationFraction = validationFraction,
            Seed = seed,
            MaskColumnName = maskColumnName,
        });

    /// <summary>
    /// Creates a <see cref="RandomPrunedResNetTrainer"/> with advanced options, which trains an image classifier, a ResNet of which
    /// most weights never exist: they are pruned at random before training.
    /// </summary>
    /// <param name="catalog">The trainers of the multiclass classification catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var trainer = mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(new RandomPrunedResNetTrainer.Options
    /// {
    ///     Network = "ResNet-20-16",
    ///     LayerwiseRatio = "ERK",
    ///     Sparsity = 0.9,
    ///     ValidationFraction = 0.1,
    ///     CheckpointPath = "training.ckpt",
    ///     MetricsCallback = metrics => Console.WriteLine($"{metrics.Epoch}: {metrics.ValidationAccuracy:P2}"),
    /// });
    /// ]]></code>
    /// </example>
    public static RandomPrunedResNetTrainer RandomPrunedResNet(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, RandomPrunedResNetTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new RandomPrunedResNetTrainer(MLNetInternals.EnvironmentOf(catalog), options);
    }

    /// <summary>
    /// Loads CIFAR-10 or CIFAR-100 in its binary version: a column <c>Features</c>, a vector of Byte [3, 32, 32], and a column
    /// <c>Label</c>, a key with the names of the classes.
    /// </summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="path">
    /// The folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin (CIFAR-10), or with train.bin and test.bin
    /// (CIFAR-100); or one such file.
    /// </param>
    /// <param name="split">The training or the test images of a folder.</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or files of the split are missing.</exception>
    /// <exception cref="InvalidDataException">A file is not of the form, for example cut short; the message names the file.</exception>
    public static IDataView LoadFromCifarBinary(this DataOperationsCatalog catalog, string path, CifarSplit split = CifarSplit.Train)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ImageSetDataView(CifarFiles.Load(path, split));
    }

    /// <summary>
    /// Draws images of ten classes, for tests and for trying things out: a column <c>Features</c>, a vector of Byte [3, 32, 32],
    /// and a column <c>Label</c>, a key with the names of the classes. An image is a pure function of the seed and its index.
    /// </summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="count">The number of images, 0 or more.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="firstIndex">The index of the first image; sets whose indices do not overlap share no image.</param>
    public static IDataView LoadFromGeneratedImages(this DataOperationsCatalog catalog, int count, long seed = 0, int firstIndex = 0)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ImageSetDataView(GeneratedImages.Create(count, seed, firstIndex));
    }
}
