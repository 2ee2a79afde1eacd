using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNet.RandomPruning.Standins.Tests.Pipeline;

[TestClass]
public sealed class ModelPersistenceTests
{
    private readonly MLContext _ml = new(1);
    private string _folder = "";

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("models").FullName;

    [TestCleanup]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private static ColumnarView Data() => new ColumnarView()
        .AddText("L", "fig", "pear", "fig", "")
        .Add("X", NumberDataViewType.Single, new[] { 1f, 2f, 3f, 4f })
        .Add("D", NumberDataViewType.Double, new[] { 1d, 2d, 1d, 4d })
        .Add("V", new VectorDataViewType(NumberDataViewType.Single, 2), new VBuffer<float>[] { new(2, [1, 2]), new(2, [3, 4]), new(2, [5, 6]), new(2, [7, 8]) },
            ColumnarView.TextAnnotation("SlotNames", "left", "right"));

    private TransformerChain<ColumnSelectingTransformer> Model(IDataView data)
        => _ml.Transforms.Conversion.MapValueToKey("K", "L", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(_ml.Transforms.Conversion.MapValueToKey("KD", "D", addKeyValueAnnotationsAsText: true))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Back", "K"))
            .Append(_ml.Transforms.Concatenate("F", "X", "V"))
            .Append(_ml.Transforms.CopyColumns("Copy", "K"))
            .Append(_ml.Transforms.DropColumns("D"))
            .Append(_ml.Transforms.SelectColumns("Copy", "KD", "Back", "F"))
            .Fit(data);

    private static void AssertSame(IDataView expected, IDataView actual)
    {
        CollectionAssert.AreEqual(expected.Schema.Names(), actual.Schema.Names());
        for (int i = 0; i < expected.Schema.Count; i++)
        {
            Assert.AreEqual(expected.Schema[i].Type, actual.Schema[i].Type);
        }
        CollectionAssert.AreEqual(expected.Column<uint>("Copy"), actual.Column<uint>("Copy"));
        CollectionAssert.AreEqual(expected.Column<uint>("KD"), actual.Column<uint>("KD"));
        CollectionAssert.AreEqual(expected.Text("Back"), actual.Text("Back"));
        CollectionAssert.AreEqual(expected.Vectors<float>("F").SelectMany(v => v).ToArray(), actual.Vectors<float>("F").SelectMany(v => v).ToArray());
        CollectionAssert.AreEqual(expected.Schema["Copy"].TextAnnotation("KeyValues"), actual.Schema["Copy"].TextAnnotation("KeyValues"));
        CollectionAssert.AreEqual(expected.Schema["KD"].TextAnnotation("KeyValues"), actual.Schema["KD"].TextAnnotation("KeyValues"));
        CollectionAssert.AreEqual(expected.Schema["F"].TextAnnotation("SlotNames"), actual.Schema["F"].TextAnnotation("SlotNames"));
    }

    [TestMethod]
    public void AModelComesBackFromAFileInAnotherContext()
    {
        ColumnarView data = Data();
        ITransformer model = Model(data);
        string path = Path.Combine(_folder, "model.zip");
        _ml.Model.Save(model, data.Schema, path);

        CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(_folder));
        ITransformer loaded = new MLContext().Model.Load(path, out DataViewSchema schema);
        CollectionAssert.AreEqual(data.Schema.Names(), schema.Names());
        AssertSame(model.Transform(data), loaded.Transform(data));
    }

    [TestMethod]
    public void AModelComesBackFromAStreamThatStaysOpen()
    {
        ColumnarView data = Data();
        ITransformer model = Model(data);
        using var stream = new MemoryStream();
        _ml.Model.Save(model, data.Schema, stream);
        Assert.IsTrue(stream.CanRead);
        stream.Position = 0;
        ITransformer loaded = new MLContext().Model.Load(stream, out _);

        Assert.IsTrue(stream.CanRead);
        AssertSame(model.Transform(data), loaded.Transform(data));
    }

    [TestMethod]
    public void TheFileIsAZipArchive()
    {
        string path = Path.Combine(_folder, "model.zip");
        _ml.Model.Save(Model(Data()), Data().Schema, path);
        using ZipArchive archive = ZipFile.OpenRead(path);

        string[] names = [.. archive.Entries.Select(e => e.FullName.Replace('\\', '/'))];
        CollectionAssert.Contains(names, "Schema");
        CollectionAssert.Contains(names, "TransformerChain/Model.key");
    }

