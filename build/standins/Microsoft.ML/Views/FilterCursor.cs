using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The base of cursors that let only some rows of another cursor through.</summary>
internal abstract class FilterCursor : DataViewRowCursor
{
    private readonly bool[] _active;
    private long _position = -1;
    private bool _atEnd;

    /// <summary>The input may have more columns active than were asked for, when the filter needs them itself.</summary>
    protected FilterCursor(DataViewRowCursor input, bool[] active)
    {
        Input = input;
        _active = active;
    }

    public sealed override DataViewSchema Schema => Input.Schema;

    public sealed override long Position => _atEnd ? -1 : _position;

    public sealed override long Batch => Input.Batch;

    protected DataViewRowCursor Input { get; }

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

    public sealed override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    public sealed override bool IsColumnActive(DataViewSchema.Column column)
    {
        Contracts.CheckColumnInSchema(Schema, column);
        return _active[column.Index];
    }

    public sealed override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        => IsColumnActive(column) ? Input.GetGetter<TValue>(column) : throw Contracts.ExceptInactive(column);

    /// <summary>Moves the input to the next row that is let through.</summary>
    protected abstract bool MoveNextCore();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Input.Dispose();
        }

        base.Dispose(disposing);
    }
}
