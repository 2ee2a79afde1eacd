using MLNet.RandomPruning.Core.Tests.Training;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Evaluation.Robustness;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Evaluation.Robustness;

/// <summary>Figures under perturbations: against a model whose robustness is known on paper, and on a small trained network.</summary>
[TestClass]
public sealed class RobustnessEvaluatorTests
{
    private static readonly ImageShape Shape = new(1, 8, 8);
    private static readonly Network Network = ResNet.Parse("ResNet-8-2").Build(Shape, 3);

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(7, 3)]
    [DataRow(64, 2)]
    [DataRow(1000, 1)]
    public void Accuracy_and_loss_under_attack_of_a_linear_model_are_those_worked_on_paper(int batchSize, int threads)
    {
        var (engine, images) = LinearModel();
        AdversarialAttack[] attacks = [.. new[] { 0, 0.01, 0.05, 0.1, 0.2 }.SelectMany(epsilon => new[] { AdversarialAttack.FastGradientSign(epsilon), AdversarialAttack.ProjectedGradient(epsilon, 5) })];
        var result = new RobustnessEvaluator(images, batchSize) { NumberOfThreads = threads }.Evaluate(engine, attacks);

        Assert.AreEqual(images.Count, result.Clean.Summary.Count);
        foreach (var (attack, found) in attacks.Prepend(null).Zip(result.Perturbed.Prepend(result.Clean)))
        {
            // Bytes from 64 to 191 are never clipped, so an attack lowers each margin by ε·Σ|w| exactly.
            double epsilon = attack?.Strength ?? 0, worst = epsilon * LinearWeights().Sum(Math.Abs);
            double[] margins = [.. Enumerable.Range(0, images.Count).Select(index => (images.Label(index) == 1 ? 1 : -1) * engine.Margin(Pixels(images, index)) - worst)];
            Assert.AreEqual(margins.Count(margin => margin > 0) / (double)images.Count, found.Summary.Accuracy, found.Name);
            Assert.AreEqual(margins.Average(margin => Math.Log(1 + Math.Exp(-margin))), found.Summary.LogLoss, 1e-5, found.Name);
            CollectionAssert.AreEqual(margins.Select(margin => margin > 0).ToArray(), found.Correct.ToArray(), found.Name);
            Assert.AreEqual(epsilon, found.LargestChange, 1e-6, found.Name);
            Assert.AreEqual(8 * epsilon, found.MeanDistance, 1e-5, found.Name);
        }

        Assert.IsTrue(result.Perturbed[^1].Summary.Accuracy < 0.2 && result.Clean.Summary.Accuracy > 0.45);
    }

    [TestMethod]
    public void The_clean_figures_are_those_of_the_plain_evaluator_and_the_weights_stay()
    {
        var images = RobustnessSamples.Images(RobustnessSamples.Network.InputShape, 23, 5);
        using var engine = RobustnessSamples.Engine(batchSize: 8);
        var expected = new EngineEvaluator(images, 8).Evaluate(engine);
        var result = new RobustnessEvaluator(images, 8).Evaluate(engine, [AdversarialAttack.FastGradientSign(0.1), ImageCorruption.Create("contrast", 2)]);
        Assert.AreEqual(expected, result.Clean.Summary);
        Assert.AreEqual(expected, new EngineEvaluator(images, 8).Evaluate(engine));
    }

    [TestMethod]
    public void Results_of_the_engine_do_not_depend_on_threads_or_batch_size()
    {
        var images = RobustnessSamples.Images(RobustnessSamples.Network.InputShape, 37, 5);
        var perturbations = Perturbations.ParseList("fgsm:4/255,pgd:8/255:3,noise:8/255,corruptions");
        using var first = RobustnessSamples.Engine(batchSize: 37);
        var expected = new RobustnessEvaluator(images, 37) { Seed = 4 }.Evaluate(first, perturbations);
        foreach (var (batchSize, threads) in new[] { (1, 1), (10, 2), (16, 3) })
        {
            using var engine = RobustnessSamples.Engine(batchSize, threads);
            var found = new RobustnessEvaluator(images, batchSize) { Seed = 4, NumberOfThreads = threads }.Evaluate(engine, perturbations);
            Assert.AreEqual(expected.ToString(), found.ToString());
            foreach (var (left, right) in expected.Perturbed.Zip(found.Perturbed))
            {
                Assert.AreEqual((left.Name, left.Summary, left.LargestChange, left.MeanDistance), (right.Name, right.Summary, right.LargestChange, right.MeanDistance));
                CollectionAssert.AreEqual(left.Correct.ToArray(), right.Correct.ToArray(), left.Name);
            }
        }
    }

    [TestMethod]
    public void On_a_trained_network_more_steps_and_larger_strengths_never_help_the_model_and_chance_hurts_it_least()
    {
        const int Training = 1600, Test = 120;
        var network = ResNet.Parse("ResNet-8-8").Build(GeneratedImages.Shape, GeneratedImages.ClassNames.Count);
        var initial = WeightInitializer.KaimingNormal.Create(MaskGenerator.Generate(network, LayerwiseRatio.ErdosRenyiKernel, sparsity: 0.7, seed: 3), seed: 3);
        var trainingSet = GeneratedImages.Create(Training);
        using var engine = new SparseTrainingEngine(initial, PixelNormalization.Estimate(trainingSet), maximumBatchSize: 64, numberOfThreads: 2);
        new TrainingLoop
        {
            Recipe = new TrainingRecipe { Epochs = 5, BatchSize = 32, Schedule = new OneCycleSchedule(), Seed = 3 },
            TrainingSet = trainingSet,
        }.Run(engine, initial);

        var perturbations = Perturbations.ParseList(
            "fgsm:0,fgsm:1/255,fgsm:2/255,fgsm:4/255,pgd:1/255:5,pgd:2/255:5,pgd:4/255:5,pgd:16/255:5,pgd:4/255:2,pgd:4/255:10,noise:4/255,noise:16/255");
        var result = new RobustnessEvaluator(GeneratedImages.Create(Test, firstIndex: Training), batchSize: 64).Evaluate(engine, perturbations);
        PerturbationResult Of(string text) => result.Perturbed.Single(found => found.Name == Perturbations.Parse(text).Name);

        Assert.IsTrue(result.Clean.Summary.Accuracy > 0.6, $"{result}");
        Assert.AreEqual(result.Clean.Summary, Of("fgsm:0").Summary);
        foreach (string[] stronger in new string[][]
        {
            ["fgsm:0", "fgsm:1/255", "fgsm:2/255", "fgsm:4/255"],
            ["fgsm:0", "pgd:1/255:5", "pgd:2/255:5", "pgd:4/255:5", "pgd:16/255:5"],
            ["pgd:4/255:2", "pgd:4/255:5", "pgd:4/255:10"],
            ["fgsm:1/255", "pgd:1/255:5"],
            ["fgsm:2/255", "pgd:2/255:5"],
            ["fgsm:4/255", "pgd:4/255:5"],
            ["noise:4/255", "fgsm:4/255"],
            ["noise:16/255", "pgd:16/255:5"],
        })
        {
            foreach (var (weak, strong) in stronger.Zip(stronger.Skip(1)))
            {
                Assert.IsTrue(Of(strong).Summary.Accuracy <= Of(weak).Summary.Accuracy + 0.01, $"{strong} after {weak}:\n{result}");
                Assert.IsTrue(Of(strong).Summary.LogLoss >= Of(weak).Summary.LogLoss * 0.99, $"{strong} after {weak}:\n{result}");
            }
        }

        Assert.IsTrue(Of("noise:4/255").Summary.Accuracy > result.Clean.Summary.Accuracy - 0.05, $"{result}");
        Assert.IsTrue(Of("pgd:16/255:5").Summary.Accuracy < 0.1, $"{result}");
    }

    [TestMethod]
    public void Curves_means_and_the_table_come_from_the_results()
    {
        var (engine, images) = LinearModel();
        var result = new RobustnessEvaluator(images, 50) { Seed = 12 }.Evaluate(
            engine, Perturbations.ParseList("fgsm:0.1,contrast:5,fgsm:0.01,contrast:1,brightness:2,pgd:0.1:3"));

        Assert.AreEqual(12, result.Seed);
        CollectionAssert.AreEqual(new[] { "FGSM", "contrast", "brightness", "PGD(steps=3, random start)" }, result.Families.ToArray());
        CollectionAssert.AreEqual(new[] { "clean", "FGSM(0.01)", "FGSM(0.1)" }, result.Curve("FGSM").Select(point => point.Name).ToArray());
        CollectionAssert.AreEqual(new[] { 0.0, 1, 5 }, result.Curve("contrast").Select(point => point.Strength).ToArray());
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => result.Curve("fog")).Message, "brightness");

        double AccuracyOf(string name) => result.Perturbed.Single(found => found.Name == name).Summary.Accuracy;
        double mean = ((AccuracyOf("contrast:1") + AccuracyOf("contrast:5")) / 2 + AccuracyOf("brightness:2")) / 2;
        Assert.AreEqual(mean, result.MeanCorruptionAccuracy!.Value, 1e-12);

        string[] lines = result.ToString().Split('\n');
        Assert.AreEqual(10, lines.Length, result.ToString());
        StringAssert.StartsWith(lines[0], "200 images");
        StringAssert.StartsWith(lines[1], "clean");
        StringAssert.Contains(lines[2], "FGSM(0.1)");
        StringAssert.Contains(lines[2], FormattableString.Invariant($"{100 * AccuracyOf("FGSM(0.1)"):0.00} %"));
        CollectionAssert.AreEqual(new[] { "severity", "1", "2", "5", "mean" }, lines[6].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        StringAssert.StartsWith(lines[7], "contrast");
        StringAssert.Contains(lines[9], FormattableString.Invariant($"{100 * mean:0.00} %"));

        var none = new RobustnessEvaluator(images, 50).Evaluate(engine, []);
        Assert.IsNull(none.MeanCorruptionAccuracy);
        Assert.AreEqual(0, none.Perturbed.Count);
    }

    [TestMethod]
    public void Progress_counts_every_image_once_for_each_perturbation()
    {
        var (engine, images) = LinearModel();
        var seen = new List<RobustnessProgress>();
        new RobustnessEvaluator(images, 80) { Progress = new Listener(seen.Add) }.Evaluate(engine, Perturbations.ParseList("fgsm:0.1,contrast:1"));
        CollectionAssert.AreEqual(
            new[] { ("clean", 80L), ("clean", 160L), ("clean", 200L), ("FGSM(0.1)", 280L), ("FGSM(0.1)", 360L), ("FGSM(0.1)", 400L), ("contrast:1", 480L), ("contrast:1", 560L), ("contrast:1", 600L) },
            seen.Select(progress => (progress.Perturbation, progress.Done)).ToArray());
        Assert.IsTrue(seen.All(progress => progress.Total == 600));
    }

    [TestMethod]
    public void Cancellation_is_heard_between_batches()
    {
        var (engine, images) = LinearModel();
        using var source = new CancellationTokenSource();
        var evaluator = new RobustnessEvaluator(images, 10) { Progress = new Listener(_ => source.Cancel()) };
        Assert.ThrowsExactly<OperationCanceledException>(() => evaluator.Evaluate(engine, [], source.Token));
        Assert.AreEqual(1, engine.Predictions);
    }

    [TestMethod]
    public void What_does_not_fit_is_refused()
    {
        var (engine, images) = LinearModel();
        Assert.ThrowsExactly<ArgumentException>(() => new RobustnessEvaluator(images.Slice(0, 0), 10));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new RobustnessEvaluator(images, 0));
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => new RobustnessEvaluator(TrainingSamples.Images(3, shape: new ImageShape(3, 8, 8)), 2).Evaluate(engine, [])).Message, "3×8×8");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => new RobustnessEvaluator(RobustnessSamples.Images(Shape, 9, 4), 2).Evaluate(engine, [])).Message, "4 classes");
        Assert.ThrowsExactly<ArgumentException>(() => new RobustnessEvaluator(images, 2).Evaluate(engine, [null!]));

        using var broken = new LinearEngine(Network, [.. Enumerable.Repeat(float.NaN, 64)]);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => new RobustnessEvaluator(images, 2).Evaluate(broken, []));
        StringAssert.Contains(error.Message, "image 0 (clean)");
        using var sparse = RobustnessSamples.Engine(batchSize: 4);
        var others = RobustnessSamples.Images(RobustnessSamples.Network.InputShape, 9, 5);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => new RobustnessEvaluator(others, 8).Evaluate(sparse, [AdversarialAttack.FastGradientSign(0.1)])).Message, "1 to 4 images");
    }

    private static float[] LinearWeights()
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, 64).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    private static (LinearEngine Engine, ImageSet Images) LinearModel()
    {
        float[] weights = LinearWeights();
        var random = new Random(11);
        var builder = new ImageSetBuilder(Shape, ["zero", "one"]);
        var pixels = new byte[Shape.Size];
        for (int image = 0; image < 200; image++)
        {
            // Values lean a little towards their class, by a different amount in each image.
            double lean = random.NextDouble() * 40;
            for (int i = 0; i < pixels.Length; i++)
            {
                pixels[i] = (byte)(128 + random.Next(-20, 20) + lean * Math.Sign(weights[i]) * (image % 2 == 0 ? -1 : 1) * random.NextDouble());
            }

            builder.Add(pixels, image % 2);
        }

        return (new LinearEngine(Network, weights), builder.Build());
    }

    private static float[] Pixels(ImageSet images, int index) => [.. images.Image(index).ToArray().Select(value => value / 255f)];

    private sealed class Listener(Action<RobustnessProgress> told) : IProgress<RobustnessProgress>
    {
        public void Report(RobustnessProgress value) => told(value);
    }
}
