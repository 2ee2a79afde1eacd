using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests.Pipeline;

/// <summary>Reads columns of data views for assertions.</summary>
internal static class Reading
{
    public static T[] Column<T>(this IDataView data, string name)
    {
        DataViewSchema.Column column = data.Schema[name];
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        ValueGetter<T> getter = cursor.GetGetter<T>(column);
        var values = new List<T>();
        while (cursor.MoveNext())
        {
            T value = default!;
            getter(ref value);
            values.Add(value);
        }
        return [.. values];
    }

    public static T[][] Vectors<T>(this IDataView data, string name)
        => [.. data.Column<VBuffer<T>>(name).Select(v => v.DenseValues().ToArray())];

    public static string[] Text(this IDataView data, string name)
        => [.. data.Column<ReadOnlyMemory<char>>(name).Select(t => t.ToString())];

    public static T[] Annotation<T>(this DataViewSchema.Column column, string kind)
    {
        VBuffer<T> values = default;
        column.Annotations.GetValue(kind, ref values);
        return [.. values.DenseValues()];
    }

    public static string[] TextAnnotation(this DataViewSchema.Column column, string kind)
        => [.. column.Annotation<ReadOnlyMemory<char>>(kind).Select(t => t.ToString())];

    public static bool HasAnnotation(this DataViewSchema.Column column, string kind)
        => column.Annotations.Schema.GetColumnOrNull(kind) != null;

    public static string[] Names(this DataViewSchema schema) => [.. schema.Select(c => c.Name)];
}
