using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>A vector of items of one primitive type. A dimension of 0 is unknown, and so is then the size.</summary>
public sealed class VectorDataViewType : StructuredDataViewType
{
    public VectorDataViewType(PrimitiveDataViewType itemType, int size = 0)
        : base(GetRawType(itemType))
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ItemType = itemType;
        Dimensions = ImmutableArray.Create(size);
        Size = size;
    }

    public VectorDataViewType(PrimitiveDataViewType itemType, params int[] dimensions)
        : base(GetRawType(itemType))
    {
        ArgumentNullException.ThrowIfNull(dimensions);
        ItemType = itemType;
        Dimensions = ImmutableArray.Create(dimensions);
        Size = ComputeSize(Dimensions);
    }

    public VectorDataViewType(PrimitiveDataViewType itemType, ImmutableArray<int> dimensions)
        : base(GetRawType(itemType))
    {
        if (dimensions.IsDefault)
        {
            throw new ArgumentNullException(nameof(dimensions));
        }

        ItemType = itemType;
        Dimensions = dimensions;
        Size = ComputeSize(dimensions);
    }

    public ImmutableArray<int> Dimensions { get; }

    public bool IsKnownSize => Size > 0;

    public PrimitiveDataViewType ItemType { get; }

    public int Size { get; }

    public override bool Equals(DataViewType other)
        => ReferenceEquals(other, this)
            || (other is VectorDataViewType vector
                && ItemType.Equals(vector.ItemType)
                && Size == vector.Size
                && Dimensions.AsSpan().SequenceEqual(vector.Dimensions.AsSpan()));

    public override bool Equals(object other) => other is DataViewType type && Equals(type);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(ItemType);
        hash.Add(Size);
        foreach (int dimension in Dimensions)
        {
            hash.Add(dimension);
        }

        return hash.ToHashCode();
    }

    public override string ToString()
    {
        var text = new StringBuilder("Vector<").Append(ItemType);
        if (Dimensions.Length == 1 && Size == 0)
        {
            return text.Append('>').ToString();
        }

        foreach (int dimension in Dimensions)
        {
            text.Append(", ").Append(dimension > 0 ? dimension.ToString(CultureInfo.InvariantCulture) : "*");
        }

        return text.Append('>').ToString();
    }

    private static Type GetRawType(PrimitiveDataViewType itemType)
    {
        ArgumentNullException.ThrowIfNull(itemType);
        return typeof(VBuffer<>).MakeGenericType(itemType.RawType);
    }

    private static int ComputeSize(ImmutableArray<int> dimensions)
    {
        if (dimensions.Length == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(dimensions), "A vector needs one dimension or more");
        }

        int size = 1;
        foreach (int dimension in dimensions)
        {
            if (dimension < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(dimensions), $"A dimension of a vector cannot be negative, as {dimension} is");
            }

            size = checked(size * dimension);
        }

        return size;
    }
}
