using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tests;

/// <summary>Masks that are missing, damaged or of another network end in one sentence that says what is wrong, where, and what to do.</summary>
[TestClass]
public sealed class MaskStageErrorTests
{
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void MissingMaskColumn() => AssertFails<ArgumentException>(Keys().Append(Trainer("Masks")), "Mask column 'Masks' not found", "'Features'");

    [TestMethod]
    public void AColumnWithoutMasks()
    {
        string[] parts = ["Column 'Features' carries no masks", "GenerateRandomMask(\"Features\"", "LoadMask"];
        AssertFails<ArgumentException>(Keys().Append(Trainer("Features")), parts);

        // Fitted by itself, the trainer sees the schema and not only its shape.
        var data = Keys().Fit(Data()).Transform(Data());
        AssertMessage(Assert.ThrowsExactly<ArgumentException>(() => Trainer("Features").Fit(data)), parts);
        AssertMessage(Assert.ThrowsExactly<ArgumentException>(() => Trainer("Masks").Fit(data)), "Mask column 'Masks' not found");
    }

    [TestMethod]
    public void AMissingColumnIsNoticedBeforeEarlierStagesAreFitted()
    {
        var watched = new WatchedDataView(Data());
        Assert.ThrowsExactly<ArgumentException>(() => Keys().Append(Trainer("Masks")).Fit(watched));
        Assert.IsEmpty(watched.ColumnsAsked);
    }

