namespace Microsoft.ML.Data;

/// <summary>Makes a member of a row class a key, whose raw values are 1-based.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class KeyTypeAttribute : Attribute
{
    public KeyTypeAttribute()
    {
    }

    public KeyTypeAttribute(ulong count)
    {
        Count = count;
    }

    /// <summary>Null for as many categories as the type can tell apart.</summary>
    internal ulong? Count { get; }
}
