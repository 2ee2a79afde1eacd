namespace Microsoft.ML.Data;

/// <summary>The column types of .NET types that are none of the standard ones, such as images.</summary>
public static class DataViewTypeManager
{
    private static readonly Dictionary<Key, DataViewType> _types = new();

    public static void Register(DataViewType dataViewType, Type type, DataViewTypeAttribute typeAttribute = null)
    {
        ArgumentNullException.ThrowIfNull(dataViewType);
        ArgumentNullException.ThrowIfNull(type);
        if (dataViewType.RawType != type)
        {
            throw new ArgumentException($"The raw type of {dataViewType} is {dataViewType.RawType}, not {type}", nameof(type));
        }

        if (DataViewTypeExtensions.PrimitiveTypeFromType(type) != null)
        {
            throw new ArgumentException($"Type {type} has been registered as ML.NET's default supported type, so it can't not be registered again.", nameof(type));
        }

        lock (_types)
        {
            var key = new Key(type, typeAttribute);
            if (_types.TryGetValue(key, out DataViewType known) && !known.Equals(dataViewType))
            {
                throw new ArgumentException($"Type {type} with these attributes has been registered as {known}, so it can't be {dataViewType} as well", nameof(type));
            }

            _types[key] = dataViewType;
        }
    }

    [Obsolete("Use the overload that takes one " + nameof(DataViewTypeAttribute))]
    public static void Register(DataViewType dataViewType, Type type, IEnumerable<Attribute> typeAttributes)
        => Register(dataViewType, type, typeAttributes?.OfType<DataViewTypeAttribute>().SingleOrDefault());

    /// <summary>The type registered for a .NET type with an attribute (null for none); null when there is none.</summary>
    internal static DataViewType Find(Type type, DataViewTypeAttribute typeAttribute)
    {
        lock (_types)
        {
            return _types.GetValueOrDefault(new Key(type, typeAttribute));
        }
    }

    /// <summary>Attributes are compared by the Equals of their own that they must have; their hash codes need not fit it.</summary>
    private readonly struct Key : IEquatable<Key>
    {
        private readonly Type _type;
        private readonly DataViewTypeAttribute _attribute;

        public Key(Type type, DataViewTypeAttribute attribute)
        {
            _type = type;
            _attribute = attribute;
        }

        public bool Equals(Key other)
            => _type == other._type && (_attribute == null ? other._attribute == null : other._attribute != null && _attribute.Equals(other._attribute));

        public override bool Equals(object obj) => obj is Key other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(_type, _attribute?.GetType());
    }
}
