using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>The errors of columns that are missing or of the wrong type, worded alike everywhere.</summary>
internal static class SchemaErrors
{
    public static ArgumentOutOfRangeException Missing(string parameter, string role, string column)
        => new(parameter, $"Could not find {role} column '{column}'");

    public static ArgumentOutOfRangeException Mismatch(string parameter, string role, string column, string expected, string actual)
        => new(parameter, $"Schema mismatch for {role} column '{column}': expected {expected}, got {actual}");

    /// <summary>The column of a name; an error that names its role where there is none.</summary>
    public static DataViewSchema.Column Find(DataViewSchema schema, string role, string column, string parameter = "inputSchema")
        => schema.GetColumnOrNull(column) ?? throw Missing(parameter, role, column);

    /// <summary>The type of a column of a schema shape, in words.</summary>
    public static string Describe(in SchemaShape.Column column)
    {
        string item = column.IsKey ? $"Key<{column.ItemType.RawType.Name}>" : column.ItemType.ToString();
        return column.Kind switch
        {
            SchemaShape.Column.VectorKind.Vector => $"Vector<{item}>",
            SchemaShape.Column.VectorKind.VariableVector => $"VarVector<{item}>",
            _ => item,
        };
    }
}
