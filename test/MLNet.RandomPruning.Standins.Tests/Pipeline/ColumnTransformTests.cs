using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests.Pipeline;

[TestClass]
public sealed class ColumnTransformTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void ConcatenateJoinsScalarsAndVectors()
    {
        var data = new ColumnarView()
            .Add("A", NumberDataViewType.Single, new[] { 1f, 4f })
            .Add("V", new VectorDataViewType(NumberDataViewType.Single, 2), new VBuffer<float>[] { new(2, [2f, 3f]), new(2, 1, [5f], [1]) },
                ColumnarView.TextAnnotation("SlotNames", "x", "y"))
            .Add("W", new VectorDataViewType(NumberDataViewType.Single, 1), new VBuffer<float>[] { new(1, [9f]), new(1, [8f]) });
        IDataView joined = _ml.Transforms.Concatenate("F", "A", "V", "W").Fit(data).Transform(data);

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 4), joined.Schema["F"].Type);
        float[][] rows = joined.Vectors<float>("F");
        CollectionAssert.AreEqual(new[] { 1f, 2f, 3f, 9f }, rows[0]);
        CollectionAssert.AreEqual(new[] { 4f, 0f, 5f, 8f }, rows[1]);
        string[] names = joined.Schema["F"].TextAnnotation("SlotNames");
        Assert.AreEqual("A", names[0]);
        Assert.AreEqual("V.x", names[1]);
        Assert.AreEqual("V.y", names[2]);
        Assert.AreEqual("", names[3]);
    }

    [TestMethod]
    public void ConcatenateUnderTheNameOfASourcePrefixesItsSlotsToo()
    {
        var data = new ColumnarView()
            .Add("A", NumberDataViewType.Single, new[] { 1f })
            .Add("V", new VectorDataViewType(NumberDataViewType.Single, 2), new VBuffer<float>[] { new(2, [2f, 3f]) }, ColumnarView.TextAnnotation("SlotNames", "x", "y"));
        IDataView joined = _ml.Transforms.Concatenate("V", "A", "V").Fit(data).Transform(data);
        CollectionAssert.AreEqual(new[] { "A", "V.x", "V.y" }, joined.Schema["V"].TextAnnotation("SlotNames"));
    }

    [TestMethod]
    public void ConcatenateOfMostlySparseVectorsIsRight()
    {
        VBuffer<double> Sparse(int at, double value) => new(100, 1, [value], [at]);
        var type = new VectorDataViewType(NumberDataViewType.Double, 100);
        var data = new ColumnarView().Add("P", type, new[] { Sparse(3, 1), Sparse(99, 2) }).Add("Q", type, new[] { Sparse(0, 3), Sparse(50, 4) });
        double[][] rows = _ml.Transforms.Concatenate("F", "P", "Q").Fit(data).Transform(data).Vectors<double>("F");

        for (int r = 0; r < 2; r++)
        {
            var expected = new double[200];
            (expected[r == 0 ? 3 : 99], expected[r == 0 ? 100 : 150]) = r == 0 ? (1, 3) : (2, 4);
            CollectionAssert.AreEqual(expected, rows[r]);
        }
    }

    [TestMethod]
    public void ConcatenateOfOneVectorKeepsItAsItIs()
    {
        var type = new VectorDataViewType(NumberDataViewType.Byte, 2, 2);
        var data = new ColumnarView().Add("V", type, new VBuffer<byte>[] { new(4, [1, 2, 3, 4]) }, ColumnarView.TextAnnotation("SlotNames", "a", "b", "c", "d"));
        IDataView joined = _ml.Transforms.Concatenate("F", "V").Fit(data).Transform(data);

        CollectionAssert.AreEqual(new byte[] { 1, 2, 3, 4 }, joined.Vectors<byte>("F")[0]);
        CollectionAssert.AreEqual(new[] { "a", "b", "c", "d" }, joined.Schema["F"].TextAnnotation("SlotNames"));
    }

    [TestMethod]
    public void ConcatenateOfAVariableVectorIsVariable()
    {
        var data = new ColumnarView()
            .Add("A", NumberDataViewType.Single, new[] { 1f, 2f })
            .Add("V", new VectorDataViewType(NumberDataViewType.Single), new VBuffer<float>[] { new(1, [5f]), new(3, [6f, 7f, 8f]) });
        IDataView joined = _ml.Transforms.Concatenate("F", "A", "V").Fit(data).Transform(data);

        Assert.IsFalse(((VectorDataViewType)joined.Schema["F"].Type).IsKnownSize);
        Assert.IsFalse(joined.Schema["F"].HasAnnotation("SlotNames"));
        CollectionAssert.AreEqual(new[] { 2f, 6f, 7f, 8f }, joined.Vectors<float>("F")[1]);
    }

    [TestMethod]
    public void ConcatenateRefusesMixedTypes()
    {
        var data = new ColumnarView().Add("A", NumberDataViewType.Single, new[] { 1f }).Add("B", NumberDataViewType.Double, new[] { 1d });
        var error = Assert.Throws<ArgumentException>(() => _ml.Transforms.Concatenate("F", "A", "B").Fit(data).Transform(data));
        StringAssert.Contains(error.Message, "'B'");
    }

    [TestMethod]
    public void CopyKeepsTypeValuesAndAnnotations()
    {
        var key = new KeyDataViewType(typeof(uint), 2);
        var data = new ColumnarView().Add("K", key, new uint[] { 2, 1 }, ColumnarView.TextAnnotation("KeyValues", "no", "yes"));
        IDataView copied = _ml.Transforms.CopyColumns("C", "K").Fit(data).Transform(data);

        Assert.AreEqual(key, copied.Schema["C"].Type);
        CollectionAssert.AreEqual(new uint[] { 2, 1 }, copied.Column<uint>("C"));
        CollectionAssert.AreEqual(new[] { "no", "yes" }, copied.Schema["C"].TextAnnotation("KeyValues"));
        CollectionAssert.AreEqual(new[] { "K", "C" }, copied.Schema.Names());
    }

    [TestMethod]
    public void CopyOfAMissingColumnIsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => _ml.Transforms.CopyColumns("C", "Nope").Fit(new ColumnarView().AddText("L", "a")));
        StringAssert.Contains(error.Message, "Nope");
    }

    [TestMethod]
    public void DropLeavesOutTheNamedColumns()
    {
        var data = new ColumnarView().AddText("A", "1").AddText("B", "2").AddText("C", "3");
        IDataView dropped = _ml.Transforms.DropColumns("B").Fit(data).Transform(data);

        CollectionAssert.AreEqual(new[] { "A", "C" }, dropped.Schema.Names());
        CollectionAssert.AreEqual(new[] { "3" }, dropped.Text("C"));
    }

    [TestMethod]
    public void SelectKeepsTheOrderOfTheNames()
    {
        var data = new ColumnarView().AddText("A", "1").AddText("B", "2").AddText("C", "3");
        IDataView selected = _ml.Transforms.SelectColumns("C", "A").Fit(data).Transform(data);

        CollectionAssert.AreEqual(new[] { "C", "A" }, selected.Schema.Names());
        CollectionAssert.AreEqual(new[] { "1" }, selected.Text("A"));
        Assert.AreEqual(1L, selected.GetRowCount());
    }

    [TestMethod]
    public void SelectKeepsHiddenColumnsOnlyWhenAsked()
    {
        var data = new ColumnarView().AddText("A", "1").AddText("B", "2");
        IDataView hidden = _ml.Transforms.CopyColumns("A", "B").Fit(data).Transform(data);

        Assert.HasCount(1, _ml.Transforms.SelectColumns("A").Fit(hidden).Transform(hidden).Schema);
        IDataView kept = _ml.Transforms.SelectColumns(["A"], keepHidden: true).Fit(hidden).Transform(hidden);
        Assert.HasCount(2, kept.Schema);
        CollectionAssert.AreEqual(new[] { "2" }, kept.Text("A"));
    }

    [TestMethod]
    public void SelectCanRepeatAColumnButNotKeepNone()
    {
        var data = new ColumnarView().AddText("A", "1").AddText("B", "2");
        CollectionAssert.AreEqual(new[] { "A", "A" }, _ml.Transforms.SelectColumns("A", "A").Fit(data).Transform(data).Schema.Names());
        Assert.Throws<InvalidOperationException>(() => _ml.Transforms.SelectColumns([]).Fit(data));
    }

    [TestMethod]
    public void SelectingAMissingColumnIsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => _ml.Transforms.SelectColumns("Z").Fit(new ColumnarView().AddText("L", "a")));
        StringAssert.Contains(error.Message, "Z");
    }

    [TestMethod]
    public void OnlyTheColumnsThatAreNeededAreRead()
    {
        var data = new ColumnarView().AddText("A", "1").AddText("B", "2");
        IDataView copied = _ml.Transforms.CopyColumns("C", "A").Append(_ml.Transforms.DropColumns("A")).Fit(data).Transform(data);
        using DataViewRowCursor cursor = copied.GetRowCursor([copied.Schema["C"]]);

        Assert.IsTrue(cursor.IsColumnActive(copied.Schema["C"]));
        Assert.IsFalse(cursor.IsColumnActive(copied.Schema["B"]));
    }
}
