using Microsoft.ML;

namespace MLNet.RandomPruning.Standins.Tests;

/// <summary>For tests of what the stand-ins do more exactly than the packages do; elsewhere they are skipped.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class StandinsOnlyAttribute : ConditionBaseAttribute
{
    public StandinsOnlyAttribute()
        : base(ConditionMode.Include) => IgnoreMessage = "Microsoft.ML comes from the packages.";

    public override string GroupName => nameof(StandinsOnlyAttribute);

    /// <summary>The stand-ins keep the context in "Microsoft.ML", the packages in "Microsoft.ML.Data".</summary>
    public override bool IsConditionMet => typeof(MLContext).Assembly.GetName().Name == "Microsoft.ML";
}
