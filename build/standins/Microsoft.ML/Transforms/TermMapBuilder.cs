using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>Gathers the values that get a key.</summary>
internal abstract class TermMapBuilder
{
    /// <summary>Whether no more values are taken.</summary>
    public abstract bool IsFull { get; }

    /// <summary>The action that takes the values of the row at which the cursor stands.</summary>
    public abstract Action Bind(DataViewRow row, DataViewSchema.Column source);

    public abstract TermMap ToMap();

    public static TermMapBuilder Create(PrimitiveDataViewType itemType, int limit, bool sort)
        => (TermMapBuilder)Activator.CreateInstance(typeof(TermMapBuilder<>).MakeGenericType(itemType.RawType), itemType, limit, sort);
}

/// <summary>Gathers values of one raw type, in the order in which they occur.</summary>
internal sealed class TermMapBuilder<T> : TermMapBuilder
{
    private readonly PrimitiveDataViewType _itemType;
    private readonly int _limit;
    private readonly bool _sort;
    private readonly List<T> _terms = [];
    private readonly Dictionary<T, uint> _keys = new(TermComparer<T>.Equality);
    private readonly Predicate<T> _isMissing;

    public TermMapBuilder(PrimitiveDataViewType itemType, int limit, bool sort)
    {
        _itemType = itemType;
        _limit = limit;
        _sort = sort;
        _isMissing = Missing(itemType);
    }

    public override bool IsFull => _terms.Count >= _limit;

    public void Add(in T value)
    {
        if (IsFull || _isMissing(value) || _keys.ContainsKey(value))
        {
            return;
        }
        // What a getter gives may be overwritten by its next call: text is kept as a copy.
        T kept = value is ReadOnlyMemory<char> text ? (T)(object)text.ToString().AsMemory() : value;
        _terms.Add(kept);
        _keys.Add(kept, (uint)_terms.Count);
    }

    public override Action Bind(DataViewRow row, DataViewSchema.Column source)
    {
        if (source.Type is not VectorDataViewType)
        {
            ValueGetter<T> getter = row.GetGetter<T>(source);
            T value = default;
            return () =>
            {
                getter(ref value);
                Add(in value);
            };
        }

        ValueGetter<VBuffer<T>> vectorGetter = row.GetGetter<VBuffer<T>>(source);
        VBuffer<T> vector = default;
        return () =>
        {
            vectorGetter(ref vector);
            foreach (KeyValuePair<int, T> item in vector.Items(all: true))
            {
                Add(item.Value);
            }
        };
    }

    public override TermMap ToMap()
    {
        T[] terms = [.. _terms];
        if (!_sort)
        {
            return new TermMap<T>(_itemType, terms, _keys);
        }
        Array.Sort(terms, TermComparer<T>.Order);
        var keys = new Dictionary<T, uint>(terms.Length, TermComparer<T>.Equality);
        for (int i = 0; i < terms.Length; i++)
        {
            keys.Add(terms[i], (uint)i + 1);
        }
        return new TermMap<T>(_itemType, terms, keys);
    }

    // Empty text, not-a-number and the missing key have no key of their own.
    private static Predicate<T> Missing(PrimitiveDataViewType type)
    {
        if (typeof(T) == typeof(ReadOnlyMemory<char>)) return (Predicate<T>)(object)(Predicate<ReadOnlyMemory<char>>)(v => v.IsEmpty);
        if (typeof(T) == typeof(float)) return (Predicate<T>)(object)(Predicate<float>)float.IsNaN;
        if (typeof(T) == typeof(double)) return (Predicate<T>)(object)(Predicate<double>)double.IsNaN;
        if (type is KeyDataViewType) return v => EqualityComparer<T>.Default.Equals(v, default);
        return _ => false;
    }
}

/// <summary>How values are compared: text by its characters, everything else by its type's own order.</summary>
internal static class TermComparer<T>
{
    public static IEqualityComparer<T> Equality { get; } = typeof(T) == typeof(ReadOnlyMemory<char>)
        ? (IEqualityComparer<T>)(object)new TextComparer()
        : EqualityComparer<T>.Default;

    public static IComparer<T> Order { get; } = typeof(T) == typeof(ReadOnlyMemory<char>)
        ? (IComparer<T>)(object)new TextComparer()
        : Comparer<T>.Default;

    private sealed class TextComparer : IEqualityComparer<ReadOnlyMemory<char>>, IComparer<ReadOnlyMemory<char>>
    {
        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<char> text) => string.GetHashCode(text.Span);

        public int Compare(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceCompareTo(y.Span);
    }
}
