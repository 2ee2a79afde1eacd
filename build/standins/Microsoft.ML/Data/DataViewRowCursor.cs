namespace Microsoft.ML;

/// <summary>A row that moves: before the first row at position -1, then from row to row.</summary>
public abstract class DataViewRowCursor : DataViewRow
{
    protected DataViewRowCursor()
    {
    }

    public abstract bool MoveNext();
}
