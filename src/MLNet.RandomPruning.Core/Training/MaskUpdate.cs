using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Training;

/// <summary>What one change of the masks in training did. Counts weights.</summary>
/// <param name="Step">The step before which the masks changed, counted from 0 over all epochs.</param>
/// <param name="Epoch">The epoch of that step, counted from 1.</param>
/// <param name="KeptBefore">The number of kept weights before the change.</param>
/// <param name="KeptAfter">The number of kept weights after it.</param>
/// <param name="Dropped">How many weights were kept before and are pruned now.</param>
/// <param name="Grown">How many weights were pruned before and are kept now; they are zero.</param>
/// <param name="Overlap">The share of the weights that training began with that are kept after the change, from 0 to 1 (<see cref="NetworkMask.OverlapWith"/>).</param>
public sealed record MaskUpdate(long Step, int Epoch, long KeptBefore, long KeptAfter, long Dropped, long Grown, double Overlap);
