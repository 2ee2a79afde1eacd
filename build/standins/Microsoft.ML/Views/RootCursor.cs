using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The base of cursors that have rows of their own: it keeps the position and checks what is asked of it.</summary>
internal abstract class RootCursor : DataViewRowCursor
{
    private readonly bool[] _active;
    private long _position = -1;
    private bool _atEnd;

    protected RootCursor(DataViewSchema schema, bool[] active)
    {
        Schema = schema;
        _active = active;
    }

    public sealed override DataViewSchema Schema { get; }

    public sealed override long Position => _atEnd ? -1 : _position;

    public sealed override long Batch => 0;

    public sealed override bool MoveNext()
    {
        if (_atEnd)
        {
            return false;
        }

        if (MoveNextCore())
        {
            _position++;
            return true;
        }

        _atEnd = true;
        return false;
    }

    public sealed override bool IsColumnActive(DataViewSchema.Column column)
    {
        Contracts.CheckColumnInSchema(Schema, column);
        return _active[column.Index];
    }

    public sealed override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
        {
            throw Contracts.ExceptInactive(column);
        }

        return MakeGetter(column.Index) as ValueGetter<TValue> ?? throw Contracts.ExceptGetterType(typeof(TValue), Schema[column.Index]);
    }

    public sealed override ValueGetter<DataViewRowId> GetIdGetter()
        => (ref DataViewRowId value) =>
        {
            CheckAtRow();
            value = CurrentId();
        };

    protected override void Dispose(bool disposing)
    {
        _atEnd = true;
        base.Dispose(disposing);
    }

    protected abstract bool MoveNextCore();

    protected abstract DataViewRowId CurrentId();

    /// <summary>The getter of an active column.</summary>
    protected abstract Delegate MakeGetter(int column);

    protected void CheckAtRow()
    {
        if (_position < 0 || _atEnd)
        {
            throw Contracts.ExceptNoRow();
        }
    }
}
