using System.Globalization;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Models;

/// <summary>A trained model from the state dictionary of the reference network in PyTorch; a weight that is zero is pruned.</summary>
internal static class SafetensorsImport
{
    // The rows and columns of images where nothing tells them: those of CIFAR.
    private const int DefaultSide = 32;

    public static TrainedModel Read(SafetensorsReader reader, SafetensorsImportOptions options)
    {
        var tensors = new StateDictionary(reader);
        var network = NetworkOf(reader, tensors, options);
        tensors.ThrowIfNotOf(network);
        var normalization = NormalizationOf(reader, network, options);
        var classNames = ClassNamesOf(reader, network, options);
        bool removesChannels = options.RemovesChannels ?? ModelMetadata.ReadRemovesChannels(reader);
        var mask = new NetworkMask(network, [.. network.WeightLayers.Select(layer => MaskOf(layer, tensors))]) { RemovesChannels = removesChannels };
        return new TrainedModel(StateOf(mask, tensors), normalization, classNames);
    }

    private static Network NetworkOf(SafetensorsReader reader, StateDictionary tensors, SafetensorsImportOptions options)
    {
        var named = options.Network is { } name ? ResNet.Parse(name) : null;
        int channels = tensors.InputChannels, classCount = tensors.ClassCount;
        Network network;
        try
        {
            // What the tensors alone say.
            named ??= ResNet.Parse(tensors.InferNetwork());
            tensors.ThrowIfTooFewFor(named);
            network = named.Build(new ImageShape(channels, DefaultSide, DefaultSide), classCount);
            if (options.InputShape is null && reader.Metadata.ContainsKey(ModelMetadata.InputShapeKey))
            {
                network = named.Build(ModelMetadata.ReadInputShape(reader), classCount);
            }
        }
        catch (ArgumentException error)
        {
            throw SafetensorsReader.Invalid(SafetensorsReader.Reason(error), error);
        }

        return options.InputShape is { } given ? named.Build(given, classCount) : network;
    }

    private static PixelNormalization NormalizationOf(SafetensorsReader reader, Network network, SafetensorsImportOptions options)
    {
        int channels = network.InputShape.Channels;
        if (options.Normalization is { } given)
        {
            return given.Mean.Count == channels
                ? given
                : throw new ArgumentException(
                    $"The pixel normalisation given has {given.Mean.Count} channels, but the images of {network} are {network.InputShape} (channels×rows×columns).", nameof(options));
        }

        if (!reader.Metadata.ContainsKey(ModelMetadata.NormalizationKey))
        {
            throw new ArgumentException(
                $"The file does not say how pixels become the input of {network}, and with another normalisation than that of its training it is wrong without any error. Give {nameof(SafetensorsImportOptions)}.{nameof(SafetensorsImportOptions.Normalization)}: mean and standard deviation of each of the {channels} channels for pixels in [0, 1], for example PixelNormalization.Cifar10.", nameof(options));
        }

        var found = ModelMetadata.ReadNormalization(reader);
        return found.Mean.Count == channels
            ? found
            : throw SafetensorsReader.Invalid(
                $"'{ModelMetadata.NormalizationKey}' in its metadata has {found.Mean.Count} channels, but the images of {network} are {network.InputShape} (channels×rows×columns)");
    }

    private static IReadOnlyList<string> ClassNamesOf(SafetensorsReader reader, Network network, SafetensorsImportOptions options)
    {
        if (options.ClassNames is { } given)
        {
            return given.Count == network.ClassCount
                ? given
                : throw new ArgumentException($"There are {given.Count} class names, but {network} tells {network.ClassCount} classes apart.", nameof(options));
        }

        if (!reader.Metadata.ContainsKey(ModelMetadata.ClassNamesKey))
        {
            return [.. Enumerable.Range(0, network.ClassCount).Select(index => index.ToString(CultureInfo.InvariantCulture))];
        }

        string[] found = ModelMetadata.ReadClassNames(reader);
        return found.Length == network.ClassCount
            ? found
            : throw SafetensorsReader.Invalid($"'{ModelMetadata.ClassNamesKey}' in its metadata has {found.Length} names, but {network} tells {network.ClassCount} classes apart");
    }

    private static WeightMask MaskOf(WeightLayer layer, StateDictionary tensors)
    {
        float[] weights = tensors.Read($"{layer.Name}.weight", StateTensorKind.Weight);
        ulong[] bits = new ulong[(weights.Length + 63) / 64];
        for (int index = 0; index < weights.Length; index++)
        {
            // True of −0 too.
            if (weights[index] != 0)
            {
                bits[index / 64] |= 1UL << (index % 64);
            }
        }

        return WeightMask.FromBits(layer, bits);
    }

    private static NetworkState StateOf(NetworkMask mask, StateDictionary tensors)
    {
        NetworkState state;
        try
        {
            state = new NetworkState(mask);
        }
        catch (InvalidOperationException error)
        {
            throw SafetensorsReader.Invalid($"nothing is left of a layer: {SafetensorsReader.Reason(error)}", error);
        }

        var dense = new DenseTensors(mask);
        foreach (var tensor in state.Tensors)
        {
            dense.Collect(tensors.Read(tensor.Name, tensor.Kind), tensor);
        }

        return state;
    }
}
