using System.Globalization;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// The tensors of a safetensors file as those of the reference network, whose names stand behind a common prefix or none. Every message
/// names tensors as the file does.
/// </summary>
internal sealed class StateDictionary
{
    private const string FirstWeight = "conv.weight", LastWeight = "fc.weight", Blocks = "blocks.";

    private readonly SafetensorsReader _reader;
    private readonly string _prefix;

    public StateDictionary(SafetensorsReader reader)
    {
        _reader = reader;

        // What the first convolution's shortest name has before it, where all names have it.
        string? first = reader.Tensors.Keys.Where(name => ('.' + name).EndsWith('.' + FirstWeight, StringComparison.Ordinal)).MinBy(name => name.Length);
        string prefix = first?[..^FirstWeight.Length] ?? "";
        _prefix = reader.Tensors.Keys.All(name => name.StartsWith(prefix, StringComparison.Ordinal)) ? prefix : "";
    }

    /// <summary>The number of input channels of the first convolution.</summary>
    public int InputChannels => Length(FirstWeight, rank: 4, dimension: 1);

    /// <summary>The number of classes: outputs of the linear layer at the end.</summary>
    public int ClassCount => Length(LastWeight, rank: 2, dimension: 0);

    /// <summary>The name of the tensor in the file.</summary>
    public string FileName(string name) => _prefix + name;

    /// <summary>The name of the network with these tensors: depth from the number of blocks, width from the first convolution.</summary>
    public string InferNetwork()
    {
        int width = Length(FirstWeight, rank: 4, dimension: 0);
        int blocks = 0;
        foreach (string name in Names)
        {
            if (name.StartsWith(Blocks, StringComparison.Ordinal) && name.IndexOf('.', Blocks.Length) is int end and > 0
                && int.TryParse(name.AsSpan(Blocks.Length, end - Blocks.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int block) && block < int.MaxValue)
            {
                blocks = Math.Max(blocks, block + 1);
            }
        }

        return blocks > 0 && blocks % 3 == 0
            ? string.Create(CultureInfo.InvariantCulture, $"ResNet-{2L * blocks + 2}-{width}")
            : throw SafetensorsReader.Invalid(
                $"it has {(blocks == 0 ? "no blocks" : $"{blocks} blocks, '{FileName(Blocks)}0' to '{FileName(Blocks)}{blocks - 1}'")}, but a ResNet-A-B has three stages with equally many");
    }

    /// <summary>Throws unless the file has a tensor for each layer with weights at least: a deep network takes memory, and its name takes none.</summary>
    public void ThrowIfTooFewFor(ResNet network)
    {
        if (_reader.Tensors.Count < network.WeightLayerCount)
        {
            throw SafetensorsReader.Invalid($"it has {_reader.Tensors.Count} tensors, but {network} has {network.WeightLayerCount} layers with weights alone");
        }
    }

    /// <summary>Throws unless the file holds the tensors of a network, with their shapes, and no others.</summary>
    public void ThrowIfNotOf(Network network)
    {
        var expected = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (layer, suffix, kind) in network.Layers.SelectMany(layer => NetworkState.TensorsOf(layer).Select(tensor => (layer, tensor.Suffix, tensor.Kind))))
        {
            string name = $"{layer.Name}.{suffix}";
            expected.Add(name);
            long[] shape = DenseTensors.ShapeOf(layer, kind);
            var tensor = Find(name, network);
            if (!tensor.Shape.SequenceEqual(shape))
            {
                throw SafetensorsReader.Invalid(
                    $"tensor '{tensor.Name}' is {tensor} where [{string.Join(", ", shape)}] is expected in {network} for images of {network.InputShape} (channels×rows×columns) and {network.ClassCount} classes");
            }
        }

        expected.UnionWith(network.Layers.OfType<BatchNormLayer>().Select(layer => $"{layer.Name}.{SafetensorsExport.BatchCountSuffix}"));
        if (Names.FirstOrDefault(name => !expected.Contains(name)) is string unknown)
        {
            throw SafetensorsReader.Invalid($"its tensor '{FileName(unknown)}' is none of {network}");
        }
    }

    /// <summary>The values of a tensor as float32, usable ones.</summary>
    public float[] Read(string name, StateTensorKind kind)
    {
        var tensor = _reader.Tensors[FileName(name)];
        float[] values = new float[tensor.Count];
        tensor.CopyFloatsTo(values);
        NetworkStateSerializer.ThrowIfNotUsable(tensor.Name, kind, values);
        return values;
    }

    private IEnumerable<string> Names => _reader.Tensors.Keys.Select(name => name[_prefix.Length..]);

    private int Length(string name, int rank, int dimension)
    {
        var tensor = Find(name, network: null);
        return tensor.Shape.Count == rank && tensor.Shape[dimension] is long length and <= int.MaxValue
            ? (int)length
            : throw SafetensorsReader.Invalid(
                $"tensor '{tensor.Name}' is {tensor} where {(rank == 4 ? "[outputs, inputs, 3, 3]" : "[classes, features]")} is expected");
    }

    private SafetensorsTensor Find(string name, Network? network)
    {
        if (_reader.Tensors.TryGetValue(FileName(name), out var tensor))
        {
            return tensor;
        }

        string missing = $"it has no tensor '{FileName(name)}', which {network?.Name ?? "every ResNet-A-B"} has";
        if (_prefix.Length == 0 && _reader.Tensors.Keys.FirstOrDefault(other => other.EndsWith('.' + name, StringComparison.Ordinal)) is string prefixed
            && _reader.Tensors.Keys.FirstOrDefault(other => !other.StartsWith(prefixed[..^name.Length], StringComparison.Ordinal)) is string odd)
        {
            throw SafetensorsReader.Invalid($"{missing}; it has '{prefixed}', but a prefix does not count only where all names have it, and '{odd}' has not");
        }

        throw SafetensorsReader.Invalid(_reader.Tensors.Count == 0
            ? $"{missing}; it has no tensors at all"
            : $"{missing}; the first of its {_reader.Tensors.Count} tensors are {string.Join(", ", _reader.Tensors.Keys.Take(3).Select(other => $"'{other}'"))}");
    }
}
