using System.Runtime.InteropServices;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Models;

/// <summary>The kept weights of one layer in a safetensors file, in any <see cref="ModelPrecision"/>.</summary>
internal static class StoredWeights
{
    private const string ScaleSuffix = ".scale";

    /// <summary>The size of one weight in bytes.</summary>
    public static int BytesPerWeight(ModelPrecision precision) => SafetensorsTensor.ElementSize(ElementType(precision));

    /// <summary>The precision as a file's metadata names it.</summary>
    public static string NameOf(ModelPrecision precision) => precision switch
    {
        ModelPrecision.Float32 => "float32",
        ModelPrecision.Float16 => "float16",
        ModelPrecision.Int8 => "int8",
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "The precision of a model is Float32, Float16 or Int8."),
    };

    /// <summary>The names of the tensors that hold a layer's weights.</summary>
    /// <param name="name">The name of the weight tensor.</param>
    /// <param name="precision">The precision.</param>
    public static IEnumerable<string> TensorNames(string name, ModelPrecision precision) =>
        precision == ModelPrecision.Int8 ? [name, name + ScaleSuffix] : [name];

    /// <summary>Throws unless all weights, which are finite, can be stored.</summary>
    /// <exception cref="ArgumentException">One is too large; the message names the tensor and the weight.</exception>
    public static void ThrowIfNotStorable(string name, float[] weights, ModelPrecision precision)
    {
        if (precision == ModelPrecision.Float16 && Array.FindIndex(weights, weight => !Half.IsFinite((Half)weight)) is int index and >= 0)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Tensor '{name}' cannot be saved as float16: its value {index} is {weights[index]}, beyond ±65504, the largest that float16 holds; float32 and int8 hold it."));
        }
    }

    /// <summary>Adds the tensors of a layer's weights.</summary>
    public static void Write(SafetensorsWriter writer, string name, WeightMask mask, float[] weights, ModelPrecision precision)
    {
        switch (precision)
        {
            case ModelPrecision.Float32:
                writer.Add(name, weights);
                break;
            case ModelPrecision.Float16:
                writer.Add(name, Array.ConvertAll(weights, weight => (Half)weight));
                break;
            default:
                float[] scales = new float[mask.Layer.Outputs];
                writer.Add(name, ChannelQuantizer.Quantize(mask, weights, scales));
                writer.Add(name + ScaleSuffix, scales);
                break;
        }
    }

    /// <summary>Throws unless a file holds the tensors of a layer's weights, with these types and lengths.</summary>
    public static void Check(SafetensorsReader reader, string name, WeightMask mask, ModelPrecision precision)
    {
        reader.Bytes(name, ElementType(precision), mask.KeptCount);
        if (precision == ModelPrecision.Int8)
        {
            reader.Bytes(name + ScaleSuffix, "F32", mask.Layer.Outputs);
        }
    }

    /// <summary>Reads a layer's weights as float32; the caller checks that they are finite.</summary>
    public static void Read(SafetensorsReader reader, string name, WeightMask mask, Span<float> weights, ModelPrecision precision)
    {
        switch (precision)
        {
            case ModelPrecision.Float32:
                reader.CopyFloats(name, weights);
                break;
            case ModelPrecision.Float16:
                Check(reader, name, mask, precision);
                reader.Tensors[name].CopyFloatsTo(weights);
                break;
            default:
                ReadQuantized(reader, name, mask, weights);
                break;
        }
    }

    private static void ReadQuantized(SafetensorsReader reader, string name, WeightMask mask, Span<float> weights)
    {
        var quantized = MemoryMarshal.Cast<byte, sbyte>(reader.Bytes(name, "I8", mask.KeptCount));
        if (quantized.IndexOf(sbyte.MinValue) is int index and >= 0)
        {
            throw SafetensorsReader.Invalid($"value {index} of tensor '{name}' is {sbyte.MinValue}, where −{ChannelQuantizer.Largest} to {ChannelQuantizer.Largest} are expected");
        }

        float[] scales = new float[mask.Layer.Outputs];
        reader.CopyFloats(name + ScaleSuffix, scales);
        if (Array.FindIndex(scales, scale => !float.IsFinite(scale) || scale < 0) is int output and >= 0)
        {
            throw SafetensorsReader.Invalid(FormattableString.Invariant($"value {output} of tensor '{name + ScaleSuffix}', a scale, is {scales[output]}, where a number of 0 or more is expected"));
        }

        ChannelQuantizer.Dequantize(mask, quantized, scales, weights);
    }

    private static string ElementType(ModelPrecision precision) => precision switch
    {
        ModelPrecision.Float16 => "F16",
        ModelPrecision.Int8 => "I8",
        _ => "F32",
    };
}
