using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// Puts networks, masks and states into safetensors files and takes them out again: as many masks and as many states
/// (weights, momentum, best weights) a file as have different prefixes.
/// </summary>
public static class NetworkStateSerializer
{
    /// <summary>
    /// Writes a network and its masks, without any weights: the network's name, input shape and class count, and each layer's
    /// kept count and checksum, into the metadata. The masks themselves become the seed that makes them where
    /// <see cref="NetworkMask.Origin"/> makes just these masks, and U8 tensors named <c>&lt;layer&gt;.mask</c>, eight weights a
    /// byte with the lowest bit first, where it does not (none for a dense layer).
    /// </summary>
    /// <param name="writer">Takes the metadata and tensors.</param>
    /// <param name="mask">The masks.</param>
    /// <param name="prefix">Stands before each key and each tensor's name, so that a file can hold several masks; empty for the model's own.</param>
    public static void WriteMask(SafetensorsWriter writer, NetworkMask mask, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(prefix);
        MaskSerializer.Write(writer, mask, prefix);
    }

    /// <summary>Reads the network and masks that <see cref="WriteMask"/> wrote.</summary>
    /// <param name="reader">The file, which holds weights too.</param>
    /// <param name="prefix">What stands before each key and each tensor's name.</param>
    /// <param name="precision">The form of the weights.</param>
    /// <exception cref="InvalidDataException">Something is missing, out of range or does not fit the rest of the file.</exception>
    public static NetworkMask ReadMask(SafetensorsReader reader, string prefix = "", ModelPrecision precision = ModelPrecision.Float32)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(prefix);
        return MaskSerializer.Read(reader, prefix, precision);
    }

    /// <summary>
    /// Adds all tensors of a state as one-dimensional tensors, kept weights only: F32 tensors, but for the weights in other forms. Of
    /// <see cref="ModelPrecision.Float16"/> weights are F16 tensors, of <see cref="ModelPrecision.Int8"/> I8 tensors with an F32 tensor
    /// of scales, one an output of the layer, named <c>&lt;layer&gt;.weight.scale</c>.
    /// </summary>
    /// <param name="writer">Takes the tensors; it reads F32 values when the file is written.</param>
    /// <param name="prefix">Stands before each tensor's name; empty for the model's own weights.</param>
    /// <param name="state">The state.</param>
    /// <param name="precision">The form of the weights.</param>
    /// <exception cref="ArgumentException">A value is NaN or infinite, or too large for the form; nothing has been added.</exception>
    public static void Write(SafetensorsWriter writer, string prefix, NetworkState state, ModelPrecision precision = ModelPrecision.Float32)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(state);
        ThrowIfNotFinite(state, prefix);
        foreach (var tensor in state.Tensors.Where(tensor => tensor.Kind == StateTensorKind.Weight))
        {
            StoredWeights.ThrowIfNotStorable(prefix + tensor.Name, tensor.Values, precision);
        }

        foreach (var tensor in state.Tensors)
        {
            if (tensor.Kind == StateTensorKind.Weight)
            {
                StoredWeights.Write(writer, prefix + tensor.Name, state.Mask[tensor.Layer.Name], tensor.Values, precision);
            }
            else
            {
                writer.Add(prefix + tensor.Name, tensor.Values);
            }
        }
    }

    /// <summary>Reads a state that <see cref="Write"/> wrote.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="prefix">What stands before each tensor's name.</param>
    /// <param name="mask">The network and masks, for example from <see cref="ReadMask"/>.</param>
    /// <param name="precision">The form of the weights.</param>
    /// <exception cref="InvalidDataException">A tensor is missing or of another type or length, a value is NaN or infinite, or a running variance is negative.</exception>
    public static NetworkState Read(SafetensorsReader reader, string prefix, NetworkMask mask, ModelPrecision precision = ModelPrecision.Float32)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(mask);
        foreach (var layer in mask.Layers)
        {
            StoredWeights.Check(reader, $"{prefix}{layer.Layer.Name}.weight", layer, precision);
        }

        var state = new NetworkState(mask);
        foreach (var tensor in state.Tensors)
        {
            string name = prefix + tensor.Name;
            if (tensor.Kind == StateTensorKind.Weight)
            {
                StoredWeights.Read(reader, name, mask[tensor.Layer.Name], tensor.Values, precision);
            }
            else
            {
                reader.CopyFloats(name, tensor.Values);
            }

            ThrowIfNotUsable(name, tensor.Kind, tensor.Values);
        }

        return state;
    }

    /// <summary>Throws unless all values of a state are finite.</summary>
    internal static void ThrowIfNotFinite(NetworkState state, string prefix)
    {
        foreach (var tensor in state.Tensors)
        {
            if (IndexOfNonFinite(tensor.Values) is int index and >= 0)
            {
                throw new ArgumentException($"Tensor '{prefix}{tensor.Name}' cannot be saved: its value {index} is {tensor.Values[index]}.", nameof(state));
            }
        }
    }

    /// <summary>Throws unless the values that a file holds can be those of a network.</summary>
    internal static void ThrowIfNotUsable(string name, StateTensorKind kind, float[] values)
    {
        if (IndexOfNonFinite(values) is int index and >= 0)
        {
            throw SafetensorsReader.Invalid($"value {index} of tensor '{name}' is {values[index]}");
        }

        if (kind == StateTensorKind.RunningVariance && Array.FindIndex(values, value => value < 0) is int negative and >= 0)
        {
            throw SafetensorsReader.Invalid($"value {negative} of tensor '{name}', a variance, is {values[negative]}");
        }
    }

    private static int IndexOfNonFinite(float[] values) => Array.FindIndex(values, value => !float.IsFinite(value));
}
