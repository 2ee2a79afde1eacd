using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// A trained network with all that predicting takes: kept weights and statistics, masks, pixel normalisation and class names;
/// and what training found on the way. Its file is a safetensors file whose bytes depend on nothing but the model.
/// </summary>
public sealed partial class TrainedModel
{
    /// <summary>Puts a model together; nothing is copied but the lists.</summary>
    /// <param name="state">The network, masks and weights.</param>
    /// <param name="normalization">How pixels become input; one mean and standard deviation for each of the network's input channels.</param>
    /// <param name="classNames">The name of each class, in the order of the logits.</param>
    /// <param name="history">What each epoch of training found; empty when not known.</param>
    /// <exception cref="ArgumentException">The numbers of channels or of classes do not fit the network.</exception>
    public TrainedModel(
        NetworkState state, PixelNormalization normalization, IReadOnlyList<string> classNames, IReadOnlyList<EpochMetrics>? history = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentNullException.ThrowIfNull(classNames);
        if (normalization.Mean.Count != state.Network.InputShape.Channels)
        {
            throw new ArgumentException(
                $"The pixel normalisation has {normalization.Mean.Count} channels, but the images of {state.Network} are {state.Network.InputShape} (channels×rows×columns).", nameof(normalization));
        }

        if (classNames.Count != state.Network.ClassCount)
        {
            throw new ArgumentException($"There are {classNames.Count} class names, but {state.Network} tells {state.Network.ClassCount} classes apart.", nameof(classNames));
        }

        if (classNames.Any(name => name is null))
        {
            throw new ArgumentException("A class name is null; each class needs a text, which may be empty.", nameof(classNames));
        }

        State = state;
        Normalization = normalization;
        ClassNames = [.. classNames];
        History = [.. history ?? []];
    }

    /// <summary>The network.</summary>
    public Network Network => State.Network;

    /// <summary>Which weights are kept.</summary>
    public NetworkMask Mask => State.Mask;

    /// <summary>The kept weights, biases, batch-norm parameters and running statistics.</summary>
    public NetworkState State { get; }

    /// <summary>How pixels in [0, 1] become the network's input.</summary>
    public PixelNormalization Normalization { get; }

    /// <summary>The name of each class, in the order of the logits.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>What each epoch of training found, in order. Of a loaded model, speeds and times are zero: they are not saved.</summary>
    public IReadOnlyList<EpochMetrics> History { get; }

    /// <summary>
    /// The form in which the file that the model was loaded from holds its kept weights; <see cref="ModelPrecision.Float32"/> of a model that
    /// comes from no file. Saved again in this form the weights stay the same.
    /// </summary>
    public ModelPrecision Precision { get; internal init; }

    /// <summary>Kept weights ÷ all weights of each layer by its name, from 0 to 1.</summary>
    public IReadOnlyDictionary<string, double> LayerDensities =>
        Mask.Layers.ToDictionary(layer => layer.Layer.Name, layer => layer.Density, StringComparer.Ordinal);

    /// <summary>What pruning left of the network, in all and per layer.</summary>
    public PruningReport Report => PruningReport.From(Mask);

    /// <summary>Writes the model's file.</summary>
    /// <param name="stream">Takes the file.</param>
    /// <param name="precision">The form of the kept weights. Rounded forms make a smaller file; loading gives the rounded weights.</param>
    /// <exception cref="ArgumentException">A weight is NaN or infinite, or too large for the precision; the message names it, and nothing is written.</exception>
    public void Save(Stream stream, ModelPrecision precision = ModelPrecision.Float32)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ModelFile.Write(this, precision).WriteTo(stream);
    }

    /// <summary>
    /// Writes the model's file. It appears under its name only when it is whole; when writing fails, a file that was there
    /// before stays as it was.
    /// </summary>
    /// <param name="path">The file's path; its folder must exist.</param>
    /// <param name="precision">The form of the kept weights. Rounded forms make a smaller file; loading gives the rounded weights.</param>
    /// <exception cref="ArgumentException">A weight is NaN or infinite, or too large for the precision; the message names it, and nothing is written.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the reason.</exception>
    public void Save(string path, ModelPrecision precision = ModelPrecision.Float32)
    {
        var file = ModelFile.Write(this, precision);
        AtomicFile.Write(path, "model", file.WriteTo);
    }

    /// <summary>Reads a model's file from the stream's position to its end; the stream need not be seekable.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="maximumLength">The longest file to read, in bytes.</param>
    /// <exception cref="InvalidDataException">It is no model file, or it is damaged or cut short; the message says what is wrong and where.</exception>
    public static TrainedModel Load(Stream stream, long maximumLength = SafetensorsReader.DefaultMaximumLength) =>
        ModelFile.Read(SafetensorsReader.Read(stream, maximumLength));

    /// <summary>Reads a model's file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no model file, or it is damaged or cut short; the message names the path and says what is wrong and where.</exception>
    public static TrainedModel Load(string path) => InputFile.Read(path, "model", stream => Load(stream));
}
