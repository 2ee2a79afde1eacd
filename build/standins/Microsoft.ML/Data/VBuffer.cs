using System.Collections;

namespace Microsoft.ML.Data;

/// <summary>
/// A vector of <see cref="Length"/> values, dense or sparse. When sparse it holds the values at ascending indices, and all others are the default.
/// </summary>
public readonly struct VBuffer<T> : IEnumerable
{
    private readonly T[] _values;
    private readonly int[] _indices;
    private readonly int _count;

    public readonly int Length;

    public VBuffer(int length, T[] values, int[] indices = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if ((values?.Length ?? 0) < length)
        {
            throw new ArgumentOutOfRangeException(nameof(values), $"A dense vector of {length} needs that many values, not {values?.Length ?? 0}");
        }

        Length = length;
        _values = values;
        _indices = indices;
        _count = length;
    }

    public VBuffer(int length, int count, T[] values, int[] indices)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (count < 0 || count > length)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"Must be from 0 to the length, {length}");
        }

        if ((values?.Length ?? 0) < count)
        {
            throw new ArgumentOutOfRangeException(nameof(values), $"There are {values?.Length ?? 0} values for a count of {count}");
        }

        // A full vector is dense, and its indices are no more than a buffer to reuse.
        if (count != length && (indices?.Length ?? 0) < count)
        {
            throw new ArgumentOutOfRangeException(nameof(indices), $"There are {indices?.Length ?? 0} indices for a count of {count}");
        }

        Length = length;
        _values = values;
        _indices = indices;
        _count = count;
    }

    public bool IsDense => _count == Length;

    internal T[] ValuesArray => _values;

    internal int[] IndicesArray => _indices;

    internal int Count => _count;

    public static void Copy(T[] source, int sourceIndex, ref VBuffer<T> destination, int length)
    {
        ArgumentNullException.ThrowIfNull(source);
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, length);
        source.AsSpan(sourceIndex, length).CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public ReadOnlySpan<T> GetValues() => _values.AsSpan(0, _count);

    public ReadOnlySpan<int> GetIndices() => IsDense ? default : _indices.AsSpan(0, _count);

    public void CopyTo(ref VBuffer<T> destination)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, Length, _count);
        GetValues().CopyTo(editor.Values);
        GetIndices().CopyTo(editor.Indices);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination, int sourceIndex, int length)
    {
        CheckRange(sourceIndex, length);
        if (IsDense)
        {
            VBufferEditor<T> dense = VBufferEditor.Create(ref destination, length);
            GetValues().Slice(sourceIndex, length).CopyTo(dense.Values);
            destination = dense.Commit();
            return;
        }

        ReadOnlySpan<int> indices = GetIndices();
        int first = LowerBound(indices, sourceIndex);
        int count = LowerBound(indices, sourceIndex + length) - first;
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, length, count);
        GetValues().Slice(first, count).CopyTo(editor.Values);
        for (int i = 0; i < editor.Indices.Length; i++)
        {
            editor.Indices[i] = indices[first + i] - sourceIndex;
        }

        destination = editor.Commit();
    }

    public void CopyTo(Span<T> destination) => CopyTo(destination, 0);

    public void CopyTo(Span<T> destination, int destinationIndex, T defaultValue = default)
    {
        if (destinationIndex < 0 || destinationIndex > destination.Length || destination.Length - destinationIndex < Length)
        {
            throw new ArgumentOutOfRangeException(nameof(destination), $"A vector of {Length} does not fit into {destination.Length} values from index {destinationIndex}");
        }

        Span<T> target = destination.Slice(destinationIndex, Length);
        if (IsDense)
        {
            GetValues().CopyTo(target);
            return;
        }

        target.Fill(defaultValue);
        for (int i = 0; i < _count; i++)
        {
            target[_indices[i]] = _values[i];
        }
    }

    public void CopyToDense(ref VBuffer<T> destination)
    {
        // The source may be the destination, whose arrays the editor would take: then write into fresh ones.
        if (!IsDense && ReferenceEquals(destination._values, _values))
        {
            var values = new T[Length];
            CopyTo(values);
            destination = new VBuffer<T>(Length, values);
            return;
        }

        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, Length);
        CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public IEnumerable<KeyValuePair<int, T>> Items(bool all = false)
    {
        VBuffer<T> source = this;
        return all || IsDense ? AllItems(source) : StoredItems(source);
    }

    public IEnumerable<T> DenseValues() => DenseValues(this);

    public IEnumerator GetEnumerator() => DenseValues().GetEnumerator();

    public void GetItemOrDefault(int index, ref T destination) => destination = GetItemOrDefault(index);

    public T GetItemOrDefault(int index)
    {
        if ((uint)index >= (uint)Length)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The vector has {Length} values");
        }

        if (IsDense)
        {
            return _values[index];
        }

        int at = Array.BinarySearch(_indices, 0, _count, index);
        return at >= 0 ? _values[at] : default;
    }

    public override string ToString()
        => IsDense ? $"Dense vector of size {Length}" : $"Sparse vector of size {Length}, {_count} explicit values";

    private static IEnumerable<KeyValuePair<int, T>> StoredItems(VBuffer<T> source)
    {
        for (int i = 0; i < source._count; i++)
        {
            yield return new KeyValuePair<int, T>(source._indices[i], source._values[i]);
        }
    }

    private static IEnumerable<KeyValuePair<int, T>> AllItems(VBuffer<T> source)
    {
        int index = 0;
        foreach (T value in DenseValues(source))
        {
            yield return new KeyValuePair<int, T>(index++, value);
        }
    }

    private static IEnumerable<T> DenseValues(VBuffer<T> source)
    {
        int next = 0;
        for (int i = 0; i < source.Length; i++)
        {
            if (source.IsDense)
            {
                yield return source._values[i];
            }
            else if (next < source._count && source._indices[next] == i)
            {
                yield return source._values[next++];
            }
            else
            {
                yield return default;
            }
        }
    }

    private static int LowerBound(ReadOnlySpan<int> ascending, int value)
    {
        int at = ascending.BinarySearch(value);
        return at >= 0 ? at : ~at;
    }

    private void CheckRange(int sourceIndex, int length)
    {
        if (sourceIndex < 0 || sourceIndex > Length)
        {
            throw new ArgumentOutOfRangeException(nameof(sourceIndex), sourceIndex, $"The vector has {Length} values");
        }

        if (length < 0 || length > Length - sourceIndex)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, $"The vector has {Length} values, of which {Length - sourceIndex} from index {sourceIndex}");
        }
    }
}
