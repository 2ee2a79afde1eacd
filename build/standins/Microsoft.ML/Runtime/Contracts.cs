using Microsoft.ML.Data;

namespace Microsoft.ML.Runtime;

/// <summary>The errors that many components make in the same words.</summary>
internal static class Contracts
{
    /// <summary>A column that is not there.</summary>
    public static Exception ExceptSchemaMismatch(string parameterName, string columnRole, string columnName)
        => new ArgumentOutOfRangeException(parameterName, $"Could not find {columnRole} column '{columnName}'");

    /// <summary>A column of the wrong type.</summary>
    public static Exception ExceptSchemaMismatch(string parameterName, string columnRole, string columnName, string expectedType, string actualType)
        => new ArgumentOutOfRangeException(parameterName, $"Schema mismatch for {columnRole} column '{columnName}': expected {expectedType}, got {actualType}");

    /// <summary>A getter that was asked for with the wrong type.</summary>
    public static Exception ExceptGetterType(Type asked, DataViewSchema.Column column)
        => new InvalidOperationException($"Invalid TValue in GetGetter: '{asked}', expected type: '{column.Type.RawType}'. (column '{column.Name}')");

    /// <summary>A getter of a column that the cursor was not opened for.</summary>
    public static Exception ExceptInactive(DataViewSchema.Column column)
        => new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' is not active: it was not among the columns that the cursor was opened with");

    /// <summary>A value that was asked for where there is no row.</summary>
    public static Exception ExceptNoRow()
        => new InvalidOperationException("Values cannot be fetched at this time: the cursor stands before the first row or after the last one");

    /// <summary>Throws when a name is null or empty, which to the packages are the same mistake.</summary>
    public static void CheckName(string name, string parameterName = "name")
    {
        if (string.IsNullOrEmpty(name))
        {
            throw new ArgumentNullException(parameterName);
        }
    }

    /// <summary>Throws unless the column belongs to the schema.</summary>
    public static void CheckColumnInSchema(DataViewSchema schema, DataViewSchema.Column column)
    {
        if ((uint)column.Index >= (uint)schema.Count || schema[column.Index].Name != column.Name)
        {
            throw new InvalidOperationException($"Column '{column.Name}' is not in the schema, which has {string.Join(", ", schema.Select(c => $"'{c.Name}'"))}");
        }
    }
}
