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
    /// <exception cref="InvalidDataException">Something is missing, out of range or does not fit the rest of the file.</exception>
    public static NetworkMask ReadMask(SafetensorsReader reader, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(prefix);
        return MaskSerializer.Read(reader, prefix);
    }

    /// <summary>Adds all tensors of a state as one-dimensional F32 tensors, kept weights only.</summary>
    /// <param name="writer">Takes the tensors; it reads the values when the file is written.</param>
    /// <param name="prefix">Stands before each tensor's name; empty for the model's own weights.</param>
    /// <param name="state">The state.</param>
    /// <exception cref="ArgumentException">A value is NaN or infinite; nothing has been added.</exception>
    public static void Write(SafetensorsWriter writer, string prefix, NetworkState state)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(state);
        foreach (var tensor in state.Tensors)
        {
            if (IndexOfNonFinite(tensor.Values) is int index and >= 0)
            {
                throw new ArgumentException($"Tensor '{prefix}{tensor.Name}' cannot be saved: its value {index} is {tensor.Values[index]}.", nameof(state));
            }
        }

        foreach (var tensor in state.Tensors)
        {
            writer.Add(prefix + tensor.Name, tensor.Values);
        }
    }

    /// <summary>Reads a state that <see cref="Write"/> wrote.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="prefix">What stands before each tensor's name.</param>
    /// <param name="mask">The network and masks, for example from <see cref="ReadMask"/>.</param>
    /// <exception cref="InvalidDataException">A tensor is missing or of another type or length, a value is NaN or infinite, or a running variance is negative.</exception>
    public static NetworkState Read(SafetensorsReader reader, string prefix, NetworkMask mask)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(mask);
        foreach (var layer in mask.Layers)
        {
            reader.Bytes($"{prefix}{layer.Layer.Name}.weight", "F32", layer.KeptCount);
        }

        var state = new NetworkState(mask);
        foreach (var tensor in state.Tensors)
        {
            reader.CopyFloats(prefix + tensor.Name, tensor.Values);
            if (IndexOfNonFinite(tensor.Values) is int index and >= 0)
            {
                throw SafetensorsReader.Invalid($"value {index} of tensor '{prefix}{tensor.Name}' is {tensor.Values[index]}");
            }

            if (tensor.Kind == StateTensorKind.RunningVariance && Array.FindIndex(tensor.Values, value => value < 0) is int negative and >= 0)
            {
                throw SafetensorsReader.Invalid($"value {negative} of tensor '{prefix}{tensor.Name}', a variance, is {tensor.Values[negative]}");
            }
        }

        return state;
    }

    private static int IndexOfNonFinite(float[] values) => Array.FindIndex(values, value => !float.IsFinite(value));
}
