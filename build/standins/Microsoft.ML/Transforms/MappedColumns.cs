using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>What the row and the cursor of a row-to-row mapper share: getters for the columns of the input and for those added.</summary>
internal sealed class MappedColumns
{
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly Delegate[] _getters;
    private readonly Action _disposer;

    public MappedColumns(DataViewSchema schema, DataViewRow input, bool[] active, Delegate[] getters, Action disposer)
    {
        Schema = schema;
        _input = input;
        _active = active;
        _getters = getters;
        _disposer = disposer;
    }

    public DataViewSchema Schema { get; }

    public bool IsColumnActive(DataViewSchema.Column column)
    {
        Contracts.CheckColumnInSchema(Schema, column);
        return _active[column.Index];
    }

    public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
        {
            throw Contracts.ExceptInactive(column);
        }

        int inputs = _input.Schema.Count;
        if (column.Index < inputs)
        {
            return _input.GetGetter<TValue>(_input.Schema[column.Index]);
        }

        return _getters[column.Index - inputs] as ValueGetter<TValue> ?? throw Contracts.ExceptGetterType(typeof(TValue), Schema[column.Index]);
    }

    public void Dispose()
    {
        _disposer?.Invoke();
        _input.Dispose();
    }
}
