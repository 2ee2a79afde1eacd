using System.Diagnostics;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool.Benchmarking;

/// <summary>Measures a model's file, and how soon after it is opened there is a first prediction.</summary>
internal static class ModelBenchmark
{
    private const int Repetitions = 9;

    /// <summary>The length of the model's file in bytes, and the time from the file's bytes to the logits of one image.</summary>
    /// <param name="state">The trained network.</param>
    /// <param name="images">An image to score.</param>
    /// <param name="cancellationToken">Checked between repetitions.</param>
    public static (long Bytes, TimingSummary LoadAndScore) Measure(NetworkState state, ImageSet images, CancellationToken cancellationToken = default)
    {
        var model = new TrainedModel(state, PixelNormalization.Cifar10, images.ClassNames);
        string path = Path.Combine(Path.GetTempPath(), $"randprune-{Guid.NewGuid():N}.safetensors");
        try
        {
            model.Save(path);
            var times = new List<double>();
            var logits = new float[state.Network.ClassCount];
            var batch = new AugmentedBatch(images, 1);
            batch.Fill([0]);

            // The first time compiles the code, which a process that scores has behind it.
            for (int number = -1; number < Repetitions; number++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long start = Stopwatch.GetTimestamp();
                var loaded = TrainedModel.Load(path);
                using var predictor = new SparsePredictor(loaded.State, loaded.Normalization);
                predictor.Predict(batch, logits);
                if (number >= 0)
                {
                    times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
            }

            return (new FileInfo(path).Length, TimingSummary.Of(times)!);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
