using System.Reflection;
using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.Standins.Tests.Conformance;

/// <summary>Writes every member that other assemblies can see, one line each, in the format of the files in <c>api</c>.</summary>
internal static class ApiFormatter
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The visible types of an assembly.</summary>
    public static IEnumerable<ApiType> Describe(Assembly assembly) =>
        assembly.GetTypes().Where(IsVisible).Select(Describe);

    /// <summary>One type and its own visible members.</summary>
    public static ApiType Describe(Type type)
    {
        bool isDelegate = type.BaseType == typeof(MulticastDelegate);
        return new ApiType(
            TypeName.Of(type), TypeLine(type), isDelegate ? [] : Members(type).Order(StringComparer.Ordinal).ToArray());
    }

    private static bool IsVisible(Type type) =>
        type.IsNested
            ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!)
            : type.IsPublic;

    private static IEnumerable<string> Members(Type type)
    {
        string owner = TypeName.Of(type);
        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(c => !c.IsStatic && IsVisible(c)))
        {
            yield return $"ctor {Access(constructor)} {owner}({Parameters(constructor)}){Obsolete(constructor)}";
        }

        foreach (FieldInfo field in type.GetFields(Declared).Where(f => IsVisible(f) && !f.IsSpecialName))
        {
            yield return FieldLine(field, owner);
        }

        foreach (MethodInfo method in type.GetMethods(Declared).Where(m => IsVisible(m) && !IsAccessor(m)))
        {
            string name = method.IsGenericMethod ? $"{method.Name}<{TypeName.Arguments(method.GetGenericArguments())}>" : method.Name;
            yield return $"method {Access(method)} {Modifiers(method)}{ReturnType(method)} {owner}.{name}({Parameters(method)})"
                + $"{Constraints(method.GetGenericArguments())}{Obsolete(method)}";
        }

        foreach (PropertyInfo property in type.GetProperties(Declared).Where(p => p.GetAccessors(nonPublic: true).Any(IsVisible)))
        {
            yield return PropertyLine(property, owner);
        }

        foreach (EventInfo @event in type.GetEvents(Declared).Where(e => IsVisible(e.AddMethod!)))
        {
            MethodInfo add = @event.AddMethod!;
            yield return $"event {Access(add)} {Modifiers(add)}{TypeName.Of(@event.EventHandlerType!)} {owner}.{@event.Name}{Obsolete(@event)}";
        }
    }

    private static string TypeLine(Type type)
    {
        string name = TypeName.Of(type);
        string access = type.IsPublic || type.IsNestedPublic ? "public" : type.IsNestedFamily ? "protected" : "protected internal";
        if (type.BaseType == typeof(MulticastDelegate))
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            return $"type {access} delegate {ReturnType(invoke)} {name}({Parameters(invoke)})"
                + $"{Constraints(type.GetGenericArguments())}{Variance(type)}{Obsolete(type)}";
        }

        if (type.IsEnum)
        {
            return $"type {access} enum {name} : {TypeName.Of(type.GetEnumUnderlyingType())}{Obsolete(type)}";
        }

        string[] bases = [.. BaseClass(type), .. type.GetInterfaces().Where(IsVisible).Select(TypeName.Of).Order(StringComparer.Ordinal)];
        string inherits = bases.Length == 0 ? "" : $" : {string.Join(", ", bases)}";
        return $"type {access} {TypeKind(type)} {name}{inherits}{Constraints(type.GetGenericArguments())}{Variance(type)}{Obsolete(type)}";
    }

    private static IEnumerable<string> BaseClass(Type type) =>
        type.BaseType is null || type.BaseType == typeof(object) || type.BaseType == typeof(ValueType) ? [] : [TypeName.Of(type.BaseType)];

    private static string TypeKind(Type type)
    {
        if (type.IsInterface)
        {
            return "interface";
        }

        if (type.IsValueType)
        {
            return (IsReadOnly(type) ? "readonly " : "") + (type.IsByRefLike ? "ref " : "") + "struct";
        }

        return (type.IsAbstract, type.IsSealed) switch
        {
            (true, true) => "static class",
            (true, false) => "abstract class",
            (false, true) => "sealed class",
            _ => "class",
        };
    }

    /// <summary>An assembly for a framework that has no such attribute brings one of its own, so it is known by its name.</summary>
    private static bool IsReadOnly(MemberInfo member) => IsReadOnly(member.GetCustomAttributesData());

    private static bool IsReadOnly(ParameterInfo parameter) => IsReadOnly(parameter.GetCustomAttributesData());

    private static bool IsReadOnly(IEnumerable<CustomAttributeData> attributes) =>
        attributes.Any(attribute => attribute.AttributeType.FullName == typeof(IsReadOnlyAttribute).FullName);

    private static string FieldLine(FieldInfo field, string owner)
    {
        string modifiers = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        string value = field.IsLiteral ? $" = {ApiLiteral.Of(field.GetRawConstantValue(), field.FieldType)}" : "";
        string access = field.IsPublic ? "public" : field.IsFamily ? "protected" : "protected internal";
        return $"field {access} {modifiers}{TypeName.Of(field.FieldType)} {owner}.{field.Name}{value}{Obsolete(field)}";
    }

    private static string PropertyLine(PropertyInfo property, string owner)
    {
        MethodInfo[] accessors = property.GetAccessors(nonPublic: true).Where(IsVisible).ToArray();
        MethodInfo widest = accessors.FirstOrDefault(a => a.IsPublic) ?? accessors[0];
        ParameterInfo[] indices = property.GetIndexParameters();
        string index = indices.Length == 0 ? "" : $"[{string.Join(", ", indices.Select(Parameter))}]";
        string body = string.Concat(accessors
            .OrderBy(a => a.ReturnType == typeof(void))
            .Select(a => (Access(a) == Access(widest) ? "" : Access(a) + " ") + (a.ReturnType == typeof(void) ? "set; " : "get; ")));
        return $"property {Access(widest)} {Modifiers(widest)}{TypeName.Of(property.PropertyType)} {owner}.{property.Name}{index} {{ {body}}}{Obsolete(property)}";
    }

    private static string Modifiers(MethodInfo method)
    {
        if (method.IsStatic)
        {
            return "static ";
        }

        if (method.DeclaringType!.IsInterface || !method.IsVirtual)
        {
            return "";
        }

        bool isOverride = method.GetBaseDefinition() != method;
        if (method.IsAbstract)
        {
            return isOverride ? "abstract override " : "abstract ";
        }

        // A method that only implements an interface is virtual and final in metadata, and neither in C#.
        return (isOverride, method.IsFinal) switch
        {
            (true, true) => "sealed override ",
            (true, false) => "override ",
            (false, true) => "",
            (false, false) => "virtual ",
        };
    }

    private static string ReturnType(MethodInfo method)
    {
        Type type = method.ReturnType;
        if (!type.IsByRef)
        {
            return TypeName.Of(type);
        }

        string modifier = IsReadOnly(method.ReturnParameter) ? "ref readonly " : "ref ";
        return modifier + TypeName.Of(type.GetElementType()!);
    }

    private static string Parameters(MethodBase method)
    {
        string list = string.Join(", ", method.GetParameters().Select(Parameter));
        return method.IsDefined(typeof(ExtensionAttribute)) ? "this " + list : list;
    }

    private static string Parameter(ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        string modifier = parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        if (type.IsByRef)
        {
            modifier = parameter.IsOut ? "out " : IsReadOnly(parameter) ? "in " : "ref ";
            type = type.GetElementType()!;
        }

        string value = parameter.HasDefaultValue ? $" = {ApiLiteral.Of(parameter.RawDefaultValue, type)}" : "";
        return $"{modifier}{TypeName.Of(type)} {parameter.Name}{value}";
    }

    private static string Constraints(Type[] arguments)
    {
        var clauses = new List<string>();
        foreach (Type argument in arguments.Where(a => a.IsGenericParameter))
        {
            GenericParameterAttributes flags = argument.GenericParameterAttributes;
            bool isStruct = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
            var parts = new List<string>();
            if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            {
                parts.Add("class");
            }
            else if (isStruct)
            {
                parts.Add("struct");
            }

            parts.AddRange(argument.GetGenericParameterConstraints().Where(c => c != typeof(ValueType)).Select(TypeName.Of));
            if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct)
            {
                parts.Add("new()");
            }

            if (parts.Count > 0)
            {
                clauses.Add($" where {argument.Name} : {string.Join(", ", parts)}");
            }
        }

        return string.Concat(clauses);
    }

    private static string Variance(Type type)
    {
        IEnumerable<string> parts = type.GetGenericArguments()
            .Select(a => (a.Name, Kind: a.GenericParameterAttributes & GenericParameterAttributes.VarianceMask))
            .Where(a => a.Kind != GenericParameterAttributes.None)
            .Select(a => (a.Kind == GenericParameterAttributes.Covariant ? "out " : "in ") + a.Name);
        string list = string.Join(", ", parts);
        return list.Length == 0 ? "" : $"  [variance: {list}]";
    }

    /// <summary>Compilers mark every ref struct obsolete, so that old compilers refuse it; newer ones may stop, so it is written always.</summary>
    private static string Obsolete(MemberInfo member) =>
        member.IsDefined(typeof(ObsoleteAttribute), inherit: false) || (member is Type { IsByRefLike: true }) ? "  [Obsolete]" : "";

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsVisible(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static string Access(MethodBase method) =>
        method.IsPublic ? "public" : method.IsFamily ? "protected" : "protected internal";
}
