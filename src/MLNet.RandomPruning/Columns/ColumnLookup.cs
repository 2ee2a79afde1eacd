using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Columns;

/// <summary>Finds columns by name, for messages that say what a missing column was for and which columns there are.</summary>
internal static class ColumnLookup
{
    /// <summary>The column of a schema; the visible one where several have the name.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="role">What the column is for, for example Feature.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public static DataViewSchema.Column Find(this DataViewSchema schema, string role, string name) => schema.FindWithHint(role, name, "");

    /// <summary>The column of a schema, or an error that says more.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="role">What the column is for.</param>
    /// <param name="name">Its name.</param>
    /// <param name="hint">What else to say of a missing column.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public static DataViewSchema.Column FindWithHint(this DataViewSchema schema, string role, string name, string hint) =>
        schema.GetColumnOrNull(name) ?? throw NotFound(role, name, schema.Select(column => column.Name), hint);

    /// <summary>What the shape of a schema tells of a column.</summary>
    /// <inheritdoc cref="Find(DataViewSchema, string, string)"/>
    public static SchemaShape.Column Find(this SchemaShape schema, string role, string name)
    {
        foreach (var column in schema)
        {
            if (column.Name == name)
            {
                return column;
            }
        }

        throw NotFound(role, name, schema.Select(column => column.Name));
    }

    private static ArgumentException NotFound(string role, string name, IEnumerable<string> names, string hint = "") =>
        new($"{role} column '{name}' not found. The data has the columns {string.Join(", ", names.Distinct().Select(other => $"'{other}'"))}.{hint}");
}
