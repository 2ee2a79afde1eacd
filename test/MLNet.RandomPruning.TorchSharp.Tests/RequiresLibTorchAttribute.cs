namespace MLNet.RandomPruning.Torch.Tests;

/// <summary>For tests that run libtorch; where it is missing they are skipped and say why.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class RequiresLibTorchAttribute : ConditionBaseAttribute
{
    public RequiresLibTorchAttribute() : base(ConditionMode.Include)
    {
        IsConditionMet = TorchRuntime.IsAvailable(out string? reason);
        IgnoreMessage = reason;
    }

    public override string GroupName => nameof(RequiresLibTorchAttribute);

    public override bool IsConditionMet { get; }
}
