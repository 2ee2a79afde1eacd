using MLNet.RandomPruning.Core.Tests.SparseEngine;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Tests.Models;

/// <summary>Answers of a model: the predictor's bits, in every form that pixels come in; what follows from them; and what is refused.</summary>
[TestClass]
public sealed class PrunedModelTests
{
    private static readonly (string Network, ImageShape Shape, int Classes, double Density)[] Cases =
    [
        ("ResNet-8-4", new ImageShape(3, 16, 16), 5, 0.1),
        ("ResNet-8-3", new ImageShape(3, 9, 13), 2, 1.0),
        ("ResNet-14-2", new ImageShape(1, 20, 11), 7, 0.4),
        ("ResNet-8-2", new ImageShape(4, 12, 8), 3, 0.7),
    ];

    [TestMethod]
    public void AllFormsOfPixels_GiveTheBitsOfThePredictor()
    {
        foreach (var (name, shape, classes, density) in Cases)
        {
            var model = Model(name, shape, classes, density);
            using var predictor = new SparsePredictor(model.State, model.Normalization);
            foreach (int images in new[] { 1, 2, 16, 37 })
            {
                var planar = RandomBytes(images * shape.Size, seed: images);
                var floats = Array.ConvertAll(planar, value => value / 255f);
                var expected = new float[images * classes];
                predictor.Predict(new PixelBatch(shape, floats), expected);
                foreach (int threads in new[] { 1, 2, 3 })
                {
                    foreach (var layout in new[] { PixelLayout.Planar, PixelLayout.Interleaved })
                    {
                        using var pruned = new PrunedModel(model, new PrunedModelOptions { PixelLayout = layout, NumberOfThreads = threads });
                        Assert.AreEqual(layout, pruned.PixelLayout);
                        Assert.AreEqual(threads, pruned.NumberOfThreads);
                        var logits = new float[expected.Length];
                        pruned.PredictLogits(Arrange(planar, shape, layout), logits);
                        CollectionAssert.AreEqual(expected, logits, $"{name}: {images} images as bytes, {layout}, {threads} threads");
                        Array.Clear(logits);
                        pruned.PredictLogits(Arrange(floats, shape, layout), logits);
                        CollectionAssert.AreEqual(expected, logits, $"{name}: {images} images as floats, {layout}, {threads} threads");
                    }
                }
            }
        }
    }

    [TestMethod]
    public void ScoresClassesAndOutOfDistributionScores_FollowFromTheLogits()
    {
        const int Images = 19;
        foreach (var (name, shape, classes, density) in Cases)
        {
            using var model = new PrunedModel(Model(name, shape, classes, density));
            var bytes = RandomBytes(Images * shape.Size, seed: 3);
            var floats = Array.ConvertAll(bytes, value => value / 255f);
            float[] logits = new float[Images * classes], scores = new float[Images * classes], again = new float[Images * classes];
            double[] energies = new double[Images], defaults = new double[Images], ofFloats = new double[Images];
            int[] labels = new int[Images], floatLabels = new int[Images];
            model.PredictLogits(bytes, logits);
            model.Predict(bytes, scores);
            model.Predict(floats, again);
            CollectionAssert.AreEqual(scores, again);
            model.Predict(bytes, again, energies, "Energy(2)");
            CollectionAssert.AreEqual(scores, again);
            model.Predict(bytes, again, defaults);
            model.Predict(floats, again, ofFloats);
            CollectionAssert.AreEqual(scores, again);
            CollectionAssert.AreEqual(defaults, ofFloats);
            model.Classify(bytes, labels);
            model.Classify(floats, floatLabels);
            CollectionAssert.AreEqual(labels, floatLabels);
            for (int image = 0; image < Images; image++)
            {
                double[] row = [.. logits.Skip(image * classes).Take(classes)];
                double[] exponentials = [.. row.Select(logit => Math.Exp(logit - row.Max()))];
                for (int label = 0; label < classes; label++)
                {
                    Assert.AreEqual(exponentials[label] / exponentials.Sum(), scores[image * classes + label], 1e-7);
                }

                Assert.AreEqual(Array.IndexOf(row, row.Max()), labels[image]);
                Assert.AreEqual(-2 * Math.Log(row.Sum(logit => Math.Exp(logit / 2))), energies[image], 1e-9 * Math.Max(1, Math.Abs(energies[image])));
                Assert.AreEqual(-1 / exponentials.Sum(), defaults[image], 1e-12);

                var one = new float[classes];
                Assert.AreEqual(labels[image], model.Classify(bytes.AsSpan(image * shape.Size, shape.Size), one));
                CollectionAssert.AreEqual(scores[(image * classes)..((image + 1) * classes)], one);
                Assert.AreEqual(labels[image], model.Classify(floats.AsSpan(image * shape.Size, shape.Size), one));
            }
        }
    }

