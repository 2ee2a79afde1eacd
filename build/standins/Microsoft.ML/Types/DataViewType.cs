namespace Microsoft.ML.Data;

/// <summary>The type of a column: the .NET type of its values, and what more the schema knows of them.</summary>
public abstract class DataViewType : IEquatable<DataViewType>
{
    private protected DataViewType(Type rawType)
    {
        ArgumentNullException.ThrowIfNull(rawType);
        RawType = rawType;
    }

    public Type RawType { get; }

    public abstract bool Equals(DataViewType other);
}

/// <summary>The base of the types whose values are neither vectors nor own resources.</summary>
public abstract class PrimitiveDataViewType : DataViewType
{
    protected PrimitiveDataViewType(Type rawType)
        : base(rawType)
    {
        if (typeof(IDisposable).IsAssignableFrom(rawType))
        {
            throw new ArgumentException("A " + nameof(PrimitiveDataViewType) + " cannot have a disposable RawType", nameof(rawType));
        }
    }
}

/// <summary>The base of the types whose values have structure of their own: vectors and images.</summary>
public abstract class StructuredDataViewType : DataViewType
{
    protected StructuredDataViewType(Type rawType)
        : base(rawType)
    {
    }
}
