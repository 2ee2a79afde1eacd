using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation.Robustness;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Tests.Evaluation;

/// <summary>Attacks and corruptions of a model in a pipeline.</summary>
[TestClass]
public sealed class RobustnessTests
{
    private const string Texts = "fgsm:2/255, fgsm:24/255, PGD(24/255, steps=4), noise:24/255, contrast:5, pixelate:2";

    private static readonly MLContext MLContext = new(seed: 1);
    private static readonly PixelRow[] Rows = ColourImages.Rows(90, seed: 2);
    private static readonly IDataView Test = MLContext.Data.LoadFromEnumerable(Rows);
    private static readonly TransformerChain<RandomPrunedResNetTransformer> Model =
        ColourImages.Pipeline(MLContext, ColourImages.Options(epochs: 3)).Fit(MLContext.Data.LoadFromEnumerable(ColourImages.Rows(300)));

    private static MulticlassClassificationCatalog Catalog => MLContext.MulticlassClassification;

    [TestMethod]
    public void TheResultIsThatOfTheEngineOnTheImages()
    {
        var builder = new ImageSetBuilder(Model.LastTransformer.Model.Network.InputShape, ColourImages.Names);
        foreach (var row in Rows)
        {
            builder.Add(row.Features, Array.IndexOf(ColourImages.Names, row.Label));
        }

        var trained = Model.LastTransformer.Model;
        using var engine = SparseTrainingEngine.Create(trained.State, trained.Normalization, 90, 2);
        var expected = new RobustnessEvaluator(builder.Build(), 90) { Seed = 3 }.Evaluate(engine, Perturbations.ParseList(Texts));

        var whole = Catalog.EvaluateRobustness(Model, Test, Texts, seed: 3, engine: TrainingEngineKind.Sparse);
        var pieces = Catalog.EvaluateRobustness(
            Model, Test, Perturbations.ParseList(Texts), new RobustnessOptions { Seed = 3, BatchSize = 32, NumberOfThreads = 1, Engine = TrainingEngineKind.Sparse });

        Assert.AreEqual(expected.ToString(), whole.ToString());
        Assert.AreEqual(expected.ToString(), pieces.ToString());
        Assert.AreEqual(3, whole.Seed);
    }

    [TestMethod]
    public void TheCleanAccuracyIsTheEvaluatorsAndAttacksLowerIt()
    {
        var result = Catalog.EvaluateRobustness(Model, Test, Texts, engine: TrainingEngineKind.Sparse);
        var metrics = Catalog.Evaluate(Model.Transform(Test));
        Assert.AreEqual(metrics.MicroAccuracy, result.Clean.Summary.Accuracy, 1e-12);
        Assert.AreEqual(metrics.LogLoss, result.Clean.Summary.LogLoss, 1e-5);
        Assert.AreEqual(90, result.Clean.Summary.Count);
        var strong = result.Perturbed[1];
        Assert.IsGreaterThan(result.Clean.Summary.LogLoss, strong.Summary.LogLoss);
        Assert.IsGreaterThan(result.Perturbed[0].Summary.LogLoss, strong.Summary.LogLoss);
        Assert.AreEqual(24 / 255.0, strong.LargestChange, 1e-6);
    }

    private sealed class UnitRow
    {
        [VectorType(3, 8, 8)]
        public float[] Pixels { get; set; } = [];

        public string Class { get; set; } = "";
    }

