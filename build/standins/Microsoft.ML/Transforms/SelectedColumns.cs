using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>A selection of columns bound to the schema that it selects from.</summary>
internal sealed class SelectedColumns : IRowToRowMapper
{
    private readonly int[] _sources;

    public SelectedColumns(DataViewSchema inputSchema, int[] sources)
    {
        InputSchema = inputSchema;
        _sources = sources;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(sources.Select(i => inputSchema[i]));
        OutputSchema = builder.ToSchema();
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        bool[] active = ColumnSet.Activate(OutputSchema, dependingColumns);
        var needed = new bool[InputSchema.Count];
        for (int i = 0; i < _sources.Length; i++)
        {
            needed[_sources[i]] |= active[i];
        }
        return InputSchema.Where(c => needed[c.Index]).ToArray();
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!ReferenceEquals(input.Schema, InputSchema))
        {
            throw new ArgumentException("The row does not have the schema that this mapper was made for.", nameof(input));
        }
        return new SelectedRow(input, this, ColumnSet.Activate(OutputSchema, activeColumns));
    }

    /// <summary>The getter of an output column, which is that of its source.</summary>
    public ValueGetter<TValue> Getter<TValue>(DataViewRow input, bool[] active, DataViewSchema.Column column)
    {
        Contracts.CheckColumnInSchema(OutputSchema, column);
        if (!active[column.Index])
        {
            throw Contracts.ExceptInactive(column);
        }
        return input.GetGetter<TValue>(input.Schema[_sources[column.Index]]);
    }

    public bool IsActive(bool[] active, DataViewSchema.Column column)
    {
        Contracts.CheckColumnInSchema(OutputSchema, column);
        return active[column.Index];
    }

    private sealed class SelectedRow(DataViewRow input, SelectedColumns columns, bool[] active) : DataViewRow
    {
        public override DataViewSchema Schema => columns.OutputSchema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => columns.IsActive(active, column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => columns.Getter<TValue>(input, active, column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}

/// <summary>A data view of some columns of another.</summary>
internal sealed class SelectedColumnsView(IDataView source, SelectedColumns columns) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => columns.OutputSchema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        DataViewSchema.Column[] needed = columnsNeeded.ToArray();
        return new Cursor(source.GetRowCursor(columns.GetDependencies(needed), rand), columns, ColumnSet.Activate(Schema, needed));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        DataViewSchema.Column[] needed = columnsNeeded.ToArray();
        bool[] active = ColumnSet.Activate(Schema, needed);
        DataViewRowCursor[] cursors = source.GetRowCursorSet(columns.GetDependencies(needed), n, rand);
        return Array.ConvertAll(cursors, cursor => (DataViewRowCursor)new Cursor(cursor, columns, active));
    }

    private sealed class Cursor(DataViewRowCursor input, SelectedColumns columns, bool[] active) : DataViewRowCursor
    {
        public override DataViewSchema Schema => columns.OutputSchema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool MoveNext() => input.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => columns.IsActive(active, column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => columns.Getter<TValue>(input, active, column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
