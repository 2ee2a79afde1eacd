using System.Collections.Immutable;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests;

[TestClass]
public sealed class DataViewTypeTests
{
    [TestMethod]
    public void PlainTypesHaveOneInstanceARawTypeAndAName()
    {
        (DataViewType Type, Type Raw, string Name)[] cases =
        {
            (NumberDataViewType.Single, typeof(float), "Single"),
            (NumberDataViewType.Double, typeof(double), "Double"),
            (NumberDataViewType.Byte, typeof(byte), "Byte"),
            (NumberDataViewType.SByte, typeof(sbyte), "SByte"),
            (NumberDataViewType.Int16, typeof(short), "Int16"),
            (NumberDataViewType.UInt16, typeof(ushort), "UInt16"),
            (NumberDataViewType.Int32, typeof(int), "Int32"),
            (NumberDataViewType.UInt32, typeof(uint), "UInt32"),
            (NumberDataViewType.Int64, typeof(long), "Int64"),
            (NumberDataViewType.UInt64, typeof(ulong), "UInt64"),
            (BooleanDataViewType.Instance, typeof(bool), "Boolean"),
            (TextDataViewType.Instance, typeof(ReadOnlyMemory<char>), "String"),
            (TimeSpanDataViewType.Instance, typeof(TimeSpan), "TimeSpan"),
            (DateTimeDataViewType.Instance, typeof(DateTime), "DateTime"),
            (DateTimeOffsetDataViewType.Instance, typeof(DateTimeOffset), "DateTimeOffset"),
            (RowIdDataViewType.Instance, typeof(DataViewRowId), "DataViewRowId"),
        };
        foreach ((DataViewType type, Type raw, string name) in cases)
        {
            Assert.AreEqual(raw, type.RawType);
            Assert.AreEqual(name, type.ToString());
            Assert.AreEqual(1, cases.Count(other => other.Type.Equals(type)));
        }
    }

    [TestMethod]
    public void KeysAreEqualWhenTypeAndCountAre()
    {
        var key = new KeyDataViewType(typeof(uint), 10);
        Assert.AreEqual(10UL, key.Count);
        Assert.AreEqual(typeof(uint), key.RawType);
        Assert.AreEqual("Key<UInt32, 0-9>", key.ToString());
        Assert.IsTrue(key.Equals(new KeyDataViewType(typeof(uint), 10UL)));
        Assert.AreEqual(key.GetHashCode(), new KeyDataViewType(typeof(uint), 10UL).GetHashCode());
        Assert.IsFalse(key.Equals(new KeyDataViewType(typeof(uint), 11)));
        Assert.IsFalse(key.Equals(new KeyDataViewType(typeof(byte), 10)));
        Assert.IsFalse(key.Equals(NumberDataViewType.UInt32));
    }

    [TestMethod]
    public void KeysAreUnsignedIntegersThatCanHoldTheirCount()
    {
        Assert.IsTrue(KeyDataViewType.IsValidDataType(typeof(byte)));
        Assert.IsTrue(KeyDataViewType.IsValidDataType(typeof(ulong)));
        Assert.IsFalse(KeyDataViewType.IsValidDataType(typeof(int)));
        Assert.IsFalse(KeyDataViewType.IsValidDataType(typeof(float)));
        Assert.Throws<ArgumentException>(() => new KeyDataViewType(typeof(int), 5));
        Assert.Throws<ArgumentException>(() => new KeyDataViewType(typeof(byte), 256));
        Assert.Throws<ArgumentException>(() => new KeyDataViewType(typeof(uint), 0));
    }

    [TestMethod]
    public void TheSizeOfAVectorIsTheProductOfItsDimensions()
    {
        var vector = new VectorDataViewType(NumberDataViewType.Single, 3, 32, 32);
        Assert.AreEqual(3072, vector.Size);
        Assert.IsTrue(vector.IsKnownSize);
        Assert.AreEqual(typeof(VBuffer<float>), vector.RawType);
        CollectionAssert.AreEqual(new[] { 3, 32, 32 }, vector.Dimensions.ToArray());
        Assert.AreEqual("Vector<Single, 3, 32, 32>", vector.ToString());
        Assert.IsTrue(vector.Equals(new VectorDataViewType(NumberDataViewType.Single, ImmutableArray.Create(3, 32, 32))));
        Assert.IsFalse(vector.Equals(new VectorDataViewType(NumberDataViewType.Single, 3072)));
        Assert.IsFalse(vector.Equals(new VectorDataViewType(NumberDataViewType.Byte, 3, 32, 32)));
    }

    [TestMethod]
    public void AVectorOfUnknownSizeHasSizeZero()
    {
        var vector = new VectorDataViewType(NumberDataViewType.Single);
        Assert.AreEqual(0, vector.Size);
        Assert.IsFalse(vector.IsKnownSize);
        Assert.IsFalse(new VectorDataViewType(NumberDataViewType.Single, 4, 0).IsKnownSize);
    }

    [TestMethod]
    public void RowIdsAreOrderedByTheirHighThenTheirLowHalf()
    {
        Assert.IsLessThan(0, new DataViewRowId(9, 0).CompareTo(new DataViewRowId(0, 1)));
        Assert.IsLessThan(0, new DataViewRowId(1, 1).CompareTo(new DataViewRowId(2, 1)));
        Assert.AreEqual(new DataViewRowId(1, 2), new DataViewRowId(1, 2));
    }

    [TestMethod]
    public void DerivedRowIdsDiffer()
    {
        var ids = new HashSet<DataViewRowId>();
        for (ulong i = 0; i < 500; i++)
        {
            var id = new DataViewRowId(i, 0);
            Assert.IsTrue(ids.Add(id));
            Assert.IsTrue(ids.Add(id.Fork()));
            Assert.IsTrue(ids.Add(id.Next()));
            Assert.IsTrue(ids.Add(id.Combine(new DataViewRowId(0, 12345))));
        }
    }
}
