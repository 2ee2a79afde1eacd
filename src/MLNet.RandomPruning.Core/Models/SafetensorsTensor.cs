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
