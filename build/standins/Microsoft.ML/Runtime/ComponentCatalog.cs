using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>The assemblies whose loadable classes are known.</summary>
public sealed partial class ComponentCatalog
{
    private readonly HashSet<Assembly> _assemblies = new();

    internal ComponentCatalog()
    {
    }

    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        lock (_assemblies)
        {
            _assemblies.Add(assembly);
        }
    }
}
