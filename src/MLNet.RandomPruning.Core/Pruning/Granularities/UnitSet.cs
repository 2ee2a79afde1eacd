namespace MLNet.RandomPruning.Pruning.Granularities;

/// <summary>Units of one size, of one layer or of layers whose channels are tied: what a share of the density is counted in.</summary>
/// <param name="Name">The name under which their random keys are drawn.</param>
/// <param name="Layers">The weight layers whose density counts, by their index in the network's weight layers; the units take the mean.</param>
/// <param name="Count">The number of units.</param>
/// <param name="Size">What each unit counts for in the sparsity: its number of weights, filters or channels.</param>
internal record UnitSet(string Name, IReadOnlyList<int> Layers, int Count, int Size)
{
    /// <summary>How many of the units may be kept at most.</summary>
    public int Capacity { get; init; } = Count;

    /// <summary>What all units count for together.</summary>
    public long Extent => (long)Count * Size;
}