    [TestMethod]
    public void MasksOfAWiderNetwork() => AssertFails<ArgumentException>(
        Keys().Append(_mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-8", seed: 1)).Append(Trainer("Mask")),
        "column 'Mask'", "ResNet-8-8", "ResNet-8-4", "layer 'conv' with weights [8, 3, 3, 3] there", "layer 'conv' with weights [4, 3, 3, 3] here");

    [TestMethod]
    public void MasksOfADeeperNetwork() => AssertFails<ArgumentException>(
        Keys().Append(_mlContext.Transforms.GenerateRandomMask(network: "ResNet-14-4", seed: 1)).Append(Trainer("Mask")),
        "ResNet-14-4", "layer 'blocks.1.conv1' with weights [4, 4, 3, 3] there", "layer 'blocks.1.conv1' with weights [8, 4, 3, 3] here");

    [TestMethod]
    public void MasksForOtherClasses()
    {
        var masks = MaskGenerator.Generate(ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), classCount: 5), "ERK", 0.5, seed: 1);
        AssertFails<ArgumentException>(
            Keys().Append(_mlContext.Transforms.LoadMask(masks)).Append(Trainer("Mask")),
            "5 classes", "3 classes", "layer 'fc' with weights [5, 16] there", "layer 'fc' with weights [3, 16] here");
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(20)]
    [DataRow(-1)]
    public void DamagedMasksInTheColumn(int length)
    {
        var carried = _mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", seed: 1).Fit(Keyed()).Transform(Keyed());
        VBuffer<byte> value = default;
        carried.Schema["Mask"].Annotations.GetValue("RandomMask", ref value);
        byte[] bytes = [.. value.DenseValues()];
        bytes = length >= 0 ? bytes[..length] : [.. bytes.Select((b, index) => index == bytes.Length / 2 ? (byte)(b ^ 1) : b)];
        var data = new OtherMasksView(carried, bytes);

        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Trainer("Mask").Fit(data)), "The masks that column 'Mask' carries cannot be used");
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(100)]
    [DataRow(-1)]
    public void DamagedMasksInASavedModel(int length)
    {
        string path = SavedModel();
        Rewrite(path, bytes => length >= 0 ? bytes[..length] : [.. bytes.Select((b, index) => index == bytes.Length / 2 ? (byte)(b ^ 1) : b)]);
        var error = Assert.Throws<Exception>(() => _mlContext.Model.Load(path, out _));
        Assert.IsTrue(Messages(error).Any(message => message.Contains("'Mask.safetensors' of the model file cannot be used", StringComparison.Ordinal)), error.ToString());
    }

    [TestMethod]
    public void ASavedModelWithoutItsMasks()
    {
        string path = SavedModel();
        Rewrite(path, _ => null);
        var error = Assert.Throws<Exception>(() => _mlContext.Model.Load(path, out _));
        Assert.IsTrue(Messages(error).Any(message => message.Contains("it has no entry 'Mask.safetensors'", StringComparison.Ordinal)), error.ToString());
    }

    [TestMethod]
    public void MaskFilesThatAreNone()
    {
        Assert.Throws<FileNotFoundException>(() => _mlContext.Transforms.LoadMask(Path.Combine(_folder, "none.safetensors")));
        string path = Path.Combine(_folder, "text.safetensors");
        File.WriteAllText(path, "these are no masks");
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => _mlContext.Transforms.LoadMask(path)), path);
        _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-8-4", epochs: 1).Fit(_mlContext.Data.LoadFromGeneratedImages(20)).Model.Save(path);
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => _mlContext.Transforms.LoadMask(path)), path);
        var masks = _mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4").Fit(Keyed());
        AssertMessage(Assert.ThrowsExactly<IOException>(() => masks.SaveMask(Path.Combine(_folder, "none", "masks.safetensors"))), "masks.safetensors");
    }

    [TestMethod]
    public void OptionsOutOfRange()
    {
        AssertMessage(Assert.Throws<ArgumentException>(() => _mlContext.Transforms.GenerateRandomMask(sparsity: 1)), "Sparsity is 1");
        AssertMessage(Assert.Throws<ArgumentException>(() => _mlContext.Transforms.GenerateRandomMask(network: "VGG")), "'VGG'", "ResNet-A-B");
        AssertMessage(Assert.Throws<ArgumentException>(() => _mlContext.Transforms.GenerateRandomMask(granularity: "Heads")), "Heads", "Unstructured");
        AssertMessage(Assert.Throws<ArgumentException>(() => _mlContext.Transforms.GenerateRandomMask(layerwiseRatio: "ERKK")), "ERKK");
        Assert.Throws<ArgumentException>(() => _mlContext.Transforms.GenerateRandomMask(outputColumnName: ""));
        Assert.Throws<ArgumentException>(() => _mlContext.Transforms.LoadMask(NetworkMask.Dense(ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 3)), ""));
        AssertMessage(
            Assert.Throws<ArgumentException>(() => _mlContext.Transforms.GenerateRandomMask(new RandomMaskEstimator.Options { MaskSampling = (MaskSampling)9 })), "MaskSampling is 9");
        AssertMessage(
            Assert.Throws<ArgumentException>(() => _mlContext.Transforms.GenerateRandomMask(new RandomMaskEstimator.Options { ImageWidth = 8 })), "ImageHeight and ImageWidth go together");
        AssertMessage(
            Assert.Throws<ArgumentException>(() => _mlContext.Transforms.GenerateRandomMask(new RandomMaskEstimator.Options { NumberOfThreads = 0 })), "NumberOfThreads is 0");
        var options = ColourImages.Options();
        options.MaskColumnName = "";
        AssertMessage(Assert.Throws<ArgumentException>(() => _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(options)), "MaskColumnName is empty");
    }

    [TestMethod]
    public void AnImpossibleSparsityNamesThePossibleOne() => AssertFails<PruningBudgetException>(
        Keys().Append(_mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", layerwiseRatio: "Uniform+", sparsity: 0.995, seed: 1)), "0.995", "possible sparsity is");

    [TestMethod]
    public void MissingOrWrongColumnsOfTheStage()
    {
        AssertFails<ArgumentException>(_mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4"), "must be a key");
        AssertFails<ArgumentException>(Keys().Append(_mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", featureColumnName: "Pixels")), "'Pixels' not found");
        AssertFails<ArgumentException>(Keys().Append(_mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", labelColumnName: "Class")), "'Class' not found");
    }

    [TestMethod]
    public void ACancelledStageThrows()
    {
        foreach (string ratio in new[] { "ERK", "SNIP" })
        {
            var stage = _mlContext.Transforms.GenerateRandomMask(new RandomMaskEstimator.Options { Network = "ResNet-8-4", LayerwiseRatio = ratio, CancellationToken = new CancellationToken(canceled: true) });
            Assert.ThrowsExactly<OperationCanceledException>(() => stage.Fit(Keyed()));
        }
    }

    /// <summary>A view whose mask column carries other bytes; no row is read of it.</summary>
    private sealed class OtherMasksView : IDataView
    {
        public OtherMasksView(IDataView source, byte[] bytes)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            annotations.Add("RandomMask", new VectorDataViewType(NumberDataViewType.Byte, Math.Max(bytes.Length, 1)), (ref VBuffer<byte> value) =>
            {
                var editor = VBufferEditor.Create(ref value, bytes.Length);
                bytes.CopyTo(editor.Values);
                value = editor.Commit();
            });
            var builder = new DataViewSchema.Builder();
            builder.AddColumns(source.Schema.Where(column => column.Name != "Mask"));
            builder.AddColumn("Mask", TextDataViewType.Instance, annotations.ToAnnotations());
            Schema = builder.ToSchema();
        }

        public DataViewSchema Schema { get; }

        public bool CanShuffle => false;

        public long? GetRowCount() => null;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            throw new InvalidOperationException("No row is to be read.");

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            throw new InvalidOperationException("No row is to be read.");
    }

    private IEstimator<ITransformer> Keys() => _mlContext.Transforms.Conversion.MapValueToKey("Label");

    private IDataView Data() => _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(9));

    private IDataView Keyed() => Keys().Fit(Data()).Transform(Data());

    private IEstimator<ITransformer> Trainer(string maskColumnName)
    {
        var options = ColourImages.Options();
        options.MaskColumnName = maskColumnName;
        return _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(options);
    }

    private string SavedModel()
    {
        string path = Path.Combine(_folder, "model.zip");
        _mlContext.Model.Save(_mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", seed: 1).Fit(Keyed()), Keyed().Schema, path);
        return path;
    }

    private static void Rewrite(string path, Func<byte[], byte[]?> change)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Update);
        var entry = archive.Entries.Single(entry => entry.FullName.EndsWith("Mask.safetensors", StringComparison.Ordinal));
        using var memory = new MemoryStream();
        using (var stream = entry.Open())
        {
            stream.CopyTo(memory);
        }

        string name = entry.FullName;
        entry.Delete();
        if (change(memory.ToArray()) is { } changed)
        {
            using var stream = archive.CreateEntry(name).Open();
            stream.Write(changed);
        }
    }

    private static IEnumerable<string> Messages(Exception error)
    {
        for (Exception? at = error; at is not null; at = at.InnerException)
        {
            yield return at.Message;
        }
    }

    private void AssertFails<TError>(IEstimator<ITransformer> pipeline, params string[] parts) where TError : Exception =>
        AssertMessage(Assert.ThrowsExactly<TError>(() => pipeline.Fit(Data())), parts);

    private static void AssertMessage(Exception error, params string[] parts)
    {
        foreach (string part in parts)
        {
            StringAssert.Contains(error.Message, part, error.ToString());
        }
    }
}
