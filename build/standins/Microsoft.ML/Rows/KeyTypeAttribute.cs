namespace Microsoft.ML.Data;

/// <summary>Makes a member of a row class a key. The member itself counts from 0: 0 is the first category, the count or more is a missing value.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class KeyTypeAttribute : Attribute
{
    public KeyTypeAttribute()
    {
        throw new NotSupportedException("Using KeyType without the Count parameter is not supported");
    }

    public KeyTypeAttribute(ulong count)
    {
        if (count == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(count), "A key has at least one category");
        }

        Count = count;
    }

    internal ulong Count { get; }
}