    [TestMethod]
    public void RoomBeyondWhatIsNeeded_IsLeftAlone()
    {
        using var model = Small();
        var scores = Enumerable.Repeat(-7f, 2 * model.ClassCount + 1).ToArray();
        var distances = new[] { 0.0, 0.0, 5.0 };
        var labels = new[] { -1, -1, -1 };
        var pixels = RandomBytes(2 * model.InputShape.Size, seed: 1);
        model.Predict(pixels, scores, distances);
        model.Classify(pixels, labels);
        Assert.AreEqual(-7f, scores[^1]);
        Assert.AreEqual(5.0, distances[2]);
        Assert.AreEqual(-1, labels[2]);
        Assert.AreNotEqual(-1, labels[1]);
    }

    [TestMethod]
    public void ALoadedModel_TellsWhatItIsAndAnswersTheSame()
    {
        var trained = TestModels.Model(TestModels.SeededMask());
        byte[] file = TestModels.Bytes(trained);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, file);
            using PrunedModel fromFile = PrunedModel.Load(path), fromStream = PrunedModel.Load(new OneWayStream(file)), direct = new(trained);
            var pixels = RandomBytes(direct.InputShape.Size, seed: 1);
            var expected = new float[direct.ClassCount];
            direct.Predict(pixels, expected);
            foreach (var model in new[] { fromFile, fromStream })
            {
                Assert.AreEqual(TestModels.Network.Name, model.Network.Name);
                Assert.AreEqual(TestModels.Network.InputShape, model.InputShape);
                Assert.AreEqual(TestModels.ClassNames.Length, model.ClassCount);
                CollectionAssert.AreEqual(TestModels.ClassNames, model.ClassNames.ToArray());
                CollectionAssert.AreEqual(PixelNormalization.Cifar10.Mean.ToArray(), model.Normalization.Mean.ToArray());
                Assert.AreEqual(trained.Mask.KeptCount, model.Mask.KeptCount);
                var scores = new float[model.ClassCount];
                model.Predict(pixels, scores);
                CollectionAssert.AreEqual(expected, scores);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void AnMLNetZip_IsRefusedWithWhatToDo()
    {
        byte[] zip = [(byte)'P', (byte)'K', 3, 4, 20, 0, 0, 0, 8, 0, .. new byte[100]];
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, zip);
            var fromFile = Assert.ThrowsExactly<InvalidDataException>(() => PrunedModel.Load(path));
            Assert.Contains(path, fromFile.Message);
            Assert.Contains("randprune export --format model", fromFile.Message);
            Assert.Contains("randprune export --format model", Assert.ThrowsExactly<InvalidDataException>(() => PrunedModel.Load(new OneWayStream(zip))).Message);
        }
        finally
        {
            File.Delete(path);
        }

