using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Columns;

/// <summary>A label column, checked against its schema: a key, whose values are the classes.</summary>
/// <param name="Column">The column.</param>
/// <param name="Labels">The classes.</param>
internal sealed record LabelColumn(DataViewSchema.Column Column, ClassLabels Labels)
{
    /// <summary>More classes than this are hashes or row numbers, not classes.</summary>
    private const ulong MaximumClassCount = 1 << 20;

    /// <summary>Finds and checks the column.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it is no key with at least two values.</exception>
    public static LabelColumn Find(DataViewSchema schema, string name)
    {
        var column = schema.Find("Label", name);
        if (column.Type is not KeyDataViewType key)
        {
            throw NoKey(name, column.Type.ToString()!);
        }

        if (key.Count is < 2 or > MaximumClassCount)
        {
            throw new ArgumentException(
                $"Label column '{name}' is a key with {key.Count} possible values, but a classifier tells from 2 to {MaximumClassCount} classes apart.");
        }

        return new LabelColumn(column, ClassLabels.Of(column, (int)key.Count));
    }

    /// <summary>Checks what the shape of a schema tells of the column.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it is no key.</exception>
    public static void Check(SchemaShape schema, string name)
    {
        var column = schema.Find("Label", name);
        if (!column.IsKey || column.Kind != SchemaShape.Column.VectorKind.Scalar)
        {
            throw NoKey(name, column.Kind == SchemaShape.Column.VectorKind.Scalar ? column.ItemType.ToString()! : $"a vector of {column.ItemType}");
        }
    }

    /// <summary>
    /// Reads the class of a row: from 0 on, −1 when the label is missing, and beyond the number of classes as it comes.
    /// </summary>
    public static Func<long> Reader(DataViewRow row, DataViewSchema.Column column)
    {
        var type = column.Type.RawType;
        return type == typeof(uint) ? Reader<uint>(row, column, value => value)
            : type == typeof(byte) ? Reader<byte>(row, column, value => value)
            : type == typeof(ushort) ? Reader<ushort>(row, column, value => value)
            : Reader<ulong>(row, column, value => value > long.MaxValue ? long.MaxValue : (long)value);
    }

    private static Func<long> Reader<T>(DataViewRow row, DataViewSchema.Column column, Func<T, long> toLong) where T : struct
    {
        var getter = row.GetGetter<T>(column);
        T value = default;
        return () =>
        {
            getter(ref value);
            return toLong(value) - 1;
        };
    }

    private static ArgumentException NoKey(string name, string found) => new(
        $"Label column '{name}' is {found}, but the label must be a key. Put mlContext.Transforms.Conversion.MapValueToKey(\"{name}\") before the trainer.");
}
