using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// What <see cref="TrainedModel.ImportSafetensors(Stream, SafetensorsImportOptions)"/> cannot, or should not, find in the file. A file that
/// <see cref="TrainedModel.ExportSafetensors(Stream)"/> wrote needs none of it.
/// </summary>
public sealed record SafetensorsImportOptions
{
    /// <summary>The network's name, for example <c>ResNet-20-16</c>; null to find it from the names and shapes of the tensors.</summary>
    public string? Network { get; init; }

    /// <summary>The shape of the images; null for that in the file's metadata or, without one, the channels of <c>conv.weight</c> × 32 × 32.</summary>
    public ImageShape? InputShape { get; init; }

    /// <summary>
    /// How pixels in [0, 1] become the network's input, as in training; null for that in the file's metadata. It must be in one of the two:
    /// with another normalisation a network is wrong without any error.
    /// </summary>
    public PixelNormalization? Normalization { get; init; }

    /// <summary>
    /// The name of each class in the order of the logits; null for those in the file's metadata or, without any, <c>0</c>, <c>1</c>, ... Training
    /// goes on only with labels of these names.
    /// </summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>
    /// Whether channels that no weight makes and no weight reads are taken out of the network (<see cref="Pruning.NetworkMask.RemovesChannels"/>),
    /// which changes no prediction; null for what the file's metadata says or, where it says nothing, false.
    /// </summary>
    public bool? RemovesChannels { get; init; }

    /// <summary>The longest file to read, in bytes.</summary>
    public long MaximumLength { get; init; } = SafetensorsReader.DefaultMaximumLength;
}
