using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.RandomPruning.Columns;

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

    public sealed override void Read(int slot) => Fill(_source, ref _values[slot]);

    public void Get(int slot, ref T value) => Copy(ref _values[slot], ref value);

    /// <summary>Takes the value of the source's current row in such a way that it lasts.</summary>
    private protected virtual void Fill(ValueGetter<T> getter, ref T value) => getter(ref value);

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
/// Keeps copies of images, and gives away copies. An image lasts until the source stands on another row: ResizeImages gives an image that has
/// the size already as it got it, and LoadImages disposes of that one when it loads the next.
/// </summary>
internal sealed class ImageColumnBuffer(DataViewRow source, DataViewSchema.Column column, int capacity)
    : ColumnBuffer<MLImage?>(source, column, capacity)
{
    private protected override void Fill(ValueGetter<MLImage?> getter, ref MLImage? value)
    {
        value?.Dispose();
        value = CopyOf(ImageGetter.Read(getter));
    }

    private protected override void Copy(ref MLImage? from, ref MLImage? to) => to = CopyOf(from);

    private static MLImage? CopyOf(MLImage? image)
    {
        if (image is null)
        {
            return null;
        }

        var copy = MLImage.CreateFromPixels(image.Width, image.Height, image.PixelFormat, image.Pixels);
        copy.Tag = image.Tag;
        return copy;
    }
}
