using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>What an assembly says of each component that can be made by name.</summary>
internal abstract class LoadableClassAttributeBase : Attribute
{
    private protected LoadableClassAttributeBase(string summary, Type instType, Type loaderType, Type argType, Type[] sigTypes, string userName, string[] loadNames)
    {
        ArgumentNullException.ThrowIfNull(instType);
        ArgumentNullException.ThrowIfNull(sigTypes);
        ArgumentNullException.ThrowIfNull(loadNames);
        Summary = summary;
        InstanceType = instType;
        LoaderType = loaderType ?? instType;
        ArgType = argType;
        SigTypes = sigTypes;
        UserName = userName;
        LoadNames = loadNames;
    }

    public string Summary { get; }

    /// <summary>The type of what is made.</summary>
    public Type InstanceType { get; }

    /// <summary>The type that has the constructor or the <c>Create</c> method.</summary>
    public Type LoaderType { get; }

    /// <summary>The type of the options, or null.</summary>
    public Type ArgType { get; }

    /// <summary>The delegate types that say what else is passed.</summary>
    public Type[] SigTypes { get; }

    public string UserName { get; }

    public string[] LoadNames { get; }
}

/// <summary>Registers a component of an assembly under its load names; see <see cref="ComponentCatalog"/>.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class LoadableClassAttribute : LoadableClassAttributeBase
{
    public LoadableClassAttribute(Type instType, Type argType, Type sigType, string userName, params string[] loadNames)
        : base(null, instType, instType, argType, [sigType], userName, loadNames)
    {
    }

    public LoadableClassAttribute(string summary, Type instType, Type argType, Type sigType, string userName, params string[] loadNames)
        : base(summary, instType, instType, argType, [sigType], userName, loadNames)
    {
    }

    public LoadableClassAttribute(Type instType, Type loaderType, Type argType, Type sigType, string userName, params string[] loadNames)
        : base(null, instType, loaderType, argType, [sigType], userName, loadNames)
    {
    }

    public LoadableClassAttribute(string summary, Type instType, Type loaderType, Type argType, Type sigType, string userName, params string[] loadNames)
        : base(summary, instType, loaderType, argType, [sigType], userName, loadNames)
    {
    }

    public LoadableClassAttribute(Type instType, Type argType, Type[] sigTypes, string userName, params string[] loadNames)
        : base(null, instType, instType, argType, sigTypes, userName, loadNames)
    {
    }

    public LoadableClassAttribute(string summary, Type instType, Type argType, Type[] sigTypes, string userName, params string[] loadNames)
        : base(summary, instType, instType, argType, sigTypes, userName, loadNames)
    {
    }
}
