using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

/// <summary>Draws from the Poisson distribution, with the same bits on every platform.</summary>
internal static class PoissonDistribution
{
    /// <summary>The largest mean.</summary>
    public const int MaximumMean = 1000;

    private static readonly double[] LogFactorial = MakeLogFactorial();

    /// <summary>
    /// A draw by inversion: the outcomes, from the mode k = ⌊λ⌋ outwards, divide [0, 1) among themselves by their probabilities
    /// e^(−λ)·λᵏ/k!, and a uniform number picks one. Takes about √λ steps.
    /// </summary>
    /// <param name="mean">λ, from 0 to <see cref="MaximumMean"/>.</param>
    /// <param name="random">Where the uniform number comes from; always one, whatever the mean.</param>
    public static int Draw(double mean, ref KeyedRandom random)
    {
        double left = random.NextDouble();
        if (mean == 0)
        {
            return 0;
        }

        int below = (int)mean, above = below;
        double lower = PortableMath.Exp(below * PortableMath.Log(mean) - mean - LogFactorial[below]);
        double upper = lower;
        left -= lower;
        while (left >= 0)
        {
            above++;
            upper *= mean / above;
            left -= upper;
            if (left < 0)
            {
                return above;
            }

            if (below > 0)
            {
                lower *= below / mean;
                below--;
                left -= lower;
            }
            else if (upper < 1e-18)
            {
                // All probabilities add up to 1 but for rounding; what is left belongs to no outcome.
                return (int)mean;
            }
        }

        return below;
    }

    private static double[] MakeLogFactorial()
    {
        var logs = new double[MaximumMean + 1];
        for (int k = 2; k < logs.Length; k++)
        {
            logs[k] = logs[k - 1] + PortableMath.Log(k);
        }

        return logs;
    }
}
