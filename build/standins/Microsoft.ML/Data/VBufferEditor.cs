namespace Microsoft.ML.Data;

/// <summary>Makes editors, which write the next value of a <see cref="VBuffer{T}"/> into its own arrays where they are large enough.</summary>
public static class VBufferEditor
{
    public static VBufferEditor<T> CreateFromBuffer<T>(ref VBuffer<T> destination)
        => Create(ref destination, destination.Length, destination.GetValues().Length, keepOldOnResize: true);

    public static VBufferEditor<T> Create<T>(
        ref VBuffer<T> destination,
        int newLogicalLength,
        int? valuesCount = null,
        int? maxValuesCapacity = null,
        bool keepOldOnResize = false,
        bool requireIndicesOnDense = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(newLogicalLength);
        int count = valuesCount ?? newLogicalLength;
        if (count < 0 || count > newLogicalLength)
        {
            throw new ArgumentOutOfRangeException(nameof(valuesCount), count, $"Must be from 0 to the new length, {newLogicalLength}");
        }

        int capacity = Math.Max(count, maxValuesCapacity ?? count);
        T[] values = destination.ValuesArray;
        bool newValues = (values?.Length ?? 0) < count;
        if (newValues)
        {
            Array.Resize(ref values, keepOldOnResize ? capacity : 0);
            if (!keepOldOnResize)
            {
                values = new T[capacity];
            }
        }

        int[] indices = destination.IndicesArray;
        bool needsIndices = requireIndicesOnDense || count < newLogicalLength;
        bool newIndices = needsIndices && (indices?.Length ?? 0) < count;
        if (newIndices)
        {
            int[] resized = new int[capacity];
            if (keepOldOnResize)
            {
                indices?.CopyTo(resized, 0);
            }

            indices = resized;
        }

        return new VBufferEditor<T>(newLogicalLength, count, values, indices, requireIndicesOnDense, newValues, newIndices);
    }
}
