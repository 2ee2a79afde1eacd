using System.Buffers.Binary;

namespace MLNet.RandomPruning.Models;

/// <summary>One tensor of a safetensors file.</summary>
public sealed class SafetensorsTensor
{
    internal SafetensorsTensor(string name, string elementType, long[] shape, ReadOnlyMemory<byte> data)
    {
        Name = name;
        ElementType = elementType;
        Shape = shape;
        Data = data;
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The type of its elements as the format writes it, for example <c>F32</c>.</summary>
    public string ElementType { get; }

    /// <summary>Its lengths; empty for a single number.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Its elements, row-major and little-endian.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The number of its elements.</summary>
    public int Count => Data.Length / ElementSize(ElementType);

    /// <summary>Copies its elements as float32, row-major: F32, F16 and BF16 as they are, F64 rounded to the nearest.</summary>
    /// <param name="destination">Takes all elements; its length is their number.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="InvalidDataException">The elements are of another type.</exception>
    public void CopyFloatsTo(Span<float> destination)
    {
        int size = ElementSize(ElementType);
        if (destination.Length != Count)
        {
            throw new ArgumentException($"Tensor '{Name}' has {Count} elements, but there is room for {destination.Length}.", nameof(destination));
        }

        var data = Data.Span;
        switch (ElementType)
        {
            case "F32":
                for (int index = 0; index < destination.Length; index++)
                {
                    destination[index] = BinaryPrimitives.ReadSingleLittleEndian(data[(index * size)..]);
                }

                break;
            case "F16":
                for (int index = 0; index < destination.Length; index++)
                {
                    destination[index] = (float)BinaryPrimitives.ReadHalfLittleEndian(data[(index * size)..]);
                }

                break;
            case "BF16":
                // The upper half of a float32.
                for (int index = 0; index < destination.Length; index++)
                {
                    destination[index] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(data[(index * size)..]) << 16);
                }

                break;
            case "F64":
                for (int index = 0; index < destination.Length; index++)
                {
                    destination[index] = (float)BinaryPrimitives.ReadDoubleLittleEndian(data[(index * size)..]);
                }

                break;
            default:
                throw SafetensorsReader.Invalid($"tensor '{Name}' holds {ElementType}, where F32, F16, BF16 or F64 is expected");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{ElementType} [{string.Join(", ", Shape)}]";

    /// <summary>The size of one element in bytes; 0 when the type is not known.</summary>
    internal static int ElementSize(string elementType) => elementType switch
    {
        "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" => 1,
        "I16" or "U16" or "F16" or "BF16" => 2,
        "I32" or "U32" or "F32" => 4,
        "I64" or "U64" or "F64" => 8,
        _ => 0,
    };
}
