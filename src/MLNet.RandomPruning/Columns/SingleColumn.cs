using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.Columns;

/// <summary>A column with one Single a row, such as an out-of-distribution score.</summary>
internal static class SingleColumn
{
    private const string Role = "Score";

    /// <summary>Finds and checks the column.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it is no Single.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        var column = schema.Find(Role, name);
        return Is(column.Type) ? column : throw Wrong(name, column.Type.ToString()!);
    }

    /// <summary>Checks what the shape of a schema tells of the column.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it is no Single.</exception>
    public static void Check(SchemaShape schema, string name)
    {
        var column = schema.Find(Role, name);
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar || column.IsKey || !Is(column.ItemType))
        {
            throw Wrong(name, column.Kind == SchemaShape.Column.VectorKind.Scalar ? column.ItemType.ToString()! : $"a vector of {column.ItemType}");
        }
    }

    /// <summary>Whether a type is Single.</summary>
    public static bool Is(DataViewType type) => type is NumberDataViewType && type.RawType == typeof(float);

    /// <summary>Reads all rows, once, in their order.</summary>
    /// <param name="data">The data.</param>
    /// <param name="name">The name of the column.</param>
    /// <param name="what">What the data is, for messages.</param>
    /// <param name="cancellationToken">Heard between rows.</param>
    /// <exception cref="ArgumentException">There is no such column, or it is no Single.</exception>
    /// <exception cref="InvalidDataException">There are no rows, or one holds no finite number.</exception>
    public static double[] ReadAll(IDataView data, string name, string what, CancellationToken cancellationToken)
    {
        var column = Find(data.Schema, name);
        using var cursor = data.GetRowCursor([column]);
        var getter = cursor.GetGetter<float>(column);
        var values = new List<double>();
        float value = 0;
        while (cursor.MoveNextOrExplain())
        {
            cancellationToken.ThrowIfCancellationRequested();
            getter(ref value);
            if (!float.IsFinite(value))
            {
                throw new InvalidDataException(FormattableString.Invariant(
                    $"Row {cursor.Position} (counted from 0), column '{name}': the score is {value}; it must be a finite number. Look for the cause in the model or its input."));
            }

            values.Add(value);
        }

        return values.Count > 0 ? [.. values] : throw new InvalidDataException($"{what} has no rows.");
    }

    private static ArgumentException Wrong(string name, string found) => new(
        $"Score column '{name}' is {found}, but an out-of-distribution score is a Single. Put mlContext.Transforms.ScoreOutOfDistribution(\"OutOfDistributionScore\", scoreColumnName: \"{name}\") before it, and give its output.");
}
