using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>The components that an environment can make by name: those of the assemblies that were registered with it.</summary>
public sealed class ComponentCatalog
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _assemblies = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Name, Type Signature), LoadableClassInfo> _loaders = [];

    internal ComponentCatalog()
    {
        RegisterAssembly(typeof(ComponentCatalog).Assembly);
    }

    /// <summary>Registers the components of an assembly. A second registration of an assembly does nothing.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="throwOnError">Whether a component that cannot be made, or whose name is taken, is an error; otherwise it is left out.</param>
    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        lock (_lock)
        {
            if (_assemblies.Contains(assembly.FullName))
            {
                return;
            }
            foreach (LoadableClassAttributeBase attribute in assembly.GetCustomAttributes<LoadableClassAttributeBase>())
            {
                Add(attribute, throwOnError);
            }
            _assemblies.Add(assembly.FullName);
        }
    }

    /// <summary>The component of a load name (any case, blanks ignored) and a signature; or null.</summary>
    internal LoadableClassInfo FindOrNull(string loadName, Type signatureType)
    {
        lock (_lock)
        {
            return _loaders.GetValueOrDefault((Normalize(loadName), signatureType));
        }
    }

    /// <summary>Loads an assembly by its full name and registers it; false, with the cause, where that fails.</summary>
    internal bool TryLoadAssembly(string fullName, out Exception cause)
    {
        cause = null;
        try
        {
            RegisterAssembly(FindOrLoad(fullName), throwOnError: false);
            return true;
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or ArgumentException or System.Security.SecurityException)
        {
            cause = e;
            return false;
        }
    }

    private static Assembly FindOrLoad(string fullName)
    {
        try
        {
            return Assembly.Load(fullName);
        }
        catch (FileNotFoundException)
        {
            // An assembly that was loaded from a path, as a plug-in is, is not found by name.
            Assembly loaded = Array.Find(AppDomain.CurrentDomain.GetAssemblies(), a => a.FullName == fullName);
            if (loaded == null)
            {
                throw;
            }
            return loaded;
        }
    }

    private void Add(LoadableClassAttributeBase attribute, bool throwOnError)
    {
        foreach (Type signature in attribute.SigTypes)
        {
            LoadableClassInfo info = LoadableClassInfo.MakeOrNull(attribute, signature);
            if (info == null)
            {
                if (throwOnError)
                {
                    throw new InvalidOperationException($"The component '{attribute.LoaderType}' of assembly '{attribute.LoaderType.Assembly.FullName}' is registered for '{signature.Name}', but has neither a static Create method nor a constructor for it.");
                }
                continue;
            }
            foreach (string name in attribute.LoadNames)
            {
                var key = (Normalize(name), signature);
                if (_loaders.TryGetValue(key, out LoadableClassInfo other))
                {
                    if (throwOnError && other.LoaderType != info.LoaderType)
                    {
                        throw new InvalidOperationException($"Two components are registered as '{name}' for '{signature.Name}': '{other.LoaderType}' and '{info.LoaderType}'.");
                    }
                    continue;
                }
                _loaders.Add(key, info);
            }
        }
    }

    private static string Normalize(string name)
        => string.Concat(name.Where(c => !char.IsWhiteSpace(c))).ToLowerInvariant();

    /// <summary>One registered component and the way to make it.</summary>
    internal sealed class LoadableClassInfo
    {
        private readonly MethodBase _maker;
        private readonly bool _takesEnvironment;

        private LoadableClassInfo(LoadableClassAttributeBase attribute, MethodBase maker, bool takesEnvironment)
        {
            LoaderType = attribute.LoaderType;
            LoadName = attribute.LoadNames.FirstOrDefault() ?? attribute.LoaderType.Name;
            _maker = maker;
            _takesEnvironment = takesEnvironment;
        }

        public Type LoaderType { get; }

        public string LoadName { get; }

        /// <summary>Makes the component; what it throws comes through as it is.</summary>
        public object Create(IHostEnvironment env, object[] arguments)
        {
            object[] all = _takesEnvironment ? [env, .. arguments] : arguments;
            return _maker is ConstructorInfo constructor
                ? constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, all, null)
                : _maker.Invoke(null, BindingFlags.DoNotWrapExceptions, null, all, null);
        }

        /// <summary>Finds the static <c>Create</c> method, or else the constructor, public or not, with or without the environment in front.</summary>
        public static LoadableClassInfo MakeOrNull(LoadableClassAttributeBase attribute, Type signature)
        {
            MethodInfo invoke = signature.GetMethod("Invoke");
            if (invoke == null)
            {
                return null;
            }
            Type[] parameters = [.. invoke.GetParameters().Select(p => p.ParameterType)];
            if (attribute.ArgType != null)
            {
                parameters = [attribute.ArgType, .. parameters];
            }
            foreach (bool withEnvironment in (bool[])[true, false])
            {
                Type[] wanted = withEnvironment ? [typeof(IHostEnvironment), .. parameters] : parameters;
                MethodBase maker = FindMaker(attribute, wanted);
                if (maker != null)
                {
                    return new LoadableClassInfo(attribute, maker, withEnvironment);
                }
            }
            return null;
        }

        private static MethodBase FindMaker(LoadableClassAttributeBase attribute, Type[] parameters)
        {
            const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic;
            MethodInfo create = attribute.LoaderType.GetMethod("Create", Any | BindingFlags.Static | BindingFlags.FlattenHierarchy, null, parameters, null);
            if (create != null && attribute.InstanceType.IsAssignableFrom(create.ReturnType))
            {
                return create;
            }
            return attribute.InstanceType.IsAssignableFrom(attribute.LoaderType)
                ? attribute.LoaderType.GetConstructor(Any | BindingFlags.Instance, null, parameters, null)
                : null;
        }
    }
}
