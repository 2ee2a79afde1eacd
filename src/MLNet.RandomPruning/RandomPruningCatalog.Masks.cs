using MLNet.RandomPruning;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace Microsoft.ML;

public static partial class RandomPruningCatalog
{
    /// <summary>
    /// Creates a <see cref="RandomMaskEstimator"/>, which makes the random masks of a network and adds a column that carries them to a
    /// trainer.
    /// </summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">The column that is added.</param>
    /// <param name="network">The network, ResNet-A-B: A layers (8, 14, 20, 32, …) and B filters in the first convolution.</param>
    /// <param name="layerwiseRatio">How the density is spread over the layers, for example "ERK", "ERK+", "Uniform", "SNIP" or "GraSP"; null for ERK.</param>
    /// <param name="sparsity">The fraction that is pruned, from 0 to below 1.</param>
    /// <param name="granularity">What is kept or pruned as a whole, for example "Filter", "1x4" or "2:4"; null for single weights.</param>
    /// <param name="seed">The seed of the positions; null to draw it from the context.</param>
    /// <param name="featureColumnName">The column with the images, whose size belongs to the network.</param>
    /// <param name="labelColumnName">The column with the labels, a key, whose number of values belongs to the network.</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var mlContext = new MLContext(seed: 1);
    /// var data = mlContext.Data.LoadFromGeneratedImages(2000);
    /// var pipeline = mlContext.Transforms.GenerateRandomMask("Mask", network: "ResNet-8-8", sparsity: 0.8, seed: 1)
    ///     .Append(mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-8-8", epochs: 10, maskColumnName: "Mask"));
    /// var model = pipeline.Fit(data);
    /// ]]></code>
    /// </example>
    public static RandomMaskEstimator GenerateRandomMask(
        this TransformsCatalog catalog,
        string outputColumnName = "Mask",
        string network = ResNet.DefaultName,
        LayerwiseRatio? layerwiseRatio = null,
        double sparsity = 0.9,
        MaskGranularity? granularity = null,
        long? seed = null,
        string featureColumnName = "Features",
        string labelColumnName = "Label") =>
        GenerateRandomMask(catalog, new RandomMaskEstimator.Options
        {
            OutputColumnName = outputColumnName,
            Network = network,
            LayerwiseRatio = layerwiseRatio ?? LayerwiseRatio.ErdosRenyiKernel,
            Sparsity = sparsity,
            Granularity = granularity ?? MaskGranularity.Unstructured,
            Seed = seed,
            FeatureColumnName = featureColumnName,
            LabelColumnName = labelColumnName,
        });

    /// <summary>
    /// Creates a <see cref="RandomMaskEstimator"/> with advanced options, which makes the random masks of a network and adds a column that
    /// carries them to a trainer.
    /// </summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var stage = mlContext.Transforms.GenerateRandomMask(new RandomMaskEstimator.Options
    /// {
    ///     Network = "ResNet-20-16",
    ///     LayerwiseRatio = "SNIP",
    ///     Sparsity = 0.9,
    ///     Saliency = new SaliencyOptions { BatchSize = 256 },
    ///     Seed = 17,
    /// });
    /// var masks = stage.Fit(data);
    /// Console.WriteLine(masks.Masks["conv"].Density);
    /// masks.SaveMask("masks.safetensors");
    /// ]]></code>
    /// </example>
    public static RandomMaskEstimator GenerateRandomMask(this TransformsCatalog catalog, RandomMaskEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new RandomMaskEstimator(MLNetInternals.EnvironmentOf(catalog), options);
    }

    /// <summary>Creates an estimator that adds a column with the masks of a file; it looks at no data. The file is read at once.</summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="path">The file, as <see cref="RandomMaskTransformer.SaveMask"/> and <see cref="NetworkMask.Save(string)"/> write it.</param>
    /// <param name="outputColumnName">The column that is added.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no mask file, or it is damaged; the message names the path and says what is wrong.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var pipeline = mlContext.Transforms.LoadMask("masks.safetensors")
    ///     .Append(mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-20-16", maskColumnName: "Mask"));
    /// ]]></code>
    /// </example>
    public static LoadedMaskEstimator LoadMask(this TransformsCatalog catalog, string path, string outputColumnName = "Mask")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return LoadMask(catalog, NetworkMask.Load(path), outputColumnName);
    }

    /// <summary>Creates an estimator that adds a column with masks that are there already; it looks at no data.</summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="masks">The masks, for example those of a trained model.</param>
    /// <param name="outputColumnName">The column that is added.</param>
    /// <exception cref="ArgumentException">The column's name is empty.</exception>
    public static LoadedMaskEstimator LoadMask(this TransformsCatalog catalog, NetworkMask masks, string outputColumnName = "Mask")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new LoadedMaskEstimator(MLNetInternals.EnvironmentOf(catalog), masks, outputColumnName);
    }
}
