using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Hashes that are the same in every process.</summary>
internal static class StableHash
{
    /// <summary>The finalizer of SplitMix64.</summary>
    public static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    /// <summary>The upper 53 bits as a number in [0, 1).</summary>
    public static double ToUnitInterval(ulong x) => (x >> 11) * (1.0 / (1UL << 53));

    /// <summary>What hashes the value of a column at the current row.</summary>
    public static Func<ulong> MakeHasher(DataViewRow row, DataViewSchema.Column column)
    {
        MethodInfo make = column.Type is VectorDataViewType vector
            ? typeof(StableHash).GetMethod(nameof(MakeVector), BindingFlags.NonPublic | BindingFlags.Static).MakeGenericMethod(vector.ItemType.RawType)
            : typeof(StableHash).GetMethod(nameof(MakePlain), BindingFlags.NonPublic | BindingFlags.Static).MakeGenericMethod(column.Type.RawType);
        return (Func<ulong>)make.Invoke(null, new object[] { row, column });
    }

    private static Func<ulong> MakePlain<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default;
        return () =>
        {
            getter(ref value);
            return Hash(value);
        };
    }

    private static Func<ulong> MakeVector<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            ulong hash = Mix((ulong)value.Length);
            foreach (T item in value.DenseValues())
            {
                hash = Mix(hash ^ Hash(item));
            }

            return hash;
        };
    }

    private static ulong Hash<T>(T value) => value switch
    {
        ReadOnlyMemory<char> text => Hash(text.Span),
        DataViewRowId id => Mix(id.Low ^ Mix(id.High)),
        bool flag => flag ? 1UL : 0,
        sbyte number => (ulong)number,
        byte number => number,
        short number => (ulong)number,
        ushort number => number,
        int number => (ulong)number,
        uint number => number,
        long number => (ulong)number,
        ulong number => number,
        float number => BitConverter.SingleToUInt32Bits(number),
        double number => BitConverter.DoubleToUInt64Bits(number),
        TimeSpan time => (ulong)time.Ticks,
        DateTime time => (ulong)time.Ticks,
        DateTimeOffset time => (ulong)time.UtcTicks,
        _ => throw new InvalidOperationException($"Rows cannot be sampled by a column of type {typeof(T)}"),
    };

    private static ulong Hash(ReadOnlySpan<char> text)
    {
        ulong hash = Mix((ulong)text.Length);
        foreach (char c in text)
        {
            hash = Mix(hash ^ c);
        }

        return hash;
    }
}
