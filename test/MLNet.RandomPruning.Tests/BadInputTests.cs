using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tests;

/// <summary>Each wrong input ends in one sentence that says what is wrong, where, and what to do.</summary>
[TestClass]
public sealed class BadInputTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    private sealed class NoLabel
    {
        [VectorType(3, 8, 8)]
        public byte[] Features { get; set; } = [];
    }

    private sealed class FloatLabel
    {
        [VectorType(3, 8, 8)]
        public byte[] Features { get; set; } = [];

        public float Label { get; set; }
    }

    private sealed class Singles
    {
        [VectorType(3, 8, 8)]
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    private sealed class UnsizedSingles
    {
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    private sealed class Files
    {
        public byte[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    private sealed class OddVector
    {
        [VectorType(191)]
        public byte[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    private sealed class Interleaved
    {
        [VectorType(8, 8, 3)]
        public byte[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    private sealed class Texts
    {
        public string Features { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class Name
    {
        public string Label { get; set; } = "";
    }

    private sealed class Doubles
    {
        [VectorType(3, 8, 8)]
        public double[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    private sealed class Images
    {
        [ImageType(ColourImages.Side, ColourImages.Side)]
        public MLImage? Features { get; set; }

        public string Label { get; set; } = "";
    }

    [TestMethod]
    public void MissingLabelColumn() => AssertFails(
        ColourImages.Rows(6).Select(row => new NoLabel { Features = row.Features }), pipeline: Trainer(mapLabels: false),
        "Label column 'Label' not found", "'Features'");

    [TestMethod]
    public void MissingFeatureColumn() => AssertFails(
        ColourImages.Rows(6), Trainer(options => options.FeatureColumnName = "Pixels"), "Feature column 'Pixels' not found", "'Features'");

    [TestMethod]
    public void AFeatureColumnThatIsGoneMayHaveBeenLostInACache()
    {
        var images = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(6).Select(row => new Images { Features = ColourFiles.Image(row, MLPixelFormat.Rgba32), Label = row.Label }));
        var lost = _mlContext.Transforms.DropColumns("Features").Fit(images).Transform(images);
        var keyed = _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(lost).Transform(lost);
        AssertFails(keyed, Trainer(mapLabels: false), "Feature column 'Features' not found", "AppendCacheCheckpoint", "ShuffleRows");
    }

    [TestMethod]
    public void LabelOfTypeSingle() => AssertFails(
        ColourImages.Rows(6).Select(row => new FloatLabel { Features = row.Features, Label = 1 }), pipeline: Trainer(mapLabels: false),
        "Label column 'Label' is Single", "must be a key", "mlContext.Transforms.Conversion.MapValueToKey(\"Label\")");

    [TestMethod]
    public void TextLabel() => AssertFails(
        ColourImages.Rows(6), Trainer(mapLabels: false), "must be a key", "mlContext.Transforms.Conversion.MapValueToKey(\"Label\")");

    [TestMethod]
    public void WrongLabelIsNoticedBeforeEarlierStagesAreFitted()
    {
        var watched = new WatchedDataView(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(6)));
        var pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Other", "Label").Append(Trainer(mapLabels: false));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => pipeline.Fit(watched)).Message, "must be a key");
        Assert.IsEmpty(watched.ColumnsAsked);
    }

    [TestMethod]
    public void MissingLabelNamesTheRow()
    {
        var rows = ColourImages.Rows(6);
        rows[4].Label = "";
        AssertFails(rows, Trainer(), "Row 4", "column 'Label' holds no label", "FilterRowsByMissingValues");
    }

    [TestMethod]
    public void OneClassOnly()
    {
        var rows = ColourImages.Rows(6);
        foreach (var row in rows)
        {
            row.Label = "red";
        }

        AssertFails(rows, Trainer(), "key with 1 possible values", "from 2 to");
    }

    [TestMethod]
    public void NoRows() => AssertFails(Array.Empty<Singles>(), _mlContext.Transforms.Conversion.MapValueToKey("Label",
        keyData: _mlContext.Data.LoadFromEnumerable(ColourImages.Names.Select(name => new Name { Label = name }))).Append(Trainer(mapLabels: false)), "no rows");

    [TestMethod]
    public void WrongPixelCountNamesTheRow()
    {
        var rows = ColourImages.Rows(6);
        rows[3].Features = new byte[100];
        AssertFails(rows, Trainer(), "Row 3", "column 'Features' has 100 values", "192 (3×8×8");
    }

    [TestMethod]
    public void VectorThatIsNoSquareImage() => AssertFails(
        ColourImages.Rows(6).Select(row => new OddVector { Features = row.Features[1..], Label = row.Label }), Trainer(),
        "vector of 191 values", "[VectorType(3, 32, 32)]", "ImageHeight");

    [TestMethod]
    public void DeclaredSizeThatDoesNotFit() => AssertFails(
        ColourImages.Rows(6).Select(row => new OddVector { Features = row.Features[1..], Label = row.Label }),
        Trainer(options => (options.ImageHeight, options.ImageWidth) = (8, 8)), "vector of 191 values", "3×8×8");

    [TestMethod]
    public void InterleavedPixelsThatAreNotDeclaredSo() => AssertFails(
        ColourImages.Rows(6).Select(row => new Interleaved { Features = row.Features, Label = row.Label }), Trainer(), "8×8×3", "InterleavePixelColors");

    [TestMethod]
    [DataRow(float.NaN, "NaN at index 17")]
    [DataRow(300f, "300 at index 17, outside the pixel range from 0 to 255")]
    [DataRow(float.NegativeInfinity, "outside the pixel range")]
    public void PixelsThatAreNone(float value, string expected)
    {
        var rows = SingleRows(scale: 1);
        rows[2].Features[17] = value;
        AssertFails(rows, Trainer(), "Row 2", "column 'Features'", expected);
    }

    [TestMethod]
    public void PixelsFrom0To1WithTheRangeOfBytes() => AssertFails(SingleRows(scale: 1 / 255f), Trainer(), "No value of column 'Features' is above 1", "PixelMaximum");

    [TestMethod]
    public void SinglesOfUnknownSize() => AssertFails(
        SingleRows(1).Select(row => new UnsizedSingles { Features = row.Features, Label = row.Label }), Trainer(), "unknown size", "[VectorType(3, 32, 32)]");

    [TestMethod]
    public void OtherNumbers() => AssertFails(
        ColourImages.Rows(6).Select(row => new Doubles { Features = [.. row.Features.Select(value => (double)value)], Label = row.Label }), Trainer(),
        "vector of Double", "ConvertType");

    [TestMethod]
    public void Paths() => AssertFails(
        ColourImages.Rows(6).Select(row => new Texts { Features = "a.png", Label = row.Label }), Trainer(), "LoadImages");

    [TestMethod]
    public void BytesThatAreNoImageFile() => AssertFails(
        ColourImages.Rows(6).Select(row => new Files { Features = row.Features, Label = row.Label }), Trainer(),
        "Row 0", "192 bytes that are no PNG, JPEG or BMP", "[VectorType(3, 32, 32)]");

    [TestMethod]
    public void ImagesOfDifferentSize()
    {
        var rows = ColourImages.Rows(6).Select((row, index) => new Images { Features = ColourFiles.Image(row, MLPixelFormat.Rgba32, width: index == 5 ? 10 : 8), Label = row.Label }).ToArray();
        AssertFails(rows, Trainer(), "Row 5", "8 rows and 10 columns", "8 rows and 8 columns are expected", "ResizeImages(\"Features\", imageWidth: 8, imageHeight: 8)");
    }

    [TestMethod]
    public void MissingImage() => AssertFails(
        ColourImages.Rows(6).Select(row => new Images { Label = row.Label }), Trainer(), "Row 0", "holds no image");

    [TestMethod]
    public void ScoringImagesOfAnotherSize()
    {
        var model = ColourImages.Pipeline(_mlContext).Fit(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(30))).LastTransformer;
        var other = _mlContext.Data.LoadFromGeneratedImages(3);
        AssertMessage(Assert.ThrowsExactly<ArgumentException>(() => model.Transform(other)), "3×32×32", "3×8×8");
        AssertMessage(
            Assert.ThrowsExactly<ArgumentException>(() => model.GetOutputSchema(_mlContext.Data.LoadFromEnumerable([new FloatLabel()]).Schema["Label"].Annotations.Schema)),
            "Feature column 'Features' not found");
    }

    [TestMethod]
    public void LabelUnseenInTrainingIsReportedAtEvaluation()
    {
        var log = new List<string>();
        _mlContext.Log += (_, e) => log.Add(e.Message);
        var model = ColourImages.Pipeline(_mlContext).Fit(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(30)));
        var rows = ColourImages.Rows(9);
        rows[7].Label = "violet";

        var metrics = _mlContext.MulticlassClassification.Evaluate(model.Transform(_mlContext.Data.LoadFromEnumerable(rows)));

        Assert.AreEqual(8, metrics.ConfusionMatrix.Counts.Sum(row => row.Sum()));
        Assert.IsTrue(
            log.Any(line => line.Contains("Row 7", StringComparison.Ordinal) && line.Contains("was not seen in training", StringComparison.Ordinal) && line.Contains("'green'", StringComparison.Ordinal)),
            string.Join('\n', log));
    }

    [TestMethod]
    public void LabelsMappedToOtherKeysAreRefusedAtEvaluation()
    {
        var model = ColourImages.Pipeline(_mlContext).Fit(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(30))).LastTransformer;
        AssertMessage(EvaluationError<InvalidOperationException>(model, ["blue", "red", "green"]), "value 1 stands for 'blue', but in training it stood for 'red'", "MapValueToKey");
        AssertMessage(EvaluationError<InvalidDataException>(model, ["red", "green", "blue", "violet"]), "Row 3", "'violet', which was not seen in training");
    }

    [TestMethod]
    public void ValidationSetWithOtherKeys()
    {
        var validation = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(6).Reverse());
        AssertFails(
            ColourImages.Rows(30),
            Trainer(options => options.ValidationSet = _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(validation).Transform(validation)),
            "validation set cannot be used", "stands for 'blue', but in the training data it stands for 'red'");
    }

    [TestMethod]
    public void OptionsOutOfRange()
    {
        AssertMessage(OptionError(options => options.Sparsity = 1), "Sparsity is 1", "below 1");
        AssertMessage(OptionError(options => options.Sparsity = double.NaN), "Sparsity is NaN");
        AssertMessage(OptionError(options => options.Network = "ResNet-21-16"), "'ResNet-21-16' is not a known network", "6n + 2");
        AssertMessage(OptionError(options => options.Epochs = 0), "Epochs is 0");
        AssertMessage(OptionError(options => options.LearningRate = double.NaN), "LearningRate");
        AssertMessage(OptionError(options => options.NumberOfThreads = 0), "NumberOfThreads is 0");
        AssertMessage(OptionError(options => options.ValidationFraction = 1), "ValidationFraction is 1");
        AssertMessage(OptionError(options => options.ResumeFromCheckpoint = true), "CheckpointPath");
        AssertMessage(OptionError(options => options.PixelMaximum = 0), "PixelMaximum");
        AssertMessage(OptionError(options => options.ImageHeight = 8), "ImageHeight and ImageWidth go together");
        AssertMessage(Assert.Throws<ArgumentException>(() => _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(sparsity: 1.0)), "Sparsity is 1");
    }

    [TestMethod]
    public void SparsityThatANetworkCannotReach()
    {
        var error = Assert.Throws<PruningBudgetException>(
            () => Trainer(options => options.Sparsity = 0.9999).Fit(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(30))));
        StringAssert.Contains(error.Message, "ResNet-8-4");
    }

    [TestMethod]
    public void UnwritableCheckpoint()
    {
        var error = Assert.Throws<IOException>(() => Trainer(options => options.CheckpointPath = Path.Combine("/proc", "none", "training.ckpt"))
            .Fit(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(30))));
        StringAssert.Contains(error.Message, "training.ckpt");
    }

    [TestMethod]
    public void TruncatedCifarFile()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(folder, "test_batch.bin");
            File.WriteAllBytes(path, new byte[3 * 3073 - 5]);
            AssertMessage(Assert.Throws<InvalidDataException>(() => _mlContext.Data.LoadFromCifarBinary(folder, CifarSplit.Test)), "test_batch.bin");
            Assert.Throws<FileNotFoundException>(() => _mlContext.Data.LoadFromCifarBinary(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Singles[] SingleRows(float scale) =>
        [.. ColourImages.Rows(6).Select(row => new Singles { Features = [.. row.Features.Select(value => value * scale)], Label = row.Label })];

    private IEstimator<ITransformer> Trainer(Action<RandomPrunedResNetTrainer.Options>? change = null, bool mapLabels = true)
    {
        var options = ColourImages.Options();
        change?.Invoke(options);
        var trainer = _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(options);
        return mapLabels ? _mlContext.Transforms.Conversion.MapValueToKey("Label").Append(trainer) : trainer;
    }

    private ArgumentException OptionError(Action<RandomPrunedResNetTrainer.Options> change) => Assert.Throws<ArgumentException>(() => Trainer(change));

    private TError EvaluationError<TError>(RandomPrunedResNetTransformer model, string[] labels) where TError : Exception
    {
        var rows = ColourImages.Rows(labels.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i].Label = labels[i];
        }

        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var mapped = _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        return Assert.Throws<TError>(() => _mlContext.MulticlassClassification.Evaluate(model.Transform(mapped)));
    }

    private void AssertFails<TRow>(IEnumerable<TRow> rows, IEstimator<ITransformer> pipeline, params string[] parts) where TRow : class =>
        AssertFails(_mlContext.Data.LoadFromEnumerable(rows), pipeline, parts);

    private static void AssertFails(IDataView data, IEstimator<ITransformer> pipeline, params string[] parts)
    {
        var error = Assert.Throws<Exception>(() => pipeline.Fit(data));
        Assert.IsTrue(error is ArgumentException or InvalidDataException, error.ToString());
        AssertMessage(error, parts);
    }

    private static void AssertMessage(Exception error, params string[] parts)
    {
        foreach (string part in parts)
        {
            StringAssert.Contains(error.Message, part, error.ToString());
        }
    }
}
