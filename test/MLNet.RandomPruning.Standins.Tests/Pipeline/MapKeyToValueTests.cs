using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests.Pipeline;

[TestClass]
public sealed class MapKeyToValueTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void KeysComeBackAsTheirValues()
    {
        var data = new ColumnarView().AddText("L", "b", "a", "", "b");
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("K", "L").Append(_ml.Transforms.Conversion.MapKeyToValue("V", "K"));
        IDataView mapped = pipeline.Fit(data).Transform(data);

        Assert.AreEqual(TextDataViewType.Instance, mapped.Schema["V"].Type);
        CollectionAssert.AreEqual(new[] { "b", "a", "", "b" }, mapped.Text("V"));
    }

    [TestMethod]
    public void TheMissingKeyIsNotANumber()
    {
        var data = new ColumnarView().Add("X", NumberDataViewType.Single, new[] { 4f, float.NaN });
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("X").Append(_ml.Transforms.Conversion.MapKeyToValue("X"));

        CollectionAssert.AreEqual(new[] { 4f, float.NaN }, pipeline.Fit(data).Transform(data).Column<float>("X"));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void VectorsOfKeysComeBack(bool sparse)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        var values = new VBuffer<float>(2, [10f, 20f]);
        annotations.Add("KeyValues", new VectorDataViewType(NumberDataViewType.Single, 2), (ref VBuffer<float> d) => values.CopyTo(ref d));
        annotations.Add(ColumnarView.TextAnnotation("SlotNames", "p", "q", "r"), _ => true);
        VBuffer<byte> row = sparse ? new(3, 1, [2], [1]) : new(3, [0, 2, 0]);
        var data = new ColumnarView().Add("K", new VectorDataViewType(new KeyDataViewType(typeof(byte), 2), 3), new[] { row }, annotations.ToAnnotations());
        IDataView mapped = _ml.Transforms.Conversion.MapKeyToValue([new InputOutputColumnPair("V", "K")]).Fit(data).Transform(data);

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 3), mapped.Schema["V"].Type);
        CollectionAssert.AreEqual(new[] { float.NaN, 20f, float.NaN }, mapped.Vectors<float>("V")[0]);
        CollectionAssert.AreEqual(new[] { "p", "q", "r" }, mapped.Schema["V"].TextAnnotation("SlotNames"));
    }

    [TestMethod]
    public void AColumnThatIsNoKeyIsRefused()
    {
        var data = new ColumnarView().AddText("L", "a");
        IEstimator<ITransformer> map = _ml.Transforms.Conversion.MapKeyToValue("V", "L");
        StringAssert.Contains(Assert.Throws<InvalidOperationException>(() => map.Fit(data)).Message, "KeyValues");

        // In a chain the shape of the columns is looked at first, and that names the column.
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => map.Append(_ml.Transforms.CopyColumns("C", "V")).Fit(data)).Message, "'L'");
    }

    [TestMethod]
    public void AKeyWithoutValuesIsRefused()
    {
        var data = new ColumnarView().Add("K", new KeyDataViewType(typeof(uint), 3), new uint[] { 1 });
        IEstimator<ITransformer> map = _ml.Transforms.Conversion.MapKeyToValue("V", "K");
        StringAssert.Contains(Assert.Throws<InvalidOperationException>(() => map.Fit(data)).Message, "KeyValues");
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => map.Append(_ml.Transforms.CopyColumns("C", "V")).Fit(data)).Message, "'K'");
    }

    [TestMethod]
    public void ValuesOfAnotherNumberThanTheKeysAreRefused()
    {
        var data = new ColumnarView().Add("K", new KeyDataViewType(typeof(uint), 3), new uint[] { 1 }, ColumnarView.TextAnnotation("KeyValues", "a", "b"));
        Assert.Throws<InvalidOperationException>(() => _ml.Transforms.Conversion.MapKeyToValue("V", "K").Fit(data));
    }

    [TestMethod]
    public void AKeyAboveItsCountIsMissing()
    {
        var data = new ColumnarView().Add("K", new KeyDataViewType(typeof(uint), 2), new uint[] { 0, 1, 2, 3 }, ColumnarView.TextAnnotation("KeyValues", "a", "b"));
        CollectionAssert.AreEqual(new[] { "", "a", "b", "" }, _ml.Transforms.Conversion.MapKeyToValue("V", "K").Fit(data).Transform(data).Text("V"));
    }
}
