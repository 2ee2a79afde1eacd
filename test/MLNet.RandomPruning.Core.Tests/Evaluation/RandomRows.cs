using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Core.Tests.Evaluation;

/// <summary>Rows of logits and labels that a classifier might give, for tests of what holds for any rows.</summary>
internal static class RandomRows
{
    /// <param name="pull">How much larger the label's logit is in the mean.</param>
    public static (float[] Logits, int[] Labels) Create(int seed, int rows, int classes, double pull = 2, double scale = 2)
    {
        var random = new KeyedRandom(seed, RandomPurpose.GeneratedImages, rows);
        float[] logits = new float[rows * classes];
        int[] labels = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            labels[row] = random.NextInt(classes);
            for (int index = 0; index < classes; index++)
            {
                logits[row * classes + index] = (float)(scale * (random.NextGaussian() + (index == labels[row] ? pull : 0)));
            }
        }

        return (logits, labels);
    }

    public static float[] Softmax(float[] logits, int classes, double temperature = 1)
    {
        float[] probabilities = new float[logits.Length];
        for (int start = 0; start < logits.Length; start += classes)
        {
            double[] row = [.. logits.Skip(start).Take(classes).Select(logit => Math.Exp(logit / temperature))];
            for (int index = 0; index < classes; index++)
            {
                probabilities[start + index] = (float)(row[index] / row.Sum());
            }
        }

        return probabilities;
    }
}
