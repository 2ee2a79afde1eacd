namespace MLNet.RandomPruning.Pruning;

/// <summary>A layer-wise ratio cannot give a network the sparsity that was asked for.</summary>
public sealed class PruningBudgetException : ArgumentException
{
    /// <summary>Says what cannot be done.</summary>
    public PruningBudgetException(string message) : base(message)
    {
    }
}
