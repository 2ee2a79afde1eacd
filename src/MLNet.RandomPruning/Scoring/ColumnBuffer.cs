using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.RandomPruning.Scoring;

/// <summary>Keeps a column's values of the rows that a cursor has read ahead.</summary>
internal abstract class ColumnBuffer
{
    private static readonly MethodInfo OpenPlain = Method(nameof(OpenValues)), OpenVector = Method(nameof(OpenVectors));

    /// <summary>Opens an active column of a cursor.</summary>
    public static ColumnBuffer Open(DataViewRow source, DataViewSchema.Column column, int capacity)
    {
        object?[] arguments = [source, column, capacity];
        if (column.Type is ImageDataViewType)
        {
            return new ImageColumnBuffer(source, column, capacity);
        }

        // The getter of a column is generic in the type of its values, which is known at run time only.
        var open = column.Type is VectorDataViewType vector
            ? OpenVector.MakeGenericMethod(vector.ItemType.RawType)
            : OpenPlain.MakeGenericMethod(column.Type.RawType);
        return (ColumnBuffer)open.Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null)!;
    }

    /// <summary>Takes the value of the source's current row into a slot.</summary>
    public abstract void Read(int slot);

    /// <summary>A getter of the value in the slot that the function names at the time; null when the type is another.</summary>
    public ValueGetter<TValue>? GetterOf<TValue>(Func<int> slot) => this is ColumnBuffer<TValue> buffer
        ? (ref TValue value) => buffer.Get(slot(), ref value)
        : null;

    private static MethodInfo Method(string name) =>
        typeof(ColumnBuffer).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!;

    private static ColumnBuffer OpenValues<T>(DataViewRow source, DataViewSchema.Column column, int capacity) =>
        new ColumnBuffer<T>(source, column, capacity);

    private static ColumnBuffer OpenVectors<T>(DataViewRow source, DataViewSchema.Column column, int capacity) =>
        new VectorColumnBuffer<T>(source, column, capacity);
}

/// <summary>Keeps values that may be shared: numbers, keys, texts.</summary>
internal class ColumnBuffer<T>(DataViewRow source, DataViewSchema.Column column, int capacity) : ColumnBuffer
{
    private readonly ValueGetter<T> _source = source.GetGetter<T>(column);
    private readonly T[] _values = new T[capacity];

    public override void Read(int slot) => _source(ref _values[slot]);

    public void Get(int slot, ref T value) => Copy(ref _values[slot], ref value);

    /// <summary>The value in a slot.</summary>
    private protected T Peek(int slot) => _values[slot];

    /// <summary>Takes the value out of a slot.</summary>
    private protected T Clear(int slot)
    {
        var value = _values[slot];
        _values[slot] = default!;
        return value;
    }

    /// <summary>Takes the value of the source's current row elsewhere than into a slot.</summary>
    private protected void ReadInto(ref T value) => _source(ref value);

    /// <summary>Gives a value away in such a way that the slot may be filled anew.</summary>
    private protected virtual void Copy(ref T from, ref T to) => to = from;
}

/// <summary>Keeps vectors, whose arrays are filled anew and so must be copied.</summary>
internal sealed class VectorColumnBuffer<T>(DataViewRow source, DataViewSchema.Column column, int capacity)
    : ColumnBuffer<VBuffer<T>>(source, column, capacity)
{
    private protected override void Copy(ref VBuffer<T> from, ref VBuffer<T> to) => from.CopyTo(ref to);
}

/// <summary>
/// Keeps images, and gives them away as the source does. A column that holds images gives the same one each time, and it stays whole. A
/// column that makes them, as LoadImages and ResizeImages do, makes one a call, and disposes of the one that its caller's variable held:
/// its images are copied, since the source disposes of those in the slots, and a copy is disposed of when its variable comes back.
/// </summary>
internal sealed class ImageColumnBuffer(DataViewRow source, DataViewSchema.Column column, int capacity)
    : ColumnBuffer<MLImage?>(source, column, capacity)
{
    private bool? _makesImages;

    public override void Read(int slot)
    {
        if (_makesImages is true)
        {
            // Not left to the source: LoadImages leaves a disposed image where a path is empty.
            Clear(slot)?.Dispose();
        }

        base.Read(slot);
        if (_makesImages is null && Peek(slot) is { } first)
        {
            MLImage? second = null;
            ReadInto(ref second);
            _makesImages = !ReferenceEquals(first, second);
            if (_makesImages.Value)
            {
                second?.Dispose();
            }
        }
    }

    private protected override void Copy(ref MLImage? from, ref MLImage? to)
    {
        if (_makesImages is not true)
        {
            to = from;
            return;
        }

        to?.Dispose();
        to = null;
        if (from is not null)
        {
            to = MLImage.CreateFromPixels(from.Width, from.Height, from.PixelFormat, from.Pixels);
            to.Tag = from.Tag;
        }
    }
}
