using System.Diagnostics;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Torch;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.CudaCheck;

/// <summary>What one training came to.</summary>
/// <param name="Precision">The engine's precision.</param>
/// <param name="TrainLoss">The mean loss over the last epoch, in nats.</param>
/// <param name="TestAccuracy">The share of test images classified correctly.</param>
/// <param name="TestLogLoss">The mean cross-entropy over the test images, in nats.</param>
/// <param name="Seconds">The wall-clock time of the whole training.</param>
internal sealed record TrainingRow(string Precision, double TrainLoss, double TestAccuracy, double TestLogLoss, double Seconds);

/// <summary>Trains from scratch on generated images, in each precision with the same seed.</summary>
internal static class TrainingCheck
{
    public const double Sparsity = 0.9;

    public static IReadOnlyList<TrainingRow> Run(Subject subject)
    {
        var sizes = subject.Sizes;
        var images = GeneratedImages.Create(sizes.TrainingImages, seed: 7);
        var evaluator = new EngineEvaluator(GeneratedImages.Create(sizes.TestImages, seed: 7, firstIndex: sizes.TrainingImages), sizes.TrainingBatchSize);
        var initial = subject.Initial(Sparsity);
        List<TrainingRow> rows = [];
        foreach (var precision in (TorchPrecision[])[TorchPrecision.Float32, TorchPrecision.BFloat16])
        {
            using var engine = subject.Torch(initial, sizes.TrainingBatchSize, precision);
            var loop = new TrainingLoop
            {
                TrainingSet = images,
                Recipe = new TrainingRecipe { Epochs = sizes.Epochs, BatchSize = sizes.TrainingBatchSize, Schedule = new OneCycleSchedule() },
            };
            var clock = Stopwatch.StartNew();
            var result = loop.Run(engine, initial);
            double seconds = clock.Elapsed.TotalSeconds;
            var summary = evaluator.Evaluate(engine);
            rows.Add(new TrainingRow(precision.ToString(), result.History[^1].TrainLoss, summary.Accuracy, summary.LogLoss, seconds));
        }

        var table = new TextTable(
            $"Training: {sizes.Network}, ERK {Sparsity:P0}, {sizes.Epochs} epochs of {sizes.TrainingImages} generated images, batch {sizes.TrainingBatchSize}, {sizes.TestImages} test images",
            ["precision", "train loss", "test accuracy", "test log-loss", "seconds"]);
        foreach (var row in rows)
        {
            table.Add([row.Precision, $"{row.TrainLoss:F4}", $"{row.TestAccuracy:P2}", $"{row.TestLogLoss:F4}", $"{row.Seconds:F1}"]);
        }

        table.Print();
        return rows;
    }
}
