using System.Globalization;
using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Calls generic methods for types that are known only when the schema is.</summary>
internal static class GenericCall
{
    /// <summary>Calls a private static generic method of a type; what it throws comes through as it is.</summary>
    public static TResult Static<TResult>(Type owner, string method, Type[] types, params object[] arguments)
        => (TResult)owner.GetMethod(method, BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .MakeGenericMethod(types)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, CultureInfo.InvariantCulture);

    /// <summary>The getter of a column of any type.</summary>
    public static Delegate Getter(DataViewRow row, DataViewSchema.Column column)
        => Static<Delegate>(typeof(GenericCall), nameof(GetGetter), [column.Type.RawType], row, column);

    private static Delegate GetGetter<T>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<T>(column);
}
