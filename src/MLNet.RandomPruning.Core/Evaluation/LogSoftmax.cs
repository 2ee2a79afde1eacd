using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>The cross-entropy of a softmax from logits, computed in double without overflow and with the same bits on every platform.</summary>
public static class LogSoftmax
{
    /// <summary>
    /// The cross-entropy of one image, −ln softmax(z)ₗ = ln Σₖ exp(zₖ − m) − (zₗ − m) with m = max z, in nats. Not a number when a
    /// logit is not one or the largest is infinite.
    /// </summary>
    /// <param name="logits">The logits z, one a class.</param>
    /// <param name="label">The zero-based class index l.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public static double CrossEntropy(ReadOnlySpan<float> logits, int label)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(label, logits.Length);
        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            if (float.IsNaN(logit))
            {
                return double.NaN;
            }

            largest = Math.Max(largest, logit);
        }

        if (double.IsInfinity(largest))
        {
            return double.NaN;
        }

        // At least one term is exp(0) = 1, so the logarithm's argument is at least 1.
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += PortableMath.Exp(logit - largest);
        }

        return PortableMath.Log(sum) - (logits[label] - largest);
    }

    /// <summary>The index of the largest logit; of equal ones the first.</summary>
    /// <param name="logits">The logits, one a class, at least one.</param>
    public static int IndexOfLargest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int index = 1; index < logits.Length; index++)
        {
            if (logits[index] > logits[best])
            {
                best = index;
            }
        }

        return best;
    }
}
