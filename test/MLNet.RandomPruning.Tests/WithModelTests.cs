using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tests;

/// <summary>A step of a pipeline takes another model, and everything else of it stays.</summary>
[TestClass]
public sealed class WithModelTests
{
    private const int Count = 60;

    private static readonly MLContext MLContext = new(seed: 1);
    private static readonly PixelRow[] Rows = ColourImages.Rows(Count);

    [TestMethod]
    public void ColumnsLabelsAndPixelRangeStay()
    {
        var floats = MLContext.Data.LoadFromEnumerable(Rows.Select(row => new FloatRow { Image = [.. row.Features.Select(pixel => pixel / 255f)], Class = row.Label }));
        var keyed = MLContext.Transforms.Conversion.MapValueToKey("Class").Fit(floats).Transform(floats);
        var options = ColourImages.Options();
        (options.FeatureColumnName, options.LabelColumnName, options.PixelMaximum) = ("Image", "Class", 1);
        var step = MLContext.MulticlassClassification.Trainers.RandomPrunedResNet(options).Fit(keyed);
        byte[] before = ColourImages.Bytes(step);

        // Another model of the same classes, trained on the same images as bytes.
        var bytes = MLContext.Data.LoadFromEnumerable(Rows);
        options = ColourImages.Options(epochs: 2);
        options.Seed = 6;
        var other = ColourImages.Pipeline(MLContext, options).Fit(bytes);
        var replaced = step.WithModel(other.LastTransformer.Model);

        Assert.AreEqual(("Image", "Class"), (replaced.FeatureColumnName, replaced.LabelColumnName));
        Assert.AreEqual(step.FeatureColumnType, replaced.FeatureColumnType);
        ColourImages.AssertSame(ColourImages.Scores(MLContext, other.Transform(bytes)), ColourImages.Scores(MLContext, replaced.Transform(keyed)));
        CollectionAssert.AreEqual(ColourImages.Bytes(other.LastTransformer), ColourImages.Bytes(replaced));
        CollectionAssert.AreEqual(before, ColourImages.Bytes(step), "the step that took the model has changed");
    }

    [TestMethod]
    public void AModelOfOtherImagesOrClassesIsRefused()
    {
        var step = ColourImages.Pipeline(MLContext).Fit(MLContext.Data.LoadFromEnumerable(Rows)).LastTransformer;
        var large = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 16, 16), 3);
        var model = new TrainedModel(new NetworkState(Pruning.NetworkMask.Dense(large)), step.Model.Normalization, step.Model.ClassNames);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => step.WithModel(model)).Message, "3×16×16");
        model = new TrainedModel(step.Model.State, step.Model.Normalization, [.. step.Model.ClassNames.Reverse()]);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => step.WithModel(model)).Message, "classes");
    }

    private sealed class FloatRow
    {
        [VectorType(3, ColourImages.Side, ColourImages.Side)]
        public float[] Image { get; set; } = [];

        public string Class { get; set; } = "";
    }
}
