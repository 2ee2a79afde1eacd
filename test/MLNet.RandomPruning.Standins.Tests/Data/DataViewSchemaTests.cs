using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests;

[TestClass]
public sealed class DataViewSchemaTests
{
    [TestMethod]
    public void OfColumnsWithOneNameTheLastIsFoundAndTheOthersAreHidden()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("A", NumberDataViewType.Single);
        builder.AddColumn("B", NumberDataViewType.Double);
        builder.AddColumn("A", TextDataViewType.Instance);
        DataViewSchema schema = builder.ToSchema();

        Assert.HasCount(3, schema);
        Assert.AreEqual(2, schema["A"].Index);
        Assert.AreSame(TextDataViewType.Instance, schema["A"].Type);
        Assert.IsTrue(schema[0].IsHidden);
        Assert.IsFalse(schema[1].IsHidden);
        Assert.IsFalse(schema[2].IsHidden);
    }

    [TestMethod]
    public void AColumnThatIsNotThereIsNullOrAnErrorThatNamesIt()
    {
        DataViewSchema schema = new DataViewSchema.Builder().ToSchema();
        Assert.IsNull(schema.GetColumnOrNull("Nowhere"));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => schema["Nowhere"]);
        Assert.Contains("Nowhere", error.Message);
        Assert.Throws<ArgumentException>(() => schema[0]);
    }

    [TestMethod]
    public void DetachedColumnsKeepNameTypeAndAnnotations()
    {
        DataViewSchema.Annotations annotations = MakeAnnotations();
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(new[] { new DataViewSchema.DetachedColumn("A", NumberDataViewType.Single, annotations) });
        DataViewSchema first = builder.ToSchema();
        var again = new DataViewSchema.Builder();
        again.AddColumns(first);
        DataViewSchema.Column column = again.ToSchema()["A"];

        Assert.AreSame(NumberDataViewType.Single, column.Type);
        int value = 0;
        column.Annotations.GetValue("Number", ref value);
        Assert.AreEqual(17, value);
    }

    [TestMethod]
    public void AColumnWithoutAnnotationsHasEmptyOnes()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("A", NumberDataViewType.Single);
        Assert.IsEmpty(builder.ToSchema()[0].Annotations.Schema);
        Assert.IsEmpty(DataViewSchema.Annotations.Empty.Schema);
    }

    [TestMethod]
    public void AnnotationsAreReadByKindAndByColumn()
    {
        DataViewSchema.Annotations annotations = MakeAnnotations();
        VBuffer<ReadOnlyMemory<char>> names = default;
        annotations.GetValue("Names", ref names);
        CollectionAssert.AreEqual(new[] { "cat", "dog" }, names.DenseValues().Select(name => name.ToString()).ToArray());

        int number = 0;
        annotations.GetGetter<int>(annotations.Schema["Number"])(ref number);
        Assert.AreEqual(17, number);
        Assert.Throws<InvalidOperationException>(() => annotations.GetGetter<float>(annotations.Schema["Number"]));
        Assert.Throws<InvalidOperationException>(() => annotations.GetValue("Nothing", ref number));
    }

    [TestMethod]
    public void AnnotationsAreCopiedByASelector()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(MakeAnnotations(), kind => kind == "Number");
        DataViewSchema.Annotations copy = builder.ToAnnotations();
        Assert.HasCount(1, copy.Schema);
        Assert.IsNotNull(copy.Schema.GetColumnOrNull("Number"));
    }

    [TestMethod]
    public void AGetterOfTheWrongTypeIsRefused()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        Assert.Throws<ArgumentException>(() => builder.Add("X", NumberDataViewType.Single, (ref int value) => value = 1));
    }

    [TestMethod]
    public void SlotNamesAndKeyValuesAreSeenWhenTheyFitTheColumn()
    {
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> names = (ref VBuffer<ReadOnlyMemory<char>> value) =>
            value = new VBuffer<ReadOnlyMemory<char>>(2, new[] { "cat".AsMemory(), "dog".AsMemory() });
        var slotNames = new DataViewSchema.Annotations.Builder();
        slotNames.Add("SlotNames", new VectorDataViewType(TextDataViewType.Instance, 2), names);
        var keyValues = new DataViewSchema.Annotations.Builder();
        keyValues.Add("KeyValues", new VectorDataViewType(TextDataViewType.Instance, 2), names);
        var normalized = new DataViewSchema.Annotations.Builder();
        normalized.AddPrimitiveValue("IsNormalized", BooleanDataViewType.Instance, true);

        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Score", new VectorDataViewType(NumberDataViewType.Single, 2), slotNames.ToAnnotations());
        builder.AddColumn("Label", new KeyDataViewType(typeof(uint), 2), keyValues.ToAnnotations());
        builder.AddColumn("Wrong", new KeyDataViewType(typeof(uint), 3), keyValues.ToAnnotations());
        builder.AddColumn("Scaled", NumberDataViewType.Single, normalized.ToAnnotations());
        DataViewSchema schema = builder.ToSchema();

        Assert.IsTrue(schema["Score"].HasSlotNames());
        Assert.IsFalse(schema["Label"].HasSlotNames());
        Assert.IsTrue(schema["Label"].HasKeyValues());
        Assert.IsTrue(schema["Label"].HasKeyValues(TextDataViewType.Instance));
        Assert.IsFalse(schema["Label"].HasKeyValues(NumberDataViewType.Single));
        Assert.IsFalse(schema["Wrong"].HasKeyValues());
        Assert.IsFalse(schema["Score"].HasKeyValues());
        Assert.IsTrue(schema["Scaled"].IsNormalized());
        Assert.IsFalse(schema["Score"].IsNormalized());

        VBuffer<ReadOnlyMemory<char>> read = default;
        schema["Label"].GetKeyValues(ref read);
        Assert.AreEqual("dog", read.GetItemOrDefault(1).ToString());
        schema["Score"].GetSlotNames(ref read);
        Assert.AreEqual("cat", read.GetItemOrDefault(0).ToString());
    }

    private static DataViewSchema.Annotations MakeAnnotations()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue("Number", NumberDataViewType.Int32, 17);
        builder.Add<VBuffer<ReadOnlyMemory<char>>>(
            "Names",
            new VectorDataViewType(TextDataViewType.Instance, 2),
            (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(2, new[] { "cat".AsMemory(), "dog".AsMemory() }));
        return builder.ToAnnotations();
    }
}
