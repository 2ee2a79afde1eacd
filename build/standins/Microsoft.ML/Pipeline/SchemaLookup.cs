using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Finds columns by name, with an error that says which role the missing one has.</summary>
internal static class SchemaLookup
{
    public static DataViewSchema.Column FindForRole(this DataViewSchema schema, string role, string column, string parameter = "inputSchema")
        => schema.GetColumnOrNull(column) ?? throw Contracts.ExceptSchemaMismatch(parameter, role, column);

    public static SchemaShape.Column FindForRole(this SchemaShape schema, string role, string column, string parameter = "inputSchema")
        => schema.TryFindColumn(column, out SchemaShape.Column found) ? found : throw Contracts.ExceptSchemaMismatch(parameter, role, column);

    /// <summary>A schema shape with columns put in the place of those of their names, or at the end.</summary>
    public static SchemaShape With(this SchemaShape schema, IEnumerable<SchemaShape.Column> columns)
    {
        var all = schema.ToList();
        foreach (SchemaShape.Column column in columns)
        {
            int at = all.FindIndex(c => c.Name == column.Name);
            if (at >= 0)
            {
                all[at] = column;
            }
            else
            {
                all.Add(column);
            }
        }
        return new SchemaShape(all);
    }
}
