using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Enumerates the values of one column.</summary>
public static class ColumnCursorExtensions
{
    public static IEnumerable<T> GetColumn<T>(this IDataView data, string columnName)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(columnName);
        return data.GetColumn<T>(data.Schema[columnName]);
    }

    public static IEnumerable<T> GetColumn<T>(this IDataView data, DataViewSchema.Column column)
    {
        ArgumentNullException.ThrowIfNull(data);
        Contracts.CheckColumnInSchema(data.Schema, column);
        if (!RowMember.Fits(column.Type, typeof(T)))
        {
            throw new ArgumentOutOfRangeException(nameof(column), $"Can't bind the IDataView column '{column.Name}' of type '{column.Type}' to type '{typeof(T).FullName}'");
        }

        return Enumerate<T>(data, column);
    }

    private static IEnumerable<T> Enumerate<T>(IDataView data, DataViewSchema.Column column)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(new[] { column });
        Func<T> read = MakeReader<T>(cursor, column);
        while (cursor.MoveNext())
        {
            yield return read();
        }
    }

    private static Func<T> MakeReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        if (typeof(T) == typeof(string))
        {
            return (Func<T>)(object)MakeText(row, column);
        }

        if (typeof(T) == typeof(string[]))
        {
            return (Func<T>)(object)MakeTexts(row, column);
        }

        if (typeof(T).IsArray)
        {
            MethodInfo make = typeof(ColumnCursorExtensions).GetMethod(nameof(MakeArray), BindingFlags.NonPublic | BindingFlags.Static)
                .MakeGenericMethod(typeof(T).GetElementType());
            return (Func<T>)make.Invoke(null, new object[] { row, column });
        }

        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default;
        return () =>
        {
            getter(ref value);
            return value;
        };
    }

    private static Func<string> MakeText(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> value = default;
        return () =>
        {
            getter(ref value);
            return value.ToString();
        };
    }

    private static Func<string[]> MakeTexts(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        VBuffer<ReadOnlyMemory<char>> value = default;
        return () =>
        {
            getter(ref value);
            return value.DenseValues().Select(text => text.ToString()).ToArray();
        };
    }

    private static Func<T[]> MakeArray<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            var items = new T[value.Length];
            value.CopyTo(items);
            return items;
        };
    }
}
