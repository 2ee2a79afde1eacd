using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Copies a value of a column so that source and copy share no buffer.</summary>
internal static class ValueCopy<T>
{
    private static readonly Copier _copy = Make();

    private delegate void Copier(in T source, ref T destination);

    public static void Copy(in T source, ref T destination) => _copy(in source, ref destination);

    private static Copier Make()
    {
        if (!typeof(T).IsGenericType || typeof(T).GetGenericTypeDefinition() != typeof(VBuffer<>))
        {
            return (in T source, ref T destination) => destination = source;
        }

        MethodInfo vector = typeof(ValueCopy<T>).GetMethod(nameof(CopyVector), BindingFlags.NonPublic | BindingFlags.Static)
            .MakeGenericMethod(typeof(T).GetGenericArguments()[0]);
        return vector.CreateDelegate<Copier>();
    }

    private static void CopyVector<TItem>(in VBuffer<TItem> source, ref VBuffer<TItem> destination) => source.CopyTo(ref destination);
}
