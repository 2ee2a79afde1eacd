using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests;

[TestClass]
public sealed class SchemaDefinitionTests
{
    [TestMethod]
    public void MembersBecomeColumns()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(MixedRow));
        CollectionAssert.AreEquivalent(new[] { "Number", "Text", "Vector", "Key", "Renamed" }, definition.Select(column => column.ColumnName).ToArray());
        Assert.AreEqual("Flag", definition["Renamed"].MemberName);
    }

    [TestMethod]
    public void AKeyHasTheCountOfItsAttribute()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(KeyRow));
        Assert.AreEqual(new KeyDataViewType(typeof(byte), 255), definition["Small"].ColumnType);
        Assert.AreEqual(new KeyDataViewType(typeof(uint), (ulong)uint.MaxValue), definition["Large"].ColumnType);
        Assert.AreEqual(new VectorDataViewType(new KeyDataViewType(typeof(uint), 4), 2), definition["Pair"].ColumnType);
    }

    [TestMethod]
    public void AKeyWithoutACountIsRefused()
    {
        Assert.Throws<NotSupportedException>(() => SchemaDefinition.Create(typeof(UncountedKeyRow)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyTypeAttribute(0));
    }

    [TestMethod]
    public void AKeyOnASignedMemberIsRefused()
    {
        var error = Assert.Throws<Exception>(() => SchemaDefinition.Create(typeof(SignedKeyRow)));
        Assert.Contains("Signed", error.Message);
    }

    [TestMethod]
    public void TwoMembersCannotShareAColumn()
    {
        var error = Assert.Throws<Exception>(() => SchemaDefinition.Create(typeof(DoubleRow)));
        Assert.Contains("Same", error.Message);
    }

    [TestMethod]
    public void PropertiesThatCannotBeReadOrWrittenCountOnlyInTheOtherDirection()
    {
        Assert.IsNotNull(SchemaDefinition.Create(typeof(ReadOnlyRow), SchemaDefinition.Direction.Read)["Computed"]);
        Assert.IsFalse(SchemaDefinition.Create(typeof(ReadOnlyRow), SchemaDefinition.Direction.Write).Any(column => column.ColumnName == "Computed"));
    }

    [TestMethod]
    public void ATypeOfItsOwnIsKnownOnceItsAttributeHasRegisteredIt()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(new[] { new PointRow { Point = new Point { X = 1, Y = 2 } } });
        Assert.IsInstanceOfType<PointDataViewType>(data.Schema["Point"].Type);
        PointRow back = context.Data.CreateEnumerable<PointRow>(data, reuseRowObject: false).Single();
        Assert.AreEqual(2, back.Point!.Y);
    }

    public sealed class KeyRow
    {
        [KeyType(byte.MaxValue)]
        public byte Small { get; set; }

        [KeyType(uint.MaxValue)]
        public uint Large { get; set; }

        [KeyType(4)]
        [VectorType(2)]
        public uint[]? Pair { get; set; }
    }

    public sealed class UncountedKeyRow
    {
        [KeyType]
        public uint Uncounted { get; set; }
    }

    public sealed class SignedKeyRow
    {
        [KeyType(4)]
        public int Signed { get; set; }
    }

    public sealed class DoubleRow
    {
        public int Same { get; set; }

        [ColumnName("Same")]
        public int Other { get; set; }
    }

    public sealed class ReadOnlyRow
    {
        public int Value { get; set; }

        public int Computed => Value + 1;
    }

    public sealed class Point
    {
        public int X { get; set; }

        public int Y { get; set; }
    }

    public sealed class PointDataViewType : StructuredDataViewType
    {
        public PointDataViewType()
            : base(typeof(Point))
        {
        }

        public override bool Equals(DataViewType? other) => other is PointDataViewType;

        public override int GetHashCode() => 1;
    }

    [AttributeUsage(AttributeTargets.Property)]
    public sealed class PointTypeAttribute : DataViewTypeAttribute
    {
        public override bool Equals(DataViewTypeAttribute? other) => other is PointTypeAttribute;

        public override int GetHashCode() => 2;

        public override void Register() => DataViewTypeManager.Register(new PointDataViewType(), typeof(Point), this);
    }

    public sealed class PointRow
    {
        [PointType]
        public Point? Point { get; set; }
    }
}
