using System.Globalization;
using System.Numerics;
using System.Text.Json.Serialization;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tool;

/// <summary>What <c>randprune mask --json</c> prints.</summary>
internal sealed record MaskResult
{
    /// <summary>The network's name.</summary>
    public required string Network { get; init; }

    /// <summary>The shape of its images: channels, rows, columns.</summary>
    public required IReadOnlyList<int> InputShape { get; init; }

    /// <summary>The number of its classes.</summary>
    public required int Classes { get; init; }

    /// <summary>The layer-wise ratio's name; null when no seed makes the masks.</summary>
    public required string? Ratio { get; init; }

    /// <summary>What is kept or pruned as a whole.</summary>
    public required string Granularity { get; init; }

    /// <summary>The fraction that is pruned: as asked for, or of weights and as counted when no seed makes the masks.</summary>
    public required double Sparsity { get; init; }

    /// <summary>How the kept weights were drawn, exact or bernoulli; null when no seed makes the masks.</summary>
    public required string? Sampling { get; init; }

    /// <summary>The seed; null when none makes the masks.</summary>
    public required long? Seed { get; init; }

    /// <summary>The number of weights when nothing is pruned.</summary>
    public required long Parameters { get; init; }

    /// <summary>The number of kept weights.</summary>
    public required long Kept { get; init; }

    /// <summary>Kept weights ÷ all weights.</summary>
    public required double Density { get; init; }

    /// <summary>The multiply-adds for one image when nothing is pruned.</summary>
    public required long DenseMultiplyAdds { get; init; }

    /// <summary>The multiply-adds for one image, kept weights only.</summary>
    public required long MultiplyAdds { get; init; }

    /// <summary>Whether channels that the masks cut off are taken out of the network.</summary>
    public required bool RemovesChannels { get; init; }

    /// <summary>The number of units and how many are kept; left out where each weight is one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public UnitsResult? Units { get; init; }

    /// <summary>The layers in the order of computation.</summary>
    public required IReadOnlyList<MaskLayerResult> Layers { get; init; }

    /// <summary>What the masks have in common with others; left out unless asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MaskComparison? Comparison { get; init; }

    /// <summary>The mask file; left out when none was written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MaskPath { get; init; }

    /// <summary>The length of that file.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MaskBytes { get; init; }

    /// <summary>The SHA-256 of that file.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MaskSha256 { get; init; }

    /// <summary>Says what there is to say of masks.</summary>
    public static MaskResult Of(NetworkMask mask)
    {
        var report = PruningReport.From(mask);
        var units = UnitReport.From(mask);
        var shape = mask.Network.InputShape;
        return new MaskResult
        {
            Network = report.Network,
            InputShape = [shape.Channels, shape.Height, shape.Width],
            Classes = mask.Network.ClassCount,
            Ratio = report.Ratio,
            Granularity = report.Granularity,
            Sparsity = report.Sparsity,
            Sampling = mask.Origin?.Sampling.ToString().ToLowerInvariant(),
            Seed = report.Seed,
            Parameters = report.Parameters,
            Kept = report.Kept,
            Density = mask.Density,
            DenseMultiplyAdds = report.DenseMultiplyAdds,
            MultiplyAdds = report.MultiplyAdds,
            RemovesChannels = mask.RemovesChannels,
            Units = units is null ? null : new UnitsResult(units.Kept, units.Count),
            Layers =
            [
                .. mask.Layers.Select((layer, index) => new MaskLayerResult(
                    layer.Layer.Name, layer.Layer.WeightShape, layer.Length, layer.KeptCount, layer.Density, report.Layers[index].MultiplyAdds,
                    MaskLayerResult.Hex(layer.Checksum()))
                {
                    Units = units is null ? null : new UnitsResult(units.Layers[index].Kept, units.Layers[index].Count),
                    NarrowedShape = mask.RemovesChannels ? mask.Narrowed.Layers[index].Layer.WeightShape : null,
                }),
            ],
        };
    }
}

/// <summary>A layer's mask.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Shape">The shape of its weights.</param>
/// <param name="Parameters">The number of weights when nothing is pruned.</param>
/// <param name="Kept">The number of kept weights.</param>
/// <param name="Density">Kept weights ÷ all weights.</param>
/// <param name="MultiplyAdds">The multiply-adds for one image, kept weights only.</param>
/// <param name="Checksum">The checksum of the mask's bits, in 16 hexadecimal digits.</param>
internal sealed record MaskLayerResult(
    string Name, IReadOnlyList<int> Shape, int Parameters, int Kept, double Density, long MultiplyAdds, string Checksum)
{
    /// <summary>The number of units and how many are kept; left out where each weight is one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public UnitsResult? Units { get; init; }

    /// <summary>The shape of the weights when the channels that are cut off are gone; left out where none are taken out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? NarrowedShape { get; init; }

    /// <summary>A checksum as text.</summary>
    public static string Hex(ulong checksum) => checksum.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>How many of the things that are kept or pruned as a whole are kept.</summary>
/// <param name="Kept">The number of kept units.</param>
/// <param name="Count">The number of units.</param>
internal sealed record UnitsResult(int Kept, int Count);

/// <summary>What masks have in common with others of the same network.</summary>
/// <param name="Path">The file of the others.</param>
/// <param name="IsSame">Whether both keep the same weights.</param>
/// <param name="Overlap">The share of these masks' kept weights that the others keep too.</param>
/// <param name="Common">The number of weights that both keep.</param>
/// <param name="Kept">The number of weights that these masks keep.</param>
/// <param name="OtherKept">The number of weights that the others keep.</param>
/// <param name="Layers">The same of each layer.</param>
internal sealed record MaskComparison(
    string Path, bool IsSame, double Overlap, long Common, long Kept, long OtherKept, IReadOnlyList<LayerComparison> Layers)
{
    /// <summary>Compares masks.</summary>
    /// <exception cref="UsageException">They are of different networks.</exception>
    public static MaskComparison Of(NetworkMask mask, NetworkMask other, string path)
    {
        // Refuses masks of other layers, and names the first.
        double overlap = Usage.Check(() => mask.OverlapWith(other));
        LayerComparison[] layers = [.. mask.Layers.Zip(other.Layers, LayerComparison.Of)];
        return new MaskComparison(
            path, layers.All(layer => layer.Common == layer.Kept && layer.Common == layer.OtherKept), overlap,
            layers.Sum(layer => (long)layer.Common), mask.KeptCount, other.KeptCount, layers);
    }
}

/// <summary>What the masks of a layer have in common.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Overlap">The share of the kept weights that the other mask keeps too; 1 where none are kept.</param>
/// <param name="Common">The number of weights that both keep.</param>
/// <param name="Kept">The number of weights that this mask keeps.</param>
/// <param name="OtherKept">The number of weights that the other keeps.</param>
internal sealed record LayerComparison(string Name, double Overlap, int Common, int Kept, int OtherKept)
{
    public static LayerComparison Of(WeightMask mask, WeightMask other)
    {
        int common = 0;
        for (int word = 0; word < mask.Bits.Length; word++)
        {
            common += BitOperations.PopCount(mask.Bits[word] & other.Bits[word]);
        }

        return new LayerComparison(mask.Layer.Name, mask.KeptCount == 0 ? 1 : (double)common / mask.KeptCount, common, mask.KeptCount, other.KeptCount);
    }
}
