using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests;

[TestClass]
public sealed class CreateEnumerableTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void RowsComeBackAsTheyWent()
    {
        MixedRow[] rows = MixedRow.Make(20);
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        MixedRow[] back = _context.Data.CreateEnumerable<MixedRow>(data, reuseRowObject: false).ToArray();

        Assert.HasCount(20, back);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.AreEqual(rows[i].Number, back[i].Number);
            Assert.AreEqual(rows[i].Text, back[i].Text);
            CollectionAssert.AreEqual(rows[i].Vector, back[i].Vector);
            Assert.AreEqual(rows[i].Key + 1, back[i].Key);
            Assert.AreEqual(rows[i].Flag, back[i].Flag);
        }
    }

    [TestMethod]
    public void KeysCountFromZeroOnTheWayInAndFromOneOnTheWayOut()
    {
        KeysRow[] rows = [.. new byte[] { 0, 1, 2, 3, 200 }.Select(raw => new KeysRow { Byte = raw, UInt = raw, ULong = raw, Pair = [raw, 0] })];
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        KeysRow[] back = [.. _context.Data.CreateEnumerable<KeysRow>(data, reuseRowObject: false)];

        // At the count or above a key is missing.
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3, 0, 0 }, back.Select(row => row.Byte).ToArray());
        CollectionAssert.AreEqual(new uint[] { 1, 2, 3, 0, 0 }, back.Select(row => row.UInt).ToArray());
        CollectionAssert.AreEqual(new ulong[] { 1, 2, 3, 0, 0 }, back.Select(row => row.ULong).ToArray());

        // Vectors of keys go over as they are.
        CollectionAssert.AreEqual(new uint[] { 0, 1, 2, 3, 200 }, back.Select(row => row.Pair![0]).ToArray());
    }

    [TestMethod]
    public void AReusedRowObjectIsTheSameForEveryRow()
    {
        IDataView data = _context.Data.LoadFromEnumerable(MixedRow.Make(5));
        MixedRow? first = null;
        int expected = 0;
        foreach (MixedRow row in _context.Data.CreateEnumerable<MixedRow>(data, reuseRowObject: true))
        {
            first ??= row;
            Assert.AreSame(first, row);
            Assert.AreEqual(expected++, row.Number);
            Assert.AreEqual(row.Number, row.Vector![0]);
        }

        Assert.AreEqual(5, expected);
    }

    [TestMethod]
    public void RowsAreReadAsTheyAreAskedFor()
    {
        int read = 0;
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(100).Count(() => read++));
        IEnumerable<NumberRow> rows = _context.Data.CreateEnumerable<NumberRow>(data, reuseRowObject: false);
        Assert.AreEqual(0, read);
        Assert.HasCount(3, rows.Take(3));
        Assert.IsLessThan(10, read);
    }

    [TestMethod]
    public void AMissingColumnIsAnErrorThatNamesItUnlessIgnored()
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(3));
        var error = Assert.Throws<Exception>(() => _context.Data.CreateEnumerable<WiderRow>(data, reuseRowObject: false).ToArray());
        Assert.Contains("Extra", error.Message);

        WiderRow[] rows = _context.Data.CreateEnumerable<WiderRow>(data, reuseRowObject: false, ignoreMissingColumns: true).ToArray();
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, rows.Select(row => row.Value).ToArray());
        Assert.IsTrue(rows.All(row => row.Extra == 5));
    }

    [TestMethod]
    public void AColumnOfAnotherTypeIsAnErrorThatNamesIt()
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(3));
        var error = Assert.Throws<Exception>(() => _context.Data.CreateEnumerable<TextValueRow>(data, reuseRowObject: false).ToArray());
        Assert.Contains("Value", error.Message);
    }

    [TestMethod]
    public void VectorsCanBeHeldAsVectorsToo()
    {
        IDataView data = _context.Data.LoadFromEnumerable(MixedRow.Make(3));
        VectorRow[] rows = _context.Data.CreateEnumerable<VectorRow>(data, reuseRowObject: false).ToArray();
        for (int i = 0; i < 3; i++)
        {
            CollectionAssert.AreEqual(new[] { i, i + 0.25f, i + 0.5f }, rows[i].Vector.DenseValues().ToArray());
        }
    }

    [TestMethod]
    public void GetColumnGivesNumbersTextsAndArrays()
    {
        IDataView data = _context.Data.LoadFromEnumerable(MixedRow.Make(3));
        CollectionAssert.AreEqual(new[] { 0f, 1f, 2f }, data.GetColumn<float>("Number").ToArray());
        CollectionAssert.AreEqual(new[] { "row 0", "row 1", "row 2" }, data.GetColumn<string>(data.Schema["Text"]).ToArray());
        CollectionAssert.AreEqual(new[] { 1f, 1.25f, 1.5f }, data.GetColumn<float[]>("Vector").ElementAt(1));
        CollectionAssert.AreEqual(new[] { 1u, 2u, 3u }, data.GetColumn<uint>("Key").ToArray());
        Assert.Throws<Exception>(() => data.GetColumn<double>("Number").ToArray());
        Assert.Throws<ArgumentException>(() => data.GetColumn<float>("Nowhere").ToArray());
    }

    [TestMethod]
    public void APreviewShowsTheFirstRows()
    {
        DataDebuggerPreview preview = _context.Data.LoadFromEnumerable(RowTools.Numbers(10)).Preview(maxRows: 4);
        Assert.HasCount(4, preview.RowView);
        Assert.HasCount(2, preview.ColumnView);
        CollectionAssert.AreEqual(new object[] { 0, 1, 2, 3 }, preview.ColumnView.Single(column => column.Column.Name == "Value").Values);
        Assert.AreEqual(3, preview.RowView[3].Values.Single(value => value.Key == "Value").Value);
    }

    public sealed class WiderRow
    {
        public int Value { get; set; }

        public float Extra { get; set; } = 5;
    }

    public sealed class TextValueRow
    {
        public string? Value { get; set; }
    }

    public sealed class KeysRow
    {
        [KeyType(3)]
        public byte Byte { get; set; }

        [KeyType(3)]
        public uint UInt { get; set; }

        [KeyType(3)]
        public ulong ULong { get; set; }

        [KeyType(3)]
        [VectorType(2)]
        public uint[]? Pair { get; set; }
    }

    public sealed class VectorRow
    {
        public VBuffer<float> Vector { get; set; }
    }
}
