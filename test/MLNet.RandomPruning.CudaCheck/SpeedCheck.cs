using System.Diagnostics;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Torch;

namespace MLNet.RandomPruning.CudaCheck;

/// <summary>How long training steps took.</summary>
/// <param name="ImagesPerSecond">The batch size by the median time of a step.</param>
/// <param name="Milliseconds">The median time of a step, in milliseconds.</param>
/// <param name="TenthPercentile">A tenth of the steps took less, in milliseconds.</param>
/// <param name="NinetiethPercentile">A tenth of the steps took more, in milliseconds.</param>
internal sealed record SpeedRow(
    string Precision, int BatchSize, int Steps, double ImagesPerSecond, double Milliseconds, double TenthPercentile, double NinetiethPercentile);

/// <summary>
/// Measures whole training steps: choosing and placing the images, forward, backward and update. Each step ends with its loss on
/// the host, so that the device has done everything when the clock is read. On CUDA the images lie on the device.
/// </summary>
internal static class SpeedCheck
{
    private const double Sparsity = 0.9;
    private const int LargestSet = 8192;

    public static IReadOnlyList<SpeedRow> Run(Subject subject)
    {
        var sizes = subject.Sizes;
        int steps = sizes.WarmUpSteps + sizes.MeasuredSteps;
        var images = GeneratedImages.Create(Math.Min(LargestSet, steps * sizes.SpeedBatchSizes.Max()), seed: 9);
        List<SpeedRow> rows = [];
        foreach (int batchSize in sizes.SpeedBatchSizes)
        {
            foreach (var precision in (TorchPrecision[])[TorchPrecision.Float32, TorchPrecision.TensorFloat32, TorchPrecision.BFloat16])
            {
                rows.Add(Measure(subject, images, batchSize, precision));
            }
        }

        var table = new TextTable(
            $"Training steps: {sizes.Network}, ERK {Sparsity:P0}, median of {sizes.MeasuredSteps} steps after {sizes.WarmUpSteps} to warm up",
            ["batch", "precision", "images/s", "ms a step", "10 % below", "10 % above"]);
        foreach (var row in rows)
        {
            table.Add([
                $"{row.BatchSize}", row.Precision, $"{row.ImagesPerSecond:N0}", $"{row.Milliseconds:F2}", $"{row.TenthPercentile:F2}", $"{row.NinetiethPercentile:F2}"]);
        }

        table.Print();
        return rows;
    }

    private static SpeedRow Measure(Subject subject, ImageSet images, int batchSize, TorchPrecision precision)
    {
        var sizes = subject.Sizes;
        var initial = subject.Initial(Sparsity);
        var batch = new AugmentedBatch(images, batchSize);
        using var engine = subject.Torch(initial, batchSize, precision);
        double[] milliseconds = new double[sizes.MeasuredSteps];
        for (int number = -sizes.WarmUpSteps; number < milliseconds.Length; number++)
        {
            long start = Stopwatch.GetTimestamp();
            Subject.Fill(batch, number + sizes.WarmUpSteps);
            engine.TrainStep(batch, Subject.Step);
            if (number >= 0)
            {
                milliseconds[number] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        Array.Sort(milliseconds);
        double median = Quantile(milliseconds, 0.5);
        return new SpeedRow(
            precision.ToString(), batchSize, milliseconds.Length, 1000 * batchSize / median, median, Quantile(milliseconds, 0.1), Quantile(milliseconds, 0.9));
    }

    /// <summary>A quantile of sorted values, between two of them in a straight line.</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
