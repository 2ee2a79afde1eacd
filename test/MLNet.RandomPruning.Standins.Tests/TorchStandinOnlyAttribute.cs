using System.Reflection;
using TorchSharp;

namespace MLNet.RandomPruning.Standins.Tests;

/// <summary>For tests of the stand-in of TorchSharp itself; they are skipped where TorchSharp comes from the package.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class TorchStandinOnlyAttribute : ConditionBaseAttribute
{
    public TorchStandinOnlyAttribute()
        : base(ConditionMode.Include) => IgnoreMessage = "TorchSharp comes from the package.";

    public override string GroupName => nameof(TorchStandinOnlyAttribute);

    /// <summary>The stand-in says so of itself.</summary>
    public override bool IsConditionMet =>
        typeof(torch).Assembly.GetCustomAttribute<AssemblyDescriptionAttribute>()?.Description.StartsWith("Stand-in ", StringComparison.Ordinal) == true;
}
