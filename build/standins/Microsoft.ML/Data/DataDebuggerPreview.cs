using System.Collections.Immutable;
using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>The first rows of a data view, by row and by column.</summary>
public sealed class DataDebuggerPreview
{
    internal DataDebuggerPreview(IDataView data, int maxRows)
    {
        Schema = data.Schema;
        int columns = Schema.Count;
        var values = new List<object>[columns];
        var rows = ImmutableArray.CreateBuilder<RowInfo>();
        using (DataViewRowCursor cursor = data.GetRowCursor(Schema))
        {
            var readers = new Func<object>[columns];
            for (int i = 0; i < columns; i++)
            {
                values[i] = new List<object>();
                readers[i] = (Func<object>)typeof(DataDebuggerPreview)
                    .GetMethod(nameof(MakeReader), BindingFlags.NonPublic | BindingFlags.Static)
                    .MakeGenericMethod(Schema[i].Type.RawType)
                    .Invoke(null, new object[] { cursor, Schema[i] });
            }

            while (rows.Count < maxRows && cursor.MoveNext())
            {
                var row = new KeyValuePair<string, object>[columns];
                for (int i = 0; i < columns; i++)
                {
                    object value = readers[i]();
                    values[i].Add(value);
                    row[i] = new KeyValuePair<string, object>(Schema[i].Name, value);
                }

                rows.Add(new RowInfo(row));
            }
        }

        RowView = rows.ToImmutable();
        ColumnView = Schema.Select(column => new ColumnInfo(column, values[column.Index].ToArray())).ToImmutableArray();
    }

    public DataViewSchema Schema { get; }

    public ImmutableArray<ColumnInfo> ColumnView { get; }

    public ImmutableArray<RowInfo> RowView { get; }

    public override string ToString() => $"{Schema.Count} columns, {RowView.Length} rows";

    private static Func<object> MakeReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default;
            getter(ref value);
            return value;
        };
    }

    /// <summary>The values of one column.</summary>
    public sealed class ColumnInfo
    {
        internal ColumnInfo(DataViewSchema.Column column, object[] values)
        {
            Column = column;
            Values = values;
        }

        public DataViewSchema.Column Column { get; }

        public object[] Values { get; }

        public override string ToString() => $"{Column.Name}: {Column.Type}";
    }

    /// <summary>The values of one row.</summary>
    public sealed class RowInfo
    {
        internal RowInfo(KeyValuePair<string, object>[] values)
        {
            Values = values;
        }

        public KeyValuePair<string, object>[] Values { get; }

        public override string ToString() => $"{Values.Length} columns";
    }
}
