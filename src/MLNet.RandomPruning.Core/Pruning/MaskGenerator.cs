using System.Globalization;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning.Granularities;

namespace MLNet.RandomPruning.Pruning;

/// <summary>
/// Draws which units of a network are kept: weights, blocks, kernels, filters or channels. Each unit has a 64-bit random key that is a pure
/// function of the seed, the layer's name and the unit's index; of weights, the row-major index. A layer keeps the units with the
/// smallest keys, so that masks of one seed are nested: a sparser one keeps a part of what a denser one keeps. (Blocks at the edges of
/// layers are few and share their rounding, which may bring one of them back.)
/// </summary>
public static class MaskGenerator
{
    /// <summary>Makes the masks of all layers of a network. Nothing but the arguments has an influence on them.</summary>
    /// <param name="network">The network.</param>
    /// <param name="ratio">
    /// How the density is spread over the layers. Where its densities do not sum to the density that was asked for because the
    /// granularity counts other things than weights or bounds a layer, they are scaled by one factor, none above 1 or the bound.
    /// </param>
    /// <param name="sparsity">
    /// The fraction of units to prune, from 0 to below 1; not looked at when the ratio determines the sparsity. The number of kept units is
    /// round((1 − sparsity)·units), to half a unit where units have different sizes.
    /// </param>
    /// <param name="seed">The seed of the positions.</param>
    /// <param name="sampling">Whether each layer keeps exactly its share, or each unit is drawn on its own.</param>
    /// <param name="saliency">
    /// Training images and an engine, for a ratio that is measured on them (<see cref="LayerwiseRatio.NeedsTrainingImages"/>); no
    /// other ratio looks at it.
    /// </param>
    /// <param name="granularity">What is kept or pruned as a whole; null for <see cref="MaskGranularity.Unstructured"/>.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    /// <returns>The masks; <see cref="NetworkMask.Origin"/> holds what makes them again.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The sparsity is out of range.</exception>
    /// <exception cref="PruningBudgetException">
    /// The ratio cannot reach this sparsity on this network, the granularity does not allow it, or a layer would keep nothing.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The ratio is measured on training images, and none are given; or units of this granularity cannot be drawn on their own.
    /// </exception>
    public static NetworkMask Generate(
        Network network, LayerwiseRatio ratio, double sparsity, long seed, MaskSampling sampling = MaskSampling.Exact,
        SaliencySource? saliency = null, MaskGranularity? granularity = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(ratio);
        granularity ??= MaskGranularity.Unstructured;
        CheckSampling(sampling, granularity);
        var units = MaskUnits.Of(network, granularity);
        var measured = saliency is null ? null : new NetworkSaliency(saliency, network, seed, cancellationToken);
        var budget = LayerBudget.Solve(units, ratio, ratio.DeterminesSparsity ? 0 : sparsity, measured);
        return Draw(units, budget, OriginOf(units, budget, ratio, sparsity, seed, sampling));
    }

    /// <summary>Makes the masks of a network again from what they were made of.</summary>
    /// <exception cref="ArgumentException">
    /// The origin's ratio or granularity is not known, they cannot reach the sparsity on this network, or the ratio was measured on
    /// training images and the densities that this gave are missing.
    /// </exception>
    public static NetworkMask Regenerate(Network network, MaskOrigin origin) => Regenerate(network, origin, keptWeights: null);

    /// <summary>Makes masks again of which it is known how many weights of each layer they keep.</summary>
    /// <param name="network">The network.</param>
    /// <param name="origin">What they were made of.</param>
    /// <param name="keptWeights">The kept weights of each layer in order. Where the origin would make masks that keep other numbers, none are made.</param>
    /// <exception cref="ArgumentException">As for the other overload, or the numbers are others.</exception>
    internal static NetworkMask Regenerate(Network network, MaskOrigin origin, IReadOnlyList<int>? keptWeights)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(origin);
        var ratio = LayerwiseRatio.Parse(origin.LayerwiseRatio);
        var granularity = MaskGranularity.Parse(origin.Granularity);
        CheckSampling(origin.Sampling, granularity);
        var units = MaskUnits.Of(network, granularity);
        var budget = ratio.NeedsTrainingImages && origin.LayerDensities is { } densities
            ? LayerBudget.Of(units, densities, origin.Sparsity)
            : LayerBudget.Solve(units, ratio, ratio.DeterminesSparsity ? 0 : origin.Sparsity, saliency: null, namesNearest: false);
        if (keptWeights is not null)
        {
            units.ThrowIfOtherCounts(budget, origin.Sampling, keptWeights);
        }

