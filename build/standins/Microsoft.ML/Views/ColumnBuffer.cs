namespace Microsoft.ML.Data;

/// <summary>Values of one column, kept in numbered slots.</summary>
internal abstract class ColumnBuffer
{
    public static ColumnBuffer Create(DataViewType type)
        => (ColumnBuffer)Activator.CreateInstance(typeof(ColumnBuffer<>).MakeGenericType(type.RawType));

    /// <summary>What reads the current value of a column into a slot.</summary>
    public abstract Action<int> MakeReader(DataViewRow source, DataViewSchema.Column column);

    /// <summary>A getter that copies the value of the slot that is current when it is called.</summary>
    public abstract Delegate MakeGetter(Func<int> slot);
}

/// <inheritdoc/>
internal sealed class ColumnBuffer<T> : ColumnBuffer
{
    private T[] _slots = new T[16];

    public override Action<int> MakeReader(DataViewRow source, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = source.GetGetter<T>(column);
        return slot =>
        {
            if (slot >= _slots.Length)
            {
                Array.Resize(ref _slots, Math.Max(slot + 1, _slots.Length * 2));
            }

            getter(ref _slots[slot]);
        };
    }

    public override Delegate MakeGetter(Func<int> slot)
        => (ValueGetter<T>)((ref T value) => ValueCopy<T>.Copy(in _slots[slot()], ref value));
}
