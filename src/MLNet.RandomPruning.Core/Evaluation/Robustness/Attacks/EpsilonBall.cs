namespace MLNet.RandomPruning.Evaluation.Robustness.Attacks;

/// <summary>The images whose pixels differ from a clean image's by at most ε each and lie in [0, 1].</summary>
internal static class EpsilonBall
{
    /// <summary>The float in the ball that is nearest to a value, or next to it: never outside, by no rounding.</summary>
    /// <param name="clean">The clean pixel x, in [0, 1].</param>
    /// <param name="value">The value wished for.</param>
    /// <param name="epsilon">ε, from 0 to 1.</param>
    /// <returns>A pixel x' in [0, 1] with |x' − x| ≤ ε.</returns>
    public static float Project(float clean, double value, double epsilon)
    {
        float nearest = (float)Math.Clamp(value, Math.Max(0, clean - epsilon), Math.Min(1, clean + epsilon));

        // Rounding may have passed the edge of the ball by half a unit in the last place; 0 and 1 are floats and are not passed.
        while ((double)nearest - clean > epsilon)
        {
            nearest = MathF.BitDecrement(nearest);
        }

        while ((double)clean - nearest > epsilon)
        {
            nearest = MathF.BitIncrement(nearest);
        }

        return nearest;
    }

    /// <summary>Moves each pixel of the batch by the step along the sign of its gradient, uphill, and back into the ball.</summary>
    /// <exception cref="InvalidOperationException">A gradient is not a number: the model has weights that are not finite, or overflows.</exception>
    public static void StepUphill(PerturbationContext context, double step, double epsilon)
    {
        var batch = context.Batch;
        var gradients = context.InputGradients();
        int size = batch.Shape.Size;
        for (int image = 0; image < batch.Count; image++)
        {
            var pixels = batch.Pixels(image);
            var clean = batch.CleanPixels(image);
            var gradient = gradients.Slice(image * size, size);
            for (int i = 0; i < pixels.Length; i++)
            {
                if (float.IsNaN(gradient[i]))
                {
                    throw new InvalidOperationException(
                        $"The gradient of image {batch.Indices[image]} is not a number, so it cannot be attacked: the model's weights or statistics are not finite or too large.");
                }

                pixels[i] = Project(clean[i], pixels[i] + step * Math.Sign(gradient[i]), epsilon);
            }
        }
    }
}
