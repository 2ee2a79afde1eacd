using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;
using static MLNet.RandomPruning.Core.Tests.Training.TrainingSamples;

namespace MLNet.RandomPruning.Core.Tests.Training;

/// <summary>Gradient norms of each step and of each layer: what they are, that they are saved, and that nothing depends on them.</summary>
[TestClass]
public sealed class GradientNormTests
{
    private static readonly ImageShape Colour = new(3, 12, 10);
    private static readonly ImageSet Training = Images(50, shape: Colour);
    private static readonly TrainingRecipe Plain = TrainingSamples.Recipe with { Epochs = 2, BatchSize = 20, LearningRate = 0.1 };
    private static readonly TrainingRecipe Tracked = Plain with { TrackStepGradientNorms = true, TrackLayerGradientNorms = true };

    [TestMethod]
    public void They_are_the_norms_of_the_gradients_that_the_steps_were_taken_along()
    {
        var result = Run(Tracked, null, out var steps);
        var layers = result.State.Network.WeightLayers;
        Assert.HasCount(6, steps);
        for (int epoch = 0; epoch < 2; epoch++)
        {
            var metrics = result.History[epoch];
            var taken = steps.GetRange(3 * epoch, 3);
            Assert.HasCount(3, metrics.StepGradientNorms!);
            for (int step = 0; step < 3; step++)
            {
                Assert.AreEqual(Math.Sqrt(taken[step].Sum(norm => norm * norm)), metrics.StepGradientNorms![step], 1e-6 * metrics.GradientNorm);
            }

            Assert.AreEqual(metrics.GradientNorm, metrics.StepGradientNorms!.Average(), 1e-12 * metrics.GradientNorm);
            CollectionAssert.AreEqual(layers.Select(layer => layer.Name).ToArray(), metrics.LayerGradientNorms!.Keys.ToArray());
            for (int layer = 0; layer < layers.Count; layer++)
            {
                double mean = taken.Average(norms => norms[layer]);
                Assert.AreEqual(mean, metrics.LayerGradientNorms![layers[layer].Name], 1e-6 * mean, layers[layer].Name);
            }
        }
    }

    [TestMethod]
    public void The_model_does_not_depend_on_them_and_without_asking_there_are_none()
    {
        var plain = Run(Plain, null, out _);
        Assert.IsTrue(plain.History.All(epoch => epoch.StepGradientNorms is null && epoch.LayerGradientNorms is null));
        TrainingSamples.AssertSameBits(plain.State, Run(Tracked, null, out _).State);
        var stepsOnly = Run(Plain with { TrackStepGradientNorms = true }, null, out _);
        Assert.IsTrue(stepsOnly.History.All(epoch => epoch.StepGradientNorms is not null && epoch.LayerGradientNorms is null));
    }

    [TestMethod]
    public void They_come_back_from_the_model_file()
    {
        var result = Run(Tracked, null, out _);
        var model = new TrainedModel(result.State, PixelNormalization.Cifar10, ["a", "b", "c"], result.History);
        using var file = new MemoryStream();
        model.Save(file);
        file.Position = 0;
        AssertSameNorms(result.History, TrainedModel.Load(file).History);
    }

    [TestMethod]
    public void A_run_that_was_stopped_anywhere_has_those_of_the_straight_run()
    {
        var straight = Run(Tracked, null, out _);
        for (int stop = 1; stop < 6; stop++)
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("training.checkpoint");
            Assert.IsTrue(Run(Tracked, path, out _, stop).WasCancelled);
            var resumed = Run(Tracked, path, out _);
            AssertSameNorms(straight.History, resumed.History);
            TrainingSamples.AssertSameBits(straight.State, resumed.State);
        }
    }

    [TestMethod]
    public void An_engine_that_does_not_know_them_says_so()
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        var loop = new TrainingLoop { Recipe = TrainingSamples.Recipe with { TrackLayerGradientNorms = true }, TrainingSet = Images(16) };
        Assert.Contains("PooledPixel gives no gradient norm for each layer", Assert.ThrowsExactly<NotSupportedException>(() => loop.Run(engine, initial)).Message);
    }

    private static void AssertSameNorms(IReadOnlyList<EpochMetrics> expected, IReadOnlyList<EpochMetrics> actual)
    {
        Assert.HasCount(expected.Count, actual);
        foreach (var (left, right) in expected.Zip(actual))
        {
            CollectionAssert.AreEqual(left.StepGradientNorms!.ToArray(), right.StepGradientNorms!.ToArray());
            CollectionAssert.AreEqual(left.LayerGradientNorms!.ToArray(), right.LayerGradientNorms!.ToArray());
        }
    }

    // Each step's gradients are computed once more, and their norms taken layer by layer.
    private static TrainingResult Run(TrainingRecipe recipe, string? path, out List<double[]> steps, int cancelAt = 0)
    {
        var initial = WeightInitializer.KaimingNormal.Create(Mask(shape: Colour), 17);
        using var source = new CancellationTokenSource();
        var found = new List<double[]>();
        using var engine = new WatchedEngine(new SparseTrainingEngine(initial, PixelNormalization.Cifar10, 20, 2), gradients =>
        {
            found.Add([.. gradients.Network.WeightLayers.Select(layer => Math.Sqrt(gradients[$"{layer.Name}.weight"].Sum(value => (double)value * value)))]);
            if (found.Count == cancelAt)
            {
                source.Cancel();
            }
        });
        var result = new TrainingLoop { Recipe = recipe, TrainingSet = Training, CheckpointPath = path, Resume = path is not null }.Run(engine, initial, source.Token);
        steps = found;
        return result;
    }

    private sealed class WatchedEngine(SparseTrainingEngine inner, Action<NetworkState> beforeStep) : ITrainingEngine
    {
        public string Name => inner.Name;

        public Network Network => inner.Network;

        public void Load(NetworkState state, NetworkState? momentum = null) => inner.Load(state, momentum);

        public void Read(NetworkState state, NetworkState? momentum = null) => inner.Read(state, momentum);

        public StepResult TrainStep(ImageBatch batch, in SgdStep step)
        {
            var state = new NetworkState(Mask(shape: Colour));
            inner.ComputeGradients(batch, step.LabelSmoothing, state);
            beforeStep(state);
            return inner.TrainStep(batch, step);
        }

        public StepResult ComputeGradients(ImageBatch batch, float labelSmoothing, NetworkState gradients) => inner.ComputeGradients(batch, labelSmoothing, gradients);

        public void LayerGradientNorms(Span<double> norms) => inner.LayerGradientNorms(norms);

        public void Predict(ImageBatch batch, Span<float> logits) => inner.Predict(batch, logits);

        public void InputGradients(ImageBatch batch, Span<float> gradients) => inner.InputGradients(batch, gradients);

        public void Dispose() => inner.Dispose();
    }
}
