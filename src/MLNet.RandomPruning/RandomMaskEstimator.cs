using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Engines;
using MLNet.RandomPruning.Masks;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning;

/// <summary>
/// Makes the random masks of a network, as a stage of its own: which weights, blocks or filters exist, before any training.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [GenerateRandomMask](xref:Microsoft.ML.RandomPruningCatalog.GenerateRandomMask*).
///
/// ### Input and Output Columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Input features | As for [RandomPrunedResNet](xref:Microsoft.ML.RandomPruningCatalog.RandomPrunedResNet*) | The images; their size is looked at, and their pixels by SNIP and GraSP only. |
/// | Input label | [key](xref:Microsoft.ML.Data.KeyDataViewType) | The class; the number of classes is looked at. |
/// | Output | [text](xref:Microsoft.ML.Data.TextDataViewType) | The network's name in each row; its annotation `RandomMask` carries the masks. |
///
/// ### Estimator Characteristics
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | With the layer-wise ratios SNIP and GraSP; otherwise at most at the first row, for the size of the images |
/// | Required NuGet in addition to Microsoft.ML | MLNet.RandomPruning, Microsoft.ML.ImageAnalytics |
/// | Exportable to ONNX | No |
///
/// A trainer whose `MaskColumnName` names the output column trains with these masks. They are the same bits as those that the
/// trainer itself makes of the same network, ratio, sparsity, granularity and seed (with SNIP and GraSP: of the same images, none of
/// them held out for validation). Columns keep their annotations in copies, selections and caches, so other stages may stand in between.
/// ]]></format>
/// </remarks>
public sealed partial class RandomMaskEstimator : IEstimator<RandomMaskTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;

    internal RandomMaskEstimator(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        _host = environment.Register(nameof(RandomMaskEstimator));
        _options = options.Clone();
        _options.Validate();
    }

    /// <summary>The schema with the mask column.</summary>
    /// <exception cref="ArgumentException">The feature or label column is missing or of a type that cannot be trained on.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        FeatureColumn.Check(inputSchema, _options.FeatureColumnName);
        LabelColumn.Check(inputSchema, _options.LabelColumnName);
        return MaskColumn.Add(inputSchema, _options.OutputColumnName);
    }

    /// <summary>Makes the masks.</summary>
    /// <exception cref="ArgumentException">The feature or label column is missing or of a type that cannot be trained on, or an option does not fit the data.</exception>
    /// <exception cref="PruningBudgetException">The sparsity cannot be had on this network; the message names the nearest that can.</exception>
    /// <exception cref="InvalidDataException">A row that is looked at holds no image or no label; the message names the row.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public RandomMaskTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _options.CancellationToken.ThrowIfCancellationRequested();
        using var channel = _host.Start("Making masks");
        long seed = _options.Seed ?? _host.Rand.Next();
        var images = _options.LayerwiseRatio.NeedsTrainingImages ? ReadImages(input) : null;
        var network = images is null ? NetworkFor(input) : Build(images.Shape, images.ClassCount);
        var masks = _options.Masks.Make(network, seed, () => Measurement(images!, channel), _options.CancellationToken);
        channel.Info(MessageSensitivity.None, FormattableString.Invariant(
            $"Masks of {network.Name} ({_options.LayerwiseRatio}, {_options.Granularity}): {masks.KeptCount} of {network.WeightCount} weights kept, {1 - masks.Density:P1} sparse, seed {seed}."));
        return new RandomMaskTransformer(_host, masks, _options.OutputColumnName);
    }

    private Network Build(ImageShape shape, int classCount) => ResNet.Parse(_options.Network).Build(shape, classCount);

    private Network NetworkFor(IDataView data)
    {
        var feature = FeatureColumn.Find(data.Schema, _options.FeatureColumnName, _options.Pixels, _options.DeclaredShape);
        var label = LabelColumn.Find(data.Schema, _options.LabelColumnName);
        return Build(feature.Shape ?? ShapeOfFirstImage(data, feature), label.Labels.Count);
    }

    private static ImageShape ShapeOfFirstImage(IDataView data, FeatureColumn feature)
    {
        using var cursor = data.GetRowCursor([feature.Column]);
        var pixels = PixelReader.Open(cursor, feature);
        if (!cursor.MoveNext())
        {
            throw new InvalidDataException("The data has no rows, and only a row can tell the size of the images. Set ImageHeight and ImageWidth in the options, or give it rows.");
        }

        pixels.Read();
        return pixels.Shape!.Value;
    }

    private ImageSet ReadImages(IDataView data) => LabelledImages.Read(
        data, _options.FeatureColumnName, _options.LabelColumnName, _options.Pixels, _options.DeclaredShape, _options.CancellationToken).Images;

    private SaliencySource Measurement(ImageSet images, IChannel channel)
    {
        channel.Info(MessageSensitivity.None, $"Measuring the saliency of the weights for the layer-wise ratio {_options.LayerwiseRatio} on {images.Count} images.");
        var engine = EngineChoice.Make(_options.Engine, _options.Device, mixedPrecision: false);
        return new SaliencySource(
            images, _options.Normalization ?? PixelNormalization.Estimate(images, _options.CancellationToken), engine.Create,
            _options.NumberOfThreads ?? Environment.ProcessorCount, _options.Saliency);
    }
}
