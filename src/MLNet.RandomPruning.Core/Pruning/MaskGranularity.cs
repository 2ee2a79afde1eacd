using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning.Granularities;

namespace MLNet.RandomPruning.Pruning;

/// <summary>
/// What pruning keeps or removes as a whole, a unit: single weights, blocks of them, whole filters. The sparsity is the fraction of
/// units that is pruned, where a unit counts for the weights, filters or channels that it is made of. Which units are kept
/// is drawn at random. Two granularities are equal when their names are. Each is one small class with an entry in the registry.
/// </summary>
public abstract class MaskGranularity : IEquatable<MaskGranularity>
{
    private protected MaskGranularity()
    {
    }

    /// <summary>Unstructured: each weight by itself.</summary>
    public static MaskGranularity Unstructured { get; } = new UnstructuredGranularity();

    /// <summary>
    /// Filter: whole output channels, with the weights behind them that read the channels, so that the network is really narrower.
    /// Channels that additions tie together go together. The sparsity counts the filters of all convolutions, and a unit of tied
    /// ones counts for as many as it has; the outputs of the last layer, the classes, stay.
    /// </summary>
    public static MaskGranularity Filter { get; } = new FilterGranularity();

    /// <summary>
    /// Channel: input channels of one layer. The sparsity counts the input channels of all layers but the first, which reads the image. A
    /// channel that no layer reads any more is taken out of the network.
    /// </summary>
    public static MaskGranularity Channel { get; } = new ChannelGranularity();

    /// <summary>Kernel: the whole kernel between one input and one output channel. The sparsity counts weights.</summary>
    public static MaskGranularity Kernel { get; } = new KernelGranularity();

    /// <summary>The granularities that are named without numbers, each once; the others are blocks, such as <c>1x4</c>, and N:M, such as <c>2:4</c>.</summary>
    public static IReadOnlyList<MaskGranularity> All => MaskGranularityRegistry.Named;

    /// <summary>The granularity's name, which <see cref="Parse"/> reads back, for example <c>Filter</c>, <c>1x4</c> or <c>2:4</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What the sparsity counts, in the plural.</summary>
    internal abstract string UnitNoun { get; }

    /// <summary>The largest possible density as a fraction.</summary>
    internal virtual (int Kept, int Of) MaximumDensity => (1, 1);

    /// <summary>Whether any choice of units will do, so that each can be drawn on its own.</summary>
    internal virtual bool DrawsUnitsOnTheirOwn => true;

    /// <summary>
    /// Block: rows neighbouring outputs × columns neighbouring inputs at one position of the kernel; smaller at the edges. The
    /// sparsity counts weights. A block of 1×1 is <see cref="Unstructured"/>.
    /// </summary>
    /// <param name="rows">The number of outputs, from 1 to 4096.</param>
    /// <param name="columns">The number of inputs, from 1 to 4096.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static MaskGranularity Block(int rows, int columns) => MaskGranularityRegistry.Block(rows, columns);

    /// <summary>
    /// N:M: single weights, of which at most n are kept of each m neighbouring inputs, at one output and one position of the kernel; a
    /// rest of fewer inputs keeps at most n too. With <see cref="LayerwiseRatio.Uniform"/> at sparsity 1 − n/m it is exactly n of each m.
    /// </summary>
    /// <param name="n">The number of weights that are kept at most, at least 1 and below m.</param>
    /// <param name="m">The number of neighbouring inputs, at most 4096.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static MaskGranularity NOfM(int n, int m) => MaskGranularityRegistry.NOfM(n, m);

    /// <summary>Finds a granularity by its name, in any case: Unstructured, Filter, Channel, Kernel, rows x columns of a block such as 1x4, or N:M such as 2:4.</summary>
    /// <exception cref="ArgumentException">There is none of this name; the message lists them.</exception>
    public static MaskGranularity Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return MaskGranularityRegistry.Find(name);
    }

    /// <summary>Finds a granularity by its name; see <see cref="Parse"/>.</summary>
    /// <exception cref="ArgumentException">There is none of this name; the message lists them.</exception>
    public static implicit operator MaskGranularity(string name) => Parse(name);

    /// <summary>Whether both have the same name.</summary>
    public bool Equals(MaskGranularity? other) => other is not null && Name == other.Name;

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as MaskGranularity);

    /// <inheritdoc/>
    public sealed override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>The granularity's name.</summary>
    public sealed override string ToString() => Name;

    /// <summary>The units of a network in sets. Every layer whose weights can be pruned takes part in at least one.</summary>
    internal abstract IReadOnlyList<UnitSet> UnitsOf(Network network);

    /// <summary>The masks that keep some units and all weights that belong to no unit.</summary>
    /// <param name="network">The network.</param>
    /// <param name="sets">Its units, from <see cref="UnitsOf"/>.</param>
    /// <param name="kept">The kept units of each set, a bit a unit.</param>
    /// <param name="origin">What the masks are a pure function of, or null.</param>
    internal abstract NetworkMask Expand(Network network, IReadOnlyList<UnitSet> sets, IReadOnlyList<ulong[]> kept, MaskOrigin? origin);

    /// <summary>How many weights the masks of each layer keep, at least and at most, that keep so many units of each set.</summary>
    /// <param name="network">The network.</param>
    /// <param name="sets">Its units, from <see cref="UnitsOf"/>.</param>
    /// <param name="counts">The number of kept units of each set.</param>
    internal abstract (long Least, long Most)[] KeptWeights(Network network, IReadOnlyList<UnitSet> sets, IReadOnlyList<int> counts);

    /// <summary>The units of which masks keep anything, a bit a unit; of masks that <see cref="Expand"/> made, the units that it was given.</summary>
    internal abstract ulong[][] KeptUnits(NetworkMask mask, IReadOnlyList<UnitSet> sets);

    /// <summary>
    /// The units of a set that may be kept in the order of their keys, however many of them; null for all.
    /// </summary>
    /// <param name="set">The set.</param>
    /// <param name="seed">The seed of the keys.</param>
    /// <param name="among">The units among which to choose; null for all.</param>
    internal virtual ulong[]? Candidates(UnitSet set, long seed, ulong[]? among) => among;
}
