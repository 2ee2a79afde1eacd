using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Engines;
using MLNet.RandomPruning.Masks;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Scoring;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning;

/// <summary>
/// Trains an image classifier, a ResNet of which most weights never exist: they are pruned at random before training.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use [RandomPrunedResNet](xref:Microsoft.ML.RandomPruningCatalog.RandomPrunedResNet*).
///
/// ### Input and Output Columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Input features | Known-size vector of <xref:System.Byte> or <xref:System.Single>, <xref:Microsoft.ML.Data.MLImage>, or a vector of <xref:System.Byte> of any size | Pixels [channel][row][column], an image, or an image file (PNG, JPEG, BMP). All images have one size; what is transparent in a file is black. |
/// | Input label | [key](xref:Microsoft.ML.Data.KeyDataViewType) | The class; `MapValueToKey` makes one of text or numbers, and a member `[KeyType(10)] uint` of a row class is one, whose ten classes count from 0 there. |
/// | Masks (`MaskColumnName`, optional) | [text](xref:Microsoft.ML.Data.TextDataViewType) with the annotation `RandomMask` | The masks to train with, of [GenerateRandomMask](xref:Microsoft.ML.RandomPruningCatalog.GenerateRandomMask*) or [LoadMask](xref:Microsoft.ML.RandomPruningCatalog.LoadMask*). |
/// | `Score` | Known-size vector of <xref:System.Single> | The probability of each class. |
/// | `PredictedLabel` | [key](xref:Microsoft.ML.Data.KeyDataViewType) | The class with the largest probability, with the label's key values. |
/// | Logits (`LogitsColumnName`, optional) | Known-size vector of <xref:System.Single> | What the softmax makes the probabilities of. |
///
/// ### Trainer Characteristics
/// | | |
/// | -- | -- |
/// | Machine learning task | Multiclass classification |
/// | Is normalization required? | No |
/// | Is caching required? | No: the images are kept in memory while training. ML.NET's caches leave out columns of images. |
/// | Required NuGet in addition to Microsoft.ML | MLNet.RandomPruning, Microsoft.ML.ImageAnalytics |
/// | Exportable to ONNX | No |
///
/// ### Training Algorithm Details
/// Liu et al., "The Unreasonable Effectiveness of Random Pruning: Return of the Most Naive Baseline for Sparse Training",
/// ICLR 2022: the density of each layer follows from a layer-wise ratio, the positions of the weights that are kept are drawn at
/// random, and the network is trained as any other. A pruned weight is neither stored nor multiplied.
/// Masks stay as they are, or change by `MaskSchedule`: gradual pruning, SET or RigL.
/// The same seed gives the same model, on any number of threads.
/// ]]></format>
/// </remarks>
public sealed partial class RandomPrunedResNetTrainer : ITrainerEstimator<RandomPrunedResNetTransformer, TrainedModel>
{
    private readonly IHost _host;
    private readonly Options _options;

