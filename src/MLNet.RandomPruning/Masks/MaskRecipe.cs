using System.Globalization;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Masks;

/// <summary>How masks are made, apart from the network and the seed: the same for the mask stage and the trainer.</summary>
internal sealed record MaskRecipe(
    LayerwiseRatio LayerwiseRatio, double Sparsity, MaskGranularity Granularity, MaskSampling Sampling, SaliencyOptions Saliency)
{
    /// <summary>Checks all that can be checked without a network.</summary>
    /// <exception cref="ArgumentException">A setting is missing or out of range.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(LayerwiseRatio);
        ArgumentNullException.ThrowIfNull(Granularity);
        ArgumentNullException.ThrowIfNull(Saliency);
        Saliency.Validate();
        if (!LayerwiseRatio.DeterminesSparsity && !(Sparsity is >= 0 and < 1))
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Sparsity is {Sparsity}, but must be from 0 to below 1: at 1 no weight would be left."));
        }

        if (!Enum.IsDefined(Sampling))
        {
            throw new ArgumentException($"MaskSampling is {Sampling}, but must be one of {string.Join(", ", Enum.GetNames<MaskSampling>())}.");
        }
    }

    /// <summary>Makes the masks of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="seed">The seed of the positions.</param>
    /// <param name="saliency">Opens what SNIP and GraSP are measured with; no other ratio calls it.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public NetworkMask Make(Network network, long seed, Func<SaliencySource> saliency, CancellationToken cancellationToken) => MaskGenerator.Generate(
        network, LayerwiseRatio, Sparsity, seed, Sampling, LayerwiseRatio.NeedsTrainingImages ? saliency() : null, Granularity, cancellationToken);

    /// <summary>Makes masks that keep a part of what present masks keep.</summary>
    /// <param name="present">The present masks.</param>
    /// <param name="seed">The seed of the positions.</param>
    /// <param name="saliency">Opens what SNIP and GraSP are measured with; no other ratio calls it.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public NetworkMask PruneFurther(NetworkMask present, long seed, Func<SaliencySource> saliency, CancellationToken cancellationToken) => MaskGenerator.PruneFurther(
        present, LayerwiseRatio, Sparsity, seed, Granularity, LayerwiseRatio.NeedsTrainingImages ? saliency() : null, cancellationToken);
}
