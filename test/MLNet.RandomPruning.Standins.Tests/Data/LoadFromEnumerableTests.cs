using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests;

[TestClass]
public sealed class LoadFromEnumerableTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void TheSchemaIsThatOfTheMembers()
    {
        DataViewSchema schema = _context.Data.LoadFromEnumerable(MixedRow.Make(1)).Schema;

        CollectionAssert.AreEquivalent(new[] { "Number", "Text", "Vector", "Key", "Renamed" }, schema.Select(column => column.Name).ToArray());
        Assert.AreSame(NumberDataViewType.Single, schema["Number"].Type);
        Assert.AreSame(TextDataViewType.Instance, schema["Text"].Type);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 3), schema["Vector"].Type);
        Assert.AreEqual(new KeyDataViewType(typeof(uint), 5), schema["Key"].Type);
        Assert.AreSame(BooleanDataViewType.Instance, schema["Renamed"].Type);
    }

    [TestMethod]
    public void ValuesAreThoseOfTheRows()
    {
        MixedRow[] rows = MixedRow.Make(10);
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        ValueGetter<float> number = cursor.GetGetter<float>(data.Schema["Number"]);
        ValueGetter<ReadOnlyMemory<char>> text = cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["Text"]);
        ValueGetter<VBuffer<float>> vector = cursor.GetGetter<VBuffer<float>>(data.Schema["Vector"]);
        ValueGetter<uint> key = cursor.GetGetter<uint>(data.Schema["Key"]);
        ValueGetter<bool> flag = cursor.GetGetter<bool>(data.Schema["Renamed"]);
        float numberValue = 0;
        ReadOnlyMemory<char> textValue = default;
        VBuffer<float> vectorValue = default;
        uint keyValue = 0;
        bool flagValue = false;

        Assert.AreEqual(-1, cursor.Position);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual(i, cursor.Position);
            number(ref numberValue);
            text(ref textValue);
            vector(ref vectorValue);
            key(ref keyValue);
            flag(ref flagValue);
            Assert.AreEqual(rows[i].Number, numberValue);
            Assert.AreEqual(rows[i].Text, textValue.ToString());
            CollectionAssert.AreEqual(rows[i].Vector, vectorValue.DenseValues().ToArray());
            Assert.AreEqual(rows[i].Key + 1, keyValue);
            Assert.AreEqual(rows[i].Flag, flagValue);
        }

        Assert.IsFalse(cursor.MoveNext());
        Assert.IsFalse(cursor.MoveNext());
    }

    [TestMethod]
    public void ANullTextIsEmptyAndANullArrayHasNoValues()
    {
        IDataView data = _context.Data.LoadFromEnumerable(new[] { new MixedRow() });
        Assert.AreEqual("", data.GetColumn<string>("Text").Single());
        Assert.IsEmpty(data.GetColumn<float[]>("Vector").Single());
    }

    [TestMethod]
    public void ColumnsThatWereNotAskedForAreInactive()
    {
        IDataView data = _context.Data.LoadFromEnumerable(MixedRow.Make(2));
        using DataViewRowCursor cursor = data.GetRowCursor(new[] { data.Schema["Number"] });
        Assert.IsTrue(cursor.IsColumnActive(data.Schema["Number"]));
        Assert.IsFalse(cursor.IsColumnActive(data.Schema["Text"]));
        Assert.Throws<Exception>(() => cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["Text"]));
        Assert.Throws<Exception>(() => cursor.GetGetter<double>(data.Schema["Number"]));
    }

    [TestMethod]
    public void ValuesCannotBeReadBeforeTheFirstRow()
    {
        IDataView data = _context.Data.LoadFromEnumerable(MixedRow.Make(2));
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        ValueGetter<float> number = cursor.GetGetter<float>(data.Schema["Number"]);
        ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
        float value = 0;
        DataViewRowId row = default;
        Assert.Throws<SystemException>(() => number(ref value));
        Assert.Throws<InvalidOperationException>(() => id(ref row));
    }

    [TestMethod]
    public void ACursorIsAtItsEndOnceDisposed()
    {
        IDataView data = _context.Data.LoadFromEnumerable(MixedRow.Make(2));
        DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        Assert.IsTrue(cursor.MoveNext());
        cursor.Dispose();
        Assert.AreEqual(-1, cursor.Position);
        Assert.IsFalse(cursor.MoveNext());
    }

    [TestMethod]
    public void AListHasACountAndKeepsItsOrder()
    {
        foreach (IEnumerable<NumberRow> list in new IEnumerable<NumberRow>[] { RowTools.Numbers(100), RowTools.Numbers(100).ToList() })
        {
            IDataView data = _context.Data.LoadFromEnumerable(list);
            Assert.IsFalse(data.CanShuffle);
            Assert.AreEqual(100, data.GetRowCount());
            CollectionAssert.AreEqual(Enumerable.Range(0, 100).ToArray(), data.Values(new Random(3)));
        }
    }

    [TestMethod]
    public void ARowKeepsItsIdWhenShuffled()
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(50));
        Dictionary<int, DataViewRowId> plain = Ids(data);
        Dictionary<int, DataViewRowId> shuffled = Ids(_context.Data.ShuffleRows(data, seed: 5));
        Assert.HasCount(50, plain.Values.Distinct());
        foreach ((int value, DataViewRowId id) in plain)
        {
            Assert.AreEqual(id, shuffled[value]);
        }
    }

    [TestMethod]
    public void AStreamIsReadOnlyAsFarAsItsCursorMoves()
    {
        int read = 0;
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(10).Count(() => read++));
        Assert.AreEqual(0, read);
        Assert.IsFalse(data.CanShuffle);
        Assert.IsNull(data.GetRowCount());
        using (DataViewRowCursor cursor = data.GetRowCursor(data.Schema))
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.IsTrue(cursor.MoveNext());
        }

        Assert.IsLessThanOrEqualTo(3, read);
        CollectionAssert.AreEqual(Enumerable.Range(0, 10).ToArray(), data.Values());
    }

    [TestMethod]
    public void CursorsDoNotDisturbEachOther()
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(2000));
        int[] expected = Enumerable.Range(0, 2000).ToArray();
        Parallel.For(0, 8, _ => CollectionAssert.AreEqual(expected, data.Values()));
    }

    [TestMethod]
    public void ACursorSetHasEveryRowOnce()
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(500));
        DataViewRowCursor[] cursors = data.GetRowCursorSet(data.Schema, 4);
        var values = new List<int>();
        foreach (DataViewRowCursor cursor in cursors)
        {
            using (cursor)
            {
                ValueGetter<int> getter = cursor.GetGetter<int>(data.Schema["Value"]);
                int value = 0;
                while (cursor.MoveNext())
                {
                    getter(ref value);
                    values.Add(value);
                }
            }
        }

        CollectionAssert.AreEquivalent(Enumerable.Range(0, 500).ToArray(), values);
    }

    [TestMethod]
    public void ANullRowIsRefused()
    {
        IDataView data = _context.Data.LoadFromEnumerable(new NumberRow[] { new(), null! }.Select(row => row));
        Assert.Throws<Exception>(() => data.Values());
    }

    [TestMethod]
    public void ADefinitionRenamesColumnsAndGivesVectorsTheirSize()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(UnsizedRow));
        definition["Pixels"].ColumnType = new VectorDataViewType(NumberDataViewType.Byte, 2, 2);
        definition["Pixels"].ColumnName = "Image";
        definition["Image"].AddAnnotation("Origin", 7, NumberDataViewType.Int32);
        IDataView data = _context.Data.LoadFromEnumerable(new[] { new UnsizedRow { Pixels = new byte[] { 1, 2, 3, 4 } } }, definition);

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Byte, 2, 2), data.Schema["Image"].Type);
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3, 4 }, data.GetColumn<byte[]>("Image").Single());
        int origin = 0;
        data.Schema["Image"].Annotations.GetValue("Origin", ref origin);
        Assert.AreEqual(7, origin);
    }

    [TestMethod]
    public void WithoutASizeAVectorIsOfUnknownSize()
    {
        IDataView data = _context.Data.LoadFromEnumerable(new[] { new UnsizedRow { Pixels = new byte[3] } });
        Assert.IsFalse(((VectorDataViewType)data.Schema["Pixels"].Type).IsKnownSize);
    }

    [TestMethod]
    public void AColumnTypeThatDoesNotFitTheMemberIsRefusedByName()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(NumberRow));
        definition["Value"].ColumnType = NumberDataViewType.Single;
        var error = Assert.Throws<Exception>(() => _context.Data.LoadFromEnumerable(RowTools.Numbers(1), definition));
        Assert.Contains("Value", error.Message);
    }

    [TestMethod]
    public void AMemberOfNoColumnTypeIsRefusedByName()
    {
        var error = Assert.Throws<Exception>(() => _context.Data.LoadFromEnumerable(new[] { new UnsupportedRow() }));
        Assert.Contains("Anything", error.Message);
    }

    [TestMethod]
    public void ASchemaGivesColumnsTheAnnotationsThatTheClassCannot()
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddPrimitiveValue("Origin", NumberDataViewType.Int32, 9);
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Value", NumberDataViewType.Int32, annotations.ToAnnotations());
        builder.AddColumn("Group", TextDataViewType.Instance);
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(3), builder.ToSchema());

        int origin = 0;
        data.Schema["Value"].Annotations.GetValue("Origin", ref origin);
        Assert.AreEqual(9, origin);
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, data.Values());
    }

    [TestMethod]
    public void ASchemaNamesMembersOfTheClass()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Value", NumberDataViewType.Int32);
        builder.AddColumn("Elsewhere", NumberDataViewType.Int32);
        var error = Assert.Throws<InvalidOperationException>(() => _context.Data.LoadFromEnumerable(RowTools.Numbers(1), builder.ToSchema()));
        Assert.Contains("Elsewhere", error.Message);
    }

    private static Dictionary<int, DataViewRowId> Ids(IDataView data)
    {
        var ids = new Dictionary<int, DataViewRowId>();
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        ValueGetter<int> getter = cursor.GetGetter<int>(data.Schema["Value"]);
        ValueGetter<DataViewRowId> idGetter = cursor.GetIdGetter();
        int value = 0;
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            getter(ref value);
            idGetter(ref id);
            ids.Add(value, id);
        }

        return ids;
    }

    public sealed class UnsizedRow
    {
        public byte[]? Pixels { get; set; }
    }

    public sealed class UnsupportedRow
    {
        public object? Anything { get; set; }
    }
}
