using System.Linq.Expressions;
using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>The members of row classes: which are columns, of what type, and how they are read and written.</summary>
internal static class RowMember
{
    /// <summary>The public fields, then the public properties, that can be used in a direction and are not marked as no column.</summary>
    public static IEnumerable<MemberInfo> ColumnMembers(Type rowType, SchemaDefinition.Direction direction)
    {
        bool read = direction.HasFlag(SchemaDefinition.Direction.Read);
        bool write = direction.HasFlag(SchemaDefinition.Direction.Write);
        IEnumerable<MemberInfo> fields = rowType.GetFields(BindingFlags.Public | BindingFlags.Instance).Where(field => read || !field.IsInitOnly);
        IEnumerable<MemberInfo> properties = rowType.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0)
            .Where(property => (read && property.GetGetMethod() != null) || (write && property.GetSetMethod() != null));
        return fields.Concat(properties).Where(member => !member.IsDefined(typeof(NoColumnAttribute)));
    }

    public static MemberInfo Find(Type rowType, string name)
        => (MemberInfo)rowType.GetField(name, BindingFlags.Public | BindingFlags.Instance)
            ?? rowType.GetProperty(name, BindingFlags.Public | BindingFlags.Instance);

    public static Type ValueType(MemberInfo member)
        => member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;

    /// <summary>The type of the items of an array or vector; null for any other type.</summary>
    public static Type VectorItemType(Type type)
        => type.IsArray && type.GetArrayRank() == 1 ? type.GetElementType()
            : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>) ? type.GetGenericArguments()[0]
            : null;

    /// <summary>The column type of a member, by its .NET type and its attributes.</summary>
    public static DataViewType ColumnType(MemberInfo member)
    {
        Type type = ValueType(member);
        Type itemType = VectorItemType(type);
        if (itemType == null && member.GetCustomAttribute<DataViewTypeAttribute>() is DataViewTypeAttribute attribute)
        {
            attribute.Register();
            return DataViewTypeManager.Find(type, attribute) ?? throw NoColumnType(member, type);
        }

        PrimitiveDataViewType primitive = DataViewTypeExtensions.PrimitiveTypeFromType(itemType ?? type);
        if (primitive == null)
        {
            return DataViewTypeManager.Find(type, null) ?? throw NoColumnType(member, type);
        }

        if (member.GetCustomAttribute<KeyTypeAttribute>() is KeyTypeAttribute key)
        {
            if (!KeyDataViewType.IsValidDataType(primitive.RawType))
            {
                throw new ArgumentOutOfRangeException(nameof(member), $"Member {member.Name} marked with KeyType attribute, but does not appear to be a valid kind of data for a key type, it is {type}");
            }

            primitive = new KeyDataViewType(primitive.RawType, key.Count);
        }

        if (itemType == null)
        {
            return primitive;
        }

        int[] dimensions = member.GetCustomAttribute<VectorTypeAttribute>()?.Dims;
        return dimensions == null ? new VectorDataViewType(primitive) : new VectorDataViewType(primitive, dimensions);
    }

    /// <summary>Whether values of a column can be held by a member, or the other way round.</summary>
    public static bool Fits(DataViewType columnType, Type memberType)
    {
        Type itemType = VectorItemType(memberType);
        if (itemType == null)
        {
            return columnType is not VectorDataViewType && ItemFits(columnType.RawType, memberType);
        }

        return columnType is VectorDataViewType vector && ItemFits(vector.ItemType.RawType, itemType);
    }

    public static Func<TRow, TValue> Getter<TRow, TValue>(MemberInfo member)
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow));
        return Expression.Lambda<Func<TRow, TValue>>(Expression.MakeMemberAccess(row, member), row).Compile();
    }

    public static Action<TRow, TValue> Setter<TRow, TValue>(MemberInfo member)
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow));
        ParameterExpression value = Expression.Parameter(typeof(TValue));
        return Expression.Lambda<Action<TRow, TValue>>(Expression.Assign(Expression.MakeMemberAccess(row, member), value), row, value).Compile();
    }

    private static bool ItemFits(Type rawType, Type memberType)
        => rawType == memberType || (memberType == typeof(string) && rawType == typeof(ReadOnlyMemory<char>));

    private static Exception NoColumnType(MemberInfo member, Type type)
        => new ArgumentOutOfRangeException("rawType", $"Could not determine an IDataView type and registered custom types for member {member.Name} of type {type}");
}
