using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.Standins.Tests.Conformance;

/// <summary>
/// Writes every member that other assemblies can see in the format of <c>api/TorchSharp.txt</c>: the type's full name, <c>::</c>,
/// and the member as C# declares it, types without their namespaces, tuples with the names of their elements.
/// </summary>
internal static class TorchApiFormatter
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The lines of an assembly's visible types and members.</summary>
    public static IEnumerable<string> Describe(Assembly assembly) => assembly.GetTypes().Where(IsVisible).SelectMany(Describe);

    /// <summary>The lines of one type: its own, then its members'.</summary>
    public static IEnumerable<string> Describe(Type type)
    {
        string owner = FullName(type);
        yield return $"{owner} :: {Declaration(type, owner)}";
        foreach (string member in type.IsEnum ? EnumMembers(type) : Members(type))
        {
            yield return $"{owner} ::   {member}";
        }
    }

    /// <summary>The members of a reference type that whoever derives from it or implements it must write.</summary>
    public static IEnumerable<string> Obligations(Type type, IEnumerable<string> reference)
    {
        string prefix = $"{FullName(type)} ::   ";
        return reference.Where(line => line.StartsWith(prefix, StringComparison.Ordinal) && line.Contains(" abstract ", StringComparison.Ordinal));
    }

    private static IEnumerable<string> EnumMembers(Type type) =>
        Enum.GetNames(type).Select(name => string.Create(CultureInfo.InvariantCulture, $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}"));

    private static IEnumerable<string> Members(Type type)
    {
        foreach (var constructor in type.GetConstructors(Declared).Where(c => !c.IsStatic && IsVisible(c)))
        {
            yield return $"{Access(constructor)}.ctor({Parameters(constructor)})";
        }

        foreach (var field in type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly))
        {
            yield return $"{(field.IsPublic ? "" : "protected ")}{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{Of(field.FieldType, field)} {field.Name}";
        }

        foreach (var method in type.GetMethods(Declared).Where(m => IsVisible(m) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal))))
        {
            var arguments = method.GetGenericArguments();
            string name = arguments.Length == 0 ? method.Name : $"{method.Name}<{string.Join(", ", arguments.Select(a => a.Name))}>";
            yield return $"{Access(method)}{Modifiers(method)}{Of(method.ReturnType, method.ReturnParameter)} {name}({Parameters(method)}){Constraints(arguments)}";
        }

        foreach (var property in type.GetProperties(Declared).Where(p => p.GetAccessors(true).Any(IsVisible)))
        {
            var accessors = property.GetAccessors(true).Where(IsVisible).OrderBy(a => a.ReturnType == typeof(void)).ToArray();
            string body = string.Concat(accessors.Select(a => a.ReturnType == typeof(void) ? "set; " : "get; "));
            yield return $"{Access(accessors[0])}{Modifiers(accessors[0])}{Of(property.PropertyType, property)} {property.Name} {{ {body}}}";
        }
    }

    private static string Declaration(Type type, string name)
    {
        if (type.IsEnum)
        {
            return $"enum {name}";
        }

        string kind = type.IsInterface ? "interface"
            : type.IsValueType ? "struct"
            : (type.IsAbstract, type.IsSealed) switch
            {
                (true, true) => "static class",
                (true, false) => "abstract class",
                (false, true) => "sealed class",
                _ => "class",
            };
        IEnumerable<Type> inherited = type.BaseType?.GetInterfaces() ?? [];
        string[] bases =
        [
            .. type.BaseType is null || type.BaseType == typeof(object) || type.BaseType == typeof(ValueType) ? [] : new[] { Name(type.BaseType) },
            .. type.GetInterfaces().Except(inherited).Where(i => i.IsVisible).Select(Name).Order(StringComparer.Ordinal),
        ];
        return $"{kind} {name}{(bases.Length == 0 ? "" : $" : {string.Join(", ", bases)}")}";
    }

    private static string Parameters(MethodBase method)
    {
        string list = string.Join(", ", method.GetParameters().Select(Parameter));
        return method.IsDefined(typeof(ExtensionAttribute)) ? $"this {list}" : list;
    }

    private static string Parameter(ParameterInfo parameter)
    {
        string modifier = parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params "
            : parameter.IsOut ? "out "
            : parameter.ParameterType.IsByRef ? "ref " : "";
        var type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        return $"{modifier}{Of(type, parameter)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {Default(parameter.RawDefaultValue, type)}" : "")}";
    }

    private static string Default(object? value, Type type) =>
        value is not null && type.IsEnum ? $"{Name(type)}.{Enum.GetName(type, value)}"
        : value is double number ? number.ToString(CultureInfo.InvariantCulture)
        : ApiLiteral.Of(value, type);

    private static string Modifiers(MethodInfo method)
    {
        if (method.IsStatic)
        {
            return "static ";
        }

        if (method.IsAbstract)
        {
            return method.GetBaseDefinition() != method ? "abstract override " : "abstract ";
        }

        return (method.IsVirtual, method.GetBaseDefinition() != method, method.IsFinal) switch
        {
            (true, true, true) => "sealed override ",
            (true, true, false) => "override ",
            // A method that only implements an interface is virtual and final in metadata, and neither in C#.
            (true, false, false) => "virtual ",
            _ => "",
        };
    }

    private static string Constraints(Type[] arguments) => string.Concat(arguments.Select(argument =>
    {
        bool isStruct = argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        string[] parts = [.. isStruct ? ["struct"] : Array.Empty<string>(), .. argument.GetGenericParameterConstraints().Where(c => c != typeof(ValueType)).Select(Name)];
        return parts.Length == 0 ? "" : $" where {argument.Name} : {string.Join(", ", parts)}";
    }));

    private static string Of(Type type, ICustomAttributeProvider place)
    {
        var names = place.GetCustomAttributes(typeof(TupleElementNamesAttribute), false).OfType<TupleElementNamesAttribute>().FirstOrDefault()?.TransformNames;
        int next = 0;
        return Name(type, names, ref next);
    }

    private static string Name(Type type)
    {
        int next = 0;
        return Name(type, null, ref next);
    }

    // The names of tuples' elements stand in one list, each tuple's before those of tuples inside it.
    private static string Name(Type type, IList<string?>? names, ref int next)
    {
        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!, names, ref next)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying, names, ref next) + "?";
        }

        if (type.IsGenericType && type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true)
        {
            var elements = type.GetGenericArguments();
            int first = next;
            next += elements.Length;
            var parts = new List<string>();
            for (int i = 0; i < elements.Length; i++)
            {
                string? label = names?[first + i];
                parts.Add(Name(elements[i], names, ref next) + (label is null ? "" : $" {label}"));
            }

            return $"({string.Join(", ", parts)})";
        }

        string plain = TypeName.Of(type);
        if (type.IsGenericParameter || !type.IsGenericType)
        {
            return string.IsNullOrEmpty(type.Namespace) || plain == type.Name || !plain.StartsWith(type.Namespace, StringComparison.Ordinal) ? plain : plain[(type.Namespace.Length + 1)..];
        }

        string open = type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)];
        var arguments = new List<string>();
        foreach (var argument in type.GetGenericArguments())
        {
            arguments.Add(Name(argument, names, ref next));
        }

        return $"{(type.IsNested ? $"{Name(type.DeclaringType!)}." : "")}{open}<{string.Join(", ", arguments)}>";
    }

    private static string FullName(Type type) => $"{type.Namespace}.{Name(type)}";

    private static bool IsVisible(Type type) =>
        type.IsNested ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!) : type.IsPublic;

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";
}