    [TestMethod]
    public void TheInputSchemaComesBackWithTypesAndAnnotations()
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        var keyValues = new VBuffer<float>(3, [0.5f, 1.5f, 2.5f]);
        annotations.Add("KeyValues", new VectorDataViewType(NumberDataViewType.Single, 3), (ref VBuffer<float> d) => keyValues.CopyTo(ref d));
        annotations.AddPrimitiveValue("IsNormalized", BooleanDataViewType.Instance, true);
        DataViewType[] types =
        [
            NumberDataViewType.SByte, NumberDataViewType.Byte, NumberDataViewType.Int16, NumberDataViewType.UInt16, NumberDataViewType.Int32,
            NumberDataViewType.UInt32, NumberDataViewType.Int64, NumberDataViewType.UInt64, NumberDataViewType.Single, NumberDataViewType.Double,
            BooleanDataViewType.Instance, TextDataViewType.Instance, TimeSpanDataViewType.Instance, DateTimeDataViewType.Instance,
            DateTimeOffsetDataViewType.Instance, RowIdDataViewType.Instance, new KeyDataViewType(typeof(byte), 10), new KeyDataViewType(typeof(ulong), 5),
            new VectorDataViewType(NumberDataViewType.Byte, 3, 32, 32), new VectorDataViewType(TextDataViewType.Instance),
            new VectorDataViewType(new KeyDataViewType(typeof(uint), 4), 2),
        ];
        var builder = new DataViewSchema.Builder();
        for (int i = 0; i < types.Length; i++)
        {
            builder.AddColumn("C" + i, types[i]);
        }
        builder.AddColumn("Key", new KeyDataViewType(typeof(uint), 3), annotations.ToAnnotations());
        builder.AddColumn("Slots", new VectorDataViewType(NumberDataViewType.Single, 2), ColumnarView.TextAnnotation("SlotNames", "é", ""));
        DataViewSchema schema = builder.ToSchema();
        using var stream = new MemoryStream();
        _ml.Model.Save(new TransformerChain<ITransformer>(), schema, stream);
        stream.Position = 0;
        _ml.Model.Load(stream, out DataViewSchema loaded);

