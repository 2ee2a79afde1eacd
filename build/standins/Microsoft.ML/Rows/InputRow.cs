using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A row over one object of a row class at a time; its position is the number of objects that came before.</summary>
internal sealed class InputRow<TRow> : DataViewRow
    where TRow : class
{
    private readonly RowReader<TRow>[] _readers;
    private TRow _current;
    private long _position = -1;

    public InputRow(SchemaDefinition definition)
    {
        RowColumn[] columns = RowColumn.Bind(typeof(TRow), SchemaDefinition.Direction.Read, definition);
        _readers = RowReader<TRow>.Create(columns);
        Schema = RowColumn.MakeSchema(columns);
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _position;

    public override long Batch => 0;

    public void MoveTo(TRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        _current = row;
        _position++;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter()
        => (ref DataViewRowId value) =>
        {
            Current();
            value = new DataViewRowId((ulong)_position, 0);
        };

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        Contracts.CheckColumnInSchema(Schema, column);
        return true;
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Contracts.CheckColumnInSchema(Schema, column);
        return _readers[column.Index].MakeGetter(Current) as ValueGetter<TValue> ?? throw Contracts.ExceptGetterType(typeof(TValue), Schema[column.Index]);
    }

    private TRow Current() => _current ?? throw Contracts.ExceptNoRow();
}
