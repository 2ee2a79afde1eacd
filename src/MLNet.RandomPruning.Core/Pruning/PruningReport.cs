namespace MLNet.RandomPruning.Pruning;

/// <summary>What pruning leaves of a network, in all and per layer. Counts weights of convolutions and linear layers.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Ratio">The layer-wise ratio's name; null when the masks do not come from one.</param>
/// <param name="Granularity">What is kept or pruned as a whole: the name of a <see cref="MaskGranularity"/>; <c>Unstructured</c> when the masks do not come from a ratio.</param>
/// <param name="Sparsity">The fraction that is pruned: of the granularity's units and as asked for where the masks come from a ratio, otherwise of weights and as counted.</param>
/// <param name="Seed">The seed of the masks; null when they do not come from one.</param>
/// <param name="Parameters">The number of prunable weights, N.</param>
/// <param name="Kept">The number of kept weights.</param>
/// <param name="DenseMultiplyAdds">The multiply-adds for one image when nothing is pruned.</param>
/// <param name="MultiplyAdds">The multiply-adds for one image, kept weights only.</param>
/// <param name="Layers">The layers in the order of computation.</param>
public sealed record PruningReport(
    string Network, string? Ratio, string Granularity, double Sparsity, long? Seed, long Parameters, long Kept, long DenseMultiplyAdds, long MultiplyAdds,
    IReadOnlyList<LayerPruningReport> Layers)
{
    /// <summary>The report of a network's masks.</summary>
    public static PruningReport From(NetworkMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var network = mask.Network;
        return new PruningReport(
            network.Name, mask.Origin?.LayerwiseRatio, mask.Origin?.Granularity ?? MaskGranularity.Unstructured.Name, mask.Origin?.Sparsity ?? 1 - mask.Density, mask.Origin?.Seed, network.WeightCount, mask.KeptCount, network.MultiplyAdds, mask.MultiplyAdds,
            [.. mask.Layers.Select(layer => new LayerPruningReport(
                layer.Layer.Name, layer.Layer.WeightShape, layer.Length, layer.KeptCount, layer.Density, layer.KeptCount * layer.Layer.MultiplyAddsPerWeight))]);
    }
}

/// <summary>What pruning leaves of one layer.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Shape">The shape of its weights: [outputs, inputs, kernel rows, kernel columns] or [outputs, inputs].</param>
/// <param name="Parameters">The number of weights when nothing is pruned.</param>
/// <param name="Kept">The number of kept weights.</param>
/// <param name="Density">Kept weights ÷ all weights.</param>
/// <param name="MultiplyAdds">The multiply-adds for one image, kept weights only.</param>
public sealed record LayerPruningReport(string Name, IReadOnlyList<int> Shape, int Parameters, int Kept, double Density, long MultiplyAdds);
