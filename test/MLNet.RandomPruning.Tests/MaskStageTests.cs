using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tests;

/// <summary>The mask stage: masks made before training, carried by a column, used by the trainer.</summary>
[TestClass]
public sealed class MaskStageTests
{
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public static IEnumerable<object[]> Ratios =>
        LayerwiseRatio.All.Select(ratio => ratio.Name).Append("Custom(conv=1,blocks.*=0.3,fc=0.5)").Select(name => new object[] { name });

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DynamicData(nameof(Ratios))]
    public void StageAndTrainerMakeTheSameMasks(string ratio)
    {
        var data = Keyed(ColourImages.Rows(45));
        var options = ColourImages.Options();
        options.LayerwiseRatio = ratio;
        options.Sparsity = ratio == "Dense" ? 0 : 0.6;
        options.Saliency = new SaliencyOptions { BatchSize = 20, SamplesPerClass = 5 };
        var alone = Trainer(options).Fit(data);

        var stage = _mlContext.Transforms.GenerateRandomMask(StageOptions(options));
        var masks = stage.Fit(data);
        var withColumn = ColourImages.Options();
        withColumn.MaskColumnName = "Mask";
        var staged = stage.Append(Trainer(withColumn)).Fit(data).LastTransformer;

        AssertSame(alone.Model.Mask, masks.Masks);
        AssertSame(alone.Model.Mask, staged.Model.Mask);
        CollectionAssert.AreEqual(ColourImages.Bytes(alone), ColourImages.Bytes(staged));
    }

    [TestMethod]
    [DataRow("Filter", "Uniform", 0.5)]
    [DataRow("Filter", "ERK", 0.3)]
    [DataRow("Channel", "Uniform", 0.5)]
    [DataRow("Kernel", "ERK", 0.6)]
    [DataRow("1x4", "ERK", 0.6)]
    [DataRow("2x2", "Uniform", 0.5)]
    [DataRow("2:4", "Uniform", 0.5)]
    public void EveryGranularityGoesThroughThePipeline(string granularity, string ratio, double sparsity)
    {
        var rows = ColourImages.Rows(120);
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var stage = _mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", layerwiseRatio: ratio, sparsity: sparsity, granularity: granularity, seed: 5);
        var options = ColourImages.Options(epochs: 2);
        options.MaskColumnName = "Mask";
        var pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Label").Append(stage).Append(Trainer(options))
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var model = pipeline.Fit(data);

        var trained = model.OfType<RandomPrunedResNetTransformer>().Single().Model;
        Assert.AreEqual(MaskGranularity.Parse(granularity).Name, trained.Mask.Origin!.Granularity);
        Assert.AreEqual(granularity is "Filter" or "Channel", trained.Mask.RemovesChannels);
        Assert.IsLessThan(0.8, trained.Mask.Density);
        AssertSame(MaskGenerator.Regenerate(trained.Network, trained.Mask.Origin!), trained.Mask);

        options.MaskColumnName = null;
        (options.LayerwiseRatio, options.Sparsity, options.Granularity) = (ratio, sparsity, granularity);
        CollectionAssert.AreEqual(
            ColourImages.Bytes(Trainer(options).Fit(Keyed(rows))), ColourImages.Bytes(model.OfType<RandomPrunedResNetTransformer>().Single()));

        string path = Path.Combine(_folder, "model.zip");
        _mlContext.Model.Save(model, data.Schema, path);
        ColourImages.AssertSame(ColourImages.Scores(_mlContext, model.Transform(data)), ColourImages.Scores(_mlContext, _mlContext.Model.Load(path, out _).Transform(data)));
    }

    [TestMethod]
    public void AFreshProcessLoadsThePipelineAndScores()
    {
        var rows = ColourImages.Rows(40);
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var options = ColourImages.Options();
        options.MaskColumnName = "Mask";
        var model = _mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(_mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", sparsity: 0.7, seed: 5))
            .Append(Trainer(options))
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        string path = Path.Combine(_folder, "model.zip"), images = Path.Combine(_folder, "images.bin");
        _mlContext.Model.Save(model, data.Schema, path);
        File.WriteAllBytes(images, [.. rows.SelectMany(row => row.Features)]);

        var lines = UserProgram.Run(UserProgram.PathOf("LoadApp"), path, images);

        var expected = _mlContext.Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false).Select(row =>
            $"{row.PredictedLabel} {string.Join(' ', row.Score.Select(score => BitConverter.SingleToUInt32Bits(score).ToString("x8", System.Globalization.CultureInfo.InvariantCulture)))}");
        CollectionAssert.AreEqual(expected.ToArray(), lines);

        var loaded = ((IEnumerable<ITransformer>)_mlContext.Model.Load(path, out _)).OfType<RandomMaskTransformer>().Single();
        AssertSame(model.OfType<RandomMaskTransformer>().Single().Masks, loaded.Masks);
        Assert.AreEqual(new MaskOrigin("ERK", 0.7, 5, MaskSampling.Exact), loaded.Masks.Origin);
        Assert.AreEqual("Mask", loaded.OutputColumnName);
    }

    [TestMethod]
    public void TheTransformerTellsWhatIsKept()
    {
        var masks = _mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", layerwiseRatio: "ERK+", sparsity: 0.7, seed: 3).Fit(Keyed(ColourImages.Rows(3)));

        var report = masks.Report;
        Assert.AreEqual("ResNet-8-4", report.Network);
        Assert.AreEqual("ERK+", report.Ratio);
        Assert.AreEqual((long)Math.Round(0.3 * report.Parameters), report.Kept);
        Assert.AreEqual(1.0, masks.Masks["fc"].Density);
        Assert.AreEqual(report.Kept, masks.Masks.Layers.Sum(layer => (long)layer.KeptIndices().Length));
        Assert.IsTrue(masks.IsRowToRowMapper);
    }

    [TestMethod]
    public void MasksTravelThroughOtherStages()
    {
        var data = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(45));
        var options = ColourImages.Options();
        var alone = ColourImages.Pipeline(_mlContext, options).Fit(data).LastTransformer;
        options.MaskColumnName = "Carried";
        options.LabelColumnName = "Class";
        var pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(_mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", sparsity: 0.5, seed: 5))
            .Append(_mlContext.Transforms.CopyColumns("Carried", "Mask"))
            .Append(_mlContext.Transforms.DropColumns("Mask"))
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("Name", "Label"))
            .Append(_mlContext.Transforms.Conversion.MapValueToKey("Class", "Name"))
            .Append(_mlContext.Transforms.SelectColumns("Carried", "Features", "Class"))
            .AppendCacheCheckpoint(_mlContext)
            .Append(Trainer(options));

        var staged = pipeline.Fit(data).LastTransformer;

        AssertSame(alone.Model.Mask, staged.Model.Mask);
        CollectionAssert.AreEqual(ColourImages.Bytes(alone), ColourImages.Bytes(staged));
    }

    private sealed class Everything : Prediction
    {
        public string Mask { get; set; } = "";
    }

    [TestMethod]
    public void AnEnginePredictsThroughTheStage()
    {
        var rows = ColourImages.Rows(30);
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var options = ColourImages.Options();
        options.MaskColumnName = "Mask";
        var model = _mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(_mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", seed: 5))
            .Append(Trainer(options))
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        var expected = ColourImages.Scores(_mlContext, model.Transform(data));

        using var engine = _mlContext.Model.CreatePredictionEngine<PixelRow, Everything>(model);
        for (int row = 0; row < rows.Length; row++)
        {
            var prediction = engine.Predict(rows[row]);
            Assert.AreEqual("ResNet-8-4", prediction.Mask);
            CollectionAssert.AreEqual(expected[row], prediction.Score);
        }
    }

    [TestMethod]
    public void TheColumnCostsNothingPerRow()
    {
        var watched = new WatchedDataView(_mlContext.Data.LoadFromGeneratedImages(20));
        var masks = _mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", seed: 1).Fit(watched);
        Assert.IsEmpty(watched.ColumnsAsked, "the schema tells the size of the images and the number of classes");

        var carried = masks.Transform(watched);
        Assert.IsTrue(carried.CanShuffle);
        Assert.AreEqual(20, carried.GetRowCount());
        using var cursor = carried.GetRowCursor([carried.Schema["Mask"], carried.Schema["Label"]]);
        CollectionAssert.AreEqual(new[] { "Label" }, watched.ColumnsAsked[0]);
        var name = cursor.GetGetter<ReadOnlyMemory<char>>(carried.Schema["Mask"]);
        var label = cursor.GetGetter<uint>(carried.Schema["Label"]);
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<VBuffer<byte>>(carried.Schema["Features"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<uint>(carried.Schema["Mask"]));
        int rows = 0;
        while (cursor.MoveNext())
        {
            ReadOnlyMemory<char> text = default;
            uint value = 0;
            name(ref text);
            label(ref value);
            Assert.AreEqual("ResNet-8-4", text.ToString());
            Assert.IsGreaterThan(0u, value);
            rows++;
        }

        Assert.AreEqual(20, rows);
        var mapper = masks.GetRowToRowMapper(watched.Schema);
        Assert.IsEmpty(mapper.GetDependencies([mapper.OutputSchema["Mask"]]));
    }

    private sealed class FileRow
    {
        public byte[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    [TestMethod]
    public void OnlyTheFirstRowIsReadWhereTheSchemaDoesNotTellTheSize()
    {
        string file = Path.Combine(_folder, "image.png");
        using (var image = MLImage.CreateFromPixels(8, 8, MLPixelFormat.Rgba32, new byte[4 * 64]))
        {
            image.Save(file);
        }

        byte[] bytes = File.ReadAllBytes(file);
        var watched = new WatchedDataView(Keyed(ColourImages.Names.Select(name => new FileRow { Features = bytes, Label = name })));
        var masks = _mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", seed: 1).Fit(watched);

        Assert.AreEqual(1, watched.RowsRead);
        Assert.AreEqual(new Networks.ImageShape(3, 8, 8), masks.Masks.Network.InputShape);
        Assert.AreEqual(3, masks.Masks.Network.ClassCount);
    }

    [TestMethod]
    public void WithoutASeedTheContextDecides()
    {
        NetworkMask Make(int seed)
        {
            var mlContext = new MLContext(seed);
            return mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4").Fit(mlContext.Data.LoadFromGeneratedImages(1)).Masks;
        }

        AssertSame(Make(1), Make(1));
        Assert.IsFalse(Make(1).Layers.Zip(Make(2).Layers).All(pair => pair.First.SameAs(pair.Second)));
    }

    [TestMethod]
    public void MasksAreSavedToAFileAndLoadedBack()
    {
        var data = Keyed(ColourImages.Rows(45));
        string path = Path.Combine(_folder, "masks.safetensors");
        var made = _mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", sparsity: 0.5, seed: 5).Fit(data);
        made.SaveMask(path);

        var load = _mlContext.Transforms.LoadMask(path, "Loaded");
        AssertSame(made.Masks, load.Masks);
        Assert.AreEqual(made.Masks.Origin, load.Masks.Origin);
        var options = ColourImages.Options();
        options.MaskColumnName = "Loaded";
        var watched = new WatchedDataView(data);
        Assert.AreEqual("Loaded", load.Fit(watched).OutputColumnName);
        Assert.IsEmpty(watched.ColumnsAsked);
        var fromFile = load.Append(Trainer(options)).Fit(data).LastTransformer;
        options.MaskColumnName = null;
        CollectionAssert.AreEqual(ColourImages.Bytes(Trainer(options).Fit(data)), ColourImages.Bytes(fromFile));
    }

    [TestMethod]
    public void OneModelsMasksServeAnotherTrainingOnLargerImages()
    {
        var small = _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-8-4", sparsity: 0.6, epochs: 1, seed: 2)
            .Fit(_mlContext.Data.LoadFromGeneratedImages(20));
        var rows = Enumerable.Range(0, 20).Select(index => new LargeRow { Features = [.. Enumerable.Range(0, 3 * 40 * 40).Select(at => (byte)(at * (index + 3)))], Label = (uint)(index % 10) });
        var large = _mlContext.Transforms.LoadMask(small.Model.Mask)
            .Append(_mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-8-4", epochs: 1, seed: 3, maskColumnName: "Mask"))
            .Fit(_mlContext.Data.LoadFromEnumerable(rows)).LastTransformer;

        AssertSame(small.Model.Mask, large.Model.Mask);
        Assert.AreEqual(new Networks.ImageShape(3, 40, 40), large.Model.Mask.Network.InputShape);
        Assert.IsGreaterThan(small.Model.Mask.MultiplyAdds, large.Model.Mask.MultiplyAdds);
    }

    private sealed class LargeRow
    {
        [VectorType(3, 40, 40)]
        public byte[] Features { get; set; } = [];

        [KeyType(10)]
        public uint Label { get; set; }
    }

    [TestMethod]
    public void LaterChangesOfTheOptionsDoNotReachAStage()
    {
        var options = new RandomMaskEstimator.Options { Network = "ResNet-8-4", Seed = 1 };
        var stage = _mlContext.Transforms.GenerateRandomMask(options);
        options.Network = "ResNet-14-4";
        Assert.AreEqual("ResNet-8-4", stage.Fit(Keyed(ColourImages.Rows(3))).Masks.Network.Name);
    }

    internal static void AssertSame(NetworkMask expected, NetworkMask actual)
    {
        Assert.HasCount(expected.Layers.Count, actual.Layers);
        foreach (var (first, second) in expected.Layers.Zip(actual.Layers))
        {
            Assert.IsTrue(first.SameAs(second), $"the masks of layer '{first.Layer.Name}' differ");
        }

        Assert.AreEqual(expected.RemovesChannels, actual.RemovesChannels);
    }

    private static RandomMaskEstimator.Options StageOptions(RandomPrunedResNetTrainer.Options options) => new()
    {
        Network = options.Network,
        LayerwiseRatio = options.LayerwiseRatio,
        Sparsity = options.Sparsity,
        Saliency = options.Saliency,
        Seed = options.Seed,
        NumberOfThreads = 1,
    };

    private IDataView Keyed<TRow>(IEnumerable<TRow> rows) where TRow : class
    {
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        return _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private RandomPrunedResNetTrainer Trainer(RandomPrunedResNetTrainer.Options options) => _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(options);
}
