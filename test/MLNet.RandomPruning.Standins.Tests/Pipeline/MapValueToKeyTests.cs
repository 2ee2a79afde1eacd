using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNet.RandomPruning.Standins.Tests.Pipeline;

[TestClass]
public sealed class MapValueToKeyTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void TextIsNumberedAsItOccursAndEmptyTextIsMissing()
    {
        var data = new ColumnarView().AddText("L", "pear", "apple", "", "pear", "fig");
        IDataView mapped = _ml.Transforms.Conversion.MapValueToKey("K", "L").Fit(data).Transform(data);

        CollectionAssert.AreEqual(new uint[] { 1, 2, 0, 1, 3 }, mapped.Column<uint>("K"));
        Assert.AreEqual(new KeyDataViewType(typeof(uint), 3), mapped.Schema["K"].Type);
        CollectionAssert.AreEqual(new[] { "pear", "apple", "fig" }, mapped.Schema["K"].TextAnnotation("KeyValues"));
    }

    [TestMethod]
    public void ByValueSortsTheKeys()
    {
        var data = new ColumnarView().AddText("L", "pear", "apple", "Zoo", "fig");
        IDataView mapped = _ml.Transforms.Conversion.MapValueToKey("L", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Fit(data).Transform(data);

        CollectionAssert.AreEqual(new[] { "Zoo", "apple", "fig", "pear" }, mapped.Schema["L"].TextAnnotation("KeyValues"));
        CollectionAssert.AreEqual(new uint[] { 4, 2, 1, 3 }, mapped.Column<uint>("L"));
    }

    [TestMethod]
    public void ValuesThatWereNotSeenAreMissing()
    {
        var train = new ColumnarView().Add("X", NumberDataViewType.Int32, new[] { 7, 9 });
        var test = new ColumnarView().Add("X", NumberDataViewType.Int32, new[] { 9, 8, 7, 0 });
        IDataView mapped = _ml.Transforms.Conversion.MapValueToKey("K", "X").Fit(train).Transform(test);

        CollectionAssert.AreEqual(new uint[] { 2, 0, 1, 0 }, mapped.Column<uint>("K"));
        CollectionAssert.AreEqual(new[] { 7, 9 }, mapped.Schema["K"].Annotation<int>("KeyValues"));
    }

    [TestMethod]
    public void NotANumberIsMissing()
    {
        var data = new ColumnarView().Add("X", NumberDataViewType.Single, new[] { 1.5f, float.NaN, -2f, 1.5f });
        IDataView mapped = _ml.Transforms.Conversion.MapValueToKey("K", "X").Fit(data).Transform(data);

        CollectionAssert.AreEqual(new uint[] { 1, 0, 2, 1 }, mapped.Column<uint>("K"));
        CollectionAssert.AreEqual(new[] { 1.5f, -2f }, mapped.Schema["K"].Annotation<float>("KeyValues"));
    }

    [TestMethod]
    public void TheNumberOfKeysIsLimited()
    {
        var data = new ColumnarView().AddText("L", "c", "b", "a", "c");
        IDataView mapped = _ml.Transforms.Conversion.MapValueToKey("K", "L", maximumNumberOfKeys: 2).Fit(data).Transform(data);

        CollectionAssert.AreEqual(new uint[] { 1, 2, 0, 1 }, mapped.Column<uint>("K"));
    }

    [TestMethod]
    public void KeyValuesCanBeKeptAsText()
    {
        var data = new ColumnarView().Add("X", NumberDataViewType.Int32, new[] { 10, -3 });
        IDataView mapped = _ml.Transforms.Conversion.MapValueToKey("K", "X", addKeyValueAnnotationsAsText: true).Fit(data).Transform(data);

        CollectionAssert.AreEqual(new[] { "10", "-3" }, mapped.Schema["K"].TextAnnotation("KeyValues"));
    }

    [TestMethod]
    public void KeyDataGivesTheKeys()
    {
        var keys = new ColumnarView().AddText("Any", "b", "a");
        var data = new ColumnarView().AddText("L", "a", "b", "c");
        IDataView mapped = _ml.Transforms.Conversion.MapValueToKey("K", "L", keyData: keys).Fit(data).Transform(data);

        CollectionAssert.AreEqual(new uint[] { 2, 1, 0 }, mapped.Column<uint>("K"));
        CollectionAssert.AreEqual(new[] { "b", "a" }, mapped.Schema["K"].TextAnnotation("KeyValues"));
    }

    [TestMethod]
    public void KeyDataOfTwoColumnsIsRefused()
    {
        var keys = new ColumnarView().AddText("A", "b").AddText("B", "a");
        Assert.Throws<ArgumentException>(() => _ml.Transforms.Conversion.MapValueToKey("K", "L", keyData: keys)
            .Fit(new ColumnarView().AddText("L", "a")));
    }

    [TestMethod]
    public void VectorsKeepTheirShapeAndSlotNames()
    {
        var type = new VectorDataViewType(NumberDataViewType.Int32, 2, 2);
        VBuffer<int>[] rows = [new(4, [5, 6, 5, 7]), new(4, 2, [6, 8], [1, 3])];
        var data = new ColumnarView().Add("V", type, rows, ColumnarView.TextAnnotation("SlotNames", "a", "b", "c", "d"));
        var train = new ColumnarView().Add("V", type, [rows[0]]);
        IDataView mapped = _ml.Transforms.Conversion.MapValueToKey("K", "V").Fit(train).Transform(data);

        Assert.AreEqual(new VectorDataViewType(new KeyDataViewType(typeof(uint), 3), 2, 2), mapped.Schema["K"].Type);
        CollectionAssert.AreEqual(new[] { "a", "b", "c", "d" }, mapped.Schema["K"].TextAnnotation("SlotNames"));
        uint[][] keys = mapped.Vectors<uint>("K");
        CollectionAssert.AreEqual(new uint[] { 1, 2, 1, 3 }, keys[0]);
        CollectionAssert.AreEqual(new uint[] { 0, 2, 0, 0 }, keys[1]);
    }

    [TestMethod]
    public void SparseZerosHaveTheKeyOfZero()
    {
        var data = new ColumnarView().Add("V", new VectorDataViewType(NumberDataViewType.Int32, 3), new VBuffer<int>[] { new(3, 1, [4], [1]) });
        IDataView mapped = _ml.Transforms.Conversion.MapValueToKey("K", "V", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Fit(data).Transform(data);

        CollectionAssert.AreEqual(new uint[] { 1, 2, 1 }, mapped.Vectors<uint>("K")[0]);
    }

    [TestMethod]
    public void SeveralColumnsAreLearntInOnePass()
    {
        var data = new ColumnarView().AddText("A", "x", "y").Add("B", BooleanDataViewType.Instance, new[] { true, false });
        ITransformer model = _ml.Transforms.Conversion.MapValueToKey([new InputOutputColumnPair("KA", "A"), new InputOutputColumnPair("KB", "B")]).Fit(data);
        Assert.AreEqual(1, data.CursorsOpened);

        IDataView mapped = model.Transform(data);
        CollectionAssert.AreEqual(new uint[] { 1, 2 }, mapped.Column<uint>("KA"));
        CollectionAssert.AreEqual(new uint[] { 1, 2 }, mapped.Column<uint>("KB"));
    }

    [TestMethod]
    public void AKeyColumnIsMappedToTheKeysThatOccurWithTheirValues()
    {
        var data = new ColumnarView().Add("K", new KeyDataViewType(typeof(uint), 3), new uint[] { 3, 0, 1, 3 },
            ColumnarView.TextAnnotation("KeyValues", "red", "green", "blue"));
        IDataView mapped = _ml.Transforms.Conversion.MapValueToKey("Out", "K").Fit(data).Transform(data);

        CollectionAssert.AreEqual(new uint[] { 1, 0, 2, 1 }, mapped.Column<uint>("Out"));
        CollectionAssert.AreEqual(new[] { "blue", "red" }, mapped.Schema["Out"].TextAnnotation("KeyValues"));
    }

    [TestMethod]
    public void AMissingColumnIsNamed()
    {
        var data = new ColumnarView().AddText("L", "a");
        var error = Assert.Throws<ArgumentException>(() => _ml.Transforms.Conversion.MapValueToKey("K", "Wrong").Fit(data));
        StringAssert.Contains(error.Message, "Wrong");
    }

    [TestMethod]
    public void AnotherTypeThanTheLearntOneIsRefused()
    {
        ITransformer model = _ml.Transforms.Conversion.MapValueToKey("K", "L").Fit(new ColumnarView().AddText("L", "a"));
        var numbers = new ColumnarView().Add("L", NumberDataViewType.Single, new[] { 1f });
        var error = Assert.Throws<InvalidOperationException>(() => model.Transform(numbers));
        StringAssert.Contains(error.Message, "'String'");
        StringAssert.Contains(error.Message, "'Single'");
    }

    [TestMethod]
    public void OneTransformerServesManyThreads()
    {
        string[] words = [.. Enumerable.Range(0, 200).Select(i => "w" + i)];
        var data = new ColumnarView().AddText("L", words);
        ITransformer model = _ml.Transforms.Conversion.MapValueToKey("K", "L")
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Back", "K")).Fit(data);
        Parallel.For(0, 8, _ =>
        {
            CollectionAssert.AreEqual(words, model.Transform(data).Text("Back"));
        });
    }
}
