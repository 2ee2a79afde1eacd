using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Tests;

[TestClass]
public sealed class SaveLoadTests
{
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void AFreshProcessLoadsAndScoresWithoutARegistration()
    {
        var rows = ColourImages.Rows(40);
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var pipeline = ColourImages.Pipeline(_mlContext).Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var model = pipeline.Fit(data);
        string path = Path.Combine(_folder, "model.zip"), images = Path.Combine(_folder, "images.bin");
        _mlContext.Model.Save(model, data.Schema, path);
        File.WriteAllBytes(images, [.. rows.SelectMany(row => row.Features)]);

        var lines = RunLoadApp(path, images);

        var expected = _mlContext.Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false).Select(row =>
            $"{row.PredictedLabel} {string.Join(' ', row.Score.Select(score => BitConverter.SingleToUInt32Bits(score).ToString("x8", CultureInfo.InvariantCulture)))}");
        CollectionAssert.AreEqual(expected.ToArray(), lines);
    }

    [TestMethod]
    public void LoadedModelIsTheOneThatWasSaved()
    {
        var data = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(60));
        var options = ColourImages.Options(epochs: 2);
        options.PixelMaximum = 254;
        options.PixelMinimum = -1;
        var model = ColourImages.Pipeline(_mlContext, options).Fit(data);
        string path = Path.Combine(_folder, "model.zip");
        _mlContext.Model.Save(model, data.Schema, path);

        var mlContext = new MLContext();
        var loaded = mlContext.Model.Load(path, out var schema);

        Assert.IsNotNull(schema.GetColumnOrNull("Features"));
        ColourImages.AssertSame(ColourImages.Scores(_mlContext, model.Transform(data)), ColourImages.Scores(mlContext, loaded.Transform(data)));
        var transformer = (RandomPrunedResNetTransformer)((IEnumerable<ITransformer>)loaded).Last();
        CollectionAssert.AreEqual(ColourImages.Bytes(model.LastTransformer), ColourImages.Bytes(transformer));
        Assert.AreEqual("Features", transformer.FeatureColumnName);
        Assert.AreEqual("Label", transformer.LabelColumnName);
        Assert.HasCount(2, transformer.Model.History);

        string again = Path.Combine(_folder, "again.zip");
        mlContext.Model.Save(loaded, schema, again);
        Assert.AreEqual(new FileInfo(path).Length, new FileInfo(again).Length);
    }

    [TestMethod]
    public void SavedModelHoldsKeptWeightsOnly()
    {
        var data = _mlContext.Data.LoadFromGeneratedImages(20);
        long Length(double sparsity)
        {
            var model = _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-8-16", sparsity: sparsity, epochs: 1, seed: 1).Fit(data);
            string path = Path.Combine(_folder, $"{sparsity}.zip");
            _mlContext.Model.Save(model, data.Schema, path);
            return new FileInfo(path).Length;
        }

        Assert.IsLessThan(Length(0) / 4, Length(0.9));
    }

    private sealed class NumberedRow
    {
        [VectorType(3, 8, 8)]
        public byte[] Features { get; set; } = [];

        public int Label { get; set; }
    }

    private sealed class NumberPrediction
    {
        public int PredictedLabel { get; set; }
    }

    [TestMethod]
    public void LabelsKeepTheirTypeThroughAFile()
    {
        var rows = ColourImages.Rows(60).Select(row => new NumberedRow { Features = row.Features, Label = 100 * (1 + Array.IndexOf(ColourImages.Names, row.Label)) }).ToArray();
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var model = ColourImages.Pipeline(_mlContext).Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        string path = Path.Combine(_folder, "model.zip");
        _mlContext.Model.Save(model, data.Schema, path);

        var loaded = _mlContext.Model.Load(path, out _);

        int[] Labels(ITransformer transformer) =>
            [.. _mlContext.Data.CreateEnumerable<NumberPrediction>(transformer.Transform(data), reuseRowObject: false).Select(row => row.PredictedLabel)];
        CollectionAssert.AreEqual(Labels(model), Labels(loaded));
        Assert.IsTrue(Labels(loaded).All(label => label is 100 or 200 or 300));
    }

    private sealed class KeyRow
    {
        [VectorType(3, 8, 8)]
        public byte[] Features { get; set; } = [];

        [KeyType(3)]
        public uint Label { get; set; }
    }

    [TestMethod]
    public void KeysWithoutValuesAreNumbered()
    {
        var rows = ColourImages.Rows(60).Select(row => new KeyRow { Features = row.Features, Label = (uint)Array.IndexOf(ColourImages.Names, row.Label) });
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var model = _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(ColourImages.Options()).Fit(data);
        string path = Path.Combine(_folder, "model.zip");
        _mlContext.Model.Save(model, data.Schema, path);

        var scored = _mlContext.Model.Load(path, out _).Transform(data);

        CollectionAssert.AreEqual(new[] { "1", "2", "3" }, model.Model.ClassNames.ToArray());
        Assert.IsFalse(scored.Schema["Score"].HasSlotNames());
        Assert.AreEqual(60, _mlContext.MulticlassClassification.Evaluate(scored).ConfusionMatrix.Counts.Sum(row => row.Sum()));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(100)]
    [DataRow(2000)]
    public void TruncatedWeightsAreRefused(int length)
    {
        string path = SavedModel();
        Rewrite(path, bytes => bytes[..Math.Min(length, bytes.Length - 1)]);
        var error = Assert.Throws<Exception>(() => _mlContext.Model.Load(path, out _));
        Assert.IsTrue(Messages(error).Any(message => message.Contains("'Model.safetensors' of the model file cannot be used", StringComparison.Ordinal)), error.ToString());
    }

    [TestMethod]
    public void AModelWithoutWeightsIsRefused()
    {
        string path = SavedModel();
        Rewrite(path, _ => null);
        var error = Assert.Throws<Exception>(() => _mlContext.Model.Load(path, out _));
        Assert.IsTrue(Messages(error).Any(message => message.Contains("it has no entry 'Model.safetensors'", StringComparison.Ordinal)), error.ToString());
    }

    [TestMethod]
    public void ATruncatedFileIsRefused()
    {
        string path = SavedModel();
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        Assert.Throws<Exception>(() => _mlContext.Model.Load(path, out _));
    }

    private static IEnumerable<string> Messages(Exception error)
    {
        for (Exception? at = error; at is not null; at = at.InnerException)
        {
            yield return at.Message;
        }
    }

    private static string[] RunLoadApp(string model, string images) => UserProgram.Run(UserProgram.PathOf("LoadApp"), model, images);

    private string SavedModel()
    {
        var data = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(30));
        string path = Path.Combine(_folder, "model.zip");
        _mlContext.Model.Save(ColourImages.Pipeline(_mlContext).Fit(data), data.Schema, path);
        return path;
    }

    /// <summary>Puts other bytes in the place of the weights, or none.</summary>
    private static void Rewrite(string path, Func<byte[], byte[]?> change)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Update);
        var entry = archive.Entries.Single(entry => entry.FullName.EndsWith("Model.safetensors", StringComparison.Ordinal));
        byte[] bytes;
        using (var stream = entry.Open())
        {
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            bytes = memory.ToArray();
        }

        string name = entry.FullName;
        entry.Delete();
        if (change(bytes) is { } changed)
        {
            using var stream = archive.CreateEntry(name).Open();
            stream.Write(changed);
        }
    }
}
