using System.Collections.Immutable;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Writes and reads column types: the standard scalars, keys, and vectors of these.</summary>
internal static class DataViewTypeCodec
{
    private const byte KeyCode = 100;
    private const byte VectorCode = 101;

    // The position is the code; new types are added at the end.
    private static readonly ImmutableArray<PrimitiveDataViewType> Primitives =
    [
        NumberDataViewType.SByte, NumberDataViewType.Byte, NumberDataViewType.Int16, NumberDataViewType.UInt16,
        NumberDataViewType.Int32, NumberDataViewType.UInt32, NumberDataViewType.Int64, NumberDataViewType.UInt64,
        NumberDataViewType.Single, NumberDataViewType.Double, BooleanDataViewType.Instance, TextDataViewType.Instance,
        TimeSpanDataViewType.Instance, DateTimeDataViewType.Instance, DateTimeOffsetDataViewType.Instance, RowIdDataViewType.Instance,
    ];

    public static bool CanWrite(DataViewType type) => type switch
    {
        VectorDataViewType vector => CanWrite(vector.ItemType),
        KeyDataViewType => true,
        PrimitiveDataViewType primitive => Primitives.Contains(primitive),
        _ => false,
    };

    public static void Write(BinaryWriter writer, DataViewType type)
    {
        switch (type)
        {
            case VectorDataViewType vector:
                writer.Write(VectorCode);
                Write(writer, vector.ItemType);
                writer.Write(vector.Dimensions.Length);
                foreach (int dimension in vector.Dimensions)
                {
                    writer.Write(dimension);
                }
                break;
            case KeyDataViewType key:
                writer.Write(KeyCode);
                Write(writer, DataViewTypeExtensions.PrimitiveTypeFromType(key.RawType));
                writer.Write(key.Count);
                break;
            case PrimitiveDataViewType primitive when Primitives.IndexOf(primitive) is var code and >= 0:
                writer.Write((byte)code);
                break;
            default:
                throw new NotSupportedException($"A column of type '{type}' cannot be described in a model.");
        }
    }

    public static DataViewType Read(BinaryReader reader)
    {
        byte code = reader.ReadByte();
        if (code < Primitives.Length)
        {
            return Primitives[code];
        }
        try
        {
            switch (code)
            {
                case KeyCode:
                    return new KeyDataViewType(Read(reader).RawType, reader.ReadUInt64());
                case VectorCode:
                    if (Read(reader) is not PrimitiveDataViewType item)
                    {
                        break;
                    }
                    var dimensions = new int[ValueCodec.ReadCount(reader, "dimensions of a vector")];
                    for (int i = 0; i < dimensions.Length; i++)
                    {
                        dimensions[i] = reader.ReadInt32();
                    }
                    return new VectorDataViewType(item, dimensions);
            }
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw new FormatException("The model is corrupt: it describes a column type that cannot be.", e);
        }
        throw new FormatException($"The model is corrupt: it describes a column type of the unknown code {code}.");
    }
}