        Assert.ThrowsExactly<FileNotFoundException>(() => PrunedModel.Load(path));
    }

    [TestMethod]
    public void PixelsThatAreNoWholeImages_AreRefused()
    {
        using var planar = Small();
        using var interleaved = Small(new PrunedModelOptions { PixelLayout = PixelLayout.Interleaved });
        int size = planar.InputShape.Size;
        var scores = new float[10 * planar.ClassCount];
        foreach (int length in new[] { 1, size - 1, size + 1, 2 * size - 1 })
        {
            foreach (var error in new[]
            {
                Assert.ThrowsExactly<ArgumentException>(() => planar.Predict(new byte[length], scores)),
                Assert.ThrowsExactly<ArgumentException>(() => planar.Predict(new float[length], scores)),
                Assert.ThrowsExactly<ArgumentException>(() => planar.Predict(new byte[length], scores, new double[10])),
                Assert.ThrowsExactly<ArgumentException>(() => planar.Predict(new float[length], scores, new double[10])),
                Assert.ThrowsExactly<ArgumentException>(() => planar.PredictLogits(new byte[length], scores)),
                Assert.ThrowsExactly<ArgumentException>(() => planar.PredictLogits(new float[length], scores)),
                Assert.ThrowsExactly<ArgumentException>(() => planar.Classify(new byte[length], new int[10])),
                Assert.ThrowsExactly<ArgumentException>(() => planar.Classify(new float[length], new int[10])),
                Assert.ThrowsExactly<ArgumentException>(() => planar.Classify(new byte[length], scores)),
                Assert.ThrowsExactly<ArgumentException>(() => planar.Classify(new float[length], scores)),
            })
            {
                Assert.AreEqual("pixels", error.ParamName);
                Assert.Contains($"{length} values", error.Message);
                Assert.Contains($"3×8×12 (channels×rows×columns) = {size} values", error.Message);
            }
        }

        Assert.Contains("8×12×3 (rows×columns×channels)", Assert.ThrowsExactly<ArgumentException>(() => interleaved.Predict(new byte[5], scores)).Message);
        Assert.Contains("no pixels", Assert.ThrowsExactly<ArgumentException>(() => planar.Predict(Array.Empty<byte>(), scores)).Message);
        Assert.Contains("One image", Assert.ThrowsExactly<ArgumentException>(() => planar.Classify(new byte[2 * size], scores)).Message);
    }

    [TestMethod]
    public void TooLittleRoom_IsRefused()
    {
        using var model = Small();
        int size = model.InputShape.Size, classes = model.ClassCount;
        byte[] bytes = new byte[2 * size];
        float[] floats = new float[2 * size], few = new float[2 * classes - 1], enough = new float[2 * classes];
        foreach (var error in new[]
        {
            Assert.ThrowsExactly<ArgumentException>(() => model.Predict(bytes, few)),
            Assert.ThrowsExactly<ArgumentException>(() => model.Predict(floats, few)),
            Assert.ThrowsExactly<ArgumentException>(() => model.PredictLogits(bytes, few)),
            Assert.ThrowsExactly<ArgumentException>(() => model.Predict(bytes, few, new double[2])),
        })
        {
            Assert.AreEqual("scores", error.ParamName);
            Assert.Contains($"{2 * classes} values", error.Message);
            Assert.Contains($"{2 * classes - 1}.", error.Message);
        }

        Assert.Contains("out-of-distribution", Assert.ThrowsExactly<ArgumentException>(() => model.Predict(bytes, enough, new double[1])).Message);
        Assert.Contains("out-of-distribution", Assert.ThrowsExactly<ArgumentException>(() => model.Predict(floats, enough, new double[1])).Message);
        Assert.Contains("class indices", Assert.ThrowsExactly<ArgumentException>(() => model.Classify(bytes, new int[1])).Message);
        Assert.Contains("class indices", Assert.ThrowsExactly<ArgumentException>(() => model.Classify(floats, new int[1])).Message);
    }

    [TestMethod]
    public void FloatsThatAreNoPixels_AreRefusedByPlaceAndValue()
    {
        using var planar = Small();
        using var interleaved = Small(new PrunedModelOptions { PixelLayout = PixelLayout.Interleaved });
        var shape = planar.InputShape;
        var scores = new float[2 * planar.ClassCount];
        var random = new Random(5);
        foreach (var (value, advice) in new[]
        {
            (float.NaN, "Look for the cause"), (float.PositiveInfinity, "Look for the cause"), (float.NegativeInfinity, "Look for the cause"),
            (MathF.BitDecrement(0), "Scale or clamp"), (MathF.BitIncrement(1), "by 255"), (255f, "by 255"), (1e9f, "Scale or clamp"),
        })
        {
            for (int trial = 0; trial < 20; trial++)
            {
                int channel = random.Next(shape.Channels), row = random.Next(shape.Height), column = random.Next(shape.Width), image = random.Next(2);
                string place = $"channel {channel}, row {row}, column {column} of image {image} ";
                foreach (var model in new[] { planar, interleaved })
                {
                    var pixels = new float[2 * shape.Size];
                    pixels.AsSpan().Fill(1);
                    pixels[image * shape.Size + (model == planar
                        ? (channel * shape.Height + row) * shape.Width + column
                        : (row * shape.Width + column) * shape.Channels + channel)] = value;
                    var error = Assert.ThrowsExactly<ArgumentException>(() => model.Predict(pixels, scores));
                    Assert.Contains(place, error.Message);
                    Assert.Contains(FormattableString.Invariant($" is {value};"), error.Message);
                    Assert.Contains(advice, error.Message);
                    Assert.ThrowsExactly<ArgumentException>(() => model.Classify(pixels, new int[2]));
                    Assert.ThrowsExactly<ArgumentException>(() => model.PredictLogits(pixels, scores));
                }
            }
        }
    }

    [TestMethod]
    public void OptionsOutOfRange_AreRefused()
    {
        var trained = Model("ResNet-8-2", new ImageShape(3, 8, 12), 4, 0.5);
        Assert.Contains("NumberOfThreads is 0", Assert.ThrowsExactly<ArgumentException>(() => new PrunedModel(trained, new PrunedModelOptions { NumberOfThreads = 0 })).Message);
        Assert.Contains("PixelLayout is 7", Assert.ThrowsExactly<ArgumentException>(() => new PrunedModel(trained, new PrunedModelOptions { PixelLayout = (PixelLayout)7 })).Message);
    }

    [TestMethod]
    public void WeightsSoLargeThatLogitsOverflow_GiveAnErrorAndNoNaN()
    {
        var trained = Model("ResNet-8-2", new ImageShape(3, 8, 12), 4, 1);
        trained.State["fc.weight"].AsSpan().Fill(float.MaxValue);
        trained.State["fc.bias"].AsSpan().Fill(float.MaxValue);
        using var model = new PrunedModel(trained);
        var pixels = RandomBytes(model.InputShape.Size, seed: 1);
        Assert.Contains("logit", Assert.ThrowsExactly<ScoreRowException>(() => model.Predict(pixels, new float[4])).Message);
    }

    [TestMethod]
    public void ACancelledCall_StopsAndTheModelGoesOn()
    {
        foreach (int threads in new[] { 1, 2 })
        {
            using var model = Small(new PrunedModelOptions { NumberOfThreads = threads });
            var pixels = RandomBytes(40 * model.InputShape.Size, seed: 1);
            var scores = new float[40 * model.ClassCount];
            var cancelled = new CancellationToken(canceled: true);
            Assert.ThrowsExactly<OperationCanceledException>(() => model.Predict(pixels, scores, cancelled));
            Assert.ThrowsExactly<OperationCanceledException>(() => model.Classify(pixels, new int[40], cancelled));
            model.Predict(pixels, scores);
            Assert.AreEqual(40, scores.Sum(), 1e-4);
        }
    }

    internal static PrunedModel Small(PrunedModelOptions? options = null) => new(Model("ResNet-8-2", new ImageShape(3, 8, 12), 4, 0.5), options);

    internal static TrainedModel Model(string network, ImageShape shape, int classes, double density) => new(
        TestNetworks.RandomState(ResNet.Parse(network).Build(shape, classes), density, seed: 11),
        new PixelNormalization([.. Enumerable.Range(0, shape.Channels).Select(channel => 0.4f + 0.05f * channel)], [.. Enumerable.Repeat(0.25f, shape.Channels)]),
        [.. Enumerable.Range(0, classes).Select(label => $"class {label}")]);

    internal static byte[] RandomBytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static T[] Arrange<T>(T[] planar, ImageShape shape, PixelLayout layout)
    {
        if (layout == PixelLayout.Planar)
        {
            return planar;
        }

        var values = new List<T>();
        for (int image = 0; image < planar.Length / shape.Size; image++)
        {
            for (int row = 0; row < shape.Height; row++)
            {
                for (int column = 0; column < shape.Width; column++)
                {
                    for (int channel = 0; channel < shape.Channels; channel++)
                    {
                        values.Add(planar[((image * shape.Channels + channel) * shape.Height + row) * shape.Width + column]);
                    }
                }
            }
        }

        return [.. values];
    }
}