        CollectionAssert.AreEqual(schema.Names(), loaded.Names());
        for (int i = 0; i < schema.Count; i++)
        {
            Assert.AreEqual(schema[i].Type, loaded[i].Type, schema[i].Name);
        }
        CollectionAssert.AreEqual(new[] { 0.5f, 1.5f, 2.5f }, loaded["Key"].Annotation<float>("KeyValues"));
        bool normalized = false;
        loaded["Key"].Annotations.GetValue("IsNormalized", ref normalized);
        Assert.IsTrue(normalized);
        CollectionAssert.AreEqual(new[] { "é", "" }, loaded["Slots"].TextAnnotation("SlotNames"));
    }

    [TestMethod]
    public void WithoutASchemaNoneComesBack()
    {
        ColumnarView data = Data();
        using var stream = new MemoryStream();
        _ml.Model.Save(Model(data), null, stream);
        stream.Position = 0;
        ITransformer loaded = _ml.Model.Load(stream, out DataViewSchema schema);

        Assert.IsNull(schema);
        AssertSame(Model(data).Transform(data), loaded.Transform(data));
    }

    [TestMethod]
    public void ChainsInChainsAndScopesComeBack()
    {
        var data = new ColumnarView().AddText("L", "a", "b");
        var inner = _ml.Transforms.CopyColumns("I", "L").Append(_ml.Transforms.CopyColumns("J", "I"));
        var outer = new EstimatorChain<ITransformer>().Append(_ml.Transforms.CopyColumns("T", "L"), TransformerScope.Training).Append(inner).Fit(data);
        using var stream = new MemoryStream();
        _ml.Model.Save(outer, data.Schema, stream);
        stream.Position = 0;
        var loaded = (TransformerChain<ITransformer>)_ml.Model.Load(stream, out _);

        CollectionAssert.AreEqual(new[] { "L", "T", "I", "J" }, loaded.Transform(data, TransformerScope.Everything).Schema.Names());
        CollectionAssert.AreEqual(new[] { "L", "I", "J" }, loaded.Transform(data).Schema.Names());
    }

    [TestMethod]
    public void ASingleTransformerIsSavedToo()
    {
        var data = new ColumnarView().AddText("L", "a", "b");
        using var stream = new MemoryStream();
        _ml.Model.Save(_ml.Transforms.CopyColumns("C", "L").Fit(data), data.Schema, stream);
        stream.Position = 0;

        CollectionAssert.AreEqual(new[] { "L", "C" }, _ml.Model.Load(stream, out _).Transform(data).Schema.Names());
    }

    [TestMethod]
    public void ATransformerThatSavesNothingIsRefusedAndLeavesTheFileAlone()
    {
        string path = Path.Combine(_folder, "model.zip");
        File.WriteAllText(path, "the old one");
        ITransformer model = new TransformerChain<ITransformer>(new SavesNothing());
        var error = Assert.Throws<Exception>(() => _ml.Model.Save(model, null, new MemoryStream()));
        StringAssert.Contains(error.Message, "ModelSignature not specified!");

        Assert.Throws<Exception>(() => _ml.Model.Save(model, null, Path.Combine(_folder, "other.zip")));
        Assert.AreEqual("the old one", File.ReadAllText(path));
    }

    [TestMethod]
    public void AFileThatIsNoArchiveIsRefused()
    {
        string path = Path.Combine(_folder, "model.zip");
        foreach (string content in new[] { "", "this is no model" })
        {
            File.WriteAllText(path, content);
            Assert.Throws<FormatException>(() => _ml.Model.Load(path, out _));
        }
    }

    [TestMethod]
    public void ATruncatedFileIsRefused()
    {
        string path = Path.Combine(_folder, "model.zip");
        _ml.Model.Save(Model(Data()), Data().Schema, path);
        byte[] bytes = File.ReadAllBytes(path);
        foreach (int length in (int[])[0, 10, bytes.Length / 2, bytes.Length - 1])
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.Throws<FormatException>(() => _ml.Model.Load(path, out _));
        }
    }

    [TestMethod]
    public void AnArchiveOfSomethingElseIsRefused()
    {
        Assert.Throws<InvalidOperationException>(() => _ml.Model.Load(Archive("readme.txt"), out _));
        Assert.Throws<FormatException>(() => _ml.Model.Load(Archive("TransformerChain/Model.key"), out _));
    }

    [TestMethod]
    public void AnInputSchemaOfNothingThatCanBeSavedIsRefused()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Image", new Microsoft.ML.Transforms.Image.ImageDataViewType());
        Assert.Throws<InvalidOperationException>(() => _ml.Model.Save(Model(Data()), builder.ToSchema(), new MemoryStream()));

        // Beside others a column of images is left out.
        builder.AddColumn("L", TextDataViewType.Instance);
        using var stream = new MemoryStream();
        _ml.Model.Save(Model(Data()), builder.ToSchema(), stream);
        stream.Position = 0;
        _ml.Model.Load(stream, out DataViewSchema loaded);
        CollectionAssert.AreEqual(new[] { "L" }, loaded.Names());
    }

    [TestMethod]
    public void AMissingFileIsNamed()
    {
        string path = Path.Combine(_folder, "nowhere.zip");
        StringAssert.Contains(Assert.Throws<IOException>(() => _ml.Model.Load(path, out _)).Message, "nowhere.zip");
    }

    [TestMethod]
    public void AFolderThatCannotBeWrittenIsAnErrorThatLeavesNothing()
    {
        string path = Path.Combine(_folder, "no", "such", "model.zip");
        Assert.Throws<IOException>(() => _ml.Model.Save(Model(Data()), null, path));
        Assert.IsEmpty(Directory.GetFileSystemEntries(_folder));
    }


    /// <summary>An archive of one entry, of words.</summary>
    private string Archive(string entry)
    {
        string path = Path.Combine(_folder, Path.GetRandomFileName());
        using ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create);
        using var writer = new StreamWriter(archive.CreateEntry(entry).Open());
        writer.Write(string.Concat(Enumerable.Repeat("hello ", 100)));
        return path;
    }

    private sealed class SavesNothing : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IDataView Transform(IDataView input) => input;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public void Save(ModelSaveContext ctx)
        {
        }
    }
}
