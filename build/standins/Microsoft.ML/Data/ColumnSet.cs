using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Turns the columns that a caller asks for into flags by index.</summary>
internal static class ColumnSet
{
    public static bool[] Activate(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var active = new bool[schema.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            Contracts.CheckColumnInSchema(schema, column);
            active[column.Index] = true;
        }

        return active;
    }
}
