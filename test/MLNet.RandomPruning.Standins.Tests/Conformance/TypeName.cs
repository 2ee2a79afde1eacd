namespace MLNet.RandomPruning.Standins.Tests.Conformance;

/// <summary>A type's full name as C# writes it: keywords, <c>T?</c>, <c>T[]</c>, and type arguments at the type they belong to.</summary>
internal static class TypeName
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool",
        [typeof(char)] = "char", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short",
        [typeof(ushort)] = "ushort", [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long",
        [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double", [typeof(decimal)] = "decimal",
    };

    public static string Of(Type type)
    {
        if (Keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        if (type.IsPointer)
        {
            return Of(type.GetElementType()!) + "*";
        }

        return Nullable.GetUnderlyingType(type) is { } underlying ? Of(underlying) + "?" : Qualified(type, type.GetGenericArguments());
    }

    public static string Arguments(IEnumerable<Type> arguments) => string.Join(", ", arguments.Select(Of));

    /// <summary>A nested type has its outer types' arguments too, first; each is written at the type that declares it.</summary>
    private static string Qualified(Type type, Type[] arguments)
    {
        int outerCount = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        string name = tick < 0 ? type.Name : type.Name[..tick];
        if (arguments.Length > outerCount)
        {
            name += $"<{Arguments(arguments.Skip(outerCount))}>";
        }

        if (type.DeclaringType is { } outer)
        {
            return $"{Qualified(outer, arguments.Take(outerCount).ToArray())}.{name}";
        }

        return string.IsNullOrEmpty(type.Namespace) ? name : $"{type.Namespace}.{name}";
    }
}
