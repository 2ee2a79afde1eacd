namespace MLNet.RandomPruning.Pruning;

/// <summary>A measure of how much each weight matters before training.</summary>
public enum SaliencyKind
{
    /// <summary>
    /// |g ⊙ w| with the gradient g of the loss, which is the size of the loss's gradient with respect to a multiplicative mask of
    /// ones; the weights with the highest are kept (Lee et al., "SNIP: single-shot network pruning based on connection
    /// sensitivity", ICLR 2019).
    /// </summary>
    Snip,

    /// <summary>
    /// −w ⊙ Hg with the gradient g and the Hessian H of the loss; the weights with the highest are removed (Wang et al., "Picking
    /// winning tickets before training by preserving gradient flow", ICLR 2020, equation 8).
    /// </summary>
    Grasp,
}
