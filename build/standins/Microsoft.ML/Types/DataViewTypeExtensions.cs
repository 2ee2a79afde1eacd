namespace Microsoft.ML.Data;

/// <summary>What the transforms ask of a column type, whether it is a vector or not.</summary>
internal static class DataViewTypeExtensions
{
    /// <summary>The type of the items of a vector, or the type itself.</summary>
    public static DataViewType GetItemType(this DataViewType type)
        => type is VectorDataViewType vector ? vector.ItemType : type;

    /// <summary>The size of a vector (0 when unknown); 0 for a type that is no vector.</summary>
    public static int GetVectorSize(this DataViewType type)
        => type is VectorDataViewType vector ? vector.Size : 0;

    /// <summary>The size of a vector (0 when unknown); 1 for a type that is no vector.</summary>
    public static int GetValueCount(this DataViewType type)
        => type is VectorDataViewType vector ? vector.Size : 1;

    public static bool IsKnownSizeVector(this DataViewType type)
        => type is VectorDataViewType { IsKnownSize: true };

    /// <summary>The number of categories of a key; 0 for a type that is no key.</summary>
    public static ulong GetKeyCount(this DataViewType type)
        => type is KeyDataViewType key ? key.Count : 0;

    /// <summary>The column type that holds plain values of a .NET type; null when there is none.</summary>
    public static PrimitiveDataViewType PrimitiveTypeFromType(Type type)
    {
        if (type == typeof(ReadOnlyMemory<char>) || type == typeof(string)) return TextDataViewType.Instance;
        if (type == typeof(bool)) return BooleanDataViewType.Instance;
        if (type == typeof(TimeSpan)) return TimeSpanDataViewType.Instance;
        if (type == typeof(DateTime)) return DateTimeDataViewType.Instance;
        if (type == typeof(DateTimeOffset)) return DateTimeOffsetDataViewType.Instance;
        if (type == typeof(DataViewRowId)) return RowIdDataViewType.Instance;
        if (type == typeof(sbyte)) return NumberDataViewType.SByte;
        if (type == typeof(byte)) return NumberDataViewType.Byte;
        if (type == typeof(short)) return NumberDataViewType.Int16;
        if (type == typeof(ushort)) return NumberDataViewType.UInt16;
        if (type == typeof(int)) return NumberDataViewType.Int32;
        if (type == typeof(uint)) return NumberDataViewType.UInt32;
        if (type == typeof(long)) return NumberDataViewType.Int64;
        if (type == typeof(ulong)) return NumberDataViewType.UInt64;
        if (type == typeof(float)) return NumberDataViewType.Single;
        if (type == typeof(double)) return NumberDataViewType.Double;
        return null;
    }

    public static PrimitiveDataViewType PrimitiveTypeFromKind(DataKind kind) => kind switch
    {
        DataKind.SByte => NumberDataViewType.SByte,
        DataKind.Byte => NumberDataViewType.Byte,
        DataKind.Int16 => NumberDataViewType.Int16,
        DataKind.UInt16 => NumberDataViewType.UInt16,
        DataKind.Int32 => NumberDataViewType.Int32,
        DataKind.UInt32 => NumberDataViewType.UInt32,
        DataKind.Int64 => NumberDataViewType.Int64,
        DataKind.UInt64 => NumberDataViewType.UInt64,
        DataKind.Single => NumberDataViewType.Single,
        DataKind.Double => NumberDataViewType.Double,
        DataKind.String => TextDataViewType.Instance,
        DataKind.Boolean => BooleanDataViewType.Instance,
        DataKind.TimeSpan => TimeSpanDataViewType.Instance,
        DataKind.DateTime => DateTimeDataViewType.Instance,
        DataKind.DateTimeOffset => DateTimeOffsetDataViewType.Instance,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of data"),
    };
}
