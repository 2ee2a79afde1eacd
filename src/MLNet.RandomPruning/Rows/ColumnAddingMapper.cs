using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Rows;

/// <summary>
/// What a transformer that adds columns does with rows of one schema: the columns of the input keep their places and values, and the
/// added ones follow them. Immutable; many rows and cursors may use it at once.
/// </summary>
internal abstract class ColumnAddingMapper(DataViewSchema input, DataViewSchema output) : IRowToRowMapper
{
    public DataViewSchema InputSchema => input;

    public DataViewSchema OutputSchema => output;

    /// <summary>The columns of the input that the added columns are made of.</summary>
    protected abstract IEnumerable<DataViewSchema.Column> Sources { get; }

    /// <summary>Whether a column is one of those that are added.</summary>
    public bool IsAdded(DataViewSchema.Column column) => column.Index >= input.Count;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var needed = new SortedSet<int>();
        foreach (var column in dependingColumns)
        {
            if (IsAdded(column))
            {
                needed.UnionWith(Sources.Select(source => source.Index));
            }
            else
            {
                needed.Add(column.Index);
            }
        }

        return needed.Select(index => input[index]);
    }

    public DataViewRow GetRow(DataViewRow row, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (row.Schema != input)
        {
            throw new ArgumentException("The row has another schema than the one that this mapper was made for.", nameof(row));
        }

        return OpenRow(row, activeColumns);
    }

    /// <summary>A cursor with the added columns over one of the input, which it owns.</summary>
    public virtual DataViewRowCursor OpenCursor(DataViewRowCursor source, DataViewSchema.Column[] columns) => new MappedCursor(this, source, columns);

    /// <summary>One flag an output column.</summary>
    public bool[] ActiveFlags(IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[output.Count];
        foreach (var column in columns)
        {
            active[column.Index] = true;
        }

        return active;
    }

    /// <summary>The getter of an active column that passes through, or whose value is worked out from the input's current row alone.</summary>
    /// <exception cref="InvalidOperationException">The column is not active, or of another type.</exception>
    public ValueGetter<TValue> GetterOf<TValue>(DataViewRow row, bool[] active, DataViewSchema.Column column)
    {
        if (active[column.Index])
        {
            if (!IsAdded(column))
            {
                return row.GetGetter<TValue>(input[column.Index]);
            }

            // The type is checked first, so that an error opens nothing.
            if (output[column.Index].Type.RawType == typeof(TValue) && AddedGetter(row, column) is ValueGetter<TValue> getter)
            {
                return getter;
            }
        }

        throw NoGetter(column, typeof(TValue));
    }

    /// <summary>The error that a getter of the wrong type, or of a column that is not active, was asked for.</summary>
    public static InvalidOperationException NoGetter(DataViewSchema.Column column, Type asked) => new(
        $"Column '{column.Name}' of type {column.Type} is not active, or its values are no {(asked.IsGenericType ? $"vectors of {asked.GenericTypeArguments[0].Name}" : asked.Name)}.");

    /// <summary>A row with the added columns over one of the input, which it owns.</summary>
    protected virtual DataViewRow OpenRow(DataViewRow row, IEnumerable<DataViewSchema.Column> activeColumns) => new MappedRow(this, row, activeColumns);

    /// <summary>
    /// The getter of an added column whose value is worked out from the input's current row alone; null where rows and cursors of the
    /// mapper's own do that.
    /// </summary>
    protected virtual Delegate? AddedGetter(DataViewRow row, DataViewSchema.Column column) => null;
}
