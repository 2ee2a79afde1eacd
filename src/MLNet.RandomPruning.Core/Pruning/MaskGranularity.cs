using MLNet.RandomPruning.Pruning.Granularities;

namespace MLNet.RandomPruning.Pruning;

/// <summary>
/// What pruning keeps or removes as a whole: single weights, blocks of them, whole filters. Each granularity is one small class
/// with an entry in the registry.
/// </summary>
public abstract class MaskGranularity
{
    /// <summary>Unstructured: each weight by itself.</summary>
    public static MaskGranularity Unstructured { get; } = new UnstructuredGranularity();

    /// <summary>The granularity's name, which <see cref="Parse"/> reads back.</summary>
    public abstract string Name { get; }

    /// <summary>Finds a granularity by its name, in any case.</summary>
    /// <exception cref="ArgumentException">There is none of this name; the message lists them.</exception>
    public static MaskGranularity Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return MaskGranularityRegistry.Find(name);
    }

    /// <summary>Finds a granularity by its name; see <see cref="Parse"/>.</summary>
    /// <exception cref="ArgumentException">There is none of this name; the message lists them.</exception>
    public static implicit operator MaskGranularity(string name) => Parse(name);

    /// <summary>The granularity's name.</summary>
    public sealed override string ToString() => Name;
}
