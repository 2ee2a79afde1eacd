using System.Runtime.InteropServices;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Fuzz.Corpus;

/// <summary>Compares models, bit by bit.</summary>
internal static class ModelComparison
{
    public static string? Difference(TrainedModel left, TrainedModel right) =>
        StateDifference(left.State, right.State)
        ?? (left.Mask.Origin != right.Mask.Origin ? "what made the masks differs" : null)
        ?? (!left.ClassNames.SequenceEqual(right.ClassNames) ? "the class names differ" : null)
        ?? (!left.Normalization.Mean.SequenceEqual(right.Normalization.Mean) || !left.Normalization.StandardDeviation.SequenceEqual(right.Normalization.StandardDeviation)
            ? "the normalisation differs" : null)
        ?? HistoryDifference(left.History, right.History);

    public static string? MaskDifference(NetworkMask left, NetworkMask right) =>
        left.Network.ClassCount != right.Network.ClassCount || !left.Network.HasSameLayersAs(right.Network) ? "the networks differ"
        : !left.SameAs(right) ? "the masks differ"
        : null;

    public static string? StateDifference(NetworkState left, NetworkState right)
    {
        if (MaskDifference(left.Mask, right.Mask) is { } difference)
        {
            return difference;
        }

        foreach (var (one, other) in left.Tensors.Zip(right.Tensors))
        {
            // As bytes: 0 and −0 are not the same.
            if (one.Name != other.Name || !MemoryMarshal.AsBytes<float>(one.Values).SequenceEqual(MemoryMarshal.AsBytes<float>(other.Values)))
            {
                return $"tensor '{one.Name}' differs";
            }
        }

        return null;
    }

    public static string? HistoryDifference(IReadOnlyList<EpochMetrics> left, IReadOnlyList<EpochMetrics> right)
    {
        if (left.Count != right.Count)
        {
            return "the histories have other lengths";
        }

        for (int index = 0; index < left.Count; index++)
        {
            EpochMetrics one = left[index], other = right[index];
            bool sameSteps = (one.StepGradientNorms ?? []).SequenceEqual(other.StepGradientNorms ?? []) && one.StepGradientNorms is null == other.StepGradientNorms is null;
            bool sameLayers = one.LayerGradientNorms is null == other.LayerGradientNorms is null
                && (one.LayerGradientNorms ?? new Dictionary<string, double>()).SequenceEqual(other.LayerGradientNorms ?? new Dictionary<string, double>());
            if (!sameSteps || !sameLayers || one with { StepGradientNorms = null, LayerGradientNorms = null } != other with { StepGradientNorms = null, LayerGradientNorms = null })
            {
                return $"epoch {index + 1} of the history differs";
            }
        }

        return null;
    }
}
