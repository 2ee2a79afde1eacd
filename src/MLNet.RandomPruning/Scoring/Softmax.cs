namespace MLNet.RandomPruning.Scoring;

/// <summary>Turns logits into probabilities.</summary>
internal static class Softmax
{
    /// <summary>
    /// pᵢ = exp(zᵢ − max z)/Σⱼ exp(zⱼ − max z), in double precision; the largest exponent is 0, so nothing overflows.
    /// </summary>
    /// <param name="values">Takes logits and gives probabilities.</param>
    public static void InPlace(Span<float> values)
    {
        float largest = float.NegativeInfinity;
        foreach (float value in values)
        {
            largest = Math.Max(largest, value);
        }

        double sum = 0;
        foreach (float value in values)
        {
            sum += Math.Exp((double)value - largest);
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(Math.Exp((double)values[i] - largest) / sum);
        }
    }
}