    internal RandomPrunedResNetTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        _host = environment.Register(nameof(RandomPrunedResNetTrainer));
        _options = options.Clone();
        _options.Validate();
    }

    /// <summary>What the trainer wants of its data: neither normalised features nor a cache.</summary>
    public TrainerInfo Info { get; } = MLNetInternals.TrainerInfo();

    /// <summary>The engine that the last <see cref="Fit(IDataView)"/> trained with, <c>Sparse</c> or <c>TorchSharp</c>; null before.</summary>
    public string? EngineName { get; private set; }

    /// <summary>The schema of scored data, from the schema of the data to train on.</summary>
    /// <exception cref="ArgumentException">The feature or label column is missing or of a type that cannot be trained on.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        FeatureColumn.Check(inputSchema, _options.FeatureColumnName);
        LabelColumn.Check(inputSchema, _options.LabelColumnName);
        if (_options.MaskColumnName is { } masks)
        {
            MaskColumn.Check(inputSchema, masks);
        }

        return ScoreSchema.Of(inputSchema, _options.LabelColumnName, _options.LogitsColumnName);
    }

    /// <summary>Trains a network; validates on the options' validation set or fraction, if any.</summary>
    /// <exception cref="ArgumentException">A column is missing or of a type that cannot be trained on, or an option, the masks or the initial model do not fit the data.</exception>
    /// <exception cref="InvalidDataException">A row holds no label or no image that can be trained on, or the masks of the mask column are damaged; the message names it.</exception>
    /// <exception cref="TrainingDivergedException">The loss was no longer a finite number.</exception>
    /// <exception cref="IOException">A checkpoint cannot be read or written.</exception>
    public RandomPrunedResNetTransformer Fit(IDataView input) => Train(input, validationData: null, _options.InitialModel);

    /// <summary>Trains a network and chooses the best epoch by other images.</summary>
    /// <inheritdoc cref="Fit(IDataView)"/>
    /// <param name="trainData">The images to train on.</param>
    /// <param name="validationData">The images to choose the best epoch by; null for those of the options.</param>
    public RandomPrunedResNetTransformer Fit(IDataView trainData, IDataView? validationData) => Train(trainData, validationData, _options.InitialModel);

    /// <summary>Goes on training a model, on the same images for more epochs or on others; see <see cref="Options.InitialModel"/>.</summary>
    /// <inheritdoc cref="Fit(IDataView)"/>
    /// <param name="trainData">The images to train on, of the model's size and classes.</param>
    /// <param name="initialModel">The model, for example <see cref="RandomPrunedResNetTransformer.Model"/>; it stays as it is.</param>
    public RandomPrunedResNetTransformer Fit(IDataView trainData, TrainedModel initialModel) => Fit(trainData, validationData: null, initialModel);

    /// <summary>Goes on training a model and chooses the best epoch by other images; see <see cref="Options.InitialModel"/>.</summary>
    /// <inheritdoc cref="Fit(IDataView, IDataView)"/>
    /// <param name="trainData">The images to train on, of the model's size and classes.</param>
    /// <param name="validationData">The images to choose the best epoch by; null for those of the options.</param>
    /// <param name="initialModel">The model, for example <see cref="RandomPrunedResNetTransformer.Model"/>; it stays as it is.</param>
    public RandomPrunedResNetTransformer Fit(IDataView trainData, IDataView? validationData, TrainedModel initialModel)
    {
        ArgumentNullException.ThrowIfNull(initialModel);
        return Train(trainData, validationData, initialModel);
    }

    /// <summary>Trains on from a model that is pruned further first, by the ratio, sparsity and granularity of the options.</summary>
    internal RandomPrunedResNetTransformer PruneAndTrain(IDataView trainData, TrainedModel model) =>
        Train(trainData, validationData: null, model, prunesInitialModel: true);

    private RandomPrunedResNetTransformer Train(IDataView trainData, IDataView? validationData, TrainedModel? initialModel, bool prunesInitialModel = false)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        validationData ??= _options.ValidationSet;
        using var channel = _host.Start("Training");
        var given = _options.MaskColumnName is { } maskColumn ? MaskColumn.Read(trainData.Schema, maskColumn) : null;
        initialModel?.ThrowIfOtherClasses(LabelColumn.Find(trainData.Schema, _options.LabelColumnName));
        var training = ReadImages(trainData, initialModel?.Network.InputShape ?? _options.DeclaredShape, channel);
        var validation = validationData is null ? null : ReadValidation(validationData, training, channel);
        long seed = _options.Seed ?? _host.Rand.Next();
        var images = training.Images;
        var (trainingImages, validationImages) = validation is null ? Split(images, seed) : (images, validation.Images);
        WarnOfEmptyClasses(trainingImages, channel);

        var network = initialModel?.Network ?? ResNet.Parse(_options.Network).Build(images.Shape, images.ClassCount);
        var normalization = initialModel?.Normalization ?? _options.Normalization ?? PixelNormalization.Estimate(trainingImages, _options.CancellationToken);
        var recipe = _options.Recipe(seed);
        int threads = _options.NumberOfThreads ?? Environment.ProcessorCount;
        var choice = EngineChoice.Make(_options.Engine, _options.Device, _options.MixedPrecision);
        EngineName = choice.Name;
        channel.Info(MessageSensitivity.None, $"Engine: {choice.Name}, since {choice.Reason}.");

        var target = given?.On(network, $"The masks of column '{_options.MaskColumnName}'")
            ?? (initialModel is null ? _options.Masks.Make(network, seed, Measurement, _options.CancellationToken)
                : prunesInitialModel ? _options.Masks.PruneFurther(initialModel.Mask, seed, Measurement, _options.CancellationToken)
                : initialModel.Mask);
        _options.MaskSchedule.ThrowIfUnfit(target, recipe.Epochs);
        var firstMask = _options.MaskSchedule.InitialMask(target);
        var initial = initialModel?.State.ProjectTo(firstMask) ?? _options.Initializer.Create(firstMask, seed);
        channel.Info(MessageSensitivity.None, FormattableString.Invariant(
            $"{Describe(target, initialModel, seed)} on {trainingImages.Count} images of {images.Shape} in {images.ClassCount} classes; threads: {threads}."));

        // The most that a step takes; a set smaller than a batch needs no room for more.
        int batchSize = Math.Min(recipe.BatchSize, Math.Max(trainingImages.Count, validationImages?.Count ?? 0));
        using var engine = choice.Create(initial, normalization, batchSize, threads);
        using var report = new TrainingReport(_host, channel, recipe.Epochs);
        var result = Loop(recipe, trainingImages, validationImages, target, report).Run(engine, initial, _options.CancellationToken);
        report.End(result);
        return new RandomPrunedResNetTransformer(
            _host, new TrainedModel(result.State, normalization, training.Labels.Names, History(initialModel, result)), training.Labels,
            new ScoringColumns(_options.FeatureColumnName, _options.LabelColumnName, _options.Pixels, _options.LogitsColumnName), training.FeatureType);

        SaliencySource Measurement()
        {
            channel.Info(MessageSensitivity.None, $"Measuring the saliency of the weights for the layer-wise ratio {_options.LayerwiseRatio}.");
            return new SaliencySource(trainingImages, normalization, choice.Create, threads, _options.Saliency);
        }
    }

    private string Describe(NetworkMask target, TrainedModel? initialModel, long seed)
    {
        var origin = target.Origin;
        string granularity = origin is null || origin.Granularity == MaskGranularity.Unstructured.Name ? "" : $"{origin.Granularity}, ";
        string ratio = origin is null ? "" : $"{origin.LayerwiseRatio}, ";
        string how = _options.MaskSchedule.Name == MaskSchedule.Static.Name ? "" : $", mask schedule {_options.MaskSchedule}";
        return FormattableString.Invariant(
            $"{(initialModel is null ? "Training" : "Going on with")} {target.Network.Name} ({ratio}{granularity}{target.KeptCount} of {target.Network.WeightCount} weights kept, {1 - target.Density:P1} sparse, seed {seed}{how})");
    }

    /// <summary>The new epochs, after those that the model went through before.</summary>
    private static IReadOnlyList<EpochMetrics> History(TrainedModel? initialModel, TrainingResult result)
    {
        var before = initialModel?.History ?? [];
        int last = before.Count == 0 ? 0 : before[^1].Epoch;
        return [.. before, .. result.History.Select(epoch => epoch with { Epoch = last + epoch.Epoch })];
    }

    private TrainingLoop Loop(TrainingRecipe recipe, ImageSet training, ImageSet? validation, NetworkMask target, TrainingReport report) => new()
    {
        Recipe = recipe,
        TrainingSet = training,
        ValidationSet = validation,
        MaskSchedule = _options.MaskSchedule,
        TargetMask = target,
        MaskUpdated = report.MaskUpdate,
        CheckpointPath = _options.CheckpointPath,
        Resume = _options.ResumeFromCheckpoint,
        Control = _options.Control,
        Progress = progress =>
        {
            report.Step(progress);
            _options.ProgressCallback?.Invoke(progress);
        },
        EpochCompleted = metrics =>
        {
            report.Epoch(metrics);
            _options.MetricsCallback?.Invoke(metrics);
        },
    };

    private LabelledImages ReadImages(IDataView data, ImageShape? shape, IChannel channel)
    {
        var images = LabelledImages.Read(
            data, _options.FeatureColumnName, _options.LabelColumnName, _options.Pixels, shape, _options.CancellationToken);
        channel.Trace(MessageSensitivity.None, $"Read {images.Images.Count} images of {images.Images.Shape}.");
        return images;
    }

    private LabelledImages ReadValidation(IDataView data, LabelledImages training, IChannel channel)
    {
        LabelledImages validation;
        try
        {
            validation = LabelledImages.Read(
                data, _options.FeatureColumnName, _options.LabelColumnName, _options.Pixels, training.Images.Shape, _options.CancellationToken, training.Labels);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            string message = $"The validation set cannot be used. {e.Message}";
            throw e is InvalidDataException ? new InvalidDataException(message, e) : new ArgumentException(message, e);
        }

        channel.Trace(MessageSensitivity.None, $"Read {validation.Images.Count} validation images.");
        return validation;
    }

    /// <summary>Holds out images for validation, drawn at random: data often stands in the order of its classes.</summary>
    private (ImageSet Training, ImageSet? Validation) Split(ImageSet images, long seed)
    {
        if (_options.ValidationFraction == 0)
        {
            return (images, null);
        }

        int held = (int)Math.Round(_options.ValidationFraction * images.Count, MidpointRounding.AwayFromZero);
        if (held == 0 || held == images.Count)
        {
            throw new ArgumentException(
                $"A ValidationFraction of {_options.ValidationFraction} of {images.Count} images leaves {images.Count - held} for training and {held} for validation; both need at least one.");
        }

        int[] order = [.. Enumerable.Range(0, images.Count)];
        new KeyedRandom(seed, RandomPurpose.ValidationSplit).Shuffle(order);
        order.AsSpan(0, held).Sort();
        order.AsSpan(held).Sort();
        return (images.Take(order.AsSpan(held)), images.Take(order.AsSpan(0, held)));
    }

    private static void WarnOfEmptyClasses(ImageSet images, IChannel channel)
    {
        var counts = images.CountByClass();
        var empty = images.ClassNames.Where((_, label) => counts[label] == 0).Select(name => $"'{name}'").ToArray();
        if (empty.Length > 0)
        {
            channel.Warning(MessageSensitivity.UserData, $"There are no training images of {string.Join(", ", empty.Take(20))}{(empty.Length > 20 ? ", …" : "")}; the model cannot learn them.");
        }
    }
}