        return Draw(units, budget, ratio.NeedsTrainingImages && origin.LayerDensities is not null
            ? origin
            : OriginOf(units, budget, ratio, origin.Sparsity, origin.Seed, origin.Sampling));
    }

    /// <summary>
    /// Prunes masks further at random: of the units that they keep something of, those with the smallest keys stay, as many as the ratio
    /// gives each layer and the layer still has. Of a unit that stays, all that was kept stays kept.
    /// </summary>
    /// <param name="present">The masks to prune.</param>
    /// <param name="ratio">How the density is spread over the layers.</param>
    /// <param name="sparsity">The fraction of the whole network's units that is pruned in the end, those included that are pruned already.</param>
    /// <param name="seed">The seed of the positions.</param>
    /// <param name="granularity">What is kept or pruned as a whole; null for <see cref="MaskGranularity.Unstructured"/>.</param>
    /// <param name="saliency">Training images and an engine, for a ratio that is measured on them.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    /// <returns>
    /// The masks. They have an origin only when nothing was pruned before; they are then those of
    /// <see cref="Generate(Network, LayerwiseRatio, double, long, MaskSampling, SaliencySource?, MaskGranularity?, CancellationToken)"/>.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The sparsity is out of range.</exception>
    /// <exception cref="PruningBudgetException">
    /// The masks keep too little for this sparsity, or the ratio or the granularity cannot reach it, or a layer would keep nothing.
    /// </exception>
    /// <exception cref="ArgumentException">The ratio is measured on training images, and none are given.</exception>
    public static NetworkMask PruneFurther(
        NetworkMask present, LayerwiseRatio ratio, double sparsity, long seed, MaskGranularity? granularity = null,
        SaliencySource? saliency = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(present);
        ArgumentNullException.ThrowIfNull(ratio);
        granularity ??= MaskGranularity.Unstructured;
        var network = present.Network;
        if (present.KeptCount == network.WeightCount)
        {
            return Generate(network, ratio, sparsity, seed, MaskSampling.Exact, saliency, granularity, cancellationToken);
        }

        var units = MaskUnits.In(present, granularity, seed);
        var measured = saliency is null ? null : new NetworkSaliency(saliency, network, seed, cancellationToken);
        var budget = LayerBudget.Solve(units, ratio, ratio.DeterminesSparsity ? 0 : sparsity, measured);
        var drawn = units.Draw(budget.KeptCounts, seed, origin: null);
        WeightMask[] layers = [.. drawn.Layers.Zip(present.Layers, (kept, before) => kept.And(before))];
        foreach (var (layer, before) in layers.Zip(present.Layers))
        {
            if (layer.KeptCount == 0 && before.KeptCount > 0)
            {
                throw new PruningBudgetException(string.Create(CultureInfo.InvariantCulture,
                    $"Sparsity {sparsity} is not possible with {ratio} and granularity {granularity} on the masks of {network}: none of the {before.KeptCount} kept weights of layer '{layer.Layer.Name}' belongs to channels that stay; use a lower sparsity."));
            }
        }

        return new NetworkMask(network, layers) { RemovesChannels = present.RemovesChannels || drawn.RemovesChannels };
    }

    /// <summary>
    /// The masks on the way from a dense network to a target: of the units that the target prunes, a share is pruned, the same in each
    /// layer to a unit, those with the largest keys first. Masks of a larger share are contained in those of a smaller one. Units are
    /// those of the target's granularity; whole filters go on the way to masks of filters. On the way to N:M masks, groups
    /// have more than N until the end.
    /// </summary>
    /// <param name="target">The masks at the end.</param>
    /// <param name="share">From 0, nothing is pruned, to 1, the target itself.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is out of range.</exception>
    public static NetworkMask Between(NetworkMask target, double share)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (!(share is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), string.Create(CultureInfo.InvariantCulture, $"The share of the way to the target is {share}; it must be from 0 to 1."));
        }

        var granularity = target.Granularity;
        var network = target.Network;
        var sets = granularity.UnitsOf(network);
        ulong[][] kept = granularity.KeptUnits(target, sets);
        int[] removed = [.. sets.Zip(kept, (set, bits) => set.Count - BitSets.Count(bits))];
        long total = removed.Sum(count => (long)count);
        long part = (long)Math.Round(share * total, MidpointRounding.AwayFromZero);
        if (part == total && share > 0)
        {
            return target;
        }

        int[] pruned = UnitApportionment.SainteLague(removed, part);
        long seed = target.Origin?.Seed ?? 0;
        ulong[][] units =
        [
            .. sets.Select((set, index) => BitSets.Or(
                kept[index],
                UnitKeys.Smallest(set.Name, set.Count, removed[index] - pruned[index], seed, BitSets.Complement(kept[index], set.Count)))),
        ];
        var between = granularity.Expand(network, sets, units, origin: null);
        return part > 0 && target.RemovesChannels != between.RemovesChannels
            ? new NetworkMask(network, between.Layers) { RemovesChannels = target.RemovesChannels }
            : between;
    }

    /// <summary>The mask of one layer that keeps the weights with the smallest keys; of equal keys, the lower index goes first.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="keptCount">How many weights it keeps, from 0 to all.</param>
    /// <param name="seed">The seed of the keys.</param>
    public static WeightMask GenerateExact(WeightLayer layer, int keptCount, long seed)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentOutOfRangeException.ThrowIfNegative(keptCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keptCount, layer.WeightCount);
        return WeightMask.Owning(layer, UnitKeys.Smallest(layer.Name, layer.WeightCount, keptCount, seed));
    }

    /// <summary>
    /// The mask of one layer that keeps each weight whose key is below density·2⁶⁴. A layer that would by chance keep no
    /// weight keeps the one with the smallest key, since nothing passes through an empty layer.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <param name="density">The probability of each weight to be kept, from 0 to 1.</param>
    /// <param name="seed">The seed of the keys.</param>
    public static WeightMask GenerateBernoulli(WeightLayer layer, double density, long seed)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (!(density is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(density), $"The density of layer '{layer.Name}' is {density}; it must be from 0 to 1.");
        }

        ulong[] bits = UnitKeys.Below(layer.Name, layer.WeightCount, density, seed);
        return BitSets.Count(bits) == 0 ? GenerateExact(layer, 1, seed) : WeightMask.Owning(layer, bits);
    }

    private static MaskOrigin OriginOf(MaskUnits units, LayerBudget budget, LayerwiseRatio ratio, double sparsity, long seed, MaskSampling sampling)
    {
        if (ratio.DeterminesSparsity)
        {
            sparsity = 1 - units.Sets.Select((set, index) => (double)budget.KeptCounts[index] * set.Size).Sum() / units.Extent;
        }

        return new MaskOrigin(ratio.Name, sparsity, seed, sampling)
        {
            Granularity = units.Granularity.Name,
            LayerDensities = ratio.NeedsTrainingImages ? budget.Densities : null,
        };
    }

    private static NetworkMask Draw(MaskUnits units, LayerBudget budget, MaskOrigin origin) => origin.Sampling == MaskSampling.Exact
        ? units.Draw(budget.KeptCounts, origin.Seed, origin)
        : units.DrawBernoulli(budget.UnitDensities, origin.Seed, origin);

    private static void CheckSampling(MaskSampling sampling, MaskGranularity granularity)
    {
        if (!Enum.IsDefined(sampling))
        {
            throw new ArgumentOutOfRangeException(nameof(sampling), $"There is no mask sampling {sampling}; it is one of {string.Join(", ", Enum.GetNames<MaskSampling>())}.");
        }

        if (sampling == MaskSampling.Bernoulli && !granularity.DrawsUnitsOnTheirOwn)
        {
            throw new ArgumentException($"The granularity {granularity} bounds how many neighbouring weights are kept, which weights that are drawn on their own do not observe; use the sampling {MaskSampling.Exact}.", nameof(sampling));
        }
    }
}
