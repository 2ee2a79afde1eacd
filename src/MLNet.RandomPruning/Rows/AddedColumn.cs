using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Rows;

/// <summary>Schemas with a column more.</summary>
internal static class AddedColumn
{
    /// <summary>The schema with a column after the others, which hides one of the same name.</summary>
    public static DataViewSchema With(this DataViewSchema input, string name, DataViewType type, DataViewSchema.Annotations? annotations = null)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(name, type, annotations);
        return builder.ToSchema();
    }

    /// <summary>The shape with a column after the others, which replaces one of the same name.</summary>
    public static SchemaShape With(this SchemaShape input, SchemaShape.Column column) =>
        new([.. input.Where(other => other.Name != column.Name), column]);
}
