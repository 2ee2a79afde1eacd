using System.Reflection;
using Microsoft.ML;

namespace MLNet.RandomPruning.Standins.Tests;

/// <summary>
/// For tests of what a stand-in does more exactly than the package does; where a type comes from the package they are skipped.
/// Without a type it is Microsoft.ML's context that is looked at.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class StandinsOnlyAttribute : ConditionBaseAttribute
{
    private readonly Assembly _assembly;

    public StandinsOnlyAttribute()
        : this(typeof(MLContext))
    {
    }

    public StandinsOnlyAttribute(Type type)
        : base(ConditionMode.Include)
    {
        _assembly = type.Assembly;
        IgnoreMessage = $"{_assembly.GetName().Name} comes from the packages.";
    }

    public override string GroupName => nameof(StandinsOnlyAttribute);

    /// <summary>The stand-ins say of themselves that they are some.</summary>
    public override bool IsConditionMet =>
        _assembly.GetCustomAttribute<AssemblyDescriptionAttribute>()?.Description.StartsWith("Stand-in ", StringComparison.Ordinal) == true;
}