    [TestMethod]
    public void ImagesAreReadAsTheTrainerReadsThem()
    {
        var options = ColourImages.Options(epochs: 3);
        options.FeatureColumnName = "Pixels";
        options.LabelColumnName = "Class";
        options.PixelMaximum = 1;
        IDataView Unit(PixelRow[] rows) => MLContext.Data.LoadFromEnumerable(
            rows.Select(row => new UnitRow { Pixels = [.. row.Features.Select(value => value / 255f)], Class = row.Label }).ToArray());
        var pipeline = MLContext.Transforms.Conversion.MapValueToKey("Class").Append(MLContext.MulticlassClassification.Trainers.RandomPrunedResNet(options))
            .Append(MLContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var model = pipeline.Fit(Unit(ColourImages.Rows(300)));

        Assert.AreEqual(
            Catalog.EvaluateRobustness(Model, Test, Texts, engine: TrainingEngineKind.Sparse).ToString(),
            Catalog.EvaluateRobustness(model, Unit(Rows), Texts, engine: TrainingEngineKind.Sparse).ToString());

        // The network alone takes data that is prepared already, and a chain may be in another.
        var keyed = ((IEnumerable<ITransformer>)Model).First().Transform(Test);
        var alone = Catalog.EvaluateRobustness(Model.LastTransformer, keyed, "fgsm:8/255", engine: TrainingEngineKind.Sparse);
        var nested = ((ITransformer)Model).Append(MLContext.Transforms.ScoreOutOfDistribution().Fit(Model.Transform(Test)));
        Assert.AreEqual(alone.ToString(), Catalog.EvaluateRobustness(nested, Test, "fgsm:8/255", engine: TrainingEngineKind.Sparse).ToString());
        var renamed = MLContext.Transforms.CopyColumns("Truth", "Label").Append(MLContext.Transforms.DropColumns("Label"));
        Assert.AreEqual(alone.ToString(), Catalog.EvaluateRobustness(
            Model.LastTransformer, renamed.Fit(keyed).Transform(keyed), [AdversarialAttack.FastGradientSign(8 / 255.0)],
            new RobustnessOptions { LabelColumnName = "Truth", Engine = TrainingEngineKind.Sparse }).ToString());
    }

    [TestMethod]
    public void ProgressIsToldAndCancellationHeard()
    {
        var seen = new List<RobustnessProgress>();
        using var source = new CancellationTokenSource();
        var options = new RobustnessOptions { BatchSize = 40, Engine = TrainingEngineKind.Sparse, Progress = new Told(seen.Add) };
        Catalog.EvaluateRobustness(Model, Test, [ImageCorruption.Create("contrast", 1)], options);
        Assert.HasCount(6, seen);
        Assert.AreEqual(new RobustnessProgress("contrast:1", 180, 180), seen[^1]);

        Assert.ThrowsExactly<OperationCanceledException>(() => Catalog.EvaluateRobustness(
            Model, Test, [AdversarialAttack.FastGradientSign(0.1)], options with { Progress = new Told(_ => source.Cancel()) }, source.Token));
        Assert.ThrowsExactly<OperationCanceledException>(() => Catalog.EvaluateRobustness(Model, Test, [], cancellationToken: source.Token));
    }

    [TestMethod]
    public void WrongInputIsNamed()
    {
        var labels = ((IEnumerable<ITransformer>)Model).First();
        Throws<ArgumentException>("no RandomPrunedResNetTransformer among its steps (ValueToKeyMappingTransformer)", () => Catalog.EvaluateRobustness(labels, Test, "fgsm:8/255"));
        Throws<ArgumentException>("2 of RandomPrunedResNetTransformer", () => Catalog.EvaluateRobustness(((ITransformer)Model).Append(Model.LastTransformer), Test, "fgsm:8/255"));
        Throws<ArgumentException>("'fog:2' is neither an attack nor a corruption", () => Catalog.EvaluateRobustness(Model, Test, "fog:2"));
        Throws<ArgumentException>("3×8×8", () => Catalog.EvaluateRobustness(Model.LastTransformer, MLContext.Data.LoadFromGeneratedImages(3), "fgsm:8/255"));
        Throws<ArgumentException>("Label column 'Truth' not found", () => Catalog.EvaluateRobustness(Model, Test, "fgsm:8/255", labelColumnName: "Truth"));
        Throws<ArgumentException>("BatchSize is 0", () => Catalog.EvaluateRobustness(Model, Test, [], new RobustnessOptions { BatchSize = 0 }));
        Throws<ArgumentException>("NumberOfThreads is 0", () => Catalog.EvaluateRobustness(Model, Test, [], new RobustnessOptions { NumberOfThreads = 0 }));
        Throws<InvalidDataException>("The data has no rows", () => Catalog.EvaluateRobustness(Model, MLContext.Data.LoadFromEnumerable(Array.Empty<PixelRow>()), "fgsm:8/255"));
        var unknown = MLContext.Data.LoadFromEnumerable([new PixelRow { Features = Rows[0].Features, Label = "purple" }]);
        Throws<InvalidDataException>("Row 0 (counted from 0): column 'Label' holds no label", () => Catalog.EvaluateRobustness(Model, unknown, "fgsm:8/255"));
    }

    private static void Throws<T>(string part, Action action) where T : Exception => StringAssert.Contains(Assert.Throws<T>(action).Message, part);

    /// <summary>Tells at once, on the same thread.</summary>
    private sealed class Told(Action<RobustnessProgress> tell) : IProgress<RobustnessProgress>
    {
        public void Report(RobustnessProgress value) => tell(value);
    }
}
