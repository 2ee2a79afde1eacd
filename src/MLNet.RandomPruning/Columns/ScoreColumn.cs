using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Columns;

/// <summary>A column with a score a class, of any model: a vector of Single of known size, checked against its schema.</summary>
/// <param name="Column">The column.</param>
/// <param name="ClassCount">The number of classes, at least 2.</param>
internal sealed record ScoreColumn(DataViewSchema.Column Column, int ClassCount)
{
    private const string Role = "Score";
    private const string SlotNames = "SlotNames";

    public string Name => Column.Name;

    /// <summary>Finds and checks the column.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it is no vector of Single with two or more slots.</exception>
    public static ScoreColumn Find(DataViewSchema schema, string name)
    {
        var column = schema.Find(Role, name);
        return column.Type is VectorDataViewType { Size: >= 2 } type && SingleColumn.Is(type.ItemType)
            ? new ScoreColumn(column, type.Size)
            : throw Wrong(name, column.Type.ToString()!);
    }

    /// <summary>Checks what the shape of a schema tells of the column, and gives that.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it is no vector of Single.</exception>
    public static SchemaShape.Column Check(SchemaShape schema, string name)
    {
        var column = schema.Find(Role, name);
        return column.Kind == SchemaShape.Column.VectorKind.Vector && SingleColumn.Is(column.ItemType)
            ? column
            : throw Wrong(name, column.Kind == SchemaShape.Column.VectorKind.Scalar ? column.ItemType.ToString()! : $"a vector of {column.ItemType}");
    }

    /// <summary>Opens the column in a row or cursor, in which it must be active; each call gives the current row's scores, valid until the next.</summary>
    public DenseReader Open(DataViewRow row) => new(row, this);

    /// <summary>The names of the slots, which are those of the classes; null where there are none.</summary>
    public string[]? ClassNames()
    {
        if (Column.Annotations.Schema.GetColumnOrNull(SlotNames)?.Type is not VectorDataViewType { ItemType: TextDataViewType } type || type.Size != ClassCount)
        {
            return null;
        }

        VBuffer<ReadOnlyMemory<char>> names = default;
        Column.Annotations.GetValue(SlotNames, ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private static ArgumentException Wrong(string name, string found) => new(
        $"Score column '{name}' is {found}, but the scores of a multiclass model are a vector of Single of known size with a slot a class.");

    /// <summary>Reads the scores of a row or cursor.</summary>
    internal sealed class DenseReader(DataViewRow row, ScoreColumn column)
    {
        private readonly ValueGetter<VBuffer<float>> _getter = row.GetGetter<VBuffer<float>>(column.Column);
        private readonly float[] _scores = new float[column.ClassCount];
        private VBuffer<float> _vector;

        /// <summary>The current row's scores, dense; valid until the next call.</summary>
        /// <exception cref="InvalidDataException">The row has another number of scores than the column's type says.</exception>
        public ReadOnlySpan<float> Read()
        {
            _getter(ref _vector);
            if (_vector.Length != _scores.Length)
            {
                throw Bad($"there are {_vector.Length} scores, but the column's type says {_scores.Length}.");
            }

            _vector.CopyTo(_scores);
            return _scores;
        }

        /// <summary>The error that something is wrong with the current row's scores.</summary>
        public InvalidDataException Bad(string problem, Exception? inner = null) =>
            new($"Row {row.Position} (counted from 0), column '{column.Name}': {problem}", inner);
    }
}
