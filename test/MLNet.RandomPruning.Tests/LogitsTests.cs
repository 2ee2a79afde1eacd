using System.IO.Compression;
using Microsoft.ML;

namespace MLNet.RandomPruning.Tests;

/// <summary>The column of logits, which a model adds on request.</summary>
[TestClass]
public sealed class LogitsTests
{
    private static readonly MLContext MLContext = new(seed: 1);
    private static readonly IDataView Data = MLContext.Data.LoadFromEnumerable(ColourImages.Rows(150));
    private static readonly RandomPrunedResNetTransformer Plain = ColourImages.Pipeline(MLContext).Fit(Data).LastTransformer;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private sealed class Logits
    {
        public float[] Score { get; set; } = [];

        public float[] Raw { get; set; } = [];
    }

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void ThereAreNoneUnlessAskedFor()
    {
        Assert.IsNull(Plain.LogitsColumnName);
        CollectionAssert.AreEqual(
            new[] { "Features", "Label", "PredictedLabel", "Score" }, Plain.GetOutputSchema(Data.Schema).Select(column => column.Name).ToArray());
        Assert.IsNull(Plain.WithLogits("Raw").WithLogits(null).LogitsColumnName);
    }

    [TestMethod]
    public void TheScoreIsTheirSoftmaxAndStaysTheSame()
    {
        var network = Plain.WithLogits("Raw");
        var rows = Read(network.Transform(Data));
        ColourImages.AssertSame(ColourImages.Scores(MLContext, Plain.Transform(Data)), [.. rows.Select(row => row.Score)]);
        foreach (var row in rows)
        {
            double largest = row.Raw.Max(), sum = row.Raw.Sum(logit => Math.Exp(logit - largest));
            for (int slot = 0; slot < 3; slot++)
            {
                Assert.AreEqual(Math.Exp(row.Raw[slot] - largest) / sum, row.Score[slot], 1e-6);
            }
        }

        Assert.IsTrue(rows.Any(row => Math.Abs(row.Raw.Sum()) > 1e-3));
        var schema = network.GetOutputSchema(Data.Schema);
        Assert.AreEqual(schema["Score"].Type, schema["Raw"].Type);
    }

    [TestMethod]
    public void OneRowGivesTheBitsOfABatch()
    {
        var network = Plain.WithLogits("Raw");
        var expected = Read(network.Transform(Data));
        using var engine = MLContext.Model.CreatePredictionEngine<PixelRow, Logits>(network);
        foreach (var (row, one) in expected.Zip(ColourImages.Rows(150)).Take(30))
        {
            var prediction = engine.Predict(one);
            CollectionAssert.AreEqual(row.Raw, prediction.Raw);
            CollectionAssert.AreEqual(row.Score, prediction.Score);
        }
    }

    [TestMethod]
    public void TheyComeBackFromAFileAndStayWithPrunedAndRetrainedModels()
    {
        var options = ColourImages.Options();
        options.LogitsColumnName = "Raw";
        var model = ColourImages.Pipeline(MLContext, options).Fit(Data);
        string path = Path.Combine(_folder, "model.zip");
        MLContext.Model.Save(model, Data.Schema, path);

        var loaded = new MLContext().Model.Load(path, out _);

        var expected = Read(model.Transform(Data));
        var actual = Read(loaded.Transform(Data));
        ColourImages.AssertSame([.. expected.Select(row => row.Raw)], [.. actual.Select(row => row.Raw)]);
        var network = model.LastTransformer;
        Assert.AreEqual("Raw", network.WithModel(network.Model).LogitsColumnName);
        Assert.AreEqual("Raw", network.Prune(0.7, seed: 1).LogitsColumnName);
        Assert.AreEqual("Raw", network.Prune(0.7, ((IEnumerable<ITransformer>)model).First().Transform(Data), seed: 1).LogitsColumnName);
    }

    [TestMethod]
    public void AFileOfTheFirstVersionIsRead()
    {
        string path = Path.Combine(_folder, "model.zip");
        MLContext.Model.Save(Plain, Data.Schema, path);
        SetVersion(path, "RNDPRUNE", 0x00010001);

        var loaded = new MLContext().Model.Load(path, out _);

        ColourImages.AssertSame(ColourImages.Scores(MLContext, Plain.Transform(Data)), ColourImages.Scores(MLContext, loaded.Transform(Data)));
        Assert.IsNull(Network(loaded).LogitsColumnName);
        SetVersion(path, "RNDPRUNE", 0x00020001);
        Assert.Throws<Exception>(() => MLContext.Model.Load(path, out _));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("Score")]
    [DataRow("PredictedLabel")]
    public void AnUnfitNameIsRefused(string name)
    {
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => Plain.WithLogits(name)).Message, $"LogitsColumnName is '{name}'");
        var options = ColourImages.Options();
        options.LogitsColumnName = name;
        Assert.Throws<ArgumentException>(() => MLContext.MulticlassClassification.Trainers.RandomPrunedResNet(options));
    }

    private static RandomPrunedResNetTransformer Network(ITransformer model) =>
        model as RandomPrunedResNetTransformer ?? ((IEnumerable<ITransformer>)model).OfType<RandomPrunedResNetTransformer>().Single();

    private static Logits[] Read(IDataView scored) => [.. MLContext.Data.CreateEnumerable<Logits>(scored, reuseRowObject: false)];

    /// <summary>Sets the versions that follow a component's signature: the one written, and the oldest that can read it.</summary>
    private static void SetVersion(string path, string signature, uint version)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Update);
        int changed = 0;
        foreach (var entry in archive.Entries.Where(entry => entry.Name == "Model.key").ToArray())
        {
            using var stream = entry.Open();
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            byte[] bytes = memory.ToArray();
            int at = bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(signature));
            if (at >= 0)
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(at + 8), version);
                BitConverter.TryWriteBytes(bytes.AsSpan(at + 12), version);
                stream.Position = 0;
                stream.Write(bytes);
                changed++;
            }
        }

        Assert.AreEqual(1, changed);
    }
}
